"""Numbers with their uncertainty: intervals, shares and reliability curves, as every topic reports them."""

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike

BINS = 10


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its 95 % interval; NaN where nothing was measured."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class RocCurve:
    """A ROC curve: shares (k,) of false alarms and of detections, and the area below with its 95 % interval."""

    false_alarms: tuple[float, ...]
    detections: tuple[float, ...]
    auc: float
    low: float
    high: float


@dataclass(frozen=True)
class Share:
    """``count`` of ``of``, as a share with its 95 % Wilson interval; the share of nothing is NaN."""

    count: int
    of: int
    share: float
    low: float
    high: float

    @property
    def interval(self) -> Interval:
        """The share and its interval, without the counts."""
        return Interval(self.share, self.low, self.high)


def share_of(count: int, of: int) -> Share:
    """A count among ``of`` with the Wilson interval, which stays within [0, 1] and is no point at either end.

    >>> found = share_of(0, 10)
    >>> found.low, round(found.high, 3)
    (0.0, 0.278)
    """
    from scipy.stats import binomtest  # takes half a second to import, and most callers never count

    if of == 0:
        return Share(0, 0, nan, nan, nan)
    interval = binomtest(count, of).proportion_ci(method="wilson")
    return Share(count, of, count / of, float(interval.low), float(interval.high))


@dataclass(frozen=True)
class ReliabilityCurve:
    """A reliability diagram over bins of equal width, empty bins left out.

    Attributes
    ----------
    confidence
        Mean probability of the cases in each bin.
    share
        Share of them that are positive.
    n
        Number of them.
    """

    confidence: tuple[float, ...]
    share: tuple[float, ...]
    n: tuple[int, ...]

    @property
    def error(self) -> float:
        """Expected calibration error: mean |confidence − share|, weighted by the cases of each bin."""
        gaps = np.abs(np.subtract(self.confidence, self.share))
        return float(np.average(gaps, weights=self.n))


def reliability_curve(probabilities: ArrayLike, positive: ArrayLike, bins: int = BINS) -> ReliabilityCurve:
    """Reliability diagram of (n,) probabilities in [0, 1] against (n,) outcomes, in ``bins`` of equal width."""
    values, outcomes = np.asarray(probabilities, dtype=np.float64), np.asarray(positive, dtype=bool)
    place = np.minimum((values * bins).astype(int), bins - 1)
    filled = [np.flatnonzero(place == at) for at in range(bins)]
    groups = [group for group in filled if len(group)]
    return ReliabilityCurve(
        tuple(float(values[group].mean()) for group in groups),
        tuple(float(outcomes[group].mean()) for group in groups),
        tuple(len(group) for group in groups),
    )
