"""Grad-CAM against the formula written out, and a network that stays as it was."""

import numpy as np
import pytest
import torch
from torch import nn

from sxai.assess.grad_cam import cam, grad_cam
from sxai.errors import ModelError, UnknownName
from sxai.networks.network import Network, Preprocessing


def build(fit="squash", size=16, head=True):
    torch.manual_seed(3)
    body = nn.Sequential(nn.Conv2d(3, 7, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(7, 5, 3, padding=1), nn.ReLU())
    return Network(
        "test",
        body,
        Preprocessing(size, fit=fit),
        channels=5,
        head=nn.Linear(5, 3) if head else None,
        classes=("cat", "dog", "owl") if head else (),
    )


@pytest.mark.parametrize("target", [0, 1, 2])
def test_after_average_pooling_and_a_linear_head_it_is_the_class_activation_map(target):
    network = build().double()
    x = torch.rand(2, 3, 16, 16, dtype=torch.float64)
    with torch.no_grad():
        maps = network.maps(x)
        weights = network.head.weight[target] / maps[0, 0].numel()
        expected = (weights[None, :, None, None] * maps).sum(dim=1, keepdim=True).clamp(min=0)
    torch.testing.assert_close(cam(network, x, target), expected, rtol=1e-12, atol=1e-15)
    assert expected.max() > 0


def test_on_a_head_that_is_not_linear_the_weights_are_mean_gradients():
    network = build().double()
    network.head = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3)).double()
    x = torch.rand(1, 3, 16, 16, dtype=torch.float64)
    maps = network.maps(x).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(network.logits(maps.mean(dim=(2, 3)))[0, 1], maps)
    expected = (gradient.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1, keepdim=True).clamp(min=0)
    torch.testing.assert_close(cam(network, x, 1), expected.detach(), rtol=1e-12, atol=1e-15)


def test_the_map_lies_on_the_canvas(rng):
    pixels = rng.integers(0, 256, (30, 44, 3)).astype(np.uint8)
    heat = grad_cam(build(), pixels, "dog", "cpu")
    assert (heat.shape, heat.dtype) == ((30, 44), np.float32)
    assert heat.min() >= 0


def test_a_network_that_crops_says_nothing_of_what_it_does_not_see(rng):
    network = build(fit="crop")
    network.head.weight.data.abs_()
    pixels = rng.integers(0, 256, (20, 41, 3)).astype(np.uint8)
    heat = grad_cam(network, pixels, "dog", "cpu")
    assert heat.shape == (20, 41)
    assert not heat[:, :10].any()
    assert not heat[:, 30:].any()
    assert heat[:, 12:28].any()


def test_the_network_is_left_as_it_was_and_used_without_dropout(rng):
    network = build()
    network.head = nn.Sequential(nn.Dropout(0.5), network.head)
    network.train()
    pixels = rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)
    once, again = (grad_cam(network, pixels, "owl", "cpu") for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert network.training
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module._forward_hooks or module._backward_hooks for module in network.modules())


def test_frozen_weights_do_no_harm(rng):
    network = build().requires_grad_(False)
    assert grad_cam(network, rng.integers(0, 256, (16, 16, 3)).astype(np.uint8), "cat", "cpu").shape == (16, 16)


def test_what_cannot_be_asked_is_told(rng):
    pixels = rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)
    with pytest.raises(UnknownName, match=r"'cow'.*cat, dog, owl"):
        grad_cam(build(), pixels, "cow")
    with pytest.raises(ModelError, match="train it first"):
        grad_cam(build(head=False), pixels, "cat")
