import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from inversion_toys import network, reachable, shown_features, smooth_network

from sxai.errors import SpaceError
from sxai.visualisation.objective import frozen, objective_of, total_variation


def variation_by_hand(z, exponent):
    """R of one picture (c, H, W), pixel by pixel as the paper writes it."""
    total = 0.0
    _, height, width = z.shape
    for plane in z:
        for i in range(height):
            for j in range(width):
                across = plane[i, j + 1] - plane[i, j] if j + 1 < width else 0.0
                down = plane[i + 1, j] - plane[i, j] if i + 1 < height else 0.0
                total += (across**2 + down**2) ** (exponent / 2)
    return total


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0, 3.0])
def test_the_variation_is_the_papers_sum_with_zero_difference_at_the_border(rng, exponent):
    z = rng.normal(size=(2, 3, 5, 4))
    expected = [variation_by_hand(one, exponent) for one in z]
    np.testing.assert_allclose(total_variation(torch.tensor(z), exponent), expected, rtol=1e-12)


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
def test_a_flat_picture_has_no_variation_and_a_finite_gradient(exponent):
    z = torch.full((1, 3, 4, 4), 0.7, dtype=torch.float64, requires_grad=True)
    value = total_variation(z, exponent)
    [gradient] = torch.autograd.grad(value.sum(), z)
    assert value.item() == 0
    assert torch.equal(gradient, torch.zeros_like(z))


@pytest.mark.parametrize("exponent", [1.5, 2.0])
def test_the_gradient_agrees_with_finite_differences(rng, exponent):
    net = smooth_network()
    objective = objective_of(net, rng.random((2, 6)), 0.7, exponent)
    z = torch.tensor(rng.normal(size=(2, 3, 7, 7)))
    with frozen(net):
        _, gradient = objective.evaluate(z)
        for at in [(0, 0, 0, 0), (0, 2, 6, 6), (1, 1, 3, 5), (1, 0, 6, 2)]:
            aside = torch.zeros_like(z)
            aside[at] = 1e-6
            slope = (objective.losses(z + aside) - objective.losses(z - aside)).sum() / 2e-6
            assert gradient[at].item() == pytest.approx(slope.item(), rel=1e-5, abs=1e-7)


@given(weight=st.floats(0, 5), seed=st.integers(0, 1000))
def test_the_objective_is_misfit_plus_weighted_variation(weight, seed):
    net = network(dtype=torch.float64)
    rng = np.random.default_rng(seed)
    targets, z = rng.random((2, 6)), rng.normal(size=(2, 3, 12, 12))
    losses = objective_of(net, targets, weight, 2.0).losses(torch.tensor(z))
    with torch.no_grad():
        features = shown_features(net, torch.tensor(z)).numpy()
    expected = ((features - targets) ** 2).sum(axis=1) + weight * np.array([variation_by_hand(one, 2.0) for one in z])
    np.testing.assert_allclose(losses.detach(), expected, rtol=1e-10)


def test_targets_do_not_mix(rng):
    net = network(dtype=torch.float64)
    targets = reachable(net, 3)
    z = torch.tensor(rng.normal(size=(3, 3, 12, 12)))
    losses, gradient = objective_of(net, targets, 2.0, 2.0).evaluate(z)
    for row in range(3):
        alone, slope = objective_of(net, targets[row], 2.0, 2.0).evaluate(z[row : row + 1])
        torch.testing.assert_close(losses[row], alone[0])
        torch.testing.assert_close(gradient[row], slope[0])


def test_some_rows_are_evaluated_against_their_own_targets(rng):
    net = network(dtype=torch.float64)
    objective = objective_of(net, reachable(net, 3), 2.0, 2.0)
    z = torch.tensor(rng.normal(size=(3, 3, 12, 12)))
    whole, _ = objective.evaluate(z)
    part, _ = objective.evaluate(z[[2, 0]], torch.tensor([2, 0]))
    torch.testing.assert_close(part, whole[[2, 0]])


def test_the_blank_start_is_zero_in_normalised_space():
    blank = objective_of(network(), np.ones((2, 6)), 2.0, 2.0).blank()
    assert blank.shape == (2, 3, 12, 12)
    assert not blank.any()


def test_a_frozen_network_takes_part_in_no_gradient_and_is_restored():
    net = network()
    first, *others = net.parameters()
    first.requires_grad_(False)
    with frozen(net):
        assert not any(weights.requires_grad for weights in net.parameters())
    assert not first.requires_grad
    assert all(weights.requires_grad for weights in others)
    with pytest.raises(RuntimeError), frozen(net):
        raise RuntimeError
    assert all(weights.requires_grad for weights in others)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.ones((2, 5)), "give \\(targets, 6\\)"),
        (np.ones((0, 6)), "give \\(targets, 6\\)"),
        ([[1, 2, np.nan, 4, 5, 6]], "target 0 is not finite"),
    ],
)
def test_targets_that_do_not_fit_are_refused(targets, message):
    with pytest.raises(SpaceError, match=message):
        objective_of(network(), targets, 2.0, 2.0)
