"""Settings of a Proto-CNN and its training, validated on creation (AS-XAI, Sections 2.2 and 3.1)."""

from dataclasses import dataclass, fields
from typing import Literal

from sxai.errors import SpaceError

Start = Literal["patches", "normal"]
STARTS: tuple[Start, ...] = ("patches", "normal")


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms of the loss; that of the cross-entropy is 1.

    All terms are written so that smaller is better, hence no weight is negative: the paper prints −0.08 and −10⁻⁷ for
    two of them, with the signs of its equations reversed.
    """

    orthonormality: float = 1.0
    subspaces: float = 1e-7
    separation: float = 0.08
    aggregation: float = 0.8

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 0:
                raise SpaceError(
                    f"the weight of {field.name} is {getattr(self, field.name)}: a negative one would reward what the "
                    "term is there to prevent; give 0 or more."
                )


@dataclass(frozen=True)
class ProtoSettings:
    """A Proto-CNN and its training.

    Attributes
    ----------
    per_class
        basis vectors M of each class; the paper says 100, which cannot be orthonormal unless M ≤ width.
    width
        channels D of the embedding.
    sigma
        deviation of the noise added to basis vectors in training.
    rounds
        number of rounds of the three stages.
    warm_up, joint
        passes over the images before the first round, and in each round (the paper's N₁ and N₂).
    head_steps
        steps of the convex fit of the last layer in each round.
    l1
        penalty on the weights between basis vectors and the classes that they do not belong to.
    start
        where basis vectors begin: at centres of the class's patches, or at normal noise (paper).
    """

    per_class: int = 20
    width: int = 128
    sigma: float = 0.01
    rounds: int = 2
    warm_up: int = 2
    joint: int = 5
    head_steps: int = 100
    batch: int = 32
    rate: float = 3e-3
    l1: float = 1e-4
    start: Start = "patches"
    seed: int = 0
    weights: LossWeights = LossWeights()

    def __post_init__(self) -> None:
        if not 1 <= self.per_class <= self.width:
            raise SpaceError(
                f"{self.per_class} basis vectors of {self.width} entries cannot be orthonormal: ask for at most "
                f"{self.width} for each class, or for a wider embedding."
            )
        if min(self.rounds, self.joint, self.batch) < 1 or min(self.warm_up, self.head_steps) < 0:
            raise SpaceError("rounds, passes and batch must be 1 or more, warm-up and steps of the head 0 or more.")
        if self.rate <= 0 or self.sigma < 0 or self.l1 < 0:
            raise SpaceError(f"rate must be above 0, sigma and l1 not below: got {self.rate}, {self.sigma}, {self.l1}.")
        if self.start not in STARTS:
            raise SpaceError(f"basis vectors cannot start at '{self.start}'; choose one of {', '.join(STARTS)}.")
