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

NUMBERS = (3, 5, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300)


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
    make: Direction, unmasked: Floats, masked: Floats, bar: float = ENOUGH_COSINE, repeats: int = 5, seed: int = 0
) -> int | None:
    """The smallest number of pairs (of a few tried) whose direction has a mean cosine of ``bar`` to that of all pairs.

    None when no tried number reaches it.
    """
    whole = make(unmasked, masked)
    rng = np.random.default_rng(seed)
    for number in (number for number in NUMBERS if number < len(unmasked)):
        chosen = [rng.permutation(len(unmasked))[:number] for _ in range(repeats)]
        if np.mean([_agreement(make, unmasked, masked, rows, whole) for rows in chosen]) >= bar:
            return number
    return None


def _agreement(make: Direction, unmasked: Floats, masked: Floats, rows: NDArray[np.int_], whole: Floats) -> float:
    """Cosine between ``whole`` and the direction of some pairs; 0 when these have no direction."""
    try:
        part = make(unmasked[rows], masked[rows])
    except SpaceError:
        return 0.0
    lengths = float(np.linalg.norm(part) * np.linalg.norm(whole))
    return float(part @ whole / lengths) if lengths > 0 else 0.0
