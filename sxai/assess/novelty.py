"""Novelty: how far a picture lies from everything that a network was trained on, by its features.

A semantic probability ranks a picture among those of a class; it cannot tell a stranger that happens to excite the same
channels. The distance to the training pictures can. Eight detectors share one protocol; a larger score is stranger.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, softmax

from sxai.errors import SpaceError

Floats = NDArray[np.float64]
Method = Literal["neighbours", "mahalanobis", "vim", "residual", "fdbd", "nci", "energy", "softmax"]
METHODS: tuple[Method, ...] = get_args(Method)

NEIGHBOURS = 2
"""The score is the distance to this nearest training picture: one odd or mislabelled one alone makes nothing familiar.

On photographs, larger numbers tell strangers hardly better, and stop many more pictures of rare breeds.
"""

CHUNK = 512
"""Rows compared with all training pictures at once."""


@dataclass(frozen=True, eq=False)
class Known:
    """What a network has learned from.

    Attributes
    ----------
    features
        (n, C) pooled features of its training pictures.
    labels
        (n,) indices of their classes.
    weights, bias
        (K, C) and (K,) of a linear head; None for any other head.
    """

    features: Floats
    labels: NDArray[np.intp]
    weights: Floats | None = None
    bias: Floats | None = None

    def __post_init__(self) -> None:
        if self.features.ndim != 2 or len(self.features) != len(self.labels) or not len(self.labels):
            raise SpaceError(
                f"novelty needs training features (n, C) with n classes, not {self.features.shape} with "
                f"{len(self.labels)}"
            )

    def head(self) -> tuple[Floats, Floats]:
        """Weights and bias of the linear head.

        Raises
        ------
        SpaceError
            for another head.
        """
        if self.weights is None or self.bias is None:
            raise SpaceError("this detector reads a linear head, which the network has not: choose neighbours")
        return self.weights, self.bias

    def means(self) -> Floats:
        """Mean features (K, C) of the classes that have pictures."""
        return np.stack([self.features[self.labels == index].mean(axis=0) for index in np.unique(self.labels)])


class Detector(Protocol):
    """Scores pictures by their features: the larger, the stranger."""

    def score(self, features: ArrayLike) -> Floats:
        """Scores (m,) of features (m, C)."""
        ...


@dataclass(frozen=True, eq=False)
class Scored:
    """A detector that is one function of the features."""

    function: Callable[[Floats], Floats]

    def score(self, features: ArrayLike) -> Floats:
        """Scores (m,) of features (m, C)."""
        return self.function(np.atleast_2d(np.asarray(features, dtype=np.float64)))


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Distance to the k-th nearest of the training pictures, all features scaled to unit length (Sun et al. 2022).

    ``bank`` is float32 (n, C) of unit rows; two unit vectors are 0 to 2 apart.
    """

    bank: NDArray[np.float32]
    k: int = NEIGHBOURS

    @classmethod
    def of(cls, features: ArrayLike, k: int = NEIGHBOURS) -> "Neighbours":
        """The detector over training features (n, C); with fewer than k pictures the farthest of them counts."""
        bank = unit(features).astype(np.float32)
        return cls(bank, min(k, len(bank)))

    def score(self, features: ArrayLike) -> Floats:
        """Scores (m,) of features (m, C)."""
        return self.nearest(features)[1][:, -1]

    def nearest(self, features: ArrayLike, k: int | None = None) -> tuple[NDArray[np.intp], Floats]:
        """Rows of the k nearest training pictures and their distances, both (m, k), nearest first."""
        rows = unit(features).astype(np.float32)
        count = min(k or self.k, len(self.bank))
        found = [self._nearest(rows[first : first + CHUNK], count) for first in range(0, len(rows), CHUNK)]
        if not found:
            return np.empty((0, count), dtype=np.intp), np.empty((0, count))
        return np.concatenate([index for index, _ in found]), np.concatenate([distance for _, distance in found])

    def _nearest(self, rows: NDArray[np.float32], count: int) -> tuple[NDArray[np.intp], Floats]:
        squared = np.maximum(2.0 - 2.0 * (rows @ self.bank.T), 0.0)
        index = np.argpartition(squared, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(squared, index, axis=1), axis=1, kind="stable")
        index = np.take_along_axis(index, order, axis=1)
        return index, np.sqrt(np.take_along_axis(squared, index, axis=1).astype(np.float64))

    def among_others(self, rows: ArrayLike) -> Floats:
        """Scores (r,) of the training pictures at ``rows`` (r,), each compared with the others alone."""
        places = np.asarray(rows, dtype=np.intp)
        index, distances = self.nearest(self.bank[places], self.k + 1)
        apart = np.where(index == places[:, None], -1.0, distances)
        return np.asarray(np.sort(apart, axis=1)[:, -1])


def unit(features: ArrayLike) -> Floats:
    """Rows (n, C) scaled to unit length; a row of zeros stays."""
    table = np.atleast_2d(np.asarray(features, dtype=np.float64))
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(np.divide(table, lengths, out=np.zeros_like(table), where=lengths > 0))


def fit(method: Method, known: Known) -> Detector:
    """The named detector, fitted to what the network was trained on.

    Raises
    ------
    SpaceError
        for an unknown name, or a head that the detector cannot read.
    """
    if method not in METHODS:
        raise SpaceError(f"no novelty detector is called '{method}': choose {', '.join(METHODS)}")
    return Neighbours.of(known.features) if method == "neighbours" else Scored(_FITS[method](known))


def _mahalanobis(known: Known) -> Callable[[Floats], Floats]:
    """Distance to the nearest class mean under the classes' common covariance (Lee et al. 2018)."""
    from sklearn.covariance import LedoitWolf

    means = known.means()
    places = np.searchsorted(np.unique(known.labels), known.labels)
    precision = LedoitWolf(assume_centered=True).fit(known.features - means[places]).precision_
    factor = np.linalg.cholesky(precision)

    def score(features: Floats) -> Floats:
        return np.min([np.linalg.norm((features - mean) @ factor, axis=1) for mean in means], axis=0)

    return score


def _residual_basis(known: Known, origin: Floats) -> Floats:
    """Orthonormal directions (C, r) in which the training features, seen from ``origin``, hardly vary.

    Half of the channels are taken as the principal ones, 512 of more than 1,024 (Wang et al. 2022).
    """
    channels = known.features.shape[1]
    principal = 512 if channels > 1024 else channels // 2
    centred = known.features - origin
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return vectors[:, : channels - principal]


def _residual(known: Known) -> Callable[[Floats], Floats]:
    """Length of the part of the features that lies outside the training pictures' principal subspace."""
    origin = known.features.mean(axis=0)
    basis = _residual_basis(known, origin)
    return lambda features: np.linalg.norm((features - origin) @ basis, axis=1)


def _vim(known: Known) -> Callable[[Floats], Floats]:
    """Virtual-logit matching: the residual as one more class beside the network's (Wang et al. 2022)."""
    weights, bias = known.head()
    origin = -np.linalg.pinv(weights) @ bias
    basis = _residual_basis(known, origin)

    def residual(features: Floats) -> Floats:
        return np.linalg.norm((features - origin) @ basis, axis=1)

    logits = known.features @ weights.T + bias
    scale = logits.max(axis=1).mean() / residual(known.features).mean()
    return lambda features: scale * residual(features) - logsumexp(features @ weights.T + bias, axis=1)


def _fdbd(known: Known) -> Callable[[Floats], Floats]:
    """Nearness to the decision boundaries, relative to the distance from the training mean (Liu and Qin 2024)."""
    weights, bias = known.head()
    origin = known.features.mean(axis=0)

    def score(features: Floats) -> Floats:
        logits = features @ weights.T + bias
        predicted = logits.argmax(axis=1)
        gaps = logits.max(axis=1)[:, None] - logits
        lengths = np.linalg.norm(weights[predicted][:, None] - weights[None], axis=2)
        lengths[np.arange(len(lengths)), predicted] = np.inf
        distances = gaps / np.maximum(lengths, 1e-12)
        away = np.maximum(np.linalg.norm(features - origin, axis=1), 1e-12)
        return -distances.sum(axis=1) / (len(weights) - 1) / away

    return score


def _nci(known: Known) -> Callable[[Floats], Floats]:
    """Alignment of the centred features with the weights of the predicted class (Liu and Qin 2025).

    Without the length of the features, whose weight would have to be tuned on strangers.
    """
    weights, bias = known.head()
    origin = known.features.mean(axis=0)

    def score(features: Floats) -> Floats:
        predicted = (features @ weights.T + bias).argmax(axis=1)
        centred = features - origin
        along = (weights[predicted] * centred).sum(axis=1)
        return -along / np.maximum(np.linalg.norm(centred, axis=1), 1e-12)

    return score


def _energy(known: Known) -> Callable[[Floats], Floats]:
    """Negative log of the summed exponentials of the class scores (Liu et al. 2020)."""
    weights, bias = known.head()
    return lambda features: -logsumexp(features @ weights.T + bias, axis=1)


def _softmax(known: Known) -> Callable[[Floats], Floats]:
    """One less the largest class probability (Hendrycks and Gimpel 2017)."""
    weights, bias = known.head()
    return lambda features: 1.0 - softmax(features @ weights.T + bias, axis=1).max(axis=1)


_FITS: Mapping[str, Callable[[Known], Callable[[Floats], Floats]]] = MappingProxyType(
    {
        "mahalanobis": _mahalanobis,
        "vim": _vim,
        "residual": _residual,
        "fdbd": _fdbd,
        "nci": _nci,
        "energy": _energy,
        "softmax": _softmax,
    }
)
