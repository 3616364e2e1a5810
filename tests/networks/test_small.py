"""The small network's body."""

import numpy as np
import torch
from torch import nn

from sxai.networks.backbones import build
from sxai.networks.small import CHANNELS, MEAN, SIZE, STD, TAPS, WIDTHS, folded, small_body


def test_maps_have_the_stated_channels_and_are_never_negative():
    maps = small_body().eval()(torch.randn(2, 3, SIZE, SIZE))
    assert maps.shape == (2, CHANNELS, SIZE // 8, SIZE // 8)
    assert float(maps.detach().min()) >= 0


def test_the_last_layer_is_a_relu_and_no_batch_norm_is_left():
    layers = list(small_body().children())
    assert isinstance(layers[-1], nn.ReLU)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in layers)


def test_taps_name_the_layers_they_stand_for():
    layers = list(small_body().children())
    kinds = {"conv": nn.Conv2d, "relu": nn.ReLU, "pool": nn.MaxPool2d}
    assert len(TAPS) == len(layers)
    for name, index in TAPS.items():
        assert isinstance(layers[int(index)], kinds[name[:4]])


def test_taps_reach_every_block_with_its_width():
    network = build("small")
    x = torch.rand(1, 3, SIZE, SIZE)
    for block, widths in enumerate(WIDTHS, start=1):
        side = SIZE // 2 ** (block - 1)
        assert network.maps(x, f"relu{block}_{len(widths)}").shape == (1, widths[-1], side, side)


def test_folding_batch_norm_changes_nothing_that_is_computed():
    torch.manual_seed(3)
    trained = small_body(batch_norm=True).double().train()
    for _ in range(3):
        trained(torch.randn(4, 3, 32, 32, dtype=torch.float64) * 1.7 + 0.4)
    for layer in trained.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight)
            nn.init.normal_(layer.bias)
    x = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    expected = trained.eval()(x)
    plain = folded(trained.float()).double()
    assert float(expected.detach().abs().max()) > 0.01
    np.testing.assert_allclose(plain(x).detach(), expected.detach(), rtol=1e-4, atol=1e-4)


def test_the_registered_backbone_carries_its_size_and_statistics():
    network = build("small", seed=1)
    assert network.preprocessing.size == SIZE
    assert network.preprocessing.mean == MEAN
    assert network.preprocessing.std == STD
    assert network.channels == CHANNELS


def test_its_weights_are_small_enough_to_ship():
    numbers = sum(parameter.numel() for parameter in small_body().parameters())
    assert 4 * numbers < 2**20 * 2
