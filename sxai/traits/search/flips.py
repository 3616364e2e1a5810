"""Our search: flip every superpixel of the untouched picture, then propose combinations by a surrogate model.

1. The untouched picture and every single removal, which rank the superpixels by what their removal gains.
2. Nested removals along that ranking, beyond those that gain by themselves, and a few random combinations: one batch
   that finds out how removals add up.
3. Rounds of eight proposals: local searches of the upper confidence bound (UCB) of a Gaussian process fitted to all
   evaluated combinations, with small and large weights of its deviation, from the best and from perturbed ones. This
   both climbs and leaves local optima, until several rounds in a row bring nothing better.
"""

from collections.abc import Collection

import numpy as np

from sxai.traits.search.settings import Climb
from sxai.traits.search.surrogate import Surrogate, fit_surrogate

DEFAULT_BUDGET = 188
"""Combinations evaluated at most when no budget is given."""
NESTED_REMOVALS = 8
MAX_REMOVED_SHARE = 0.7
"""Share of the superpixels that the longest of the nested removals removes, at least."""
RANDOM_GENOMES = 16
DENSITIES = (0.2, 0.9)
UCB_WEIGHTS = (1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0)
"""How many standard deviations each proposal of a round adds to the expected fitness."""
MEAN_RESTART_FLIPS = 2.0
"""Mean number of flipped genes of a perturbed start."""
PATIENCE = 5
"""Rounds without a better combination after which the search ends."""
MIN_GAIN = 1e-3


def flips(genes: int, borders: np.ndarray, rng: np.random.Generator, limit: int | None = None) -> Climb:
    """Search combinations of ``genes`` superpixels, evaluating about ``limit`` at most; ``borders`` (E, 2) are the
    pairs of neighbours."""
    most = limit or DEFAULT_BUDGET
    start = np.concatenate([np.ones((1, genes), dtype=bool), ~np.eye(genes, dtype=bool)])
    fitness = yield start
    first = initial_genomes(fitness[1:], rng)
    genomes, fitness = np.concatenate([start, first]), np.concatenate([fitness, (yield first)])
    stale = 0
    while len(genomes) < most and stale < PATIENCE:
        surrogate = fit_surrogate(*_distinct(genomes, fitness), borders)
        proposals = propose(surrogate, genomes, fitness, rng)[: most - len(genomes)]
        if not len(proposals):
            return
        values = yield proposals
        stale = 0 if values.max() > fitness.max() + MIN_GAIN else stale + 1
        genomes, fitness = np.concatenate([genomes, proposals]), np.concatenate([fitness, values])


def initial_genomes(removed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Genomes to try once the fitness (N_sp,) after each single removal is known: nested removals, random ones."""
    genes = len(removed)
    ranks = np.empty(genes, dtype=int)
    ranks[np.argsort(-removed, kind="stable")] = np.arange(genes)
    longest = max(2, int(MAX_REMOVED_SHARE * genes))
    lengths = np.unique(np.linspace(min(2, genes), min(longest, genes), NESTED_REMOVALS).round())
    densities = rng.uniform(*DENSITIES, (RANDOM_GENOMES, 1))
    return np.concatenate([ranks[None] >= lengths[:, None], rng.random((RANDOM_GENOMES, genes)) < densities])


def propose(surrogate: Surrogate, genomes: np.ndarray, fitness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Up to eight new genomes of the highest upper confidence bound, from (m, N_sp) evaluated ones."""
    order = np.argsort(-fitness, kind="stable")
    taken = {genome.tobytes() for genome in genomes}
    proposals = []
    for turn, curiosity in enumerate(UCB_WEIGHTS):
        start = genomes[order[0 if turn % 2 == 0 else min(turn, len(order) - 1)]]
        if turn >= 2:
            start = start ^ (rng.random(genomes.shape[1]) < MEAN_RESTART_FLIPS / genomes.shape[1])
        best = ascend(surrogate, start, curiosity, taken)
        if best.tobytes() not in taken:
            taken.add(best.tobytes())
            proposals.append(best)
    return np.array(proposals, dtype=bool).reshape(-1, genomes.shape[1])


def ascend(surrogate: Surrogate, start: np.ndarray, ucb_weight: float, taken: Collection[bytes]) -> np.ndarray:
    """The genome (N_sp,) of the highest UCB reached from ``start`` by single flips, avoiding those ``taken``."""
    here, height = start, -np.inf
    if start.tobytes() not in taken:
        height = float(_upper_confidence_bound(surrogate, start[None], ucb_weight)[0])
    single = np.eye(len(start), dtype=bool)
    while True:
        around = here ^ single
        promise = _upper_confidence_bound(surrogate, around, ucb_weight)
        promise[[genome.tobytes() in taken for genome in around]] = -np.inf
        best = int(np.argmax(promise))
        if promise[best] <= height:
            return here
        here, height = around[best], float(promise[best])


def _upper_confidence_bound(surrogate: Surrogate, genomes: np.ndarray, ucb_weight: float) -> np.ndarray:
    expected, deviation = surrogate.guess(genomes)
    return expected + ucb_weight * deviation


def _distinct(genomes: np.ndarray, fitness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Genomes without duplicates, which occur with few superpixels."""
    _, places = np.unique(genomes, axis=0, return_index=True)
    return genomes[np.sort(places)], fitness[np.sort(places)]
