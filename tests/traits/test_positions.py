"""Ratios layer by layer, in bounded memory."""

import numpy as np
import pytest
import torch
from torch import nn

from sxai.errors import Cancelled, SpaceError
from sxai.networks.features import feature_maps
from sxai.networks.network import Network, Preprocessing
from sxai.traits.compression import compress
from sxai.traits.positions import Layer, chosen_positions, first_ratios, gather, layer_ratio, layers_of, passes

N = 20


def full_ratios(maps):
    """Ratios (H, W) of maps (n, C, H, W): every position compressed by itself, NaN where nothing varies."""
    ratios = np.full(maps.shape[2:], np.nan)
    for at in np.ndindex(ratios.shape):
        table = maps[:, :, *at].astype(np.float64)
        if np.ptp(table, axis=1).any():
            ratios[at] = compress(table, components=1).ratios[0]
    return ratios


class Thin(nn.Module):
    """The mean over channels: one channel, which cannot be row-centred."""

    def forward(self, x):
        return x.mean(dim=1, keepdim=True).expand(-1, 1, -1, -1)


@pytest.fixture
def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        body = nn.Sequential(
            nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 7, 3), nn.Sequential(nn.ReLU())
        )
    taps = {"conv1": "0", "relu1": "1", "pool1": "2", "conv2": "3", "fire": "4"}
    return Network("tiny", body, Preprocessing(12), 7, taps).eval()


@pytest.fixture
def canvases():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (12, 12, 3), dtype=np.uint8) for _ in range(N)]


def test_layers_tell_their_kind_and_shape(network):
    layers, without = layers_of(network)
    assert [(layer.name, layer.kind) for layer in layers] == [
        ("conv1", "conv"),
        ("relu1", "relu"),
        ("pool1", "pool"),
        ("conv2", "conv"),
        ("fire", "block"),
    ]
    assert layers[0] == Layer("conv1", "conv", 5, 12, 12)
    assert layers[-1] == Layer("fire", "block", 7, 4, 4)
    assert without == []


def test_a_tap_without_channels_to_compare_is_told_apart(network):
    network.body.append(Thin())
    network.tap_modules["thin"] = "5"
    layers, without = layers_of(network)
    assert without == ["thin"]
    assert "thin" not in [layer.name for layer in layers]


def test_every_layer_equals_the_compression_of_its_full_maps(network, canvases):
    layers, _ = layers_of(network)
    wanted = {layer.name: chosen_positions(layer, N) for layer in layers}
    tables = gather(network, iter(canvases), N, wanted, "cpu")
    for layer in layers:
        full = full_ratios(feature_maps(network, canvases, layer.name, device="cpu"))
        ratios = first_ratios(tables[layer.name])
        np.testing.assert_allclose(ratios, full.ravel(), atol=1e-9)
        found = layer_ratio(layer, ratios)
        assert found.ratio == pytest.approx(np.nanmean(full))
        assert (found.dead, found.positions + found.dead, found.of) == (np.isnan(full).sum(), full.size, full.size)


def test_a_grid_of_positions_stands_for_all(network, canvases):
    layer = layers_of(network)[0][0]
    full = full_ratios(feature_maps(network, canvases, layer.name, device="cpu"))
    positions = chosen_positions(layer, N, most=40, seed=3)
    assert len(positions) == 36
    tables = gather(network, iter(canvases), N, {layer.name: positions}, "cpu")
    found = layer_ratio(layer, first_ratios(tables[layer.name]))
    np.testing.assert_allclose(first_ratios(tables[layer.name]), full.ravel()[positions], atol=1e-9)
    assert abs(found.ratio - np.nanmean(full)) < 4 * found.error
    assert (found.positions, found.of) == (36, 144)


def test_the_standard_error_is_that_of_a_mean():
    ratios = np.array([0.5, 0.7, 0.6, np.nan])
    found = layer_ratio(Layer("a", "conv", 3, 2, 4), ratios)
    assert found.ratio == pytest.approx(0.6)
    assert found.error == pytest.approx(0.1 / np.sqrt(3))
    assert (found.positions, found.dead, found.of) == (3, 1, 8)
    assert layer_ratio(Layer("a", "conv", 3, 1, 1), np.array([0.5])).error == 0.0


def test_a_layer_where_nothing_varies_has_no_ratio():
    tables = np.ones((2, 4, 3), dtype=np.float32)
    assert np.isnan(first_ratios(tables)).all()
    with pytest.raises(SpaceError, match="nothing to compress in relu9"):
        layer_ratio(Layer("relu9", "relu", 3, 1, 2), first_ratios(tables))


@pytest.mark.parametrize("shape", [(6, 4, 9), (6, 9, 4)])
def test_either_side_of_the_table_may_be_the_smaller(shape):
    tables = np.random.default_rng(0).gamma(1.0, 1.0, shape)
    full = full_ratios(tables.transpose(1, 2, 0)[:, :, None, :])
    np.testing.assert_allclose(first_ratios(tables), full.ravel())


def test_passes_hold_no_more_than_the_budget():
    layers = [Layer(f"l{at}", "conv", 8, 10, 10) for at in range(5)]
    assert [[one.name for one in group] for group in passes(layers, n=10, budget=20_000)] == [
        ["l0", "l1"],
        ["l2", "l3"],
        ["l4"],
    ]
    assert [len(group) for group in passes(layers, n=10)] == [5]


def test_a_layer_too_large_for_the_budget_has_fewer_positions():
    layer = Layer("early", "conv", 64, 224, 224)
    assert len(chosen_positions(layer, 300)) == 1024
    few = chosen_positions(layer, 300, budget=1_000_000)
    assert 300 * 64 * len(few) <= 1_000_000
    assert len(few) > 25
    assert len(chosen_positions(layer, 300, budget=1)) == 1


def test_gathering_can_be_stopped_and_leaves_the_network_as_it_was(network, canvases):
    def stop(stage, done, total, detail=None):
        if done:
            raise Cancelled("enough")

    network.train()
    with pytest.raises(Cancelled):
        gather(network, iter(canvases), N, {"conv1": np.arange(4)}, "cpu", stop)
    assert network.training
    assert not network.body[0]._forward_hooks
