import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sxai.traits.search.flips import (
    DEFAULT_BUDGET,
    NESTED_REMOVALS,
    RANDOM_GENOMES,
    UCB_WEIGHTS,
    ascend,
    flips,
    initial_genomes,
    propose,
)
from sxai.traits.search.surrogate import fit_surrogate


def chain(genes):
    """Neighbours of superpixels in a row."""
    return np.stack([np.arange(genes - 1), np.arange(1, genes)], axis=1)


def landscape(genes, seed):
    """A fitness of single genes, of neighbours and of a few other pairs, as superpixels act: (m, genes) → (m,)."""
    rng = np.random.default_rng(seed)
    single = rng.normal(size=genes)
    near = np.eye(genes, k=1, dtype=bool)
    double = np.triu(rng.normal(size=(genes, genes)), 1) * (near | (rng.random((genes, genes)) < 0.1))
    return lambda genomes: genomes @ single + np.einsum("ni,ij,nj->n", genomes * 1.0, double, genomes * 1.0)


def climbed(genes, fitness, limit=None, seed=0):
    """Everything that a search asks for, request by request."""
    climb = flips(genes, chain(genes), np.random.default_rng(seed), limit)
    asked = [next(climb)]
    try:
        while True:
            asked.append(climb.send(fitness(asked[-1])))
    except StopIteration:
        return asked


def optimum(genes, fitness):
    return fitness((np.arange(2**genes)[:, None] >> np.arange(genes)) & 1 == 0).max()


def test_it_begins_with_the_untouched_picture_and_every_single_removal():
    first, second, *rounds = climbed(12, landscape(12, 0))
    assert first[0].all()
    np.testing.assert_array_equal(~first[1:], np.eye(12, dtype=bool))
    assert second.shape == (NESTED_REMOVALS + RANDOM_GENOMES - 1, 12)  # two of the eight lengths of 2 … 8 fall together
    assert all(len(each) <= len(UCB_WEIGHTS) for each in rounds)


def test_the_opening_removes_what_gains_most_first():
    removed = np.array([0.5, 3.0, -1.0, 2.0, -2.0, 1.0, 0.0, -3.0, -4.0, -5.0])
    tried = initial_genomes(removed, np.random.default_rng(0))
    nested = tried[:-RANDOM_GENOMES]
    order = np.argsort(-removed)
    for genome in nested:
        gone = np.flatnonzero(~genome)
        assert set(gone) == set(order[: len(gone)])
    assert [(~genome).sum() for genome in nested] == sorted({(~genome).sum() for genome in nested})
    assert ((~nested).sum(axis=1).min(), (~nested).sum(axis=1).max()) == (2, 7)


@examples(max_examples=12)
@given(st.integers(0, 2**32 - 1))
def test_nothing_is_proposed_twice_and_the_limit_holds(seed):
    asked = climbed(9, landscape(9, seed), 70, seed)
    proposals = np.concatenate(asked[2:]) if len(asked) > 2 else np.empty((0, 9), bool)
    before = {genome.tobytes() for genome in np.concatenate(asked[:2])}
    assert len(np.unique(proposals, axis=0)) == len(proposals)
    assert not before & {genome.tobytes() for genome in proposals}
    assert sum(map(len, asked)) <= 70


def test_the_same_seed_gives_the_same_search():
    fitness = landscape(9, 3)
    for one, other in zip(climbed(9, fitness, 60, 5), climbed(9, fitness, 60, 5), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("genes", [1, 2, 3])
def test_few_superpixels_are_searched_to_the_end(genes):
    fitness = landscape(genes, 1)
    asked = np.concatenate(climbed(genes, fitness))
    assert fitness(asked).max() == pytest.approx(optimum(genes, fitness))


def test_the_optimum_of_small_landscapes_is_found():
    found = []
    for seed in range(6):
        fitness = landscape(11, seed)
        asked = np.concatenate(climbed(11, fitness, seed=seed))
        assert len(asked) <= DEFAULT_BUDGET
        found.append(fitness(asked).max() >= optimum(11, fitness) - 1e-9)
    assert np.mean(found) >= 0.8


def test_a_proposal_is_a_peak_of_the_surrogate(rng):
    genomes = np.unique(rng.random((30, 8)) < 0.5, axis=0)
    fitness = landscape(8, 2)(genomes)
    surrogate = fit_surrogate(genomes, fitness, chain(8))
    taken = {genome.tobytes() for genome in genomes}
    for ucb_weight in (0.0, 1.0):
        peak = ascend(surrogate, genomes[0], ucb_weight, taken)
        around = [flip for flip in peak ^ np.eye(8, dtype=bool) if flip.tobytes() not in taken]
        expected, deviation = surrogate.guess(np.array([peak, *around]))
        promise = expected + ucb_weight * deviation
        assert peak.tobytes() not in taken
        assert promise.argmax() == 0
    assert len(propose(surrogate, genomes, fitness, rng)) == len(UCB_WEIGHTS)


def test_when_all_is_known_nothing_is_proposed(rng):
    genomes = (np.arange(8)[:, None] >> np.arange(3)) & 1 == 0
    fitness = landscape(3, 0)(genomes)
    assert propose(fit_surrogate(genomes, fitness, chain(3)), genomes, fitness, rng).shape == (0, 3)
