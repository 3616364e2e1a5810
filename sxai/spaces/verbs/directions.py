"""A concept's direction learned from a project's masks: over global averages, or position by position."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from data_store.records import MaskRecord, ModelRecord
from sxai.errors import SpaceError
from sxai.images.verbs.stored import find_image, read_canvases
from sxai.masks.verbs.save import stored_mask
from sxai.names import split_name
from sxai.networks.features import extract
from sxai.networks.network import Network
from sxai.networks.reading import Reading, default_reading, position_features
from sxai.networks.verbs.features import features_of
from sxai.progress import Progress, shifted, tracked
from sxai.project.project import Project
from sxai.spaces.defaults import APART, DEFAULT, MIN_MASKS, SPATIAL, SPATIALS
from sxai.spaces.estimators import estimate
from sxai.spaces.space import Extraction, SemanticSpace
from sxai.spaces.spatial import SpatialDirection, coverage, fit_spatial, shows
from sxai.spaces.verbs.reader import Probe, Reader, masked_canvases

FOLDS = 5

MOST_READ = 200
"""Masked images that a spatial direction is learned from at most, drawn with the seed: their positions are large."""


@dataclass(frozen=True, eq=False)
class Learned:
    """A direction before it is placed in a reference distribution.

    Attributes:
        masks: what it was made from.
        space: what reads the rows that ``reader`` gives.
        extraction: scores, Δ and SSNs of the paper's way or of the estimator. A spatial direction reads no channels,
            so its are the paper's from the same masks.
        unmasked, masked: (n, ·) rows of the images with the concept visible and filled.
        share_lower_held_out: share of pairs whose activation falls in a direction made without them (five folds).
        arrays, parameters: what to store besides.
    """

    masks: Sequence[MaskRecord]
    space: SemanticSpace
    extraction: Extraction
    reader: Reader
    unmasked: np.ndarray
    masked: np.ndarray
    share_lower_held_out: float | None
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


def learn(
    project: Project,
    record: ModelRecord,
    network: Network,
    name: str,
    masks: Sequence[MaskRecord],
    estimator: str,
    n_ssn: int,
    progress: Progress,
) -> Learned:
    """The direction of ``name`` by an estimator over global averages or a spatial one; SpaceError without any."""
    spatial = estimator in SPATIALS
    pair = _pair_features(project, record, network, masks, progress)
    found = estimate(name, *pair, DEFAULT if spatial else estimator, n_ssn, MIN_MASKS)
    if spatial:
        return _spatial(project, record, network, masks, estimator, found, pair, progress)
    held_out = held_out_share(name, *pair, n_ssn, project.seed, estimator)
    return Learned(masks, found.space, found, Reader(project, record, network), *pair, held_out)


def _pair_features(
    project: Project, record: ModelRecord, network: Network, masks: Sequence[MaskRecord], progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, C) of the images as they are and with the concept filled, row by row."""
    images = [find_image(project, mask.image_id) for mask in masks]
    unmasked = features_of(project, record, network, images, progress).features
    report = shifted(progress, "masked images", 0, len(masks))
    batch = extract(network, masked_canvases(project, masks), total=len(masks), device=project.device, progress=report)
    return unmasked, batch.features


def held_out_share(
    name: str, unmasked: np.ndarray, masked: np.ndarray, n_ssn: int, seed: int, estimator: str = DEFAULT
) -> float | None:
    """Share of pairs whose A_s falls in a space made without them (five folds); None with too few pairs."""
    n = len(unmasked)
    if n < FOLDS * MIN_MASKS:
        return None
    folds = _folds(n, seed)
    lower = np.zeros(n, dtype=bool)
    for fold in range(FOLDS):
        rest, left = folds != fold, folds == fold
        space = estimate(name, unmasked[rest], masked[rest], estimator, n_ssn, MIN_MASKS).space
        lower[left] = space.activation(masked[left]) < space.activation(unmasked[left])
    return float(lower.mean())


def _folds(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(n) % FOLDS


def _spatial(
    project: Project,
    record: ModelRecord,
    network: Network,
    masks: Sequence[MaskRecord],
    estimator: str,
    found: Extraction,
    pair: tuple[np.ndarray, np.ndarray],
    progress: Progress,
) -> Learned:
    """A spatial direction: its space reads the one column that its probe adds to the features of each picture."""
    name, reading = found.space.name, default_reading(network)
    images = [find_image(project, mask.image_id) for mask in masks]
    folds = _folds(len(masks), project.seed) if len(masks) >= FOLDS * MIN_MASKS else None
    apart = _same_part_elsewhere(project, network, name, reading, progress) if estimator == APART else []
    whole, *parts = _directions(project, network, name, masks, folds, apart, reading, progress)
    reader = Reader(project, record, network, tuple(Probe(direction, reading) for direction in (whole, *parts)))
    report = shifted(progress, "masked images", 0, len(masks))
    before = reader.columns(lambda: tracked(read_canvases(project, images), "", len(masks), report))
    after = reader.columns(lambda: tracked(masked_canvases(project, masks), "", len(masks), report))
    held_out = None
    if folds is not None:
        rows = np.arange(len(masks))
        held_out = float((after[rows, folds + 1] < before[rows, folds + 1]).mean())
    own = replace(reader, probes=reader.probes[:1])
    own.keep_masked(own.probes[0], masks, after[:, 0])
    return Learned(
        masks=masks,
        space=SemanticSpace(name, (record.channels,), (1.0,), estimator),
        extraction=found,
        reader=own,
        unmasked=np.column_stack([pair[0], before[:, 0]]),
        masked=np.column_stack([pair[1], after[:, 0]]),
        share_lower_held_out=held_out,
        arrays={"weights": whole.weights, "bias": np.array(whole.bias)},
        parameters={
            "reading": asdict(reading),
            "strongest": whole.strongest,
            "channels": record.channels,
            "direction": own.probes[0].key,
        },
    )


def _directions(
    project: Project,
    network: Network,
    name: str,
    masks: Sequence[MaskRecord],
    folds: np.ndarray | None,
    background: Sequence[np.ndarray],
    reading: Reading,
    progress: Progress,
) -> list[SpatialDirection]:
    """The direction of all masks, then the one without each fold; of many masks, some are read."""
    drawn = _drawn(project, masks)
    positions, shares = _positions(project, network, [masks[at] for at in drawn], reading, progress)
    kept = [np.ones(len(drawn), dtype=bool)] + [folds[drawn] != fold for fold in range(FOLDS) if folds is not None]
    return [
        fit_spatial(name, positions[rows], shares[rows], background, minimum=MIN_MASKS, seed=project.seed)
        for rows in kept
    ]


def _drawn(project: Project, masks: Sequence[MaskRecord]) -> np.ndarray:
    return np.sort(np.random.default_rng(project.seed).permutation(len(masks))[:MOST_READ])


def _positions(
    project: Project, network: Network, masks: Sequence[MaskRecord], reading: Reading, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Features by position float16 (n, G, G, D) of the masked images as they are, and coverage (n, G, G)."""
    images = [find_image(project, mask.image_id) for mask in masks]
    canvases = tracked(read_canvases(project, images), "positions", len(masks), progress)
    batches = position_features(network, canvases, reading, device=project.device)
    positions = np.concatenate([batch.astype(np.float16) for batch in batches])
    return positions, np.stack([coverage(stored_mask(mask).pixels, reading.grid) for mask in masks])


def _same_part_elsewhere(
    project: Project, network: Network, name: str, reading: Reading, progress: Progress
) -> list[np.ndarray]:
    """Positions (m, D) that show the same part of other classes, by their masks; SpaceError when there are none."""
    class_name, part = split_name(name)
    masks = [mask for mask in project.catalogue.masks(concept=part) if mask.class_name != class_name]
    if not masks:
        raise SpaceError(
            f"{name}: no other class has masks of the {part}, which '{APART}' tells it from; mask some, or use "
            f"'{SPATIAL}'."
        )
    positions, shares = _positions(project, network, [masks[at] for at in _drawn(project, masks)], reading, progress)
    return [positions[shows(shares)]]
