"""Stability of common traits over draws of samples (S-XAI, "spread from the average")."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sxai.errors import SpaceError
from sxai.traits.compression import as_table

MIN_RELATIVE_SCORE = 1e-6
"""Average score, as a share of the largest one, below which a channel is left out of the percentage."""


@dataclass(frozen=True)
class Spread:
    """Spread from the average e of repeated common traits.

    Attributes
    ----------
    percent
        mean over repeats and channels of |s_ij − s̄_j| / |s̄_j|, in per cent.
    literal_percent
        the formula as printed, without a denominator: mean |s_ij − s̄_j| × 100.
    left_out
        number of channels that ``percent`` leaves out because their average is negligible.
    """

    percent: float
    literal_percent: float
    left_out: int


def spread(scores: ArrayLike) -> Spread:
    """Spread from the average over (N_e, p) scores: one row a repeat with other random samples, p channels.

    Raises
    ------
    SpaceError
        for fewer than two repeats, scores that are not finite, or averages that are all zero.

    >>> round(spread([[0.9, 2.0], [1.1, 2.0]]).percent, 6)
    5.0
    """
    table = as_table(scores, "the table of scores")
    if len(table) < 2:
        raise SpaceError("a spread compares repeats: draw other samples at least twice")
    average = table.mean(axis=0)
    deviation = np.abs(table - average)
    magnitude = np.abs(average)
    used = magnitude >= MIN_RELATIVE_SCORE * magnitude.max()
    if magnitude.max() == 0.0:
        raise SpaceError("every channel's average score is zero: a spread relative to it has no meaning")
    return Spread(
        percent=float((deviation[:, used] / magnitude[used]).mean() * 100.0),
        literal_percent=float(deviation.mean() * 100.0),
        left_out=int((~used).sum()),
    )
