"""Perturbed representations: effect of single units and directions on the class probability (SeVec, Table 1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError
from sxai.stats import Interval
from sxai.vectors.vectors import SemanticVector

Outputs = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Representations (n, D) to probabilities (n, K)."""

PAPER_WAYS = ("associated neuron", "random neuron", "SeVec", "permuted SeVec")
"""The columns of the paper's table."""

STEP_WAYS = ("step along SeVec", "step along permuted SeVec")
"""Perturbations along a direction, of the same length as the associated neuron's change."""

WAYS = PAPER_WAYS + STEP_WAYS

PEAK_FACTOR = 1.5
"""A neuron is set to so many times the largest activation of the layer."""


@dataclass(frozen=True)
class Shift(Interval):
    """Mean rise of the target's probability over ``n`` images, with its 95 % interval (normal, over images)."""

    n: int


def perturbed(
    values: ArrayLike, vector: SemanticVector, threshold: float, rng: np.random.Generator
) -> dict[str, NDArray[np.float32]]:
    """Representations (n, D) ≥ 0 of one concept's images changed in all WAYS.

    The associated neuron is the largest entry of v_c; a random neuron is drawn for every image, a permutation too. A
    neuron is set to 1.5 times the image's largest activation. A gate keeps its units and sets the rest to 0, which
    lowers every score. A step adds v_c, or v_c permuted, times the length of the associated neuron's change, so that
    the two differ in direction only.
    """
    rows = np.asarray(values, dtype=np.float32)
    gate, every = vector.gate(threshold), np.arange(len(rows))
    peak = PEAK_FACTOR * rows.max(axis=1)
    associated, random = rows.copy(), rows.copy()
    associated[:, vector.vector.argmax()] = peak
    random[every, rng.integers(rows.shape[1], size=len(rows))] = peak
    permuted = np.stack([rng.permutation(gate) for _ in every]) if len(rows) else np.zeros(rows.shape, bool)
    length = np.linalg.norm(associated - rows, axis=1, keepdims=True)
    direction = vector.vector.astype(np.float32)
    mixed = np.stack([rng.permutation(direction) for _ in every]) if len(rows) else np.zeros(rows.shape, np.float32)
    changed = (associated, random, rows * gate, rows * permuted, rows + length * direction, rows + length * mixed)
    return dict(zip(WAYS, changed, strict=True))


def probability_shifts(
    groups: Mapping[str, ArrayLike],
    vectors: Mapping[str, SemanticVector],
    classes: Sequence[str],
    outputs: Outputs,
    threshold: float,
    seed: int = 0,
) -> dict[str, NDArray[np.float64]]:
    """Rise of the own class's probability for every image, (N,) by way, over the images of all groups.

    ``groups`` maps a class to representations (n, D) of its images, ``outputs`` gives probabilities in the order of
    ``classes``.

    Raises
    ------
    SpaceError
        when a group is no class of the network.
    """
    rng = np.random.default_rng(seed)
    rises: dict[str, list[NDArray[np.float64]]] = {way: [] for way in WAYS}
    for name, values in groups.items():
        if name not in classes:
            raise SpaceError(f"{name} is no class of the network; it knows {', '.join(classes)}.")
        target, rows = list(classes).index(name), np.asarray(values, dtype=np.float32)
        before = outputs(rows)[:, target]
        for way, changed in perturbed(rows, vectors[name], threshold, rng).items():
            rises[way].append(outputs(changed)[:, target] - before)
    return {way: np.concatenate(parts) if parts else np.empty(0) for way, parts in rises.items()}


def mean_shift(rises: ArrayLike) -> Shift:
    """The mean of rises (N,) and its interval; NaN without images."""
    values = np.asarray(rises, dtype=np.float64)
    if not len(values):
        return Shift(float("nan"), float("nan"), float("nan"), 0)
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    mean = float(values.mean())
    return Shift(mean, mean - float(half), mean + float(half), len(values))
