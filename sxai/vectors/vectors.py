"""Semantic vectors: the direction of a concept in the patterns of which units are active (SeVec, Eq. 3).

A unit is *active* in an image where its value lies above its ``zero``. The paper's zero is 0, for a layer whose units
are mostly 0. After global average pooling hardly any unit is exactly 0; there the zero is the value that a unit exceeds
in few images (:func:`quantile_zero`), so that a pattern holds the units with unusually high values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError

Floats = NDArray[np.float64]

PAPER_RATE = 0.5
"""The paper's gate as an activation rate: its printed "V > 0.5" cannot be met by a unit vector of many entries."""


@dataclass(frozen=True, eq=False)
class SemanticVector:
    """A concept's direction over D units.

    Attributes
    ----------
    name
        the concept.
    vector
        (D,) v_c, of length 1, entries ≥ 0.
    rates
        (D,) share of the concept's images in which each unit is active, 0 to 1.
    diversity
        D_c = 1 − mean cos(a_i, v_c), 0 (all images alike) to 1.
    n
        images it was made from.
    """

    name: str
    vector: Floats
    rates: Floats
    diversity: float
    n: int

    def gate(self, threshold: float = PAPER_RATE) -> NDArray[np.bool_]:
        """(D,) the units that belong to the concept: active in more than a share ``threshold`` of its images."""
        return self.rates > threshold

    def strongest(self, share: float) -> NDArray[np.bool_]:
        """(D,) the units with the largest entries of v_c: a ``share`` of all units, at least one."""
        count = max(1, round(share * len(self.vector)))
        gate = np.zeros(len(self.vector), dtype=bool)
        gate[np.argsort(-self.vector, kind="stable")[:count]] = True
        return gate


@dataclass(frozen=True)
class Gate:
    """The units of a concept through which relevance passes (SeVec, Sec. 5); either ``rate`` or ``share`` is given.

    Attributes
    ----------
    rate
        units that are active in more than this share of the concept's images, the paper's "V > 0.5" as a rate.
    share
        this share of all units, those with the largest entries of v_c. The number of units is the same for every
        concept.

    Raises
    ------
    SpaceError
        when not exactly one is given, or one is out of range.
    """

    rate: float | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        if (self.rate is None) == (self.share is None):
            raise SpaceError(f"a gate has either a rate or a share, not {self.rate} and {self.share}.")
        if not 0 <= (self.rate or 0) <= 1 or not 0 < (1 if self.share is None else self.share) <= 1:
            raise SpaceError(f"rates and shares of a gate lie between 0 and 1, not {self.rate or self.share}.")

    def __str__(self) -> str:
        if self.share is not None:
            return f"the {100 * self.share:g} % of units with the largest entries"
        return f"units active in more than {100 * (self.rate or 0):g} % of the images"

    def of(self, vector: SemanticVector) -> NDArray[np.bool_]:
        """(D,) the units that pass.

        Raises
        ------
        SpaceError
            when no unit of the concept reaches the rate.
        """
        if self.share is not None:
            return vector.strongest(self.share)
        passing = vector.gate(self.rate or 0.0)
        if not passing.any():
            raise SpaceError(
                f"no unit is active in more than {self.rate:g} of the images of {vector.name}; the most active one is "
                f"in {vector.rates.max():.2f} of them: lower the gate, or give a share of the units instead."
            )
        return passing


def quantile_zero(values: ArrayLike, groups: Sequence[str], level: float) -> Floats:
    """Threshold (D,) of every unit: its quantile ``level`` over images (n, D), every group counting alike.

    ``level`` 0 gives the paper's zero, the value 0. With 0.9 a unit is active in one image of ten on average.

    Raises
    ------
    SpaceError
        for a level outside [0, 1).
    """
    table = np.asarray(values)
    if not 0 <= level < 1:
        raise SpaceError(f"the level is {level}: give 0 for the paper's zero, or a quantile below 1, such as 0.9.")
    if level == 0:
        return np.zeros(table.shape[1])
    names, inverse, counts = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    weights = 1 / (len(names) * counts[inverse])
    order = np.argsort(table, axis=0, kind="stable")
    reached = np.cumsum(weights[order], axis=0) >= level - 1e-12
    return np.take_along_axis(table, np.take_along_axis(order, reached.argmax(axis=0)[None], axis=0), axis=0)[0].astype(
        np.float64
    )


def patterns(values: ArrayLike, zero: ArrayLike = 0.0) -> NDArray[np.bool_]:
    """Which units are active, (n, D): a_i = 1[φ(x_i) > zero]."""
    return np.asarray(values) > np.asarray(zero)


def semantic_vector(name: str, active: ArrayLike) -> SemanticVector:
    """The SeVec of patterns (n, D): v_c = Σâ_i / ‖Σâ_i‖ with â_i = a_i/‖a_i‖, the argmax of Σ cos(a_i, v).

    D_c follows from the same sum: the mean cosine is ‖Σâ_i‖/n. An image without active units has no direction; it adds
    nothing to the sum and counts as a cosine of 0.

    Raises
    ------
    SpaceError
        without images, or when no unit is active in any of them.
    """
    rows = np.asarray(active, dtype=bool)
    if rows.ndim != 2 or not rows.any():
        raise SpaceError(f"{name}: no unit is active in its {len(rows)} images; give more images or a lower level.")
    total = units(rows).sum(axis=0)
    length = float(np.linalg.norm(total))
    return SemanticVector(name, total / length, rows.mean(axis=0), 1 - length / len(rows), len(rows))


def units(rows: ArrayLike) -> Floats:
    """Rows (n, D) scaled to length 1; a row of zeros stays as it is."""
    table = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    return np.divide(table, lengths, out=np.zeros_like(table), where=lengths > 0)


def similarities(rows: ArrayLike, vectors: ArrayLike) -> Floats:
    """Cosines (n, m) of rows (n, D) with unit vectors (m, D)."""
    return units(rows) @ np.asarray(vectors, dtype=np.float64).T


def margins(similarity: ArrayLike) -> Floats:
    """Margins (n, m): each image's cosine with a concept less that with the nearest other one, from cosines (n, m).

    Some concepts have a high cosine with every image; the margin cancels what an image has in common with all concepts.
    With one concept, the margins are the cosines.

    >>> margins([[0.8, 0.5, 0.1], [0.6, 0.7, 0.1]]).round(2).tolist()
    [[0.3, -0.3, -0.7], [-0.1, 0.1, -0.6]]
    """
    cosines = np.asarray(similarity, dtype=np.float64)
    if cosines.shape[1] < 2:
        return cosines.copy()
    first, second = -np.partition(-cosines, 1, axis=1)[:, :2].T
    best = cosines.argmax(axis=1)[:, None] == np.arange(cosines.shape[1])
    return cosines - np.where(best, second[:, None], first[:, None])


def percentile_rank(own: ArrayLike, margin: ArrayLike, labels: ArrayLike) -> Floats:
    """Percentile rank (m,) of an image's margins: the share of *other* concepts' images with less margin.

    ``own`` (m,) are the image's margins, ``margin`` (n, m) those of the set's images with their concept's number in
    ``labels`` (n,). A concept's own images are left out, since otherwise a frequent concept could never rank high.
    Without other images, all count.

    >>> percentile_rank([0.3, -0.3], [[0.4, -0.4], [0.1, -0.1], [-0.2, 0.2]], [0, 0, 1]).tolist()
    [1.0, 0.5]
    """
    table, concepts = np.asarray(margin), np.arange(np.shape(margin)[1])
    others = np.asarray(labels)[:, None] != concepts
    others |= ~others.any(axis=0)
    return np.asarray(((table < np.asarray(own)) & others).sum(axis=0) / others.sum(axis=0))


def precision_at(similarity: ArrayLike, relevant: ArrayLike, k: int) -> float:
    """Share of the ``k`` most similar images that are relevant; of all, when there are fewer than ``k``.

    >>> precision_at([0.9, 0.1, 0.8, 0.3], [True, True, False, False], 2)
    0.5
    """
    if k < 1 or not np.size(similarity):
        raise SpaceError(f"precision among the first {k} of {np.size(similarity)} images: both must be 1 or more.")
    order = np.argsort(-np.asarray(similarity, dtype=np.float64), kind="stable")[:k]
    return float(np.asarray(relevant, dtype=bool)[order].mean())
