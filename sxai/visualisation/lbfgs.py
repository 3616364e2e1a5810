"""L-BFGS: the fast minimiser of the paper's objective, in cosine coordinates of the regulariser.

Every target has its own history and line search. One pass through the network evaluates the next trial point of all.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial

import torch

from sxai.visualisation.iterate import NUDGE_NOISE, Iterate, noise
from sxai.visualisation.objective import Objective
from sxai.visualisation.settings import InversionSettings
from sxai.visualisation.smoothing import SmoothBasis, smooth_basis

HISTORY_SIZE = 12
"""History size m of L-BFGS: pairs of (step, change of gradient)."""

ARMIJO_C1 = 1e-4
"""c₁ of the Armijo condition: share of the linear decrease that a step must bring."""

LOSS_WINDOW = 4
"""Window of the non-monotone line search: the Armijo condition compares with the largest of these last losses."""

START_NOISE = (NUDGE_NOISE, 0.3, 1.0, 1.0)
"""Standard deviations of the noise, in coordinates w, at the first start and at each restart."""

DEAD_CHANNEL_LOSS = 0.9
"""Share of the first loss above which a target's channels may be dead around the blank picture."""

MAX_SHRINKS = 12
"""Largest number of shortened steps in a row; after it the history is cleared, and then the descent ends."""


class Walker:
    """L-BFGS of one target over coordinates w (flat); ``propose`` and ``judge`` take turns."""

    def __init__(self, start: torch.Tensor, loss: float, gradient: torch.Tensor) -> None:
        self.best, self.best_loss = start, loss
        self.point, self.gradient = start, gradient
        self.recent: deque[float] = deque([loss], maxlen=LOSS_WINDOW)
        self.pairs: deque[tuple[torch.Tensor, torch.Tensor, float]] = deque(maxlen=HISTORY_SIZE)
        self.shrinks = 0
        self.stuck = False
        self._aim()

    def propose(self) -> torch.Tensor:
        """The next trial point of the line search."""
        return self.point + self.step * self.direction

    def judge(self, loss: float, gradient: torch.Tensor) -> None:
        """Accept the trial point under the Armijo condition, else shorten the step."""
        if not math.isfinite(loss) or loss > max(self.recent) + ARMIJO_C1 * self.step * self.slope:
            self._come_closer(loss)
            return
        moved, turned = self.step * self.direction, gradient - self.gradient
        curvature = float(moved @ turned)
        if curvature > 1e-10 * float(turned @ turned):
            self.pairs.append((moved, turned, curvature))
        self.point, self.gradient = self.point + moved, gradient
        self.recent.append(loss)
        if loss < self.best_loss:
            self.best, self.best_loss = self.point, loss
        self.shrinks = 0
        self._aim()

    def _aim(self) -> None:
        """A new search direction from the history; without one, the negative gradient at length 1."""
        self.direction = -self._newton(self.gradient)
        self.slope = float(self.gradient @ self.direction)
        if not self.slope < 0 and self.pairs:
            self.pairs.clear()
            self._aim()
            return
        length = math.sqrt(max(-self.slope, 0.0))
        self.step = 1.0 if self.pairs else 1.0 / max(length, 1e-12)
        self.stuck = length == 0.0 or not math.isfinite(length)

    def _newton(self, gradient: torch.Tensor) -> torch.Tensor:
        """The two-loop recursion: the approximate inverse Hessian times ``gradient``."""
        result, shares = gradient.clone(), []
        for moved, turned, curvature in reversed(self.pairs):
            share = float(moved @ result) / curvature
            result -= share * turned
            shares.append(share)
        if self.pairs:
            _, turned, curvature = self.pairs[-1]
            result *= curvature / float(turned @ turned)
        for (moved, turned, curvature), share in zip(self.pairs, reversed(shares), strict=True):
            result += (share - float(turned @ result) / curvature) * moved
        return result

    def _come_closer(self, loss: float) -> None:
        """Backtracking: shorten the step by half, or to the minimum of the interpolating parabola."""
        self.shrinks += 1
        if self.shrinks > MAX_SHRINKS:
            self.shrinks = 0
            self.stuck = not self.pairs
            self.pairs.clear()
            self._aim() if not self.stuck else None
            return
        rise = loss - self.recent[-1] - self.step * self.slope
        fitted = -0.5 * self.slope * self.step / rise if math.isfinite(rise) and rise > 0 else 0.0
        self.step *= min(max(fitted, 0.1), 0.5)


class Attempt:
    """All restarts of L-BFGS for one target, from near the blank picture, in coordinates w (3, S, S) of ``basis``."""

    def __init__(self, row: int, blank: torch.Tensor, settings: InversionSettings, goal: float) -> None:
        self.row, self.goal, self.settings = row, goal, settings
        self.shape = blank.shape
        self.walker: Walker | None = None
        self.nudges, self.nudged_at = 0, 0
        self.best, self.best_loss = blank.flatten(), math.inf
        self.curve: list[float] = []

    @property
    def ended(self) -> bool:
        """Whether the goal is reached, or too little is gained and no restart is left."""
        return self.best_loss <= self.goal or (self._idle() and not self._asleep())

    def _idle(self) -> bool:
        """Whether the last ``patience`` steps since the restart gained too little."""
        patience = self.settings.patience
        if len(self.curve) - self.nudged_at <= patience or not math.isfinite(self.curve[-patience - 1]):
            return False
        return self.curve[-patience - 1] - self.curve[-1] < self.settings.tolerance * abs(self.curve[-1])

    def _asleep(self) -> bool:
        """Whether the target's channels may be inactive: hardly better than the start, with rougher starts untried."""
        return self.best_loss > DEAD_CHANNEL_LOSS * self.curve[0] and self.nudges < len(START_NOISE)

    def wants(self) -> torch.Tensor:
        """The next trial point: the walker's, or a restart from the best point with noise where the walker is stuck."""
        if self.walker is None or self.walker.stuck or self._idle():
            self.walker, self.nudged_at = None, len(self.curve)
            size = START_NOISE[min(self.nudges, len(START_NOISE) - 1)]
            self.start = self.best + size * noise(self.best, self.settings.seed + self.nudges)
            return self.start.view(self.shape)
        return self.walker.propose().view(self.shape)

    def gets(self, loss: float, gradient: torch.Tensor) -> None:
        """Continue with the loss and gradient (3, S, S) at the trial point."""
        if self.walker is not None:
            self.walker.judge(loss, gradient.flatten())
        else:
            self.nudges += 1
            if math.isfinite(loss):
                self.walker = Walker(self.start, loss, gradient.flatten())
        if self.walker is not None and self.walker.best_loss < self.best_loss:
            self.best, self.best_loss = self.walker.best, self.walker.best_loss
        self.curve.append(self.best_loss)

    def remarks(self) -> tuple[str, ...]:
        """A remark on restarts; none without any."""
        again = self.nudges - 1
        return (f"started again {again} times, from a rougher picture, where no step led down",) if again > 0 else ()


def minimise(
    objective: Objective, settings: InversionSettings, goals: Sequence[float] | None = None
) -> Iterator[Iterate]:
    """Minimise every target's loss until it reaches its goal, gains too little, or the steps are used up.

    The start is the blank picture with faint noise: on an exactly uniform one all positions of a max-pooling tie, and
    the gradient is no descent direction. Targets that have ended leave the batch.
    """
    blank = objective.blank()
    basis = smooth_basis(blank.shape[-1], blank)
    limits = [-math.inf] * len(blank) if goals is None else goals
    attempts = [Attempt(row, z, settings, goal) for row, (z, goal) in enumerate(zip(blank, limits, strict=True))]
    for _ in range(settings.budget):
        going = [attempt for attempt in attempts if not attempt.ended]
        if not going:
            return
        rows = torch.tensor([attempt.row for attempt in going], device=blank.device)
        points = torch.stack([attempt.wants() for attempt in going])
        losses, gradient = objective.evaluate(basis.to_picture(points), rows)
        for attempt, loss, slope in zip(going, losses.tolist(), basis.pull_back(gradient), strict=True):
            attempt.gets(loss, slope)
        lowest = torch.tensor([attempt.best_loss for attempt in attempts], dtype=torch.float64)
        yield Iterate(
            losses=lowest,
            pictures=partial(_pictures, basis, attempts),
            steps=tuple(len(attempt.curve) for attempt in attempts),
            remarks=tuple(attempt.remarks() for attempt in attempts),
        )


def _pictures(basis: SmoothBasis, attempts: Sequence[Attempt]) -> torch.Tensor:
    return basis.to_picture(torch.stack([attempt.best.view(attempt.shape) for attempt in attempts]))
