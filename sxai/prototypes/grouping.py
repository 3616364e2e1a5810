"""Grouping of a class's prototypes into concepts that a person can name.

Two prototypes belong together when their basis vectors are alike (cosine) and their similarity maps are high in
the same places (correlation over positions and images).
"""

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform


@dataclass(frozen=True)
class GroupRule:
    """Prototypes of a likeness of at least ``alike`` are joined; ``place`` is the weight of location in it."""

    alike: float = 0.6
    place: float = 0.5


def likeness(basis: np.ndarray, maps: np.ndarray, rule: GroupRule = GroupRule()) -> np.ndarray:
    """(M, M) likeness of a class's prototypes: ``basis`` (M, D), similarity ``maps`` (n, M, h, w); 1 with itself.

    (1 − place) · cosine of the vectors + place · correlation of the maps over all positions of all images, 0 at least.
    """
    rows = basis / np.maximum(np.linalg.norm(basis, axis=1, keepdims=True), 1e-12)
    cosine = rows.astype(np.float64) @ rows.T.astype(np.float64)
    flat = maps.transpose(1, 0, 2, 3).reshape(len(basis), -1).astype(np.float64)
    flat = flat - flat.mean(axis=1, keepdims=True)
    flat = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    mixed = (1 - rule.place) * np.clip(cosine, 0, 1) + rule.place * np.clip(flat @ flat.T, 0, 1)
    np.fill_diagonal(mixed, 1.0)
    return (mixed + mixed.T) / 2


def groups(alike: np.ndarray, rule: GroupRule = GroupRule()) -> list[tuple[int, ...]]:
    """Prototypes joined by average linkage while their likeness (M, M) is at least ``rule.alike``; larger groups first.

    >>> groups(np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.0], [0.1, 0.0, 1.0]]))
    [(0, 1), (2,)]
    """
    if len(alike) == 1:
        return [(0,)]
    distance = squareform(np.clip(1 - alike, 0, None), checks=False)
    labels = fcluster(linkage(distance, "average"), 1 - rule.alike, "distance")
    clusters = [tuple(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)]
    return sorted(clusters, key=lambda members: (-len(members), members))
