"""Conformal p-values: how strange a score is among those of pictures kept aside, with a rate of errors that holds.

Where new pictures are exchangeable with the ones kept aside (drawn in the same way), a p-value is at most α in at most
a share α of the cases, whatever the scores are (Vovk et al. 2005).
"""

from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError
from sxai.stats import Interval

Floats = NDArray[np.float64]
ROUNDING = 1e-9


def p_values(kept_aside: ArrayLike, scores: ArrayLike) -> Floats:
    """Share of the n pictures kept aside, and the picture itself, with a score at least as large: (m,) in (0, 1].

    ``p = (1 + #{s_i ≥ s}) / (n + 1)``.

    >>> p_values([1.0, 2.0, 3.0], [2.5, 9.0]).tolist()
    [0.5, 0.25]
    """
    ordered = np.sort(np.asarray(kept_aside, dtype=np.float64))
    at_least = len(ordered) - np.searchsorted(ordered, np.asarray(scores, dtype=np.float64), side="left")
    return np.asarray((1 + at_least) / (len(ordered) + 1))


def least_kept_aside(rate: float) -> int:
    """How many pictures must be kept aside before any p-value can be as small as ``rate``.

    >>> least_kept_aside(0.05)
    19
    """
    return ceil(1 / checked_rate(rate) - 1 - ROUNDING)


def threshold(kept_aside: ArrayLike, rate: float) -> float:
    """The score above which p ≤ ``rate``; infinity where too few pictures are kept aside.

    >>> threshold([float(score) for score in range(19)], 0.1)
    17.0
    """
    ordered = np.sort(np.asarray(kept_aside, dtype=np.float64))
    rank = ceil((1 - checked_rate(rate)) * (len(ordered) + 1) - ROUNDING)
    return float(ordered[rank - 1]) if rank <= len(ordered) else float("inf")


def error_rate(n: int, rate: float) -> Interval:
    """The rate of false alarms with n pictures kept aside: on average over their draw, and its central 95 %.

    With ``k = ⌊α(n + 1)⌋`` it follows a Beta(k, n + 1 − k) distribution over the draw of the pictures (for scores
    without ties).
    """
    from scipy.stats import beta

    below = int(checked_rate(rate) * (n + 1) + ROUNDING)
    if below == 0:
        return Interval(0.0, 0.0, 0.0)
    low, high = beta.ppf([0.025, 0.975], below, n + 1 - below)
    return Interval(below / (n + 1), float(low), float(high))


def discoveries(values: ArrayLike, rate: float) -> NDArray[np.bool_]:
    """Which of m p-values to report so that on average at most a share ``rate`` of those reported are wrong: (m,).

    Benjamini and Hochberg 1995: all up to the largest ``p_(i) ≤ i · rate / m``. It holds for conformal p-values,
    although they share the pictures kept aside (Bates et al. 2023).

    >>> discoveries([0.01, 0.04, 0.3, 0.9], 0.1).tolist()
    [True, True, False, False]
    """
    found = np.asarray(values, dtype=np.float64)
    order = np.argsort(found, kind="stable")
    bounds = checked_rate(rate) * np.arange(1, len(found) + 1) / max(len(found), 1)
    within = np.flatnonzero(found[order] <= bounds + ROUNDING)
    reported = np.zeros(len(found), dtype=bool)
    reported[order[: within[-1] + 1 if len(within) else 0]] = True
    return reported


def checked_rate(rate: float) -> float:
    """The rate itself.

    Raises
    ------
    SpaceError
        unless it lies between 0 and 1.
    """
    if not 0.0 < rate < 1.0:
        raise SpaceError(f"a rate of {rate:g}: give a share above 0 and below 1, such as 0.05")
    return float(rate)
