"""How a loss is shared out: exact sums, shares worked out by hand, and controls that mean something."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from sxai.errors import SpaceError
from sxai.networks.heads import make_head
from sxai.networks.network import Network, Preprocessing
from sxai.occluders.attribution import Loss, attribute, score_loss, strongest

CHANNELS, CLASSES = 12, 3


def network_with(head):
    preprocessing = Preprocessing(8, (0.0,) * 3, (1.0,) * 3)
    return Network("bare", nn.Identity(), preprocessing, CHANNELS, head=head, classes=("a", "b", "c")).eval()


def tables(n=20, seed=0):
    rng = np.random.default_rng(seed)
    before = rng.gamma(2.0, 1.0, (n, CHANNELS))
    return before, np.maximum(before - rng.normal(0.3, 0.6, before.shape), 0)


def centred_logit(network, features, target):
    with torch.inference_mode():
        logits = network.double().logits(torch.from_numpy(features)).numpy()
    return logits[:, target] - logits.mean(axis=1)


@pytest.mark.parametrize("target", range(CLASSES))
def test_with_a_linear_head_the_channels_share_the_loss_exactly(target):
    network = network_with(nn.Linear(CHANNELS, CLASSES))
    before, after = tables()
    loss = score_loss(network, before, after, target)
    fallen = centred_logit(network, before, target) - centred_logit(network, after, target)
    np.testing.assert_allclose(loss.total, fallen, atol=1e-6)
    assert loss.by_channel.sum() == pytest.approx(fallen.mean(), abs=1e-6)


def test_with_hidden_layers_they_do_so_up_to_the_integral(monkeypatch):
    monkeypatch.setattr("sxai.networks.heads.VGG_HIDDEN", 64)
    network = network_with(make_head("vgg", CHANNELS, CLASSES, seed=1)).double()
    network.mean = network.mean.double()
    before, after = tables()
    loss = score_loss(network, before, after, 1)
    fallen = centred_logit(network, before, 1) - centred_logit(network, after, 1)
    np.testing.assert_allclose(loss.total, fallen, rtol=0.02, atol=0.002)


def test_what_rose_was_put_in_and_not_taken_away():
    loss = Loss(np.array([[2.0, -3.0, 1.0]]), np.array([[1.0, -2.0, 4.0]]))
    assert loss.total == pytest.approx(2 + 6 + 4)
    assert loss.away == pytest.approx(2 + 4)
    np.testing.assert_allclose(loss.along(np.eye(3)), [[2.0, 0.0, 4.0]])


def test_shares_are_those_worked_out_by_hand():
    loss = Loss(np.array([[3.0, 0.0, 1.0], [1.0, 0.0, 1.0]]), np.ones((2, 3)))
    found = attribute(loss, {"first": [5.0, 0, 0], "both": [1.0, 0, 1.0], "idle": [0, 2.0, 0]})
    shares = {one.name: one.share for one in found.concepts}
    assert shares["first"] == pytest.approx(4 / 6)
    assert shares["both"] == pytest.approx(1.0), "(1 + 1)/√2 · (4 + 2)/√2 of 6"
    assert shares["idle"] == 0
    assert [one.name for one in found.concepts] == ["both", "first", "idle"]
    assert found.together == pytest.approx(1.0)
    assert (found.n, found.loss, found.away) == (2, 3.0, 3.0)


@given(st.integers(0, 10_000))
def test_right_angles_share_out_all_that_was_taken(seed):
    rng = np.random.default_rng(seed)
    loss = Loss(rng.gamma(2.0, 1.0, (6, 5)), rng.gamma(2.0, 1.0, (6, 5)))
    turned = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    found = attribute(loss, {f"{at}": row for at, row in enumerate(turned)}, controls=5, resamples=5)
    assert sum(one.share for one in found.concepts) == pytest.approx(1.0)
    assert found.together == pytest.approx(1.0)


def test_a_concept_that_is_hit_stands_out_from_random_directions_and_one_that_is_not_does_not():
    rng = np.random.default_rng(0)
    channels = 200
    fallen = np.abs(rng.normal(0.02, 0.02, (80, channels)))
    fallen[:, :5] += 1.0
    loss = Loss(fallen, np.broadcast_to(rng.normal(1.0, 0.2, channels), fallen.shape))
    hit, missed = np.zeros(channels), np.zeros(channels)
    hit[:5] = missed[100:105] = [1.0, 0.9, 0.8, 0.7, 0.6]
    first, last = attribute(loss, {"missed": missed, "hit": hit}).concepts
    assert (first.name, last.name) == ("hit", "missed")
    assert first.low > first.control_high
    assert first.p == pytest.approx(1 / 1001)
    assert last.p > 0.1
    assert last.share < last.control_high


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(1)
    held = 0
    for trial in range(60):
        fallen = rng.gamma(1.0, [3.0, 1.0], (40, 2))
        [one] = attribute(Loss(fallen, np.ones((40, 2))), {"u": [1.0, 0.0]}, seed=trial, controls=2).concepts
        held += one.low <= 0.75 <= one.high
    assert 50 <= held <= 60


def test_the_same_seed_gives_the_same_numbers():
    loss = Loss(*tables()[:2])
    directions = {"u": np.arange(1.0, CHANNELS + 1)}
    assert attribute(loss, directions, seed=3) == attribute(loss, directions, seed=3)


def test_what_cannot_be_shared_out_is_refused():
    network = network_with(nn.Linear(CHANNELS, CLASSES))
    before, after = tables()
    with pytest.raises(SpaceError, match="the same images in both"):
        score_loss(network, before, after[:3], 0)
    with pytest.raises(SpaceError, match="a larger ε"):
        attribute(Loss(-np.ones((2, 3)), np.ones((2, 3))), {"u": [1, 0, 0]})
    loss = Loss(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(SpaceError, match="extract semantic spaces first"):
        attribute(loss, {})
    for wrong in ([0, 0, 0], [1, 0], [[1, 0, 0]]):
        with pytest.raises(SpaceError, match="u is no direction over 3 channels"):
            attribute(loss, {"u": wrong})


def test_the_strongest_channels_come_first():
    assert strongest([0.1, 0.5, -2.0, 0.5], 3) == [1, 3, 0]
