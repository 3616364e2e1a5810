"""Occluders on a network whose every number is known: what is learned, what is refused, and what the loss counts."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from sxai.errors import Cancelled, ModelError
from sxai.networks.network import Network, Preprocessing
from sxai.occluders.learn import (
    Lot,
    OccluderSettings,
    _moved,
    learn_occluder,
    margins_of,
    occluded,
    occluded_outputs,
    packed,
)
from sxai.occluders.visibility_limit import visibility_filter

SIDE = 16
FAST = OccluderSettings(epsilon=0.1, seen=None, steps=25, batch=6, others=6, margin=0.5)
"""This network reads plain colour, which a person sees."""


class Colours(nn.Module):
    """Maps of how much a position exceeds 0.3 in each colour."""

    def forward(self, x):
        return torch.relu(x - 0.3)


@pytest.fixture
def network():
    """Tells red, green and blue pictures by the mean of each colour above 0.3."""
    head = nn.Linear(3, 3)
    head.weight.data = 20 * torch.eye(3)
    head.bias.data = torch.zeros(3)
    preprocessing = Preprocessing(SIDE, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    return Network("colours", Colours(), preprocessing, 3, head=head, classes=("red", "green", "blue")).eval()


def pictures(colour, n, seed=0):
    """Canvases whose one colour is a little above the others."""
    rng = np.random.default_rng([seed, colour])
    values = rng.normal(110, 6, (n, SIDE, SIDE, 3))
    values[..., colour] += 18
    return [np.clip(one, 0, 255).astype(np.uint8) for one in values]


def lot_of(network, target=0, n=20):
    own, *others = (packed(network, pictures((target + at) % 3, n)) for at in range(3))
    said = [(target + 1) % 3] * n + [(target + 2) % 3] * n
    return Lot(own, features(network, own), torch.cat(others), said)


def features(network, packed_pictures):
    return occluded_outputs(network, packed_pictures, np.zeros((3, SIDE, SIDE), np.float32), "cpu").features


def accuracy(network, colour, delta):
    found = occluded_outputs(network, packed(network, pictures(colour, 30, seed=1)), delta, "cpu").logits
    return (found.argmax(axis=1) == colour).mean()


@pytest.mark.parametrize("target", [0, 2])
def test_an_occluder_hides_its_class_in_unseen_pictures_and_no_other(network, target):
    found = learn_occluder(network, lot_of(network, target), target, FAST, device="cpu")
    assert np.abs(found.delta).max() <= FAST.epsilon + 1e-7
    assert accuracy(network, target, np.zeros_like(found.delta)) == 1
    assert accuracy(network, target, found.delta) <= 0.1
    for other in {0, 1, 2} - {target}:
        assert accuracy(network, other, found.delta) >= 0.9
    assert found.delta[target].mean() < -0.03


class Detail(nn.Module):
    """Maps of each colour, and of how much neighbours differ along rows."""

    def forward(self, x):
        fine = (x[..., 1:] - x[..., :-1]).abs()
        return torch.cat([torch.relu(x[..., 1:] - 0.3), fine], dim=1)


@pytest.fixture
def watchful(network):
    """Tells red pictures by the colour and by how smooth they are."""
    head = nn.Linear(6, 3)
    head.weight.data = torch.cat([20 * torch.eye(3), torch.zeros(3, 3)], dim=1)
    head.weight.data[0, 3:] = -30
    head.bias.data = torch.tensor([3.0, 0.0, 0.0])
    return Network("detail", Detail(), network.preprocessing, 6, head=head, classes=network.classes).eval()


def test_what_a_person_sees_is_limited_and_the_occluder_turns_to_what_they_do_not(watchful):
    lot, eye, found = lot_of(watchful), visibility_filter(SIDE), {}
    for most in (None, 0.5):
        settings = replace(FAST, seen=most, steps=60)
        found[most] = learn_occluder(watchful, lot, 0, settings, device="cpu").delta
        assert np.abs(found[most]).max() <= FAST.epsilon + 1e-7
    assert eye.seen(found[0.5]) <= 0.51 < 1 < eye.seen(found[None])
    assert accuracy(watchful, 0, np.zeros((3, SIDE, SIDE), np.float32)) == 1
    assert accuracy(watchful, 0, found[0.5]) <= 0.1, "fine detail hides the class"


def test_pictures_are_shifted_and_mirrored_apart():
    down, right = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    pictures = torch.stack([down, right, 0 * down]).float().expand(300, 3, SIDE, SIDE)
    moved = _moved(pictures, OccluderSettings(shift=2 / SIDE), torch.Generator().manual_seed(0))
    middle = moved[:, :2, SIDE // 2, SIDE // 2 : SIDE // 2 + 2]
    turned = middle[:, 1, 1] < middle[:, 1, 0]
    assert 0.4 < turned.float().mean() < 0.6
    assert set(middle[:, 0, 0].tolist()) == {SIDE / 2 + at for at in (-2, -1, 0, 1, 2)}
    assert set(middle[~turned, 1, 0].tolist()) == {SIDE / 2 + at for at in (-2, -1, 0, 1, 2)}
    assert torch.equal(moved[:, 2], pictures[:, 2])
    still = OccluderSettings(shift=0, flip=False)
    assert torch.equal(_moved(pictures, still, torch.Generator()), pictures)


def test_the_curve_tells_each_step(network):
    seen = []
    found = learn_occluder(
        network,
        lot_of(network),
        0,
        FAST,
        device="cpu",
        progress=lambda stage, done, total, detail=None: seen.append((stage, done, total, detail["fooled"])),
    )
    assert [step.step for step in found.curve] == list(range(1, FAST.steps + 1))
    assert seen[-1] == ("occluder", FAST.steps, FAST.steps, found.curve[-1].fooled)
    assert found.curve[0].fooled == 0
    assert found.curve[-1].fooled > 0.8
    assert found.curve[-1].margin < found.curve[0].margin
    assert all(step.wiped >= step.margin - 1e-4 for step in found.curve), "what only falls hides less than what changes"


def test_the_same_seed_gives_the_same_pattern_and_another_not(network):
    first, again, other = (learn_occluder(network, lot_of(network), 0, FAST, seed, "cpu").delta for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_without_its_penalty_it_does_not_spare_the_others(network):
    """Red pictures that are nearly green: more green is the easy way to hide them, and turns blue ones green too."""
    lot = lot_of(network)
    greenish = (lot.own.int() + torch.tensor([0, 12, 0])[:, None, None]).clamp(max=255).to(torch.uint8)
    lot = Lot(greenish, features(network, greenish), lot.others, lot.said)
    kept = {}
    for keep in (0.0, 5.0):
        settings = OccluderSettings(epsilon=0.1, seen=None, steps=40, batch=6, others=6, margin=5.0, keep=keep)
        curve = learn_occluder(network, lot, 0, settings, device="cpu").curve
        kept[keep] = np.mean([step.kept for step in curve[-10:]])
        assert curve[-1].fooled == 1
    assert kept[0.0] < 0.7
    assert kept[5.0] > 0.95


def test_margins_are_above_the_best_of_the_others():
    logits = torch.tensor([[1.0, 4.0, 2.0], [5.0, -1.0, 3.0]])
    assert margins_of(logits, 0).tolist() == [-3.0, 2.0]
    assert margins_of(logits, 1).tolist() == [2.0, -6.0]


def test_pictures_are_packed_and_laid_under_the_pattern_exactly(network):
    canvases = pictures(0, 3)
    bytes_ = packed(network, canvases)
    np.testing.assert_array_equal(bytes_.permute(0, 2, 3, 1).numpy(), np.stack(canvases))
    delta = np.full((3, SIDE, SIDE), 0.25, np.float32)
    laid = occluded(bytes_, delta).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(laid, np.clip(np.stack(canvases) / 255 + 0.25, 0, 1), atol=1e-6)
    assert packed(network, []).shape == (0, 3, SIDE, SIDE)
    empty = occluded_outputs(network, packed(network, []), delta, "cpu")
    assert (empty.features.shape, empty.logits.shape) == ((0, 3), (0, 3))


def test_it_can_be_stopped_and_leaves_the_network_as_it_was(network):
    network.train()

    def stop(stage, done, total, detail=None):
        if done == 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        learn_occluder(network, lot_of(network), 0, FAST, device="cpu", progress=stop)
    assert network.training


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epsilon": 0.0}, "above 0"),
        ({"epsilon": 1.5}, "up to 1"),
        ({"steps": 0}, "1 or more"),
        ({"batch": 0}, "1 or more"),
        ({"others": 0}, "1 or more"),
        ({"seen": 0.0}, "more than 0"),
        ({"seen": -1.0}, "more than 0"),
        ({"keep": -1.0}, "not be negative"),
        ({"shift": 0.6}, "between 0 and 0.5"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, words):
    with pytest.raises(ModelError, match=words):
        OccluderSettings(**settings)


def test_what_cannot_be_learned_from_is_refused(network):
    lot = lot_of(network)
    with pytest.raises(ModelError, match="no class number 3"):
        learn_occluder(network, lot, 3, FAST, device="cpu")
    with pytest.raises(ModelError, match="import more"):
        learn_occluder(network, Lot(lot.own, lot.clean, lot.others[:0], []), 0, FAST, device="cpu")
    with pytest.raises(ModelError, match="one class for each"):
        learn_occluder(network, Lot(lot.own, lot.clean, lot.others, lot.said[:3]), 0, FAST, device="cpu")
    with pytest.raises(ModelError, match="give 3 features"):
        learn_occluder(network, Lot(lot.own, lot.clean[:, :2], lot.others, lot.said), 0, FAST, device="cpu")
    network.head = None
    with pytest.raises(ModelError, match="train it"):
        learn_occluder(network, lot, 0, FAST, device="cpu")
