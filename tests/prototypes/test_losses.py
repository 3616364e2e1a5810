"""The terms of the loss against independent computations and known bounds."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles

from sxai.prototypes import losses


@pytest.fixture
def basis(rng):
    """Orthonormal rows of two classes, (2, 3, 8) float64."""
    rows = [np.linalg.qr(rng.normal(size=(8, 3)))[0].T for _ in range(2)]
    return torch.tensor(np.stack(rows))


def test_aggregation_and_separation_by_hand():
    peaks = torch.tensor([[0.9, 0.2, 0.4, 0.1], [0.3, 0.5, 0.7, 0.6]])
    labels = torch.tensor([0, 1])
    assert losses.aggregation(peaks, labels, 2).item() == pytest.approx(-(0.9 + 0.7) / 2)
    assert losses.separation(peaks, labels, 2).item() == pytest.approx((0.4 + 0.5) / 2)


def test_orthonormal_rows_cost_nothing(basis):
    assert losses.orthonormality(basis).item() == pytest.approx(0, abs=1e-12)
    assert losses.off_diagonal(basis) == pytest.approx(0, abs=1e-12)


def test_equal_rows_cost_the_most():
    basis = torch.ones(1, 3, 4, dtype=torch.float64)
    assert losses.orthonormality(basis).item() == pytest.approx(6)
    assert losses.off_diagonal(basis) == pytest.approx(1)


def test_subspace_distance_is_that_of_the_principal_angles(basis):
    first, second = basis.numpy()
    angles = subspace_angles(first.T, second.T)
    assert losses.subspaces(basis).item() == pytest.approx(-math.sqrt((np.sin(angles) ** 2).sum()))
    projections = first.T @ first - second.T @ second
    assert losses.subspaces(basis).item() == pytest.approx(-np.linalg.norm(projections) / math.sqrt(2))


def test_gradients_push_subspaces_apart(basis):
    near = basis.clone()
    near[1] = near[0] + 0.1 * near[1]
    near.requires_grad_(True)
    before = losses.subspaces(near)
    before.backward()
    assert losses.subspaces(near - 0.05 * near.grad).item() < before.item()
