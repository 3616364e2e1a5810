"""Examples made of a project's images or of a picture from elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np

from data_store.records import ImageRecord
from sxai.assess.verbs.assess import Assessor, assess_bytes, assessment_fingerprint
from sxai.assess.verbs.evidence import PictureEvidence, evidence_bytes, evidence_image
from sxai.assess.verdict import TRUSTED, ImageAssessment
from sxai.errors import SxaiError
from sxai.example.card import Check, Example, Part
from sxai.images.decode import canvas, decode, encode
from sxai.images.verbs.stored import thumbnail_path
from sxai.plot.outlines import outlined
from sxai.plot.theme import OKABE_ITO
from sxai.project.project import Project
from sxai.search.verbs.search import search

LOOKED_AT = 60
"""Validation pictures among which an example is chosen."""

ALIKE = 8
"""Pictures that are shown beside the example."""

VIVID = 0.5
"""P above which a part is searched for."""

LEAST_DROP = 0.05
"""Drop of P below which no part is outlined."""


def example_of(project: Project) -> Example | None:
    """An example of the project's own: a validation picture with as sure a verdict and as many parts as any.

    None where there is no network or no space yet. It is made once for the present network, spaces and images.
    """
    try:
        key = ("worked example", assessment_fingerprint(project), project.catalogue.count_images())
        example: Example | None = project.remember(key, lambda: _made(project))
        return example
    except SxaiError:
        return None


def _made(project: Project) -> Example | None:
    assessor = Assessor.of(project)
    images = _candidates(project, assessor)
    if not assessor.spaces or not images:
        return None
    features = assessor.reader.images(images)
    assessments = assessor.assess_all([image.name for image in images], features, [image.id for image in images])
    best = min(range(len(images)), key=lambda at: (_rank(assessments[at]), images[at].id))
    return _example(project, images[best].id, assessments[best])


def _candidates(project: Project, assessor: Assessor) -> Sequence[ImageRecord]:
    known = [image for image in project.catalogue.images() if image.class_name in assessor.record.classes]
    kept_aside = [image for image in known if image.split == "val"]
    return (kept_aside or known)[:LOOKED_AT]


def _rank(assessment: ImageAssessment) -> tuple[bool, bool, int]:
    """Smaller for a better example: sure, trusted at all, many parts seen."""
    seen = sum(finding.mentioned for finding in assessment.findings)
    return assessment.level != "sure", assessment.level not in TRUSTED, -seen


def _example(project: Project, image_id: int, assessment: ImageAssessment) -> Example:
    """The example of one image of the project, with a search for more like it."""
    example = replace(_outlined_parts(assessment, evidence_image(project, image_id)), image_id=image_id)
    query = _query(assessment, example.parts)
    if not query:
        return example
    result = search(project, query, limit=ALIKE + 1)
    others = [hit.image_id for hit in result.hits if hit.image_id != image_id]
    return _beside(project, replace(example, query=query, total=result.total), others)


def example_of_bytes(project: Project, name: str, data: bytes) -> Example:
    """The example of a picture from elsewhere, with the nearest known pictures beside it; nothing is kept."""
    assessment = assess_bytes(project, name, data, keep=False)
    if assessment.level in TRUSTED:
        example = _outlined_parts(assessment, evidence_bytes(project, name, data))
    else:
        example = _card(assessment, outlined(canvas(decode(data).pixels), [], []), ())
    nearest = assessment.familiarity.nearest if assessment.familiarity else ()
    return _beside(project, example, [image_id for image_id, _ in nearest])


def _outlined_parts(assessment: ImageAssessment, evidence: PictureEvidence) -> Example:
    """The example with every concept that the sentence names outlined, the strongest first."""
    named = sorted((finding for finding in assessment.findings if finding.mentioned), key=lambda one: -one.probability)
    parts = [
        Part(finding.concept, finding.probability, colour) for finding, colour in zip(named, OKABE_ITO, strict=False)
    ]
    regions = [_region(evidence, f"{assessment.predicted}.{part.concept}") for part in parts]
    return _card(assessment, outlined(evidence.pixels, regions, [part.colour for part in parts]), parts)


def _card(assessment: ImageAssessment, pixels: np.ndarray, parts: Sequence[Part]) -> Example:
    """The example without pictures beside it."""
    return Example(
        image_id=None,
        level=assessment.level,
        verdict=assessment.verdict,
        gates=tuple(Check(gate.name, gate.passed, gate.why) for gate in assessment.gates),
        cnn_line=assessment.cnn_line,
        parts=tuple(parts),
        picture=encode(pixels, "jpeg"),
        query="",
        total=0,
        alike=(),
        alike_ids=(),
    )


def _region(evidence: PictureEvidence, name: str) -> np.ndarray:
    """Where the concept is, bool (H, W): the superpixels whose filling lowers P by half of the largest drop or more."""
    drops = evidence.drops(name)
    largest = float(drops.max(initial=0.0))
    chosen = np.flatnonzero(drops >= max(largest / 2, LEAST_DROP))
    return np.isin(evidence.found.labels, chosen)


def _query(assessment: ImageAssessment, parts: Sequence[Part]) -> str:
    """A search for pictures with the same two strongest parts, each above a tenth that this picture exceeds."""
    strong = [part for part in parts if part.probability > VIVID][:2]
    bars = {part.concept: (ceil(min(part.probability, 1.0) * 10) - 1) / 10 for part in strong}
    return " and ".join(f"{assessment.predicted}.{concept} > {bar:.1f}" for concept, bar in bars.items())


def _beside(project: Project, example: Example, ids: Sequence[int]) -> Example:
    """The example with the pictures of these images beside it."""
    chosen = tuple(ids[:ALIKE])
    pictures = tuple(thumbnail_path(project, image_id, 192).read_bytes() for image_id in chosen)
    return replace(example, alike=pictures, alike_ids=chosen)
