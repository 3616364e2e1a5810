"""The empirical reference distribution: the rank of an activation among the reference images, of any shape.

S-XAI's Eq. 2 asks for a cumulative distribution function. The paper fits a normal one; where the activations are
skewed, the empirical one fits better. Both give 0 at A_min and 1 at A_max.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError
from sxai.spaces.defaults import FITS, MIN_NORMAL_R2, Fit
from sxai.spaces.distribution import checked_activations, fit_reference

Floats = NDArray[np.float64]


@runtime_checkable
class Reference(Protocol):
    """A reference distribution: activations of a concept over images of its own class, normal or empirical."""

    @property
    def fit(self) -> Fit:
        """The kind of fit: ``normal`` or ``empirical``."""
        ...

    @property
    def n(self) -> int:
        """Number of activations."""
        ...

    @property
    def minimum(self) -> float:
        """The smallest activation A_min, where the probability is 0."""
        ...

    @property
    def maximum(self) -> float:
        """The largest activation A_max, where the probability is 1."""
        ...

    def probability(self, activation: ArrayLike) -> Floats:
        """Semantic probability of activations of any shape (Eq. 2), not clipped to [0, 1]."""
        ...


@dataclass(frozen=True, eq=False)
class EmpiricalDistribution:
    """The empirical distribution function of n activations, continued beyond them.

    At the i-th smallest of n activations it is i / (n + 1), the mean of what the true function can be there (equal
    activations share the mean of their ranks); between two activations it is linear. Each tail beyond the activations
    has the mass 1 / (n + 1) and follows an arctangent: half of it within one standard deviation. So it rises strictly
    everywhere, and orders adversarial inputs beyond A_max as well.

    Attributes
    ----------
    n
        number of activations.
    std
        their standard deviation, the scale of both tails.
    activations
        (k,) the different activations, ascending.
    levels
        (k,) the distribution function at each, within (0, 1).
    """

    n: int
    std: float
    activations: Floats
    levels: Floats

    @property
    def fit(self) -> Fit:
        """``empirical``."""
        return "empirical"

    @property
    def minimum(self) -> float:
        """The smallest activation, A_min."""
        return float(self.activations[0])

    @property
    def maximum(self) -> float:
        """The largest activation, A_max."""
        return float(self.activations[-1])

    def cdf(self, activation: ArrayLike) -> Floats:
        """Value of the distribution function at activations of any shape, in [0, 1]. NaN stays NaN."""
        at = np.asarray(activation, dtype=np.float64)
        low, high = self.levels[0], self.levels[-1]
        below = low * self._spent(self.minimum - at)
        above = (1 - high) * self._spent(at - self.maximum)
        return np.asarray(np.interp(at, self.activations, self.levels) - below + above)

    def probability(self, activation: ArrayLike) -> Floats:
        """Semantic probability of activations of any shape (S-XAI, Eq. 2).

        0 at A_min, 1 at A_max and **not clipped**: beyond them it goes on, to about −1/n and 1 + 1/n. At the i-th
        smallest of n different activations it is (i − 1) / (n − 1). NaN stays NaN.
        """
        low, high = self.levels[0], self.levels[-1]
        return np.asarray((self.cdf(activation) - low) / (high - low))

    def activation(self, probability: float) -> float:
        """The activation whose semantic probability is ``probability``, within [0, 1]."""
        low, high = self.levels[0], self.levels[-1]
        return float(np.interp(low + probability * (high - low), self.levels, self.activations))

    def _spent(self, beyond: Floats) -> Floats:
        """Share of a tail's mass, in [0, 1), that lies within ``beyond`` of the last activation; 0 inside."""
        return np.arctan(np.maximum(beyond, 0.0) / self.std) * (2 / np.pi)


def fit_empirical(values: ArrayLike) -> EmpiricalDistribution:
    """The empirical distribution of (n,) activations; the errors of :func:`fit_reference`."""
    values = checked_activations(values)
    different, counts = np.unique(values, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return EmpiricalDistribution(len(values), float(values.std()), different, ranks / (len(values) + 1))


def reference_for(values: ArrayLike, fit: Fit = "normal", bar: float = MIN_NORMAL_R2) -> Reference:
    """The reference distribution of (n,) activations.

    ``normal`` is the paper's; ``empirical`` assumes no shape; ``auto`` is normal where the q-q R² reaches ``bar``,
    empirical elsewhere. Raises the errors of :func:`check_fit` and of :func:`fit_reference`.
    """
    check_fit(fit, bar)
    normal = fit_reference(values)
    if fit == "normal" or (fit == "auto" and normal.r2 >= bar):
        return normal
    return fit_empirical(values)


def check_fit(fit: str, bar: float = MIN_NORMAL_R2) -> None:
    """Raise SpaceError unless ``fit`` is one of FITS and ``bar`` an R² from 0 to 1."""
    if fit not in FITS:
        raise SpaceError(f"unknown fit '{fit}': choose {', '.join(FITS)}")
    if not 0.0 <= bar <= 1.0:
        raise SpaceError(f"the bar for R² is {bar}: give a number from 0 to 1, such as the paper's {MIN_NORMAL_R2}")
