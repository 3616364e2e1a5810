"""Settings and outcome of a search for the best combination of superpixels."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from sxai.errors import SpaceError

Method = Literal["flips", "genetic", "script", "exhaustive"]
Mutation = Literal["per-genome", "per-gene"]
Ranking = Literal["auto", "float32", "bfloat16"]

Climb = Generator[np.ndarray, np.ndarray, None]
"""A search of one picture: yields genomes (m, N_sp) bool, is sent their fitness (m,), and returns when done."""

MAX_EXHAUSTIVE = 16
"""The most superpixels for which every combination is tried."""


@dataclass(frozen=True)
class SearchSettings:
    """Settings of a search (method.md, section 3).

    Attributes
    ----------
    method
        "flips" (ours), "genetic" (the paper), "script" (the authors' script: genetic with every gene
        flipped with the probability of mutation, and without the untouched picture) or "exhaustive".
    population, generations
        genomes a generation, and generations, of the genetic search.
    mutation
        what mutates with ``mutation_probability``: a genome (each gene then flips with probability
        1 / N_sp), or every gene by itself.
    include_full
        whether the untouched picture is in the first generation.
    superpixels
        number of superpixels asked of SLIC, if the caller makes them.
    budget
        largest number of combinations to evaluate for a picture; None is the method's default.
    ranking
        precision in which combinations are compared. "auto" is bfloat16 if the device is fast in it. Reported values
        are always float32.
    seed
        of all random choices; a picture's result depends on it and on the picture alone.
    """

    method: Method = "flips"
    population: int = 50
    generations: int = 50
    mutation: Mutation = "per-genome"
    mutation_probability: float = 0.5
    include_full: bool = True
    superpixels: int = 40
    budget: int | None = None
    ranking: Ranking = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, kind in (("method", Method), ("mutation", Mutation), ("ranking", Ranking)):
            if getattr(self, name) not in get_args(kind):
                choices = ", ".join(get_args(kind))
                raise SpaceError(f"a search has no {name} {getattr(self, name)!r}: choose one of {choices}")
        for name, least in (("population", 2), ("generations", 1), ("superpixels", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise SpaceError(f"a search needs {name} ≥ {least}, not {getattr(self, name)}")
        if self.budget is not None and self.budget < 1:
            raise SpaceError(f"a search needs a budget ≥ 1 or none, not {self.budget}")
        if not 0 <= self.mutation_probability <= 1:
            raise SpaceError(f"a probability of mutation lies in 0 … 1, not {self.mutation_probability}")

    def decisive(self) -> dict[str, Any]:
        """The settings that determine this method's outcome, as JSON; part of the key of stored results."""
        names = ["method", "superpixels", "budget", "ranking", "seed"]
        if self.method in ("genetic", "script"):
            names += ["population", "generations", "mutation_probability"]
        if self.method == "genetic":
            names += ["mutation", "include_full"]
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, eq=False)
class Combination:
    """The best combination of one picture's superpixels that a search found.

    Attributes
    ----------
    genome
        (N_sp,) bool, True where a superpixel is kept.
    fitness
        log-odds of P(target) of the composed picture, in float32.
    probability
        P(target) of the composed picture, in [0, 1].
    full_fitness
        the same log-odds of the untouched picture.
    forwards
        combinations evaluated, each once.
    rechecked
        forward passes in float32 on top of them, to report true values.
    history
        (combinations evaluated, best log-odds so far), one each time it rose.
    features
        (C,) float32 of the composed picture.
    """

    genome: np.ndarray
    fitness: float
    probability: float
    full_fitness: float
    forwards: int
    rechecked: int
    history: tuple[tuple[int, float], ...]
    features: np.ndarray

    @property
    def gain(self) -> float:
        """Rise of the log-odds of the combination above the untouched picture's."""
        return self.fitness - self.full_fitness
