import warnings

import numpy as np
import pytest
import torch
from inversion_toys import network, reachable, shown_features
from torch import nn

from sxai.demo.network import load_demo_network
from sxai.errors import Cancelled, SpaceError
from sxai.networks.network import Preprocessing
from sxai.visualisation.inversion import invert
from sxai.visualisation.settings import InversionSettings

PAPER = InversionSettings(method="paper", steps=60)
FAST = InversionSettings(method="fast", steps=60)
PRIOR = InversionSettings(method="deep-image-prior", steps=15)
EVERY = pytest.mark.parametrize("settings", [PAPER, FAST, PRIOR], ids=lambda settings: settings.method)


def cancelling(after):
    def progress(stage, done, total, detail=None):
        if done == after:
            raise Cancelled("stopped")

    return progress


def test_gradient_descent_takes_the_papers_steps():
    net = network(dtype=torch.float64)
    targets = reachable(net, 1)
    settings = InversionSettings(method="paper", steps=7, halve_every=3)
    z = torch.zeros(1, 3, 12, 12, dtype=torch.float64)
    losses = []
    for step in range(7):
        z.requires_grad_()
        across, down = z[..., 1:] - z[..., :-1], z[..., 1:, :] - z[..., :-1, :]
        misfit = ((shown_features(net, z) - torch.tensor(targets)) ** 2).sum()
        loss = misfit + 2 * (across.square().sum() + down.square().sum())
        losses.append(loss.item())
        z = (z - 0.05 * 0.5 ** (step // 3) * torch.autograd.grad(loss, z)[0]).detach()
    [found] = invert(net, targets, settings, device="cpu")
    np.testing.assert_allclose(found.curve, losses, rtol=1e-9)
    np.testing.assert_allclose(found.z, z[0], atol=1e-6)


@EVERY
def test_the_units_that_a_network_is_fed_in_make_no_difference(settings):
    """The same function of pixels, once for values from 0 to 1 and once for values from 0 to 255."""
    small, large = network(dtype=torch.float64), network(dtype=torch.float64)
    large.use_preprocessing(Preprocessing(12, (127.5, 102.0, 76.5), (1.0, 1.0, 1.0), scale=255.0))
    with torch.no_grad():
        large.body[0].weight /= 255 * torch.tensor([0.2, 0.3, 0.4], dtype=torch.float64).reshape(1, 3, 1, 1)
    targets = reachable(small, 1)
    [first], [last] = (invert(net, targets, settings, device="cpu") for net in (small, large))
    np.testing.assert_allclose(last.curve, first.curve, rtol=1e-4)
    np.testing.assert_allclose(last.z, first.z, atol=1e-3)


@EVERY
def test_a_batch_gives_what_each_target_gives_alone(settings):
    net = network(dtype=torch.float64)
    targets = reachable(net, 3)
    together = invert(net, targets, settings, device="cpu")
    for target, found in zip(targets, together, strict=True):
        [alone] = invert(net, target, settings, device="cpu")
        np.testing.assert_allclose(found.loss, alone.loss, rtol=1e-6)
        np.testing.assert_allclose(found.curve, alone.curve, rtol=1e-6)


@EVERY
def test_the_same_seed_gives_the_same_picture(settings):
    net = network()
    first, second = (invert(net, reachable(net, 2), settings, device="cpu") for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.picture, other.picture)
        assert np.array_equal(one.z, other.z)


@EVERY
def test_the_loss_falls_and_is_that_of_the_picture(settings):
    net = network()
    targets = reachable(net, 2)
    for target, found in zip(targets, invert(net, targets, settings, device="cpu"), strict=True):
        with torch.no_grad():
            features = shown_features(net, torch.tensor(found.z)[None])[0].numpy()
        np.testing.assert_allclose(found.features, features, rtol=1e-4)
        np.testing.assert_allclose(found.misfit, ((features - target) ** 2).sum(), rtol=1e-3)
        weight = 0 if settings.method == "deep-image-prior" else settings.weight
        assert found.loss == pytest.approx(found.misfit + weight * found.variation)
        assert found.loss < found.blank_loss
        assert found.loss <= found.curve[0]
        assert found.steps == settings.steps == len(found.seconds)
        assert (np.diff(found.seconds) >= 0).all()
        assert found.picture.shape == (12, 12, 3)
        assert found.picture.std() > 0


def test_the_fast_method_reaches_the_papers_final_loss_in_a_quarter_of_the_passes():
    net = load_demo_network()
    targets = np.maximum(np.random.default_rng(1).normal(0.3, 1.0, (2, net.channels)), 0) * 2
    paper = invert(net, targets, InversionSettings(method="paper", steps=120, halve_every=30), device="cpu")
    goals = [found.loss for found in paper]
    fast = invert(net, targets, InversionSettings(method="fast", steps=30), goals, device="cpu")
    for found, goal in zip(fast, goals, strict=True):
        assert found.reached
        assert found.loss <= goal * 1.0001
        assert found.steps < 30


def test_a_target_leaves_the_batch_when_its_goal_is_reached():
    net = network()
    targets = reachable(net, 2)
    free = invert(net, targets, FAST, device="cpu")
    easy, hard = invert(net, targets, FAST, [free[0].blank_loss, 0.0], device="cpu")
    assert easy.reached
    assert not hard.reached
    assert easy.steps < 10 < hard.steps


def test_it_ends_by_itself_when_nothing_more_is_gained():
    net = network()
    [found] = invert(net, reachable(net, 1), InversionSettings(steps=5000, tolerance=0.05, patience=10), device="cpu")
    assert found.steps < 1000


def test_a_gradient_descent_that_was_stopped_goes_on_where_it_was(tmp_path):
    net = network()
    targets = reachable(net, 2)
    whole = invert(net, targets, PAPER, device="cpu")
    path = tmp_path / "state.npz"
    with pytest.raises(Cancelled):
        invert(net, targets, PAPER, device="cpu", progress=cancelling(23), checkpoint=path)
    seen = []
    rest = invert(
        net,
        targets,
        PAPER,
        device="cpu",
        checkpoint=path,
        progress=lambda stage, done, total, detail=None: seen.append(done),
    )
    assert seen[0] == 24
    for one, other in zip(whole, rest, strict=True):
        assert np.array_equal(one.z, other.z)
        assert np.array_equal(one.curve, other.curve)


def test_a_checkpoint_of_other_targets_is_not_taken(tmp_path):
    net = network()
    path = tmp_path / "state.npz"
    with pytest.raises(Cancelled):
        invert(net, reachable(net, 2), PAPER, device="cpu", progress=cancelling(9), checkpoint=path)
    [found] = invert(net, reachable(net, 1), PAPER, device="cpu", checkpoint=path)
    assert found.steps == PAPER.steps


def test_the_network_is_left_as_it_was():
    net = network().train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    invert(net, reachable(net, 1), PRIOR, device="cpu")
    assert net.training
    assert all(weights.requires_grad and weights.grad is None for weights in net.parameters())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_early_results_are_reported():
    net = network()
    seen = []

    def look(step, losses, pictures):
        return {"step": step, "losses": losses, "shape": pictures()[1].shape}

    def progress(stage, done, total, detail=None):
        seen.append((stage, done, total, detail))

    invert(net, reachable(net, 2), FAST, device="cpu", progress=progress, look=look)
    stage, done, total, detail = seen[4]
    assert (stage, done, total) == ("visualise", 5, 60)
    assert detail["step"] == 5
    assert len(detail["losses"]) == 2
    assert detail["shape"] == (12, 12, 3)


def test_a_run_that_diverges_halves_its_step_and_goes_on():
    net = network(dtype=torch.float32)
    targets = np.stack([reachable(net, 1)[0], np.full(6, 1e12)])
    with pytest.warns(UserWarning, match="stable only below"):
        settings = InversionSettings(method="paper", steps=400, step_size=1.0, weight=2.0)
    calm, wild = invert(net, targets, settings, device="cpu")
    assert any("halved its step" in remark for remark in calm.remarks)
    for found in (calm, wild):
        assert np.isfinite(found.z).all()
        assert np.isfinite(found.loss)
    assert calm.loss < calm.blank_loss


def test_a_blank_start_without_gradient_is_nudged():
    body = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.ReLU())
    net = network(body=body)
    for settings in (PAPER, FAST):
        [found] = invert(net, reachable(net, 1), settings, device="cpu")
        assert found.loss < found.blank_loss
        assert found.picture.std() > 0
    assert any("nudged" in remark for remark in invert(net, reachable(net, 1), PAPER, device="cpu")[0].remarks)


def test_channels_that_are_dead_around_the_blank_picture_are_woken():
    body = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU())
    net = network(body=body)
    with torch.no_grad():
        body[0].bias[1:3] = -0.8
        body[0].weight[[0, 3, 4, 5]] = 0
    target = np.array([0, 3.0, 3.0, 0, 0, 0])
    [found] = invert(net, target, InversionSettings(steps=400, patience=15), device="cpu")
    assert found.features[1:3].min() > 0.2
    assert any("started again" in remark for remark in found.remarks)


def test_a_network_without_any_gradient_gives_a_remark_and_no_black_picture():
    body = nn.Sequential(nn.Conv2d(3, 6, 1), nn.ReLU())
    net = network(body=body)
    with torch.no_grad():
        body[0].weight.zero_()
        body[0].bias.fill_(-1)
    for settings in (PAPER, FAST):
        [found] = invert(net, np.ones(6), settings, device="cpu")
        assert found.picture.max() > 0
        assert any("no closer to the target than a blank picture" in remark for remark in found.remarks)


def test_goals_must_be_one_a_target():
    net = network()
    with pytest.raises(SpaceError, match="1 goals for 2 targets"):
        invert(net, reachable(net, 2), FAST, [1.0], device="cpu")


def test_the_papers_settings_are_stable_and_give_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settings = InversionSettings(method="paper")
    assert (settings.step_size, settings.weight, settings.exponent) == (0.05, 2.0, 2.0)
    assert (settings.budget, settings.halve_every) == (4000, 1000)
    assert not settings.unstable


@pytest.mark.parametrize("step_size", [0.0625, 0.1])
def test_an_unstable_step_is_warned_of(step_size):
    with pytest.warns(UserWarning, match="stable only below 0.125"):
        InversionSettings(method="paper", step_size=step_size)


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "magic"},
        {"steps": 0},
        {"step_size": 0.0},
        {"step_size": float("nan")},
        {"weight": -1.0},
        {"weight": float("inf")},
        {"exponent": 0.0},
        {"halve_every": 0},
        {"patience": 0},
        {"tolerance": -0.1},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SpaceError):
        InversionSettings(**wrong)
