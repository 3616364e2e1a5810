from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.traits.search.surrogate import (
    LENGTH_SCALES,
    NEIGHBOUR_WEIGHTS,
    NOISES,
    described_genomes,
    fit_surrogate,
    mean_differences,
)

CHAIN = np.stack([np.arange(11), np.arange(1, 12)], axis=1)
NONE = np.empty((0, 2), dtype=int)


def cut(genomes, borders):
    """Whether the two sides of each border differ in being kept."""
    return genomes[:, borders[:, 0]] != genomes[:, borders[:, 1]]


def distances(first, second, borders, weight):
    """h + weight · e of each pair, by counting."""
    h = (first[:, None] != second[None]).mean(axis=2)
    e = (cut(first, borders)[:, None] != cut(second, borders)[None]).mean(axis=2) if len(borders) else 0
    return h + weight * e


@pytest.fixture
def known(rng):
    genomes = rng.random((40, 12)) < 0.5
    weights = rng.normal(size=12)
    return genomes, 5 + genomes @ weights - cut(genomes, CHAIN).sum(axis=1)


@pytest.mark.parametrize(("borders", "weight"), [(CHAIN, 0.5), (CHAIN, 4.0), (NONE, 0.0)])
def test_how_unlike_two_combinations_are(rng, borders, weight):
    first, second = rng.random((5, 12)) < 0.5, rng.random((7, 12)) < 0.5
    found = mean_differences(described_genomes(first, borders, weight), described_genomes(second, borders, weight))
    np.testing.assert_allclose(found, distances(first, second, borders, weight), atol=1e-12)


def test_what_is_known_is_known(known):
    genomes, fitness = known
    expected, deviation = fit_surrogate(genomes, fitness, CHAIN).guess(genomes)
    np.testing.assert_allclose(expected, fitness, atol=0.1 * fitness.std())
    assert (deviation < 0.2 * fitness.std()).all()


def test_the_guess_is_the_textbook_posterior(known, rng):
    genomes, fitness = known
    fit = fit_surrogate(genomes, fitness, CHAIN)
    assert (fit.weight, fit.reach, fit.noise) in set(product(NEIGHBOUR_WEIGHTS, LENGTH_SCALES, NOISES))
    elsewhere = rng.random((20, 12)) < 0.5
    everything = np.concatenate([genomes, elsewhere])
    kernel = np.exp(-distances(everything, everything, CHAIN, fit.weight) / fit.reach)
    inverse = np.linalg.inv(kernel[:40, :40] + fit.noise * np.eye(40))
    cross = kernel[40:, :40]
    mean = inverse.sum(axis=0) @ fitness / inverse.sum()
    variance = (fitness - mean) @ inverse @ (fitness - mean) / 40
    expected, deviation = fit.guess(elsewhere)
    np.testing.assert_allclose(expected, mean + cross @ inverse @ (fitness - mean), rtol=1e-6)
    unknown = 1 - np.einsum("ij,jk,ik->i", cross, inverse, cross)
    np.testing.assert_allclose(deviation, np.sqrt(variance * unknown), rtol=1e-5)


def test_the_most_likely_of_the_fits_is_taken(known):
    genomes, fitness = known
    chosen = fit_surrogate(genomes, fitness, CHAIN)
    assert np.isfinite(chosen.likelihood)
    # A rugged landscape is told from a smooth one, and one of borders from one of superpixels.
    rugged = np.random.default_rng(1).normal(size=len(fitness))
    assert fit_surrogate(genomes, rugged, CHAIN).reach <= chosen.reach
    of_borders, of_superpixels = cut(genomes, CHAIN) @ np.arange(11.0), genomes @ np.arange(12.0)
    assert fit_surrogate(genomes, of_borders, CHAIN).weight > fit_surrogate(genomes, of_superpixels, CHAIN).weight


def test_borders_help_to_guess(rng):
    genomes = rng.random((120, 12)) < 0.5
    fitness = genomes @ rng.normal(size=12) - 2 * cut(genomes, CHAIN).sum(axis=1)
    misses = []
    for borders in (CHAIN, NONE):
        expected, _ = fit_surrogate(genomes[:80], fitness[:80], borders).guess(genomes[80:])
        misses.append(np.sqrt(np.mean((expected - fitness[80:]) ** 2)))
    assert misses[0] < 0.5 * misses[1]


@given(st.floats(0.1, 100), st.floats(-50, 50), st.integers(0, 2**32 - 1))
def test_units_do_not_matter(scale, shift, seed):
    rng = np.random.default_rng(seed)
    genomes = np.unique(rng.random((15, 8)) < 0.5, axis=0)
    fitness = rng.normal(size=len(genomes))
    elsewhere = rng.random((5, 8)) < 0.5
    expected, deviation = fit_surrogate(genomes, fitness, CHAIN[:7]).guess(elsewhere)
    moved, moved_deviation = fit_surrogate(genomes, scale * fitness + shift, CHAIN[:7]).guess(elsewhere)
    np.testing.assert_allclose(moved, scale * expected + shift, rtol=1e-4, atol=1e-4 * (scale + abs(shift)))
    np.testing.assert_allclose(moved_deviation, scale * deviation, rtol=1e-4, atol=1e-6 * scale)


def test_a_flat_landscape_is_no_trouble():
    genomes = np.array([[True, True], [True, False]])
    expected, deviation = fit_surrogate(genomes, np.array([2.0, 2.0]), NONE).guess(~genomes)
    np.testing.assert_allclose(expected, 2.0)
    assert (deviation < 1e-5).all()
