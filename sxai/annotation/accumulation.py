"""Convergence of Δ as masks accumulate: whether the masks are enough, and how many would be.

A large subset of the masks always agrees with the direction of all masks, since it shares most of them. The unbiased
measure is the cosine between directions of *disjoint* sets of masks, as two annotators would give them. Spearman and
Brown's reliability formula then gives the cosine to the common direction of such sets; an error that all masks share is
not visible.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sxai.errors import SpaceError
from sxai.spaces.space import extract_space
from sxai.spaces.steadiness import ENOUGH_COSINE, NUMBERS, needed_for, of_one

Floats = NDArray[np.float64]
Report = Callable[[int, int], None]

MIN_PAIRS = 3
"""Smallest number of pairs for a direction."""

MAX_STEPS = 100
"""Largest number of steps in which the masks are added."""


@dataclass(frozen=True)
class Growth:
    """Agreement of directions from ``n`` masks, over repeats with different masks.

    Attributes
    ----------
    to_all
        mean cosine of Δ to that of all masks.
    between
        mean cosine of Δ of n masks and of n others; None where there are not twice as many.
    spread
        mean over SSNs of all masks of |Δ − mean Δ| / |mean Δ|, in percent (method: spread from the average).
    kept
        share of the SSNs of all masks that are among those of n.
    """

    n: int
    to_all: float
    between: float | None
    spread: float
    kept: float


@dataclass(frozen=True)
class Accumulation:
    """Convergence of a concept's direction over all of its masks.

    Attributes
    ----------
    growth
        directions of more and more masks, drawn at random.
    ssns
        SSNs with all masks, largest |Δ| first.
    settled
        number of masks, in the order given, from which the set of SSNs has not changed any more.
    expected
        cosine to be expected between Δ and that of many more masks; None where directions do not agree.
    needed
        number of masks at which it would reach 0.95; None where that cannot be estimated.
    """

    growth: tuple[Growth, ...]
    ssns: tuple[int, ...]
    settled: int
    expected: float | None
    needed: int | None

    @property
    def enough(self) -> bool:
        """Whether the masks are enough: more masks would hardly change Δ."""
        return self.expected is not None and self.expected >= ENOUGH_COSINE


def accumulate(
    unmasked: Floats,
    masked: Floats,
    n_ssn: int = 5,
    repeats: int = 10,
    seed: int = 0,
    report: Report = lambda done, total: None,
) -> Accumulation:
    """Convergence of Δ over pairs of (n, C) features; the rows in the order in which the masks were made.

    Raises
    ------
    SpaceError
        where the pairs have no direction; TooFewMasks below three of them.
    """
    whole = _Direction.of(unmasked, masked, n_ssn)
    total = len(unmasked)
    numbers = [number for number in NUMBERS if number < total]
    rng = np.random.default_rng(seed)
    growth = []
    for done, number in enumerate(numbers):
        report(done, len(numbers) + 1)
        growth.append(_growth(unmasked, masked, n_ssn, number, repeats, rng, whole))
    report(len(numbers), len(numbers) + 1)
    expected, needed = reliability(growth, total)
    return Accumulation(tuple(growth), whole.ssns, _settled(unmasked, masked, n_ssn, whole), expected, needed)


@dataclass(frozen=True, eq=False)
class _Direction:
    """Δ over all channels (C,) and its SSNs."""

    delta: Floats
    ssns: tuple[int, ...]

    @classmethod
    def of(cls, unmasked: Floats, masked: Floats, n_ssn: int) -> "_Direction":
        extraction = extract_space("concept", unmasked, masked, n_ssn, MIN_PAIRS)
        return cls(extraction.difference, extraction.space.channels)

    def cosine(self, other: "_Direction") -> float:
        lengths = float(np.linalg.norm(self.delta) * np.linalg.norm(other.delta))
        return float(self.delta @ other.delta / lengths) if lengths else 0.0


def _growth(
    unmasked: Floats, masked: Floats, n_ssn: int, number: int, repeats: int, rng: np.random.Generator, whole: _Direction
) -> Growth:
    """Agreement of directions of ``number`` masks over repeats, each with two disjoint sets if there are enough."""
    first, second = [], []
    for _ in range(repeats):
        order = rng.permutation(len(unmasked))
        first.append(_some(unmasked, masked, n_ssn, order[:number]))
        if 2 * number <= len(unmasked):
            second.append(_some(unmasked, masked, n_ssn, order[number : 2 * number]))
    directions = [direction for direction in first + second if direction is not None]
    if not directions:
        return Growth(number, 0.0, 0.0 if second else None, 100.0, 0.0)
    pairs = [(a, b) for a, b in zip(first, second, strict=False) if a is not None and b is not None]
    deltas = np.stack([direction.delta[list(whole.ssns)] for direction in directions])
    return Growth(
        n=number,
        to_all=float(np.mean([direction.cosine(whole) for direction in directions])),
        between=float(np.mean([a.cosine(b) for a, b in pairs])) if pairs else None,
        spread=_spread(deltas),
        kept=float(np.mean([len(set(direction.ssns) & set(whole.ssns)) / len(whole.ssns) for direction in directions])),
    )


def _some(unmasked: Floats, masked: Floats, n_ssn: int, rows: NDArray[np.int_]) -> _Direction | None:
    try:
        return _Direction.of(unmasked[rows], masked[rows], n_ssn)
    except SpaceError:
        return None


def _spread(deltas: Floats) -> float:
    """Mean of |Δ_ij − mean_j| / |mean_j| over repeats i and channels j, in percent."""
    mean = deltas.mean(axis=0)
    usable = np.abs(mean) > 1e-6 * np.abs(mean).max()
    return float(100 * (np.abs(deltas - mean) / np.abs(mean))[:, usable].mean()) if usable.any() else 100.0


def reliability(growth: Sequence[Growth], total: int) -> tuple[float | None, int | None]:
    """Cosine of Δ from ``total`` masks to that of many more, and the masks for 0.95 (Spearman, Brown).

    Directions of m masks that agree with a cosine r among each other agree with √r with what they have in common; of
    one mask alone r₁ = r / (m − (m − 1) r), and of n masks r_n = n r₁ / (1 + (n − 1) r₁).

    >>> reliability([Growth(10, 0.9, 0.5, 10.0, 1.0)], 20)
    (0.816496580927726, 93)
    """
    known = [(step.n, step.between) for step in growth if step.between is not None and 0 < step.between < 1]
    if not known:
        return None, None
    number, cosine = known[-1]
    alone = of_one(number, cosine)
    expected = float(np.sqrt(total * alone / (1 + (total - 1) * alone)))
    return expected, needed_for(ENOUGH_COSINE, number, cosine)


def _settled(unmasked: Floats, masked: Floats, n_ssn: int, whole: _Direction) -> int:
    """The number of masks, added in their order, from which on the set of SSNs equals that of all masks."""
    total = len(unmasked)
    steps = sorted({*range(MIN_PAIRS, total, max(1, total // MAX_STEPS)), total}, reverse=True)
    settled = total
    for number in steps:
        direction = _some(unmasked, masked, n_ssn, np.arange(number))
        if direction is None or set(direction.ssns) != set(whole.ssns):
            return settled
        settled = number
    return settled
