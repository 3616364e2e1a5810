"""Semantic importance R_s of concepts by the ranks of filter maps (AS-XAI, 2.3.1, Eqs. 5, 6 and 13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sxai.errors import SpaceError

ENERGY = 0.99
"""Share of the squared singular values that the energy-based rank keeps."""

PAPER_SCALE = 2.0
"""The factor of the authors' scripts; with it the paper's example reaches 1.2552, above 1."""


@dataclass(frozen=True, eq=False)
class Importance:
    """Semantic importance of the concepts of one class over a layer's C filters.

    Attributes
    ----------
    concepts
        names in the order of the rows.
    assigned
        (C,) index of the concept that each filter follows; −1: none, the filter is redundant for this class.
    ranks, effective
        (C,) mean rank of each filter's map by numerical tolerance, and by energy.
    scores
        R_s of each concept, the mean effective rank of its filters (Eq. 6); 0 without any.
    shares
        R_s / Σ R_s.
    """

    concepts: tuple[str, ...]
    assigned: np.ndarray
    ranks: np.ndarray
    effective: np.ndarray
    scores: np.ndarray
    shares: np.ndarray

    @property
    def redundant(self) -> tuple[int, ...]:
        """Filters that follow no concept."""
        return tuple(np.flatnonzero(self.assigned < 0).tolist())


def numerical_rank(maps: np.ndarray) -> np.ndarray:
    """Rank (…,) of maps (…, h, w): singular values above max(h, w) · ε · the largest, ε that of float32.

    >>> numerical_rank(np.array([np.eye(3), np.ones((3, 3)), np.zeros((3, 3))])).tolist()
    [3, 1, 0]
    """
    values = np.linalg.svd(np.asarray(maps, dtype=np.float64), compute_uv=False)
    edge = max(maps.shape[-2:]) * np.finfo(np.float32).eps * values[..., :1]
    ranks: np.ndarray = (values > edge).sum(axis=-1)
    return ranks


def effective_rank(maps: np.ndarray, energy: float = ENERGY) -> np.ndarray:
    """Rank (…,) by energy: how many singular values hold ``energy`` of the sum of their squares (Eq. 5's r′).

    >>> effective_rank(np.array([np.diag([10.0, 0.1, 0.1]), np.eye(3), np.zeros((3, 3))])).tolist()
    [1, 3, 0]
    """
    if not 0 < energy <= 1:
        raise SpaceError(f"energy is a share of the squared singular values, above 0 and up to 1, not {energy}.")
    squares = np.linalg.svd(np.asarray(maps, dtype=np.float64), compute_uv=False) ** 2
    total = squares.sum(axis=-1, keepdims=True)
    held = np.cumsum(squares, axis=-1) / np.where(total > 0, total, 1.0)
    below = (held < energy - 1e-12).sum(axis=-1)
    needed: np.ndarray = np.where(total[..., 0] > 0, np.minimum(below + 1, squares.shape[-1]), 0)
    return needed


def importance(
    filters: np.ndarray, concepts: Mapping[str, np.ndarray], least: float = 0.2, energy: float = ENERGY
) -> Importance:
    """R_s of concepts from ``filters`` (n, C, h, w), the layer's maps, and similarity maps (n, h, w) of each concept.

    A filter follows the concept whose map its own correlates with most, if by at least ``least``.
    """
    names = tuple(concepts)
    count = filters.shape[1]
    follow = np.stack([_correlation(filters, concepts[name]) for name in names]) if names else np.zeros((0, count))
    best = follow.argmax(axis=0) if names else np.full(count, -1)
    assigned = np.where(follow.max(axis=0, initial=-1.0) >= least, best, -1)
    effective = effective_rank(filters, energy).mean(axis=0)
    assigned = np.where(effective > 0, assigned, -1)
    scores = np.array([_mean(effective[assigned == at]) for at in range(len(names))])
    total = scores.sum()
    shares = scores / total if total > 0 else scores
    return Importance(names, assigned, numerical_rank(filters).mean(axis=0), effective, scores, shares)


def pcs(probability: float, share: float, scale: float = PAPER_SCALE) -> float:
    """PCS_s = P_s · R_s (Eq. 13), R_s taken as the concept's share of all ranks, times ``scale``.

    >>> round(pcs(0.9, 0.6973), 4)
    1.2551
    """
    return probability * share * scale


def _correlation(filters: np.ndarray, concept: np.ndarray) -> np.ndarray:
    """(C,) correlation of each filter's map with a concept's, over all positions of all images; 0 for a dead filter."""
    flat = filters.transpose(1, 0, 2, 3).reshape(filters.shape[1], -1).astype(np.float64)
    target = concept.reshape(-1).astype(np.float64)
    flat = flat - flat.mean(axis=1, keepdims=True)
    target = target - target.mean()
    length = np.linalg.norm(flat, axis=1) * np.linalg.norm(target)
    return np.where(length > 0, flat @ target / np.where(length > 0, length, 1.0), 0.0)


def _mean(values: Sequence[float] | np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else 0.0
