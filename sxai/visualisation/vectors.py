"""Targets of feature inversion: the feature vector Φ₀ of a common trait or a semantic space."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError

Floats = NDArray[np.float64]

PAPER_LARGEST = 30.0
"""Largest value of a semantic space's target vector in the paper."""


def trait_target(scores: ArrayLike, signed: bool = False) -> Floats:
    """Φ₀ (C,) of a principal component: its scores (C,), the negative ones 0, since features are ≥ 0.

    ``signed`` keeps them, for a network whose features may be negative.
    """
    target = np.asarray(scores, dtype=np.float64)
    target = target.copy() if signed else np.maximum(target, 0.0)
    if not target.any():
        raise SpaceError("every score of this component is negative or zero: there is nothing to make visible")
    return target


def space_target(channels: Sequence[int], delta: Sequence[float], total: int, signed: bool = False) -> Floats:
    """Φ₀ (total,) of a semantic space: zero but for its channels, proportional to Δ with the largest at 30.

    Channels with a negative Δ get 0: features are ≥ 0. ``signed`` keeps them, for a network whose features may
    be negative; the largest |Δ| then becomes 30.

    Raises
    ------
    SpaceError
        when no channel is left.

    >>> space_target([2, 0], [4.0, -2.0], 4)
    array([ 0.,  0., 30.,  0.])
    """
    values = np.asarray(delta, dtype=np.float64)
    if signed:
        target = np.zeros(total)
        target[list(channels)] = values * (PAPER_LARGEST / np.abs(values).max())
        return target
    if not (values > 0).any():
        raise SpaceError("every Δ of this space is negative: features cannot be, so there is nothing to make visible")
    target = np.zeros(total)
    target[list(channels)] = np.maximum(values, 0.0) * (PAPER_LARGEST / values.max())
    return target
