"""The reference distribution of a concept and the semantic probability within it (S-XAI, Eq. 2)."""

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import signal, special, stats

from sxai.errors import SpaceError
from sxai.spaces.defaults import Fit

Floats = NDArray[np.float64]

MIN_VALUES = 5
"""Fewest activations from which a normal distribution is fitted."""


@dataclass(frozen=True)
class ReferenceDistribution:
    """A normal distribution fitted to the activations of a concept over images of its own class.

    Attributes
    ----------
    n
        number of activations.
    mean, std
        maximum-likelihood fit (``std`` divides by n).
    minimum, maximum
        smallest and largest activation, A_min and A_max.
    r2
        R² of the least-squares line of the q-q plot.
    ks
        Kolmogorov-Smirnov distance between the activations and the fit.
    """

    n: int
    mean: float
    std: float
    minimum: float
    maximum: float
    r2: float
    ks: float

    def __post_init__(self) -> None:
        numbers = (self.mean, self.std, self.minimum, self.maximum)
        if not all(map(isfinite, numbers)) or self.std <= 0.0 or self.minimum >= self.maximum:
            raise SpaceError(
                "a reference distribution needs a positive deviation and a minimum below its maximum, "
                f"not mean {self.mean}, deviation {self.std}, range {self.minimum} to {self.maximum}"
            )

    @property
    def fit(self) -> Fit:
        """``normal``."""
        return "normal"

    def probability(self, activation: ArrayLike) -> Floats:
        """Semantic probability of activations of any shape (S-XAI, Eq. 2).

        0 at A_min, 1 at A_max, and **not clipped**: below A_min it is negative, above A_max it exceeds 1,
        which is how adversarial inputs stand out. NaN stays NaN.
        """
        lowest = (self.minimum - self.mean) / self.std
        highest = (self.maximum - self.mean) / self.std
        z = (np.asarray(activation, dtype=np.float64) - self.mean) / self.std
        return np.asarray(_between(lowest, z) / _between(lowest, highest))

    def activation(self, probability: float) -> float:
        """The activation whose semantic probability is ``probability``, within [0, 1]."""
        lowest, highest = ((end - self.mean) / self.std for end in (self.minimum, self.maximum))
        side = -1.0 if lowest > 0.0 else 1.0
        first, last = special.ndtr(side * lowest), special.ndtr(side * highest)
        return float(self.mean + side * self.std * special.ndtri(first + probability * (last - first)))

    def density(self, activation: ArrayLike) -> Floats:
        """The fitted curve's height at activations of any shape."""
        z = (np.asarray(activation, dtype=np.float64) - self.mean) / self.std
        return np.asarray(np.exp(-0.5 * z**2) / (self.std * np.sqrt(2 * np.pi)))


def _between(lowest: float, z: ArrayLike) -> Floats:
    """Mass of the standard normal from ``lowest`` to ``z`` (negative when z < lowest).

    Both ends in the right tail would cancel to nothing in the cdf: there the survival function is used.
    """
    z = np.asarray(z, dtype=np.float64)
    if lowest > 0.0:
        return np.asarray(special.ndtr(-lowest) - special.ndtr(-z))
    return np.asarray(special.ndtr(z) - special.ndtr(lowest))


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Points and least-squares line of a q-q plot; both axes are activations.

    Attributes
    ----------
    theoretical
        (n,) quantiles of the fitted normal distribution, ascending.
    ordered
        (n,) the activations, ascending.
    slope, intercept, r2
        of the line ``ordered ≈ slope · theoretical + intercept``.
    """

    theoretical: Floats
    ordered: Floats
    slope: float
    intercept: float
    r2: float


def fit_reference(values: ArrayLike) -> ReferenceDistribution:
    """Fit the reference distribution to (n,) activations of images of the concept's own class.

    Raises
    ------
    SpaceError
        for fewer than MIN_VALUES values, values that are not finite, or values that are all
        the same (a normal distribution has no width then).
    """
    values = checked_activations(values)
    mean, std = float(values.mean()), float(values.std())
    return ReferenceDistribution(
        n=len(values),
        mean=mean,
        std=std,
        minimum=float(values.min()),
        maximum=float(values.max()),
        r2=quantiles(values).r2,
        ks=_largest_gap(np.sort(values), mean, std),
    )


def quantiles(values: ArrayLike) -> Quantiles:
    """Quantile-quantile plot of (n,) activations against their fitted normal distribution (supplement S.3).

    Raises the errors of :func:`fit_reference`.
    """
    values = checked_activations(values)
    (theoretical, ordered), (slope, intercept, r) = stats.probplot(
        values, sparams=(values.mean(), values.std()), dist="norm", fit=True
    )
    return Quantiles(theoretical, ordered, float(slope), float(intercept), float(r) ** 2)


def humps(values: ArrayLike, depth: float = 0.1) -> int:
    """Number of humps (modes) of activations (n,), by a Gaussian kernel density estimate with Scott's bandwidth.

    A hump counts when the density falls by ``depth`` of its maximum before it rises to a higher one; equal values and
    fewer than :data:`MIN_VALUES` make one hump.

    >>> low = np.linspace(-1, 1, 50)
    >>> humps(low), humps(np.concatenate([low, low + 6]))
    (1, 2)
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if known.size < MIN_VALUES or float(np.ptp(known)) <= 1e-12 * max(float(np.abs(known).max()), 1e-300):
        return 1
    room = 0.5 * float(np.ptp(known))
    density = stats.gaussian_kde(known)(np.linspace(known.min() - room, known.max() + room, 256))
    return max(1, len(signal.find_peaks(density, prominence=depth * float(density.max()))[0]))


def lilliefors_p_value(ks: float, n: int, draws: int = 999) -> float:
    """Lilliefors' p-value: probability that n normal values are at least ``ks`` away from their own normal fit.

    The tables of Kolmogorov and Smirnov are for a normal that was not fitted to the values and would be far too
    lenient here. Simulated with a fixed seed; the smallest answer is 1 / (draws + 1).
    """
    gaps = _normal_gaps(n, draws)
    return float((1 + np.count_nonzero(gaps >= ks)) / (draws + 1))


@lru_cache(maxsize=64)
def _normal_gaps(n: int, draws: int) -> Floats:
    rng = np.random.default_rng(0)
    samples = (np.sort(rng.standard_normal(n)) for _ in range(draws))
    return np.array([_largest_gap(sample, float(sample.mean()), float(sample.std())) for sample in samples])


def _largest_gap(ordered: Floats, mean: float, std: float) -> float:
    """Kolmogorov-Smirnov distance: the largest gap between the empirical steps and the fit."""
    fitted = special.ndtr((ordered - mean) / std)
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return float(max((steps[1:] - fitted).max(), (fitted - steps[:-1]).max()))


def checked_activations(values: ArrayLike) -> Floats:
    """``values`` as an (n,) float64 array; raises the errors of :func:`fit_reference`."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SpaceError("a reference distribution needs a plain list of numbers") from error
    if array.ndim != 1 or len(array) < MIN_VALUES:
        raise SpaceError(
            f"a reference distribution needs a list of at least {MIN_VALUES} activations, "
            f"not shape {array.shape}: add images of the class to the reference split"
        )
    if not np.isfinite(array).all():
        raise SpaceError(
            f"{int((~np.isfinite(array)).sum())} of {len(array)} activations are not finite: "
            "read the features of the reference images again"
        )
    if array.std() <= 1e-12 * np.abs(array).max():
        raise SpaceError(
            f"all {len(array)} activations are the same ({array[0]:.6g}): the concept's channels do not "
            "react to these images; choose other masks, another layer or another network"
        )
    return array
