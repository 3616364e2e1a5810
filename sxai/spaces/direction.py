"""Concept directions: the protocol that every estimator's result follows."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError


@runtime_checkable
class ConceptDirection(Protocol):
    """A named direction in feature space that measures how strongly a concept is present.

    Semantic spaces, directions over all channels, linear concept vectors, the vectors of SeVec and prototypes all
    satisfy it: code that reads ``activation`` and ``probability`` works with each of them.
    """

    @property
    def name(self) -> str:
        """``class.concept``, e.g. ``cat.eyes``."""
        ...

    def activation(self, features: ArrayLike) -> NDArray[np.float64]:
        """How far each of (n, C) feature rows points along the concept: (n,), in the estimator's units."""
        ...

    def probability(self, features: ArrayLike) -> NDArray[np.float64]:
        """Place of each of (n, C) feature rows in the reference distribution: (n,), not clipped to [0, 1]."""
        ...


def as_features(features: ArrayLike, width: int) -> NDArray[np.generic]:
    """Give ``features`` as a real (n, C ≥ width) array in its own precision, or raise SpaceError."""
    table = np.asarray(features)
    if table.dtype.kind not in "buif" or table.ndim != 2:
        raise SpaceError(f"features have shape {table.shape} and type {table.dtype}: give one row of numbers an image")
    if table.shape[1] < width:
        raise SpaceError(
            f"features have {table.shape[1]} channels but channel {width - 1} is needed: "
            "they come from another network than the space; read them again with the space's network"
        )
    return table
