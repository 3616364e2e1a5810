"""Quality of a concept's masks: coverage, the effect of each mask, and convergence of Δ with more masks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from data_store.records import MaskRecord, ModelRecord
from sxai.annotation.accumulation import Accumulation, Growth, accumulate
from sxai.annotation.influence import influence
from sxai.errors import SxaiError, TooFewMasks
from sxai.images.verbs.stored import images_of
from sxai.masks.mask import decode_rle
from sxai.masks.verbs.agreement import AgreementResult, mask_agreement
from sxai.masks.verbs.save import known_concept
from sxai.networks.features import extract
from sxai.networks.network import Network
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, shifted, silent
from sxai.project.analyses import Analysis, AnalysisVerb, Kept, Outcome, keep, kept_many
from sxai.project.project import Project
from sxai.spaces.spatial import coverage
from sxai.spaces.verbs.reader import Pairs

PAIRS, EFFECTS = "mask-pairs", "mask-effects"
GRID = 12
"""Rows and columns of the map of mask positions."""

SMALL, LARGE = 0.002, 0.6
"""Shares of the picture below and above which a mask is listed for inspection."""

FEWEST = 4
"""Smallest number of masks for leave-one-out effects."""


@dataclass(frozen=True)
class MaskCoverage:
    """Coverage of a concept's masks: how many images, which area, and where in the picture.

    Attributes
    ----------
    masks, images
        masked images, and all of the class; ``waiting``: unmasked ones known to show the concept.
    area
        share of the picture that a mask covers: the least, the lower quartile, the median, the upper, the most.
    superpixels
        median number of superpixels of masks made of them; None where there are none.
    sources, authors
        numbers of masks by source and by author.
    where
        (12, 12) share of masks that cover each place of the picture, rows from the top.
    small, large
        images whose mask covers less than 0.2 % of the picture, or more than 60 %.
    """

    concept: str
    masks: int
    images: int
    waiting: int
    area: tuple[float, ...]
    superpixels: float | None
    sources: dict[str, int]
    authors: dict[str, int]
    where: tuple[tuple[float, ...], ...]
    small: tuple[int, ...]
    large: tuple[int, ...]


@dataclass(frozen=True)
class MaskEffect:
    """The effect of one mask: the fall of A_s when it is filled, in units of the usual fall (``effect``).

    A_s is of the space made without it; ``turned`` is 1 − cosine between Δ with and without it. ``finding`` is
    "nothing", "raises" (A_s rises), "alone" (Δ turns unusually far without it) or "".
    """

    image_id: int
    image_name: str
    author: str
    version: int
    effect: float
    turned: float
    finding: str


@dataclass(frozen=True)
class MaskEffects:
    """The effect of each mask of a concept in a network, and whether there are enough; see :class:`Accumulation`."""

    concept: str
    model: str
    masks: int
    effects: tuple[MaskEffect, ...]
    growth: tuple[Growth, ...]
    ssns: tuple[int, ...]
    settled: int
    expected: float | None
    needed: int | None
    enough: bool
    advice: str


@dataclass(frozen=True)
class MaskQuality:
    """Coverage, effects and agreement of a concept's masks; ``missing`` gives the reason for each that is None."""

    concept: str
    coverage: MaskCoverage
    effects: MaskEffects | None
    agreement: AgreementResult | None
    missing: tuple[str, ...]


def mask_quality(
    project: Project, concept: str, model: str | None = None, n_ssn: int = 5, progress: Progress = silent
) -> MaskQuality:
    """Coverage, effects and agreement of the masks of one concept; ``missing`` names what has too little data."""
    known_concept(project, concept)
    missing = []
    effects, agreement = None, None
    try:
        effects = mask_effects(project, concept, model, n_ssn, progress)
    except SxaiError as error:
        missing.append(str(error))
    try:
        agreement = mask_agreement(project, concept, progress=progress)
    except SxaiError as error:
        missing.append(str(error))
    return MaskQuality(concept, mask_coverage(project, concept), effects, agreement, tuple(missing))


def mask_coverage(project: Project, concept: str) -> MaskCoverage:
    """Coverage of one concept: masked images, sizes, sources, authors and places of the masks.

    Raises
    ------
    UnknownName
        for an unknown concept.
    """
    class_name, part = known_concept(project, concept)
    masks = project.catalogue.masks(class_name, part)
    regions = [decode_rle(mask.rle) for mask in masks]
    areas = np.array([region.mean() for region in regions])
    pieces = [len(mask.labels) for mask in masks if mask.labels is not None]
    masked = {mask.image_id for mask in masks}
    known = project.catalogue.part_presence(part, class_name)
    where = np.mean([coverage(region, GRID) for region in regions], axis=0) if regions else np.zeros((GRID, GRID))
    return MaskCoverage(
        concept=concept,
        masks=len(masks),
        images=project.catalogue.count_images(class_name=class_name),
        waiting=sum(visible and image_id not in masked for image_id, visible in known.items()),
        area=tuple(np.quantile(areas, (0, 0.25, 0.5, 0.75, 1)).tolist()) if regions else (),
        superpixels=float(np.median(pieces)) if pieces else None,
        sources=dict(Counter(mask.source for mask in masks).most_common()),
        authors=dict(Counter(mask.author for mask in masks).most_common()),
        where=tuple(tuple(row) for row in where.tolist()),
        small=tuple(mask.image_id for mask, area in zip(masks, areas, strict=True) if area < SMALL),
        large=tuple(mask.image_id for mask, area in zip(masks, areas, strict=True) if area > LARGE),
    )


@AnalysisVerb
def mask_effects(
    project: Project, concept: str, model: str | None = None, n_ssn: int = 5, progress: Progress = silent
) -> Analysis[MaskEffects]:
    """The effect of each mask on the space of its concept, and whether there are enough masks.

    Each masked picture goes through the network once: its features are stored until the mask changes.

    Raises
    ------
    TooFewMasks
        below four masks; SpaceError where the pairs have no direction.
    """
    record, masks = model_record(project, model), _in_order(project, concept)

    def make() -> Outcome:
        if len(masks) < FEWEST:
            raise TooFewMasks(
                f"{concept} has {len(masks)} masked images; at least {FEWEST} can be judged by each other. Mask more."
            )
        pairs = mask_pairs(project, record, load_network(project, record), concept, masks, progress)
        return _judged(*pairs, n_ssn, project.seed, progress), {}

    versions = [[mask.id, mask.version] for mask in masks]
    parameters = {"concept": concept, "masks": versions, "n_ssn": n_ssn, "seed": project.seed}
    return Analysis(record, EFFECTS, parameters, make, partial(_effects, project, record, concept, masks))


def _in_order(project: Project, concept: str) -> list[MaskRecord]:
    """The masks of a concept in the order in which they were made."""
    class_name, part = known_concept(project, concept)
    return sorted(project.catalogue.masks(class_name, part), key=lambda mask: mask.id)


def mask_pairs(
    project: Project,
    record: ModelRecord,
    network: Network,
    concept: str,
    masks: Sequence[MaskRecord],
    progress: Progress = silent,
) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, C) of the images of ``masks`` as they are and with these filled; only new masks are read."""
    [known] = kept_many(project, record, PAIRS, [{"concept": concept}])
    rows: dict[tuple[int, int], np.ndarray] = {}
    if known is not None:
        versions = map(tuple, known.arrays["masks"].tolist())
        rows = dict(zip(versions, known.arrays["masked"], strict=True))
    fresh = [mask for mask in masks if (mask.id, mask.version) not in rows]
    unmasked = features_of(project, record, network, images_of(project, masks), progress).features
    if fresh:
        report = shifted(progress, "masked images", len(masks) - len(fresh), len(masks))
        filled = Pairs.of(project, fresh).filled()
        batch = extract(network, filled, total=len(fresh), device=project.device, progress=report)
        rows |= {(mask.id, mask.version): row for mask, row in zip(fresh, batch.features, strict=True)}
    masked = np.stack([rows[mask.id, mask.version] for mask in masks])
    if fresh:
        arrays = {"masks": np.array([(mask.id, mask.version) for mask in masks]), "masked": masked}
        keep(project, record, PAIRS, {"concept": concept}, {}, arrays)
    return unmasked, masked


def _judged(unmasked: np.ndarray, masked: np.ndarray, n_ssn: int, seed: int, progress: Progress) -> dict[str, Any]:
    """Influence and accumulation as JSON."""
    tables = unmasked.astype(np.float64), masked.astype(np.float64)
    influences = influence(*tables, n_ssn)
    grown = accumulate(*tables, n_ssn, seed=seed, report=lambda done, total: progress("numbers", done, total))
    return {
        "effect": influences.effect.tolist(),
        "turned": influences.turned.tolist(),
        "findings": influences.findings(),
        "accumulation": asdict(grown),
    }


def _effects(
    project: Project, record: ModelRecord, concept: str, masks: Sequence[MaskRecord], outcome: Kept
) -> MaskEffects:
    result = outcome.result
    told = zip(masks, result["effect"], result["turned"], result["findings"], strict=True)
    grown = dict(result["accumulation"])
    growth = tuple(Growth(**step) for step in grown.pop("growth"))
    settled = Accumulation(growth, tuple(grown.pop("ssns")), **grown)
    effects = [
        MaskEffect(mask.image_id, mask.image_name, mask.author, mask.version, effect, turned, finding)
        for mask, effect, turned, finding in told
    ]
    return MaskEffects(
        concept=concept,
        model=record.name,
        masks=len(masks),
        effects=tuple(sorted(effects, key=lambda row: row.effect)),
        growth=growth,
        ssns=settled.ssns,
        settled=settled.settled,
        expected=settled.expected,
        needed=settled.needed,
        enough=settled.enough,
        advice=advice(len(masks), settled),
    )


def advice(masks: int, accumulation: Accumulation) -> str:
    """Advice on whether there are enough masks, in one or two sentences.

    >>> advice(70, Accumulation((), (1, 2), settled=40, expected=0.97, needed=44))
    '70 masks are enough: SSNs have not changed since 40.'
    """
    if accumulation.expected is None:
        return f"{masks} masks are too few to tell: sets of different masks do not agree on Δ yet. Mask more images."
    if not accumulation.enough:
        more = f"; about {accumulation.needed} masks would be enough" if accumulation.needed else ""
        return (
            f"{masks} masks are not enough yet: the cosine of Δ to that of many more masks is about "
            f"{accumulation.expected:.2f}, and 0.95 is wanted{more}."
        )
    if accumulation.settled <= 0.9 * masks:
        return f"{masks} masks are enough: SSNs have not changed since {accumulation.settled}."
    return (
        f"{masks} masks are enough for Δ as a whole (cosine {accumulation.expected:.2f} to that of many more), "
        f"but which channels are SSNs still changed at {accumulation.settled}."
    )
