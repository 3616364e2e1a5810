"""Comparison of two networks of a project over the same concepts, masks and images.

Masks lie on the canvas, not in a network, so every concept is compared under equal conditions.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from data_store.records import ImageRecord, ModelRecord
from sxai.assess.occlusion import rank_agreement
from sxai.assess.verbs.assess import Assessor, assessment_fingerprint
from sxai.errors import ModelError, SpaceError, UnknownName
from sxai.names import split_name
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import Analysis, AnalysisVerb, Kept, kept_many
from sxai.project.project import Project
from sxai.spaces.verbs.details import overlap_detail
from sxai.spaces.verbs.reader import Reader
from sxai.spaces.verbs.stored import SpaceSummary, spaces_of, summarise, usable_spaces

KIND = "comparison"
MOST_IMAGES = 2000
MEASURES: Mapping[str, str] = {
    "r2": "q-q R² of the reference distribution",
    "p_unmasked": "mean Pₛ of the masked images before masking",
    "p_masked": "mean Pₛ of the masked images",
    "lowered": "share of images, held out, whose Pₛ falls when the concept is masked",
    "ratio": "information ratio of the first component",
    "own_share": "share of the concept's own space in all changes of Pₛ when it is masked",
}
"""The measures of each concept in both networks, with their titles."""

Pair = tuple[float | None, float | None]


@dataclass(frozen=True)
class ConceptComparison:
    """One concept in the networks a and b; pairs are (a, b), None where a value is undefined.

    ``r2``, ``p_unmasked``, ``p_masked``, ``lowered``, ``ratio`` and ``own_share`` as in :data:`MEASURES`;
    ``correlation`` is Spearman's, between both P_s over ``images`` images of the class.
    """

    name: str
    r2: Pair
    p_unmasked: Pair
    p_masked: Pair
    lowered: Pair
    ratio: Pair
    own_share: Pair
    correlation: float | None
    images: int


@dataclass(frozen=True)
class Agreement:
    """Shares of images with the same predicted class, with the same level of assessment, and with both."""

    predicted: float
    level: float
    both: float


@dataclass(frozen=True)
class ModelComparison:
    """Two networks over the concepts that both have; ``accuracy`` on val; ``agreement`` needs heads of equal classes.

    ``only`` are the concepts that one of them lacks: those of a alone, and those of b alone.
    """

    models: tuple[str, str]
    backbones: tuple[str, str]
    channels: tuple[int, int]
    accuracy: Pair
    concepts: tuple[ConceptComparison, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]
    agreement: Agreement | None
    correlation: float | None
    images: int
    created: str


@dataclass(frozen=True, eq=False)
class ConceptPairs:
    """P_s of both networks (n,) for the images of a concept's class, not clipped; ``names`` of their files."""

    name: str
    image_ids: tuple[int, ...]
    names: tuple[str, ...]
    a: np.ndarray
    b: np.ndarray

    def apart(self, most: int = 12) -> list[tuple[int, float]]:
        """The images on which the networks differ most, as (image id, P_b − P_a with both clipped to [0, 1])."""
        gap = np.clip(self.b, 0, 1) - np.clip(self.a, 0, 1)
        order = np.argsort(-np.abs(gap), kind="stable")[:most]
        return [(self.image_ids[at], float(gap[at])) for at in order]


@AnalysisVerb
def compare_models(
    project: Project, a: str, b: str, n: int = MOST_IMAGES, progress: Progress = silent
) -> Analysis[ModelComparison]:
    """Compare two networks over the concepts that both have spaces of, on up to ``n`` images (seeded).

    Kept until a space, a network or the images change.

    Raises
    ------
    UnknownName, ModelError, SpaceError
        for an unknown network, the same one twice, or two without a concept in common.
    """
    return Analysis(*_wanted(project, a, b, n), lambda: _compared(project, a, b, n, progress), _read)


def compared_images(project: Project, a: str, b: str, concept: str, n: int = MOST_IMAGES) -> ConceptPairs:
    """P_s of one concept in both networks, image by image; UnknownName unless they were compared over it."""
    record, kind, parameters = _wanted(project, a, b, n)
    [outcome] = kept_many(project, record, kind, [parameters])
    names = [row["name"] for row in outcome.result["concepts"]] if outcome else []
    if outcome is None or concept not in names:
        raise UnknownName(f"{a} and {b} were not compared over '{concept}'; run: sxai model compare {a} {b}")
    class_name, _ = split_name(concept)
    own, column = outcome.arrays["classes"] == class_name, names.index(concept)
    ids = tuple(outcome.arrays["image_ids"][own].tolist())
    called = {image.id: image.name for image in project.catalogue.images(class_name=class_name)}
    files = tuple(called.get(image_id, f"image {image_id}") for image_id in ids)
    return ConceptPairs(concept, ids, files, outcome.arrays["a"][own, column], outcome.arrays["b"][own, column])


def shared_concepts(project: Project, a: str, b: str) -> tuple[list[str], list[str], list[str]]:
    """Concepts that both networks have up-to-date spaces of, those of a alone, and those of b alone."""
    first, second = (
        [space.full_name for space in usable_spaces(project, model_record(project, name))] for name in (a, b)
    )
    return (
        [name for name in first if name in second],
        [name for name in first if name not in second],
        [name for name in second if name not in first],
    )


def _wanted(project: Project, a: str, b: str, n: int) -> tuple[ModelRecord, str, dict[str, Any]]:
    """The key under which a comparison is stored, and all that determines it."""
    first, second = model_record(project, a), model_record(project, b)
    if first.id == second.id:
        raise ModelError(f"{a} would be compared with itself; choose two networks.")
    images = hashlib.sha256(repr([image.id for image in _images(project, n)]).encode()).hexdigest()
    rests_on = [assessment_fingerprint(project, record.name) for record in (first, second)]
    return first, KIND, {"with": second.name, "on": rests_on, "images": images, "seed": project.seed}


def _images(project: Project, n: int) -> list[ImageRecord]:
    """Up to ``n`` of the project's images, drawn by the seed, in their order."""
    images = project.catalogue.images()
    if len(images) <= n:
        return images
    chosen = np.random.default_rng(project.seed).choice(len(images), n, replace=False)
    return [images[index] for index in sorted(chosen)]


def _compared(
    project: Project, a: str, b: str, n: int, progress: Progress
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The comparison as it is stored: plain numbers, and P_s (n, m) of both networks."""
    shared, only_a, only_b = shared_concepts(project, a, b)
    if not shared:
        raise SpaceError(
            f"{a} and {b} have no concept in common that is up to date. Extract the same ones in both: "
            f"sxai space extract --all --model {b}"
        )
    records, images = (model_record(project, a), model_record(project, b)), _images(project, n)
    tables = [
        Reader.of(project, record, load_network(project, record), usable_spaces(project, record)).images(
            images, progress
        )
        for record in records
    ]
    probabilities = [
        _probabilities(project, record, shared, table) for record, table in zip(records, tables, strict=True)
    ]
    progress("comparing", 0, len(shared))
    classes = np.asarray([image.class_name or "" for image in images])
    measured = [_measured(project, record, shared) for record in records]
    rows = [
        _concept(
            name,
            measured[0][name],
            measured[1][name],
            *(table[classes == split_name(name)[0], at] for table in probabilities),
        )
        for at, name in enumerate(shared)
    ]
    progress("comparing", len(shared), len(shared))
    agreement = _agreement(project, records, tables, images)
    result = {
        "models": [record.name for record in records],
        "backbones": [record.backbone for record in records],
        "channels": [record.channels for record in records],
        "accuracy": [(record.evaluation or {}).get("val", {}).get("accuracy") for record in records],
        "concepts": [asdict(row) for row in rows],
        "only": [only_a, only_b],
        "agreement": None if agreement is None else asdict(agreement),
        "images": len(images),
    }
    ids = np.asarray([image.id for image in images])
    return result, {"image_ids": ids, "classes": classes, "a": probabilities[0], "b": probabilities[1]}


def _probabilities(project: Project, record: ModelRecord, names: Sequence[str], features: np.ndarray) -> np.ndarray:
    """P_s (n, m) of feature rows in the named spaces."""
    spaces = {space.name: space for space in spaces_of(usable_spaces(project, record), project)}
    return np.stack([spaces[name].probability(features) for name in names], axis=1)


def _measured(project: Project, record: ModelRecord, names: Sequence[str]) -> dict[str, dict[str, float | None]]:
    """The measures of each named space in one network; the share of its own space over the shared concepts."""
    overlap = overlap_detail(project, record.name)
    at = [overlap.names.index(name) for name in names]
    changes = np.abs(overlap.crosstalk[np.ix_(at, at)])
    summaries = {space.full_name: summarise(project, space) for space in usable_spaces(project, record)}
    return {name: _numbers(summaries[name], changes[row], row) for row, name in enumerate(names)}


def _numbers(space: SpaceSummary, changes: np.ndarray, own: int) -> dict[str, float | None]:
    total = float(changes.sum())
    return {
        "r2": space.reference.r2,
        "p_unmasked": space.masked.p_unmasked,
        "p_masked": space.masked.p_masked,
        "lowered": space.masked.share_lower_held_out,
        "ratio": space.ratios.unmasked,
        "own_share": float(changes[own]) / total if total > 0 else None,
    }


def _concept(
    name: str, first: Mapping[str, float | None], second: Mapping[str, float | None], p_a: np.ndarray, p_b: np.ndarray
) -> ConceptComparison:
    pairs = {measure: (first[measure], second[measure]) for measure in MEASURES}
    return ConceptComparison(name=name, **pairs, correlation=rank_correlation(p_a, p_b), images=len(p_a))


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float | None:
    """Spearman's rank correlation of two (n,); None for fewer than three values or where one never varies.

    >>> rank_correlation(np.array([1.0, 2.0, 4.0]), np.array([0.1, 0.5, 0.6]))
    1.0
    """
    return rank_agreement(a, b) if len(a) >= 3 else None


def _agreement(
    project: Project, records: Sequence[ModelRecord], tables: Sequence[np.ndarray], images: Sequence[ImageRecord]
) -> Agreement | None:
    """Agreement of both networks; None when a head is missing or their classes differ."""
    if not all(record.trained for record in records) or set(records[0].classes) != set(records[1].classes):
        return None
    names = [image.name for image in images]
    assessments = [
        Assessor.of(project, record.name).assess_all(names, table)
        for record, table in zip(records, tables, strict=True)
    ]
    predicted = np.asarray([first.predicted == second.predicted for first, second in zip(*assessments, strict=True)])
    level = np.asarray([first.assessment == second.assessment for first, second in zip(*assessments, strict=True)])
    return Agreement(float(predicted.mean()), float(level.mean()), float((predicted & level).mean()))


def _read(outcome: Kept) -> ModelComparison:
    """A comparison from its stored form."""
    stored = outcome.result
    concepts = tuple(_concept_of(row) for row in stored["concepts"])
    known = [concept.correlation for concept in concepts if concept.correlation is not None]
    return ModelComparison(
        models=_two(stored["models"]),
        backbones=_two(stored["backbones"]),
        channels=_two(stored["channels"]),
        accuracy=_two(stored["accuracy"]),
        concepts=concepts,
        only=(tuple(stored["only"][0]), tuple(stored["only"][1])),
        agreement=Agreement(**stored["agreement"]) if stored["agreement"] else None,
        correlation=float(np.mean(known)) if known else None,
        images=stored["images"],
        created=outcome.created,
    )


def _concept_of(row: Mapping[str, Any]) -> ConceptComparison:
    pairs = {measure: _two(row[measure]) for measure in MEASURES}
    return ConceptComparison(row["name"], **pairs, correlation=row["correlation"], images=row["images"])


def _two(values: Sequence[Any]) -> tuple[Any, Any]:
    first, second = values
    return first, second
