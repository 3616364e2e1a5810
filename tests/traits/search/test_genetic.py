from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.traits.search.genetic import genetic, mutate, next_generation, parity, swap_segments
from sxai.traits.search.settings import SearchSettings


def climbed(genes, settings, fitness, seed=0):
    """All generations of a climb on a function of genomes."""
    climb = genetic(genes, settings, np.random.default_rng(seed))
    generations = [next(climb)]
    for _ in range(settings.generations - 1):
        generations.append(climb.send(fitness(generations[-1])))
    with pytest.raises(StopIteration):
        climb.send(fitness(generations[-1]))
    return generations


def test_fifty_generations_of_fifty():
    generations = climbed(10, SearchSettings("genetic"), lambda genomes: genomes.sum(axis=1) * 1.0)
    assert len(generations) == 50
    assert {each.shape for each in generations} == {(50, 10)}
    assert generations[0][0].all()
    assert not climbed(10, parity(SearchSettings()), lambda genomes: genomes[:, 0] * 1.0)[0][0].all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(["per-genome", "per-gene"]))
def test_the_best_is_kept_as_it_is(seed, mutation):
    rng = np.random.default_rng(seed)
    weights = rng.integers(-50, 50, 8)
    settings = SearchSettings("genetic", population=6, generations=5, mutation=mutation)
    generations = climbed(8, settings, lambda genomes: genomes @ weights, seed)
    best = [(each @ weights).max() for each in generations]
    assert best == sorted(best)
    for before, after in pairwise(generations):
        np.testing.assert_array_equal(after[0], before[np.argmax(before @ weights)])


def test_half_survives_and_half_is_new():
    settings = SearchSettings("genetic", population=40, mutation_probability=0.0)
    genomes = np.zeros((40, 200), dtype=bool)
    genomes[:20] = True  # the better half
    following = next_generation(genomes, np.r_[np.ones(20), np.zeros(20)], settings, np.random.default_rng(0))
    # 20 survivors of ones and 20 newcomers of chance hold about three quarters of ones, however segments were swapped.
    assert 0.72 < following[1:].mean() < 0.79


@given(st.integers(0, 2**32 - 1))
def test_swapping_moves_genes_between_the_two_of_a_pair_only(seed):
    rng = np.random.default_rng(seed)
    genomes = rng.random((7, 9)) < 0.5
    swapped = genomes.copy()
    swap_segments(swapped, rng)
    np.testing.assert_array_equal(swapped[6], genomes[6])
    for first in (0, 2, 4):
        pair = genomes[first : first + 2]
        np.testing.assert_array_equal(swapped[first : first + 2].sum(axis=0), pair.sum(axis=0))


def test_a_swapped_segment_has_no_gaps():
    genomes = np.zeros((2, 50), dtype=bool)
    genomes[1] = True
    for seed in range(20):
        swapped = genomes.copy()
        swap_segments(swapped, np.random.default_rng(seed))
        assert np.count_nonzero(np.diff(swapped[0].astype(int))) <= 2


def test_per_genome_mutation_flips_one_gene_of_half_the_genomes():
    genomes = np.zeros((4000, 40), dtype=bool)
    mutate(genomes, SearchSettings("genetic"), np.random.default_rng(0))
    assert genomes.sum(axis=1).mean() == pytest.approx(0.5, abs=0.05)
    # Left alone: half of them, and those of the other half for which no gene was drawn.
    assert (genomes.sum(axis=1) == 0).mean() == pytest.approx(0.5 + 0.5 * (1 - 1 / 40) ** 40, abs=0.03)


def test_per_gene_mutation_makes_a_child_independent_of_its_parents():
    genomes = np.ones((4000, 40), dtype=bool)
    mutate(genomes, parity(SearchSettings()), np.random.default_rng(0))
    assert genomes.mean() == pytest.approx(0.5, abs=0.01)


def test_no_mutation_changes_nothing():
    genomes = np.random.default_rng(0).random((5, 5)) < 0.5
    copy = genomes.copy()
    for mutation in ("per-genome", "per-gene"):
        mutate(copy, SearchSettings(mutation=mutation, mutation_probability=0.0), np.random.default_rng(1))
    np.testing.assert_array_equal(copy, genomes)
