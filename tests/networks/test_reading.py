import dataclasses

import numpy as np
import pytest
import torch
from nets import canvases, tiny_network
from torch.nn.functional import adaptive_avg_pool2d, interpolate

from sxai.errors import ModelError
from sxai.networks.backbones import build
from sxai.networks.features import feature_maps
from sxai.networks.reading import Reading, default_reading, position_features, read_prepared


@pytest.fixture(scope="module")
def small():
    return build("small")


def read(network, pictures, reading, batch=None):
    return np.concatenate(list(position_features(network, pictures, reading, batch=batch)))


def test_positions_are_the_layers_side_by_side_on_one_grid(small):
    pictures, size = canvases(3), small.preprocessing.size
    reading = Reading(("pool2", "conv4_2"), size, 6)
    found = read(small, pictures, reading)
    expected = [
        adaptive_avg_pool2d(torch.from_numpy(feature_maps(small, pictures, tap)), 6).permute(0, 2, 3, 1)
        for tap in reading.taps
    ]
    np.testing.assert_allclose(found, torch.cat(expected, dim=-1), rtol=1e-5, atol=1e-6)


def test_at_the_usual_size_the_mean_over_positions_is_the_pooled_feature(small):
    pictures = canvases(2)
    maps = feature_maps(small, pictures)
    reading = Reading((small.taps[-1],), small.preprocessing.size, maps.shape[-1])
    np.testing.assert_allclose(
        read(small, pictures, reading).mean(axis=(1, 2)), maps.mean(axis=(2, 3)), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_the_batch_size_does_not_matter(small, batch):
    reading = default_reading(small)
    pictures = canvases(5)
    expected = read(small, pictures, reading, batch=8)
    np.testing.assert_allclose(read(small, pictures, reading, batch=batch), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "taps", "grid"),
    [
        ("googlenet_bvlc", ("inception_3b", "inception_4c", "inception_4e", "inception_5b"), 14),
        ("mobilenet_v2_tf", ("block6", "block10", "block13", "last"), 14),
    ],
)
def test_by_default_the_deepest_resolutions_are_read_at_twice_the_size(name, taps, grid):
    assert default_reading(build(name)) == Reading(taps, 448, grid)


def test_the_network_is_left_as_it_was_also_when_reading_stops_halfway(small):
    before = small.preprocessing
    batches = position_features(small, canvases(4), default_reading(small), batch=1)
    next(batches)
    assert small.preprocessing == before
    batches.close()
    assert small.preprocessing == before
    assert not any(module._forward_hooks for module in small.body.modules())


def test_an_unknown_layer_is_refused_before_anything_is_computed(small):
    with pytest.raises(ModelError, match="no layer called 'pool9'"):
        position_features(small, canvases(1), Reading(("pool9",), 96, 3))


@pytest.mark.parametrize("wrong", [{"size": 0}, {"grid": 0}])
def test_a_reading_without_sense_is_refused(wrong):
    with pytest.raises(ModelError, match="a reading needs"):
        dataclasses.replace(Reading(("a",), 96, 3), **wrong)


def test_of_a_network_without_layers_the_maps_before_pooling_are_read():
    network = tiny_network()
    network.tap_modules = {}
    reading, pictures = default_reading(network), canvases(2)
    assert reading.taps == ()
    network.preprocessing = dataclasses.replace(network.preprocessing, size=reading.size)
    maps = adaptive_avg_pool2d(torch.from_numpy(feature_maps(network, pictures)), reading.grid)
    network.preprocessing = dataclasses.replace(network.preprocessing, size=reading.size // 2)
    np.testing.assert_allclose(read(network, pictures, reading), maps.permute(0, 2, 3, 1), rtol=1e-5, atol=1e-6)


def test_there_are_never_too_many_positions():
    network = tiny_network()
    network.tap_modules = {}
    network.preprocessing = dataclasses.replace(network.preprocessing, size=400)
    assert default_reading(network).grid <= 28


def test_prepared_pictures_are_read_like_canvases_also_from_another_size(small):
    reading, pictures = default_reading(small), canvases(3)
    expected = read(small, pictures, reading)
    usual = small.prepare(pictures)
    small.preprocessing = dataclasses.replace(small.preprocessing, size=reading.size)
    at_size = small.prepare(pictures)
    small.preprocessing = dataclasses.replace(small.preprocessing, size=reading.size // 2)
    np.testing.assert_allclose(read_prepared(small, at_size, reading), expected, rtol=1e-4, atol=1e-5)
    resized = interpolate(usual, size=(reading.size, reading.size), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(
        read_prepared(small, usual, reading), read_prepared(small, resized, reading), rtol=1e-4, atol=1e-5
    )
