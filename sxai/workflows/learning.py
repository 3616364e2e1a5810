"""A concept's direction learned from a project's masks: over global averages, or position by position."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from data_store.records import MaskRecord, ModelRecord
from sxai.models.features import extract
from sxai.models.network import Network
from sxai.models.reading import Reading, default_reading, position_features
from sxai.progress import Progress, shifted, tracked
from sxai.spaces.estimators import DEFAULT, SPATIAL, estimate
from sxai.spaces.space import Extraction, SemanticSpace
from sxai.spaces.spatial import SpatialDirection, coverage, fit_spatial
from sxai.workflows.featuring import features_of
from sxai.workflows.masking import stored_mask
from sxai.workflows.probing import Probe, Reader, masked_canvases
from sxai.workflows.workspace import Workspace, find_image, read_canvases

MINIMUM_MASKS = 3
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
    ws: Workspace,
    record: ModelRecord,
    network: Network,
    name: str,
    masks: Sequence[MaskRecord],
    estimator: str,
    n_ssn: int,
    progress: Progress,
) -> Learned:
    """The direction of ``name`` by an estimator over global averages, or "spatial"; SpaceError where there is none."""
    spatial = estimator == SPATIAL
    pair = _pair_features(ws, record, network, masks, progress)
    found = estimate(name, *pair, DEFAULT if spatial else estimator, n_ssn, MINIMUM_MASKS)
    if spatial:
        return _spatial(ws, record, network, masks, found, pair, progress)
    held_out = held_out_share(name, *pair, n_ssn, ws.seed, estimator)
    return Learned(masks, found.space, found, Reader(ws, record, network), *pair, held_out)


def _pair_features(
    ws: Workspace, record: ModelRecord, network: Network, masks: Sequence[MaskRecord], progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, C) of the images as they are and with the concept filled, row by row."""
    images = [find_image(ws, mask.image_id) for mask in masks]
    unmasked = features_of(ws, record, network, images, progress).features
    report = shifted(progress, "masked images", 0, len(masks))
    batch = extract(network, masked_canvases(ws, masks), total=len(masks), device=ws.device, progress=report)
    return unmasked, batch.features


def held_out_share(
    name: str, unmasked: np.ndarray, masked: np.ndarray, n_ssn: int, seed: int, estimator: str = DEFAULT
) -> float | None:
    """Share of pairs whose A_s falls in a space made without them (five folds); None with too few pairs."""
    n = len(unmasked)
    if n < FOLDS * MINIMUM_MASKS:
        return None
    folds = _folds(n, seed)
    lower = np.zeros(n, dtype=bool)
    for fold in range(FOLDS):
        rest, left = folds != fold, folds == fold
        space = estimate(name, unmasked[rest], masked[rest], estimator, n_ssn, MINIMUM_MASKS).space
        lower[left] = space.activation(masked[left]) < space.activation(unmasked[left])
    return float(lower.mean())


def _folds(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(n) % FOLDS


def _spatial(
    ws: Workspace,
    record: ModelRecord,
    network: Network,
    masks: Sequence[MaskRecord],
    found: Extraction,
    pair: tuple[np.ndarray, np.ndarray],
    progress: Progress,
) -> Learned:
    """A spatial direction: its space reads the one column that its probe adds to the features of each picture."""
    name, reading = found.space.name, default_reading(network)
    images = [find_image(ws, mask.image_id) for mask in masks]
    folds = _folds(len(masks), ws.seed) if len(masks) >= FOLDS * MINIMUM_MASKS else None
    whole, *parts = _directions(ws, network, name, masks, folds, reading, progress)
    reader = Reader(ws, record, network, tuple(Probe(direction, reading) for direction in (whole, *parts)))
    report = shifted(progress, "masked images", 0, len(masks))
    before = reader.columns(lambda: tracked(read_canvases(ws, images), "", len(masks), report))
    after = reader.columns(lambda: tracked(masked_canvases(ws, masks), "", len(masks), report))
    held_out = None
    if folds is not None:
        rows = np.arange(len(masks))
        held_out = float((after[rows, folds + 1] < before[rows, folds + 1]).mean())
    own = replace(reader, probes=reader.probes[:1])
    own.keep_masked(own.probes[0], masks, after[:, 0])
    return Learned(
        masks=masks,
        space=SemanticSpace(name, (record.channels,), (1.0,), SPATIAL),
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
    ws: Workspace,
    network: Network,
    name: str,
    masks: Sequence[MaskRecord],
    folds: np.ndarray | None,
    reading: Reading,
    progress: Progress,
) -> list[SpatialDirection]:
    """The direction of all masks, then the one without each fold; of many masks, some are read."""
    drawn = np.sort(np.random.default_rng(ws.seed).permutation(len(masks))[:MOST_READ])
    images = [find_image(ws, masks[at].image_id) for at in drawn]
    canvases = tracked(read_canvases(ws, images), "positions", len(drawn), progress)
    batches = position_features(network, canvases, reading, device=ws.device)
    positions = np.concatenate([batch.astype(np.float16) for batch in batches])
    shares = np.stack([coverage(stored_mask(masks[at]).pixels, reading.grid) for at in drawn])
    kept = [np.ones(len(drawn), dtype=bool)] + [folds[drawn] != fold for fold in range(FOLDS) if folds is not None]
    return [fit_spatial(name, positions[rows], shares[rows], minimum=MINIMUM_MASKS, seed=ws.seed) for rows in kept]
