from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.traits.search.surrogate import NOISES, REACHES, differing, fitted


@pytest.fixture
def known(rng):
    genomes = rng.random((40, 12)) < 0.5
    weights = rng.normal(size=12)
    return genomes, 5 + genomes @ weights + genomes[:, 0] * genomes[:, 1]


def test_shares_of_superpixels_that_differ():
    signs = np.array([[1.0, 1, 1, 1], [1, 1, 1, -1], [-1, -1, -1, -1]])
    np.testing.assert_allclose(differing(signs[:1], signs), [[0, 0.25, 1]])


def test_what_is_known_is_known(known):
    genomes, fitness = known
    expected, deviation = fitted(genomes, fitness).guess(genomes)
    np.testing.assert_allclose(expected, fitness, atol=0.1 * fitness.std())
    assert (deviation < 0.2 * fitness.std()).all()


def test_the_guess_is_the_textbook_posterior(known, rng):
    genomes, fitness = known
    fit = fitted(genomes, fitness)
    assert (fit.reach, fit.noise) in set(product(REACHES, NOISES))
    elsewhere = rng.random((20, 12)) < 0.5
    everything = np.concatenate([genomes, elsewhere])
    kernel = np.exp(-(everything[:, None] != everything[None]).mean(axis=2) / fit.reach)
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
    chosen = fitted(genomes, fitness)
    assert np.isfinite(chosen.likelihood)
    # A rugged landscape is told from a smooth one.
    rugged = np.random.default_rng(1).normal(size=len(fitness))
    assert fitted(genomes, rugged).reach <= chosen.reach


@given(st.floats(0.1, 100), st.floats(-50, 50), st.integers(0, 2**32 - 1))
def test_units_do_not_matter(scale, shift, seed):
    rng = np.random.default_rng(seed)
    genomes = np.unique(rng.random((15, 8)) < 0.5, axis=0)
    fitness = rng.normal(size=len(genomes))
    elsewhere = rng.random((5, 8)) < 0.5
    expected, deviation = fitted(genomes, fitness).guess(elsewhere)
    moved, moved_deviation = fitted(genomes, scale * fitness + shift).guess(elsewhere)
    np.testing.assert_allclose(moved, scale * expected + shift, rtol=1e-4, atol=1e-4 * (scale + abs(shift)))
    np.testing.assert_allclose(moved_deviation, scale * deviation, rtol=1e-4, atol=1e-6 * scale)


def test_a_flat_landscape_is_no_trouble():
    genomes = np.array([[True, True], [True, False]])
    expected, deviation = fitted(genomes, np.array([2.0, 2.0])).guess(~genomes)
    np.testing.assert_allclose(expected, 2.0)
    assert (deviation < 1e-5).all()
