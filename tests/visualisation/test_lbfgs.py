import math

import pytest
import torch

from sxai.visualisation.lbfgs import Walker


def descend(function, start, steps):
    """Let a walker go; the losses it saw and the walker."""
    start = torch.tensor(start, dtype=torch.float64)

    def evaluate(point):
        point = point.detach().requires_grad_()
        loss = function(point)
        [gradient] = torch.autograd.grad(loss, point)
        return loss.item(), gradient

    walker = Walker(start, *evaluate(start))
    for _ in range(steps):
        if walker.stuck:
            break
        walker.judge(*evaluate(walker.propose()))
    return walker


def test_a_long_thin_valley_is_walked_to_its_end():
    scales = torch.logspace(0, 4, 30, dtype=torch.float64)
    walker = descend(lambda x: 0.5 * (scales * (x - 1).square()).sum(), [0.0] * 30, 300)
    assert walker.best_loss < 1e-3
    torch.testing.assert_close(walker.best, torch.ones(30, dtype=torch.float64), atol=0.05, rtol=0)


def test_a_curved_valley_is_walked_to_its_end():
    def rosenbrock(x):
        return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    assert descend(rosenbrock, [-1.2, 1.0], 200).best_loss < 1e-8


def test_a_loss_that_is_not_finite_is_walked_away_from():
    def cliff(x):
        return (x - 3).square().sum() + torch.where(x > 4, math.inf, 0.0).sum()

    walker = descend(cliff, [-20.0, 3.9], 100)
    assert walker.best_loss < 1e-6


def test_the_best_point_is_kept_when_a_step_rises_within_the_last_few_losses():
    walker = descend(lambda x: x.abs().sum() + 0.1 * torch.sin(20 * x).sum(), [4.0, -3.0], 120)
    point = walker.best
    assert walker.best_loss == pytest.approx(float(point.abs().sum() + 0.1 * torch.sin(20 * point).sum()))
    assert walker.best_loss <= min(walker.recent)


def test_without_a_slope_it_is_stuck_at_once():
    assert descend(lambda x: (0 * x).sum() + 1.0, [1.0, 2.0], 5).stuck


def test_at_a_kink_it_gives_up_after_a_while():
    walker = descend(lambda x: torch.where(x == 0, x, x.abs() + 1).sum(), [0.0], 100)
    assert walker.stuck
    assert walker.best_loss == 0
