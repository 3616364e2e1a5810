"""Bootstrap stability of a concept's direction over its masks, and the number of masks needed."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sxai.errors import SpaceError

Floats = NDArray[np.float64]
Direction = Callable[[Floats, Floats], Floats]
"""Makes a direction (C,) from features (n, C) of images with the concept visible, and filled."""

ENOUGH_COSINE = 0.95
"""Cosine to the direction of all masks from which fewer of them are as good."""

LEAST_HALF = 3
"""Smallest number of masks that have a direction."""

NUMBERS = (3, 5, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300)
"""Numbers of masks at which agreement is looked at."""


def steadiness(make: Direction, unmasked: Floats, masked: Floats, draws: int = 20, seed: int = 0) -> float:
    """Bootstrap stability: mean cosine of the direction of all n pairs with those of n pairs drawn with replacement.

    1 means that the choice of masked images does not matter.
    """
    whole = make(unmasked, masked)
    rng = np.random.default_rng(seed)
    return float(
        np.mean(
            [
                _agreement(make, unmasked, masked, rng.integers(0, len(unmasked), len(unmasked)), whole)
                for _ in range(draws)
            ]
        )
    )


def masks_needed(
    make: Direction, unmasked: Floats, masked: Floats, bar: float = ENOUGH_COSINE, repeats: int = 10, seed: int = 0
) -> int | None:
    """The number of masks whose direction would have a cosine of ``bar`` to that of many more; None where unknown.

    From the agreement of *disjoint* halves of the pairs: a large part of the masks always agrees with all of them,
    since it shares most of them.
    """
    half = len(unmasked) // 2
    if half < LEAST_HALF:
        return None
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(unmasked)) for _ in range(repeats)]
    cosines = [_between(make, unmasked, masked, order[:half], order[half : 2 * half]) for order in orders]
    return needed_for(bar, half, float(np.mean(cosines)))


def of_one(number: int, cosine: float) -> float:
    """Reliability of the direction of one mask, from the cosine between those of ``number`` masks (Spearman, Brown).

    ``r₁ = r / (m − (m − 1) r)``.

    >>> round(of_one(10, 0.5), 4)
    0.0909
    """
    return cosine / (number - (number - 1) * cosine)


def needed_for(bar: float, number: int, cosine: float) -> int | None:
    """Masks for a cosine of ``bar`` to what directions have in common.

    ``cosine`` is the agreement of directions of ``number`` masks; directions that agree by r have √r with what they
    have in common. None where they do not agree.

    >>> needed_for(0.95, 10, 0.5), needed_for(0.95, 10, 0.0)
    (93, None)
    """
    if cosine <= 0:
        return None
    alone, wanted = of_one(number, min(cosine, 1.0)), bar**2
    return max(LEAST_HALF, int(np.ceil(wanted * (1 - alone) / (alone * (1 - wanted)))))


def _between(
    make: Direction, unmasked: Floats, masked: Floats, first: NDArray[np.int_], second: NDArray[np.int_]
) -> float:
    """Cosine between the directions of two sets of pairs; 0 where the second has none."""
    try:
        whole = make(unmasked[second], masked[second])
    except SpaceError:
        return 0.0
    return _agreement(make, unmasked, masked, first, whole)


def _agreement(make: Direction, unmasked: Floats, masked: Floats, rows: NDArray[np.int_], whole: Floats) -> float:
    """Cosine between ``whole`` and the direction of some pairs; 0 when these have no direction."""
    try:
        part = make(unmasked[rows], masked[rows])
    except SpaceError:
        return 0.0
    lengths = float(np.linalg.norm(part) * np.linalg.norm(whole))
    return float(part @ whole / lengths) if lengths > 0 else 0.0
