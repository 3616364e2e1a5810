"""Relations of concepts: cosines, a hierarchy, a map in two dimensions, and diversity against accuracy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import squareform
from scipy.stats import pearsonr

from sxai.errors import SpaceError

Floats = NDArray[np.float64]

MAPS = ("tsne", "scaling")
"""Methods of the map: t-SNE (preserves neighbours; paper) and classical scaling (preserves distances best)."""


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Concepts merged two by two, the closest first (average linkage on cosine distances).

    ``merges`` (m − 1, 4) as SciPy gives it: both parts, their distance, concepts below; a part from m on is merge
    number part − m. ``order`` lists the m concepts so that no branches cross.
    """

    merges: Floats
    order: tuple[int, ...]


@dataclass(frozen=True)
class Correlation:
    """Pearson's ``r`` with its two-sided ``p`` over ``n`` concepts; None where it is not defined."""

    r: float | None
    p: float | None
    n: int


def relevance(vectors: ArrayLike) -> Floats:
    """Relevance cos(v_a, v_b) of every concept to every other (m, m), for unit vectors (m, D)."""
    table = np.asarray(vectors, dtype=np.float64)
    return np.clip(table @ table.T, -1.0, 1.0)


def distances(vectors: ArrayLike) -> Floats:
    """Cosine distances 1 − cos (m, m), exactly symmetric, 0 on the diagonal."""
    matrix = 1 - relevance(vectors)
    matrix = (matrix + matrix.T) / 2
    np.fill_diagonal(matrix, 0.0)
    return matrix.clip(min=0.0)


def hierarchy(vectors: ArrayLike) -> Hierarchy:
    """The hierarchy of concepts with unit vectors (m, D); SpaceError for fewer than two."""
    table = np.asarray(vectors)
    if len(table) < 2:
        raise SpaceError(f"a hierarchy takes at least two concepts; there are {len(table)}.")
    merges = linkage(squareform(distances(table), checks=False), method="average")
    order = dendrogram(merges, no_plot=True)["leaves"]
    return Hierarchy(merges, tuple(int(leaf) for leaf in order))


def concept_map(vectors: ArrayLike, method: str = "tsne", seed: int = 0) -> Floats:
    """Places (m, 2) of concepts with unit vectors (m, D): near where their cosine is high (paper: Fig. 3).

    "tsne" preserves neighbours, not larger distances; "scaling" is classical multidimensional scaling, which keeps all
    distances as well as two dimensions can. Up to three concepts are always scaled.

    Raises
    ------
    SpaceError
        for another method, or no concepts.
    """
    table = np.asarray(vectors, dtype=np.float64)
    if method not in MAPS or not len(table):
        raise SpaceError(f"a map of {len(table)} concepts by {method!r}: give concepts, and one of {', '.join(MAPS)}.")
    apart = distances(table)
    return _neighbours(apart, seed) if method == "tsne" and len(table) > 3 else scaled(apart)


def scaled(apart: ArrayLike) -> Floats:
    """Classical multidimensional scaling of distances (m, m) into (m, 2); each axis points to its largest entry."""
    squared = np.asarray(apart, dtype=np.float64) ** 2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    values, axes = np.linalg.eigh(-centred / 2)
    places = np.zeros((len(squared), 2))
    for column, at in enumerate(range(len(values) - 1, max(len(values) - 3, -1), -1)):
        axis = axes[:, at] * np.sqrt(max(values[at], 0.0))
        places[:, column] = axis * (1 if axis[np.abs(axis).argmax()] >= 0 else -1)
    return places


def _neighbours(apart: Floats, seed: int) -> Floats:
    from sklearn.manifold import TSNE  # a second to import, and few need it

    perplexity = min(30.0, (len(apart) - 1) / 3)
    fitted = TSNE(metric="precomputed", init="random", perplexity=perplexity, random_state=seed).fit_transform(apart)
    return np.asarray(fitted, dtype=np.float64)


def correlation(x: Sequence[float], y: Sequence[float]) -> Correlation:
    """Pearson's correlation of two numbers by concept (paper: Table 2, D_c with accuracy)."""
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(None, None, len(x))
    test = pearsonr(x, y)
    return Correlation(float(test.statistic), float(test.pvalue), len(x))
