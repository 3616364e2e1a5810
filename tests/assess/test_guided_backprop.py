"""Gated backward passes against captum's own, and against gradients written out in float64."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sxai.assess.guided_backprop import GATED_METHODS, METHODS, saliency
from sxai.errors import ModelError
from sxai.networks.network import Network, Preprocessing


class Functional(nn.Module):
    """Two convolutions whose ReLUs are functions, the first with a ceiling."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 7, 3, padding=1), nn.Conv2d(7, 5, 3, padding=1)

    def forward(self, x):
        return torch.relu(self.second(functional.relu6(self.first(x))))


def build(body=None):
    torch.manual_seed(3)
    layers = [nn.Conv2d(3, 7, 3, padding=1), nn.ReLU(), nn.Conv2d(7, 5, 3, padding=1), nn.ReLU()]
    network = Network(
        "test",
        body or nn.Sequential(*layers),
        Preprocessing(12),
        channels=5,
        head=nn.Linear(5, 3),
        classes=("cat", "dog", "owl"),
    )
    return network.double()


@pytest.fixture
def x():
    return torch.rand(2, 3, 12, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


TARGETS = torch.tensor([0, 2])


def test_guided_backprop_is_captums(x):
    from captum.attr import GuidedBackprop

    network = build()

    class Whole(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.head = network.body, network.head

        def forward(self, z):
            return self.head(self.body(z).mean(dim=(2, 3)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        z = network.normalise(x).requires_grad_()
        expected = GuidedBackprop(Whole()).attribute(z, target=TARGETS).abs().amax(dim=1)
    found = saliency(network, x, TARGETS, "guided-backprop", device="cpu")
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-5, atol=1e-9)
    assert found.max() > 0


def test_functions_are_guided_as_modules_are(x):
    body = Functional()
    network = build(body)
    modules = build(nn.Sequential(body.first, nn.ReLU6(), body.second, nn.ReLU()))
    modules.head = network.head
    one, other = (saliency(net, x, TARGETS, "guided-backprop", device="cpu") for net in (network, modules))
    np.testing.assert_allclose(one, other, rtol=1e-6)
    plain = saliency(network, x, TARGETS, "gradient-input", device="cpu")
    assert not np.allclose(one, plain)


def test_gradient_input_is_the_gradient_times_the_input(x):
    network = build()
    z = network.normalise(x).requires_grad_()
    scores = network.head(network.body(z).mean(dim=(2, 3)))
    (gradient,) = torch.autograd.grad(scores[[0, 1], TARGETS].sum(), z)
    expected = (gradient * z).sum(dim=1).abs().detach().numpy()
    found = saliency(network, x, TARGETS, "gradient-input", device="cpu")
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("method", GATED_METHODS)
def test_an_open_gate_changes_nothing_and_a_closed_one_lets_nothing_through(x, method):
    network = build()
    plain = saliency(network, x, TARGETS, method, device="cpu")
    np.testing.assert_array_equal(plain, saliency(network, x, TARGETS, method, np.ones(5), "cpu"))
    assert (saliency(network, x, TARGETS, method, np.zeros(5), "cpu") == 0).all()


def test_a_gate_is_a_head_without_the_other_channels(x):
    """The relevance at the maps is the head's weights: shutting a channel is setting its weights to 0."""
    gate = np.array([[1, 0, 1, 0, 1], [0, 1, 1, 1, 0]], dtype=bool)
    found = saliency(build(), x, TARGETS, "gradient-input", gate, "cpu")
    for row in range(2):
        network = build()
        with torch.no_grad():
            network.head.weight *= torch.from_numpy(gate[row])
        alone = saliency(network, x[row : row + 1], TARGETS[row : row + 1], "gradient-input", device="cpu")
        np.testing.assert_allclose(found[row], alone[0], rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_the_network_stays_as_it_was(x, method):
    network = build().train()
    before = network(x).detach()
    found = saliency(network, x, TARGETS, method, device="cpu")
    assert (found.shape, found.dtype) == ((2, 12, 12), np.float32)
    assert found.min() >= 0
    assert network.training
    assert all(parameter.grad is None for parameter in network.parameters())
    torch.testing.assert_close(network(x), before)


def test_what_cannot_be_done_is_said(x):
    network = build()
    with pytest.raises(ModelError, match="grad-cam, guided-backprop"):
        saliency(network, x, TARGETS, "lime", device="cpu")
    with pytest.raises(ModelError, match="does not fit 5 channels"):
        saliency(network, x, TARGETS, "guided-backprop", np.ones(4), "cpu")
    smooth = build(nn.Sequential(nn.Conv2d(3, 5, 3), nn.Tanh()))
    with pytest.raises(ModelError, match="no ReLU"):
        saliency(smooth, x, TARGETS, "guided-backprop", device="cpu")
