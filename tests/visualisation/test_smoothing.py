import pytest
import torch

from sxai.visualisation.objective import total_variation
from sxai.visualisation.smoothing import FLOOR, smooth_basis


@pytest.fixture
def basis():
    return smooth_basis(9, torch.empty(0, dtype=torch.float64))


@pytest.fixture
def z(rng):
    return torch.tensor(rng.normal(size=(2, 3, 9, 9)))


def coordinates(basis, z):
    """The inverse of ``to_picture``."""
    return (basis.cosines @ z @ basis.cosines.T) / basis.scale


def test_the_cosines_are_orthonormal(basis):
    torch.testing.assert_close(basis.cosines @ basis.cosines.T, torch.eye(9, dtype=torch.float64))


def test_the_regulariser_is_round_in_these_coordinates(basis, z):
    w = coordinates(basis, z)
    curved = total_variation(z) + FLOOR / 2 * z.square().sum(dim=(1, 2, 3))
    torch.testing.assert_close(w.square().sum(dim=(1, 2, 3)) / 2, curved)


def test_coordinates_lead_back_to_the_picture(basis, z):
    torch.testing.assert_close(basis.to_picture(coordinates(basis, z)), z)


def test_a_gradient_is_pulled_back_by_the_chain_rule(basis, z):
    w = coordinates(basis, z).requires_grad_()
    picture = basis.to_picture(w)
    [expected] = torch.autograd.grad(picture.pow(3).sum(), w)
    torch.testing.assert_close(basis.pull_back(3 * z**2), expected)
