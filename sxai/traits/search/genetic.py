"""The paper's genetic search, and its variant in the authors' script (S-XAI, supplement S.2)."""

from dataclasses import replace

import numpy as np

from sxai.traits.search.settings import Climb, SearchSettings


def parity(settings: SearchSettings) -> SearchSettings:
    """``settings`` of the authors' script: every gene flips by itself, no untouched picture."""
    return replace(settings, mutation="per-gene", include_full=False)


def genetic(genes: int, settings: SearchSettings, rng: np.random.Generator) -> Climb:
    """Generations of genomes: the better half survives, new ones join, pairs swap segments, some mutate.

    The best genome of a generation stays as it is.
    """
    genomes = rng.random((settings.population, genes)) < 0.5
    if settings.include_full:
        genomes[0] = True
    for _ in range(settings.generations):
        fitness = yield genomes
        genomes = next_generation(genomes, fitness, settings, rng)


def next_generation(
    genomes: np.ndarray, fitness: np.ndarray, settings: SearchSettings, rng: np.random.Generator
) -> np.ndarray:
    """Genomes (m, N_sp) that follow on ``genomes`` with ``fitness`` (m,); the first is the best of them, kept."""
    order = np.argsort(-fitness, kind="stable")
    best = genomes[order[0]].copy()
    survivors = genomes[order[: len(genomes) // 2]]
    newcomers = rng.random((len(genomes) - len(survivors), genomes.shape[1])) < 0.5
    children = rng.permutation(np.concatenate([survivors, newcomers]))
    swap_segments(children, rng)
    mutate(children, settings, rng)
    children[0] = best
    return children


def swap_segments(genomes: np.ndarray, rng: np.random.Generator) -> None:
    """Crossover in place: each pair (0, 1), (2, 3) … exchanges a random segment of genes."""
    genes = genomes.shape[1]
    for first in range(0, len(genomes) - 1, 2):
        start, stop = np.sort(rng.integers(0, genes + 1, 2))
        segment = genomes[first, start:stop].copy()
        genomes[first, start:stop] = genomes[first + 1, start:stop]
        genomes[first + 1, start:stop] = segment


def mutate(genomes: np.ndarray, settings: SearchSettings, rng: np.random.Generator) -> None:
    """Mutation in place, per genome (paper) or per gene (script)."""
    count, genes = genomes.shape
    if settings.mutation == "per-gene":
        flipped = rng.random((count, genes)) < settings.mutation_probability
    else:
        chosen = rng.random((count, 1)) < settings.mutation_probability
        flipped = chosen & (rng.random((count, genes)) < 1 / genes)
    genomes ^= flipped
