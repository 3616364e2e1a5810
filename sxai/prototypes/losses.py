"""The terms of a Proto-CNN's loss, each smaller the better (AS-XAI, Eqs. 1-4, read as intended).

``peaks`` (n, K·M) are each image's largest cosines with all basis vectors, class after class; ``labels`` (n,).
``basis`` (K, M, D) holds the rows of A⁽ᶜ⁾, taken at length 1.
"""

import math
from itertools import combinations

import torch
from torch.nn.functional import normalize

TERMS = ("cross-entropy", "aggregation", "separation", "orthonormality", "subspaces")


def aggregation(peaks: torch.Tensor, labels: torch.Tensor, per_class: int) -> torch.Tensor:
    """Minus the mean, over images, of the closest cosine with a basis vector of the image's own class (Eq. 1).

    >>> aggregation(torch.tensor([[0.9, 0.2, 0.4, 0.1]]), torch.tensor([0]), per_class=2)
    tensor(-0.9000)
    """
    own = _by_class(peaks, per_class).amax(dim=2).gather(1, labels[:, None])
    return -own.mean()


def separation(peaks: torch.Tensor, labels: torch.Tensor, per_class: int) -> torch.Tensor:
    """The mean of the closest cosine with a basis vector of any other class, to be small (Eq. 2).

    >>> separation(torch.tensor([[0.9, 0.2, 0.4, 0.1]]), torch.tensor([0]), per_class=2)
    tensor(0.4000)
    """
    closest = _by_class(peaks, per_class).amax(dim=2)
    others = closest.scatter(1, labels[:, None], -math.inf)
    return others.amax(dim=1).mean()


def orthonormality(basis: torch.Tensor) -> torch.Tensor:
    """Σ over classes of ‖A Aᵀ − I‖²_F.

    >>> orthonormality(torch.eye(4)[None])
    tensor(0.)
    """
    rows = normalize(basis, dim=-1)
    gram = rows @ rows.transpose(1, 2)
    return ((gram - torch.eye(basis.shape[1], dtype=basis.dtype)) ** 2).sum()


def subspaces(basis: torch.Tensor) -> torch.Tensor:
    """Minus the projection distances between the classes' subspaces on the Grassmann manifold, over all pairs (Eq. 3).

    ‖A₁ᵀA₁ − A₂ᵀA₂‖_F / √2 of orthonormal rows is √(Σ sin² of the principal angles). It is computed from (M, M) products
    alone.
    """
    rows = normalize(basis, dim=-1)
    total = basis.new_zeros(())
    for first, second in combinations(rows, 2):
        squared = _gram(first, first) + _gram(second, second) - 2 * _gram(first, second)
        total = total - torch.sqrt(squared.clamp_min(1e-12) / 2)
    return total


def _gram(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """tr(AᵀA BᵀB) = ‖A Bᵀ‖²_F."""
    return ((first @ second.T) ** 2).sum()


def off_diagonal(basis: torch.Tensor) -> float:
    """Mean |cosine| between different basis vectors of one class; 0 for a single one."""
    rows = normalize(basis.detach().double(), dim=-1)
    count = rows.shape[1]
    if count < 2:
        return 0.0
    gram = (rows @ rows.transpose(1, 2)).abs()
    off = gram.sum() - gram.diagonal(dim1=1, dim2=2).sum()
    return float(off / (len(rows) * count * (count - 1)))


def _by_class(peaks: torch.Tensor, per_class: int) -> torch.Tensor:
    return peaks.unflatten(1, (-1, per_class))
