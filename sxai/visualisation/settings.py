"""Settings of feature inversion: the paper's choices and the checks on them."""

import math
import warnings
from dataclasses import dataclass
from typing import Literal, get_args

from sxai.errors import SpaceError

Method = Literal["fast", "paper", "deep-image-prior"]

METHODS: tuple[str, ...] = get_args(Method)

MAX_STABLE_STEP = 0.125
"""Gradient descent on the regulariser alone is stable while δ · λ stays below this (for β = 2)."""

STEPS = {"fast": 400, "paper": 4000, "deep-image-prior": 1500}
"""Forward and backward passes through the network a target at most by default."""


@dataclass(frozen=True)
class InversionSettings:
    """How to minimise ``‖Φ(z) − Φ₀‖² + λ · R(z)`` (S-XAI, "Feature visualization").

    Attributes
    ----------
    method
        "paper" (gradient descent), "fast" (the same objective, see :mod:`sxai.visualisation.lbfgs`)
        or "deep-image-prior" (Supplementary Fig. 8).
    steps
        forward and backward passes at most; None takes the method's own number.
    step_size
        δ of gradient descent, halved every ``halve_every`` steps.
    weight
        λ, the weight of the regulariser (not used by the deep image prior).
    exponent
        β, the regulariser's exponent.
    tolerance
        "fast" ends when ``patience`` steps lowered the loss by less than this share.
    seed
        of the nudge of a blank start and of the deep image prior.
    """

    method: Method = "fast"
    steps: int | None = None
    step_size: float = 0.05
    halve_every: int = 1000
    weight: float = 2.0
    exponent: float = 2.0
    tolerance: float = 0.002
    patience: int = 40
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise SpaceError(f"unknown way to visualise {self.method!r}: choose {', '.join(METHODS)}")
        if self.steps is not None and self.steps < 1:
            raise SpaceError(f"{self.steps} steps asked for: give at least 1")
        if self.halve_every < 1 or self.patience < 1:
            raise SpaceError(f"halve_every={self.halve_every}, patience={self.patience}: give whole numbers from 1")
        _positive("step_size", self.step_size)
        _positive("exponent", self.exponent)
        if not (math.isfinite(self.weight) and self.weight >= 0 and self.tolerance >= 0):
            raise SpaceError(f"weight={self.weight}, tolerance={self.tolerance}: give numbers from 0")
        if self.method == "paper" and self.unstable:
            warnings.warn(
                f"step size {self.step_size:g} × weight {self.weight:g} = {self.step_size * self.weight:g}: gradient "
                f"descent is stable only below {MAX_STABLE_STEP}; a run that diverges goes on with half its step",
                stacklevel=2,
            )

    @property
    def budget(self) -> int:
        """Passes through the network a target at most."""
        return self.steps if self.steps is not None else STEPS[self.method]

    @property
    def unstable(self) -> bool:
        """Whether gradient descent would overshoot on the regulariser alone: δ · λ ≥ 0.125."""
        return self.step_size * self.weight >= MAX_STABLE_STEP


def _positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise SpaceError(f"{name}={value}: give a number above 0")
