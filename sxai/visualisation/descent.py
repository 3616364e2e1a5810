"""The paper's feature inversion: gradient descent with a step size halved at fixed intervals."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
import torch

from sxai.visualisation.iterate import NUDGE_NOISE, Iterate, Record, noise
from sxai.visualisation.objective import Objective
from sxai.visualisation.settings import InversionSettings

MAX_NUDGES = 3
"""Largest number of times that a picture without any gradient gets noise."""


@dataclass(eq=False)
class Descent:
    """The state of a gradient descent of T targets, from which it can resume.

    ``best`` is each target's picture of lowest loss, where it returns to after a loss that is not finite; ``share``
    is what is left of its step size.
    """

    z: torch.Tensor
    best: torch.Tensor
    best_losses: torch.Tensor
    share: torch.Tensor
    nudges: torch.Tensor
    diverged: torch.Tensor
    step: int = 0

    @classmethod
    def blank(cls, objective: Objective) -> Self:
        """The state before the first step: z = 0."""
        z = objective.blank()
        zeros = torch.zeros(len(z), dtype=torch.int64)
        infinite = torch.full((len(z),), torch.inf, dtype=z.dtype, device=z.device)
        return cls(z, z.clone(), infinite, torch.ones_like(infinite), zeros, zeros.clone())

    def move(self, losses: torch.Tensor, gradient: torch.Tensor, step_size: float, seed: int) -> None:
        """One gradient step; a target that diverged returns to its best picture with half the step size."""
        lost = ~(losses.isfinite() & gradient.isfinite().flatten(1).all(dim=1))
        better = ~lost & (losses < self.best_losses)
        self.best[better], self.best_losses[better] = self.z[better], losses[better]
        flat = ~lost & (gradient.flatten(1).abs().amax(dim=1) == 0)
        self.z = self.z - (step_size * self.share)[:, None, None, None] * gradient
        self.z[lost] = self.best[lost]
        self.share[lost] /= 2
        self.diverged += lost.cpu()
        for row in torch.nonzero(flat & (self.nudges.to(flat.device) < MAX_NUDGES)).flatten().tolist():
            self.z[row] += NUDGE_NOISE * noise(self.z[row], seed + int(self.nudges[row]))
            self.nudges[row] += 1
        self.step += 1

    def remarks(self) -> tuple[tuple[str, ...], ...]:
        """By target: whether it was nudged or diverged."""
        return tuple(_remarks(int(n), int(d)) for n, d in zip(self.nudges, self.diverged, strict=True))


_TENSORS = ("z", "best", "best_losses", "share", "nudges", "diverged")


def save(path: Path, state: Descent, record: Record) -> None:
    """Write a state with its record; a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    arrays = {name: getattr(state, name).cpu().numpy() for name in _TENSORS}
    np.savez(part, **arrays, losses=np.array(record.losses), seconds=np.array(record.seconds))
    part.replace(path)


def load(path: Path, objective: Objective) -> tuple[Descent, Record]:
    """The stored state and record; the blank start when none fits the objective."""
    fresh = Descent.blank(objective)
    if not path.exists():
        return fresh, Record()
    with np.load(path) as stored:
        if stored["z"].shape != tuple(fresh.z.shape):
            return fresh, Record()
        tensors = {name: torch.from_numpy(stored[name]).to(getattr(fresh, name)) for name in _TENSORS}
        record = Record(list(stored["losses"]), stored["seconds"].tolist())
    return Descent(**tensors, step=len(record.losses)), record


def descend(objective: Objective, settings: InversionSettings, state: Descent) -> Iterator[Iterate]:
    """Gradient descent from ``state`` to the last step (S-XAI, "Feature visualization"), one iterate a step.

    It follows the paper, except for the treatment of divergence in :meth:`Descent.move`.
    """
    while state.step < settings.budget:
        at = state.z
        losses, gradient = objective.evaluate(at)
        step_size = settings.step_size * 0.5 ** (state.step // settings.halve_every)
        state.move(losses, gradient, step_size, settings.seed)
        yield Iterate(losses.cpu().double(), partial(_same, at), (state.step,) * len(at), state.remarks())
    with torch.no_grad():
        lost = ~objective.losses(state.z).isfinite()
    state.z[lost] = state.best[lost]


def _same(z: torch.Tensor) -> torch.Tensor:
    return z


def _remarks(nudges: int, diverged: int) -> tuple[str, ...]:
    remarks = []
    if nudges:
        remarks.append("the blank start had no gradient and was nudged with small noise")
    if diverged:
        remarks.append(f"the loss was not finite {diverged} times; each time it went back and halved its step")
    return tuple(remarks)
