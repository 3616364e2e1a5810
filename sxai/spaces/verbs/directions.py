"""A concept's direction learned from a project's masks: over global averages, or position by position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from data_store.records import MaskRecord, ModelRecord
from sxai.batches import in_batches
from sxai.errors import SpaceError
from sxai.images.verbs.stored import read_canvases
from sxai.masks.verbs.save import stored_mask
from sxai.names import split_name
from sxai.networks.features import extract
from sxai.networks.network import Network
from sxai.networks.reading import Reading, default_reading, position_features
from sxai.networks.verbs.features import BLOCK, features_of
from sxai.progress import Progress, shifted, tracked
from sxai.project.project import Project
from sxai.spaces.defaults import DEFAULT, MIN_MASKS, SPATIAL, SPATIAL_APART, SPATIALS
from sxai.spaces.estimators import estimate
from sxai.spaces.parameters import SpaceParameters, StoredReading
from sxai.spaces.space import Extraction, SemanticSpace
from sxai.spaces.spatial import SpatialDirection, coverage, fit_spatial, shows
from sxai.spaces.verbs.reader import Pairs, Probe, Reader

FOLDS = 5

MOST_READ = 200
"""Masked images that a spatial direction is learned from at most, drawn with the seed: their positions are large."""


@dataclass(frozen=True, eq=False)
class Learned:
    """A direction before it is placed in a reference distribution.

    Attributes
    ----------
    masks
        what it was made from.
    space
        the space, which takes the rows of ``reader``.
    extraction
        scores, Δ and SSNs by the estimator. A spatial direction reads no channels, so its extraction is the paper's
        from the same masks.
    unmasked, masked
        (n, ·) rows of the images with the concept visible and filled.
    share_lower_held_out
        share of pairs whose activation falls in a direction made without them (five folds).
    arrays, parameters
        further arrays and parameters to store.
    """

    masks: Sequence[MaskRecord]
    space: SemanticSpace
    extraction: Extraction
    reader: Reader
    unmasked: np.ndarray
    masked: np.ndarray
    share_lower_held_out: float | None
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    parameters: SpaceParameters = field(default_factory=SpaceParameters)


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
    spatial, pairs = estimator in SPATIALS, Pairs.of(project, masks)
    pair = _pair_features(record, network, pairs, progress)
    extraction = estimate(name, *pair, DEFAULT if spatial else estimator, n_ssn, MIN_MASKS)
    if spatial:
        return _spatial(record, network, pairs, estimator, extraction, pair, progress)
    held_out = held_out_share(name, *pair, n_ssn, project.seed, estimator)
    return Learned(masks, extraction.space, extraction, Reader(project, record, network), *pair, held_out)


def _pair_features(
    record: ModelRecord, network: Network, pairs: Pairs, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, C) of the images as they are and with the concept filled, row by row."""
    unmasked = features_of(pairs.project, record, network, pairs.images, progress).features
    report = shifted(progress, "masked images", 0, len(pairs))
    batch = extract(network, pairs.filled(), total=len(pairs), device=pairs.project.device, progress=report)
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
    record: ModelRecord,
    network: Network,
    pairs: Pairs,
    estimator: str,
    extraction: Extraction,
    pair: tuple[np.ndarray, np.ndarray],
    progress: Progress,
) -> Learned:
    """A spatial direction; its space reads the column that its probe appends to the features of each picture."""
    name, reading, project = extraction.space.name, default_reading(network), pairs.project
    folds = _folds(len(pairs), project.seed) if len(pairs) >= FOLDS * MIN_MASKS else None
    apart = _same_part_elsewhere(project, network, name, reading, progress) if estimator == SPATIAL_APART else []
    whole, *parts = _directions(network, name, pairs, folds, apart, reading, progress)
    reader = Reader(project, record, network, tuple(Probe(direction, reading) for direction in (whole, *parts)))
    before, after = _before_and_after(reader, pairs, progress)
    held_out = None
    if folds is not None:
        rows = np.arange(len(pairs))
        held_out = float((after[rows, folds + 1] < before[rows, folds + 1]).mean())
    own = replace(reader, probes=reader.probes[:1])
    own.keep_masked(own.probes[0], pairs.masks, after[:, 0])
    return Learned(
        masks=pairs.masks,
        space=SemanticSpace(name, (record.channels,), (1.0,), estimator),
        extraction=extraction,
        reader=own,
        unmasked=np.column_stack([pair[0], before[:, 0]]),
        masked=np.column_stack([pair[1], after[:, 0]]),
        share_lower_held_out=held_out,
        arrays={"weights": whole.weights, "bias": np.array(whole.bias)},
        parameters={
            "reading": StoredReading(taps=list(reading.taps), size=reading.size, grid=reading.grid),
            "strongest": whole.strongest,
            "channels": record.channels,
            "direction": own.probes[0].key,
        },
    )


def _before_and_after(reader: Reader, pairs: Pairs, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """Activations (n, k) of the pictures without and with masking; each picture is decoded once, block by block."""
    report = shifted(progress, "masked images", 0, len(pairs))
    rows: list[list[np.ndarray]] = [[], []]
    for block in in_batches(tracked(pairs.canvases(), "", len(pairs), report), BLOCK):
        for column, canvases in zip(rows, zip(*block, strict=True), strict=True):
            column.append(reader.columns(partial(iter, canvases)))
    return np.concatenate(rows[0]), np.concatenate(rows[1])


def _directions(
    network: Network,
    name: str,
    pairs: Pairs,
    folds: np.ndarray | None,
    background: Sequence[np.ndarray],
    reading: Reading,
    progress: Progress,
) -> list[SpatialDirection]:
    """The direction of all masks, then those without each fold; above a limit, of a sample of the masks."""
    seed = pairs.project.seed
    drawn = _drawn(seed, len(pairs))
    positions, shares = _positions(network, pairs.at(drawn.tolist()), reading, progress)
    train = [np.ones(len(drawn), dtype=bool)] + [folds[drawn] != fold for fold in range(FOLDS) if folds is not None]
    return [
        fit_spatial(name, positions[rows], shares[rows], background, minimum=MIN_MASKS, seed=seed) for rows in train
    ]


def _drawn(seed: int, count: int) -> np.ndarray:
    return np.sort(np.random.default_rng(seed).permutation(count)[:MOST_READ])


def _positions(network: Network, pairs: Pairs, reading: Reading, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """Features by position float16 (n, G, G, D) of the masked images as they are, and coverage (n, G, G)."""
    canvases = tracked(read_canvases(pairs.project, pairs.images), "positions", len(pairs), progress)
    batches = position_features(network, canvases, reading, device=pairs.project.device)
    positions = np.concatenate([batch.astype(np.float16) for batch in batches])
    return positions, np.stack([coverage(stored_mask(mask).pixels, reading.grid) for mask in pairs.masks])


def _same_part_elsewhere(
    project: Project, network: Network, name: str, reading: Reading, progress: Progress
) -> list[np.ndarray]:
    """Positions (m, D) that show the same part of other classes, by their masks; SpaceError when there are none."""
    class_name, part = split_name(name)
    masks = [mask for mask in project.catalogue.masks(concept=part) if mask.class_name != class_name]
    if not masks:
        raise SpaceError(
            f"{name}: no other class has masks of the {part}, which '{SPATIAL_APART}' tells it from; mask some, or use "
            f"'{SPATIAL}'."
        )
    drawn = [masks[at] for at in _drawn(project.seed, len(masks))]
    positions, shares = _positions(network, Pairs.of(project, drawn), reading, progress)
    return [positions[shows(shares)]]
