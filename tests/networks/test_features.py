import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nets import canvases, tiny_network
from torch import nn

from sxai.errors import Cancelled, ModelError
from sxai.networks.features import computing, extract, feature_maps


def classifier():
    network = tiny_network()
    network.head = nn.Linear(6, 3)
    network.classes = ("a", "b", "c")
    return network


def test_features_equal_those_of_one_picture_at_a_time():
    network, pictures = classifier(), canvases(5)
    found = extract(network, pictures, batch=2)
    with torch.no_grad():
        each = [network.features(network.prepare([picture])) for picture in pictures]
        scores = [network.logits(one) for one in each]
    assert found.features.dtype == np.float32
    np.testing.assert_allclose(found.features, torch.cat(each), atol=1e-6)
    np.testing.assert_allclose(found.logits, torch.cat(scores), atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 12))
def test_the_batch_size_does_not_matter(batch):
    network, pictures = tiny_network(), canvases(11)
    expected = extract(network, pictures, batch=11).features
    np.testing.assert_allclose(extract(network, pictures, batch=batch).features, expected, rtol=1e-5, atol=1e-6)


def test_without_head_there_are_no_scores():
    assert extract(tiny_network(), canvases(2)).logits is None


def test_nothing_gives_empty_features():
    found = extract(classifier(), [])
    assert found.features.shape == (0, 6)
    assert found.logits.shape == (0, 3)


def test_pictures_are_taken_one_batch_at_a_time():
    taken, reports = [], []

    def pictures():
        for index, picture in enumerate(canvases(7)):
            taken.append(index)
            yield picture

    def progress(stage, done, total, detail=None):
        reports.append((stage, done, total, len(taken)))

    extract(tiny_network(), pictures(), batch=3, progress=progress, total=7)
    assert reports == [("features", 0, 7, 0), ("features", 3, 7, 3), ("features", 6, 7, 6), ("features", 7, 7, 7)]


def test_the_total_is_known_for_a_list_and_grows_for_a_stream():
    totals = []
    extract(tiny_network(), canvases(4), batch=4, progress=lambda s, d, total, detail=None: totals.append(total))
    assert totals == [4, 4]
    totals.clear()
    extract(tiny_network(), iter(canvases(4)), batch=2, progress=lambda s, d, total, detail=None: totals.append(total))
    assert totals == [0, 2, 4]


def test_cancelling_leaves_the_network_as_it_was():
    network = classifier().train()
    network.body[1].eval()
    modes = [module.training for module in network.modules()]

    def stop(stage, done, total, detail=None):
        if done:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        extract(network, canvases(4), batch=2, progress=stop)
    assert [module.training for module in network.modules()] == modes


def test_dropout_is_off_while_computing():
    network = tiny_network()
    network.head = nn.Sequential(nn.Dropout(0.9), nn.Linear(6, 2))
    network.train()
    first, second = (extract(network, canvases(2)).logits for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert network.training


def test_the_device_is_given_back_and_can_be_a_device():
    network = tiny_network()
    with computing(network, torch.device("cpu")) as device:
        assert device.type == "cpu"
        assert not network.training
    assert network.device.type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same_features():
    network, pictures = tiny_network(), canvases(5)
    expected = extract(network, pictures, device="cpu").features
    np.testing.assert_allclose(extract(network, pictures, device="cuda").features, expected, rtol=1e-3, atol=1e-4)
    assert network.device.type == "cpu"


def test_feature_maps_can_be_had_at_every_tap():
    network, pictures = tiny_network(), canvases(5)
    assert feature_maps(network, pictures, "relu1", batch=2).shape == (5, 4, 6, 6)
    pooled = feature_maps(network, pictures, batch=2).mean(axis=(2, 3))
    np.testing.assert_allclose(pooled, extract(network, pictures).features, atol=1e-6)
    assert feature_maps(network, []).shape[0] == 0
    with pytest.raises(ModelError, match="no layer"):
        feature_maps(network, pictures, "relu9")
