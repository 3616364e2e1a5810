"""The state that every minimiser yields after each pass through the network."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

NUDGE_NOISE = 0.01
"""Standard deviation of the noise added to a blank start, in normalised space."""


@dataclass(frozen=True, eq=False)
class Iterate:
    """Losses and pictures of T targets after one step.

    Attributes
    ----------
    losses
        (T,) float64 on the CPU; for "paper" the loss at that step, else the lowest so far.
    pictures
        function that returns the (T, 3, S, S) pictures of these losses, in normalised space.
    steps
        by target, passes through the network so far.
    remarks
        by target, remarks for the person.
    """

    losses: torch.Tensor
    pictures: Callable[[], torch.Tensor]
    steps: tuple[int, ...]
    remarks: tuple[tuple[str, ...], ...]


@dataclass
class Record:
    """The losses (T,) of every step so far and the seconds at which they were known."""

    losses: list[np.ndarray] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = time.monotonic() - (self.seconds[-1] if self.seconds else 0.0)

    def add(self, losses: torch.Tensor) -> None:
        """Note the losses of a step that has just been made."""
        self.losses.append(losses.numpy())
        self.seconds.append(time.monotonic() - self.began)


def noise(like: torch.Tensor, seed: int) -> torch.Tensor:
    """Standard normal noise in the shape of ``like``: the same for every target, on every device."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like)
