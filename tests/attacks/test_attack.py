"""Adversarial pictures: within the ball, better than the original at the goal, and the same whatever the batch."""

import numpy as np
import pytest
import torch
from torch import nn

from sxai.attacks.attack import METHODS, AttackSettings, attack, losses, norms, projected
from sxai.errors import Cancelled, ModelError
from sxai.networks.network import Network, Preprocessing

ROUNDING = 1e-6


def network(certainty=1.0, head=True):
    """Three classes over a small convolution; ``certainty`` stretches the scores."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        body = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Tanh(), nn.Conv2d(8, 6, 3, padding=1), nn.Tanh())
        last = nn.Linear(6, 3)
        last.weight.data *= 8 * certainty
    made = Network("tiny", body, Preprocessing(10), 6, head=last if head else None, classes=("a", "b", "c") * head)
    return made.eval()


@pytest.fixture
def pictures():
    return torch.rand((5, 3, 10, 10), generator=torch.Generator().manual_seed(3))


def predicted(net, x):
    with torch.no_grad():
        return net(x).argmax(1)


def loss(net, x, goals):
    with torch.no_grad():
        return losses(net(x), torch.as_tensor(goals))


def run(net, x, goals, targeted, **settings):
    return attack(net, x, list(goals), targeted, AttackSettings(**settings), range(len(x)), "cpu")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("targeted", [True, False])
def test_an_attack_stays_in_its_ball_and_serves_its_goal(pictures, method, targeted):
    net = network()
    labels = predicted(net, pictures)
    goals = ((labels + 1) % 3 if targeted else labels).tolist()
    found = run(net, pictures, goals, targeted, method=method, epsilon=0.03, steps=12)
    assert found.dtype == torch.float32
    assert found.shape == pictures.shape
    assert found.min() >= 0
    assert found.max() <= 1
    change = (found - pictures).double()
    if method == "l2-pgd":
        assert change.square().mean(dim=(1, 2, 3)).sqrt().max() <= 0.03 + ROUNDING
        assert change.abs().max() > 0.03  # values may move further than their mean
    else:
        assert change.abs().max() <= 0.03 + ROUNDING
    gain = loss(net, found, goals) - loss(net, pictures, goals)
    assert (gain < 0).all() if targeted else (gain > 0).all()


def test_a_large_epsilon_reaches_the_target_and_more_steps_do_no_worse(pictures):
    net = network()
    goals = ((predicted(net, pictures) + 1) % 3).tolist()
    few, many = (run(net, pictures, goals, True, epsilon=0.5, steps=steps) for steps in (1, 40))
    assert predicted(net, many).tolist() == goals
    assert loss(net, many, goals).sum() < loss(net, few, goals).sum()


def test_fgsm_is_one_step_along_the_sign_of_the_gradient(pictures):
    net = network()
    labels = predicted(net, pictures)
    x = pictures.clone().requires_grad_()
    nn.functional.cross_entropy(net(x), labels, reduction="sum").backward()
    by_hand = (pictures + 0.02 * x.grad.sign()).clamp(0, 1)
    found = run(net, pictures, labels.tolist(), False, method="fgsm", epsilon=0.02)
    torch.testing.assert_close(found, by_hand, atol=ROUNDING, rtol=0)


def test_pgd_of_one_step_without_a_random_start_is_fgsm(pictures):
    net = network()
    goals = predicted(net, pictures).tolist()
    one = run(net, pictures, goals, False, epsilon=0.02, steps=1, random_start=False)
    torch.testing.assert_close(one, run(net, pictures, goals, False, method="fgsm", epsilon=0.02))


def test_a_random_start_depends_on_the_picture_s_seed_alone(pictures):
    net = network()
    goals = predicted(net, pictures).tolist()
    settings = AttackSettings(epsilon=0.02, steps=5)
    together = attack(net, pictures, goals, False, settings, [7, 8, 9, 10, 11], "cpu")
    again = attack(net, pictures, goals, False, settings, [7, 8, 9, 10, 11], "cpu")
    assert torch.equal(together, again)
    order = [3, 0]
    apart = attack(net, pictures[order], [goals[i] for i in order], False, settings, [10, 7], "cpu")
    assert torch.equal(apart, together[order])
    alone = attack(net, pictures[2:3], goals[2:3], False, settings, [9], "cpu")
    assert torch.equal(alone, together[2:3])
    other = attack(net, pictures, goals, False, settings, [1, 2, 3, 4, 5], "cpu")
    assert not torch.equal(other, together)


def test_more_pictures_than_a_batch_are_attacked_with_progress(pictures):
    net = network()
    many = torch.cat([pictures] * 4)[:18]
    told = []
    settings = AttackSettings(method="fgsm", epsilon=0.02)
    found = attack(
        net,
        many,
        [0] * 18,
        True,
        settings,
        range(18),
        "cpu",
        lambda stage, done, total, detail=None: told.append((stage, done, total)),
    )
    assert len(found) == 18
    assert list(dict.fromkeys(told)) == [("attack", 0, 18), ("attack", 8, 18), ("attack", 16, 18)]


@pytest.mark.parametrize("method", METHODS)
def test_progress_is_told_at_every_step(pictures, method):
    told = []
    settings = AttackSettings(method=method, steps=3)
    attack(
        network(),
        pictures,
        [0] * 5,
        True,
        settings,
        range(5),
        "cpu",
        lambda stage, done, total, detail=None: told.append(detail),
    )
    steps = 1 if method == "fgsm" else 3
    assert told == [{"step": step, "steps": steps} for step in range(steps)]


def test_progress_may_stop_an_attack_and_the_network_is_left_as_it_was(pictures):
    net = network().train()

    def stop(stage, done, total, detail=None):
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        attack(net, pictures, [0] * 5, True, AttackSettings(), range(5), "cpu", stop)
    run(net, pictures, [0] * 5, True, steps=1)
    assert net.training
    assert all(parameter.requires_grad and parameter.grad is None for parameter in net.parameters())


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_is_certain_to_the_last_digit_can_be_attacked(pictures, method):
    net = network(certainty=40.0)
    labels = predicted(net, pictures)
    in_single_precision = nn.functional.cross_entropy(net(pictures), labels, reduction="none")
    assert (in_single_precision == 0).any()
    found = run(net, pictures, labels.tolist(), False, method=method, epsilon=0.05, steps=5)
    moved = (found - pictures).abs().amax(dim=(1, 2, 3))
    assert (moved > 0.01).all()
    assert (loss(net, found, labels) > loss(net, pictures, labels)).all()


def test_losses_are_the_cross_entropy(rng):
    logits = torch.from_numpy(rng.normal(size=(4, 3))).float()
    by_hand = -np.log(np.exp(logits.numpy()) / np.exp(logits.numpy()).sum(1, keepdims=True))[range(4), [0, 2, 1, 0]]
    np.testing.assert_allclose(losses(logits, torch.tensor([0, 2, 1, 0])), by_hand, rtol=1e-6)


def test_the_nearest_point_is_within_the_ball_and_the_unit_range():
    clean = torch.tensor([0.0, 0.5, 0.99, 0.5])
    found = projected(torch.tensor([-0.3, 0.9, 1.4, 0.52]), clean, 0.1)
    torch.testing.assert_close(found, torch.tensor([0.0, 0.6, 1.0, 0.52]))


def test_norms_by_hand():
    clean = np.zeros((3, 2, 2))
    other = clean.copy()
    other[0, 0, 0], other[1, 1, 1] = 0.3, -0.4
    found = norms(clean, other)
    assert (found.largest, found.l2) == pytest.approx((0.4, 0.5))
    assert (found.rms, found.changed) == pytest.approx((0.5 / 12**0.5, 2 / 12))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"method": "magic"}, "pgd, fgsm, l2-pgd"),
        ({"epsilon": 0.0}, "ε is 0.0"),
        ({"epsilon": 1.5}, "ε is 1.5"),
        ({"epsilon": float("nan")}, "ε is nan"),
        ({"steps": 0}, "0 steps"),
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong, told):
    with pytest.raises(ModelError, match=told):
        AttackSettings(**wrong)


def test_what_cannot_be_attacked_is_told(pictures):
    settings = AttackSettings()
    with pytest.raises(ModelError, match="no classes yet"):
        attack(network(head=False), pictures, [0] * 5, True, settings, range(5))
    with pytest.raises(ModelError, match="5 pictures, 4 classes and 5 seeds"):
        attack(network(), pictures, [0] * 4, True, settings, range(5))
    with pytest.raises(ModelError, match="class number 3"):
        attack(network(), pictures, [0, 1, 2, 3, 0], True, settings, range(5))


def test_no_pictures_are_attacked_into_none():
    assert attack(network(), torch.empty(0, 3, 10, 10), [], True, AttackSettings(), []).shape == (0, 3, 10, 10)


def test_the_stride_of_the_paper():
    assert AttackSettings(epsilon=0.05).stride == pytest.approx(2.5 * 0.05 / 40)
