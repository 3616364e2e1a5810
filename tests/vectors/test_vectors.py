"""Semantic vectors against the optimum they are defined by, and their identities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from sklearn.metrics.pairwise import cosine_similarity

from sxai.errors import SpaceError
from sxai.vectors.vectors import (
    Gate,
    margins,
    patterns,
    precision_at,
    quantile_zero,
    semantic_vector,
    similarities,
    units,
)


def test_the_vector_is_the_best_direction_of_all(rng):
    active = rng.random((30, 6)) < [0.9, 0.7, 0.5, 0.3, 0.2, 0.8]
    active = active[active.any(axis=1)]
    found = semantic_vector("cat", active)

    def lost(direction):
        return -cosine_similarity(active.astype(float), direction[None]).sum()

    best = minimize(lost, rng.random(6), tol=1e-12).x
    np.testing.assert_allclose(found.vector, best / np.linalg.norm(best), atol=1e-4)
    assert lost(found.vector) <= lost(best) + 1e-9


def test_diversity_is_one_less_the_mean_cosine(rng):
    active = rng.random((25, 12)) < 0.4
    found = semantic_vector("cat", active)
    cosines = cosine_similarity(active.astype(float), found.vector[None])
    assert found.diversity == pytest.approx(1 - cosines.mean(), abs=1e-12)
    np.testing.assert_allclose(found.rates, active.mean(axis=0))
    assert found.n == 25


def test_equal_images_have_no_diversity_and_disjoint_ones_much():
    same = semantic_vector("same", np.tile([True, False, True, True], (5, 1)))
    apart = semantic_vector("apart", np.eye(4, dtype=bool))
    assert same.diversity == pytest.approx(0, abs=1e-12)
    assert apart.diversity == pytest.approx(1 - 1 / 2)
    np.testing.assert_allclose(same.vector, np.array([1, 0, 1, 1]) / np.sqrt(3))


@given(arrays(bool, (7, 5)))
def test_vectors_have_length_one_and_diversity_lies_in_the_unit_interval(active):
    if not active.any():
        with pytest.raises(SpaceError, match="no unit is active"):
            semantic_vector("none", active)
        return
    found = semantic_vector("some", active)
    assert np.linalg.norm(found.vector) == pytest.approx(1)
    assert (found.vector >= 0).all()
    assert -1e-12 <= found.diversity <= 1
    shuffled = semantic_vector("some", active[::-1])
    np.testing.assert_allclose(shuffled.vector, found.vector, atol=1e-12)


def test_the_gate_keeps_units_above_a_rate():
    active = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 1]], dtype=bool)
    found = semantic_vector("cat", active)
    assert found.gate().tolist() == [True, False, False]
    assert found.gate(0.2).tolist() == [True, True, True]
    assert found.gate(1.0).tolist() == [False, False, False]


@given(st.integers(0, 39), st.integers(0, 5))
def test_with_equal_groups_the_zero_is_numpys_quantile(below, seed):
    level = (below + 0.5) / 40  # between two steps, where rounding decides nothing
    values = np.random.default_rng(seed).normal(size=(40, 3))
    groups = ["a"] * 20 + ["b"] * 20
    expected = np.quantile(values, level, axis=0, method="inverted_cdf")
    np.testing.assert_array_equal(quantile_zero(values, groups, level), expected)


def test_a_large_group_counts_no_more_than_a_small_one(rng):
    small, large = rng.normal(0, 1, (10, 2)), rng.normal(5, 1, (90, 2))
    values, groups = np.concatenate([small, large]), ["small"] * 10 + ["large"] * 90
    weights = np.repeat([1 / 20, 1 / 180], [10, 90])
    expected = np.quantile(values[:, 0], 0.4, weights=weights, method="inverted_cdf")
    assert quantile_zero(values, groups, 0.4)[0] == expected
    assert quantile_zero(values, groups, 0.4)[0] < np.quantile(values[:, 0], 0.4)


def test_level_nought_is_the_papers_zero(rng):
    values = rng.normal(size=(4, 3))
    np.testing.assert_array_equal(quantile_zero(values, list("abab"), 0), np.zeros(3))
    np.testing.assert_array_equal(patterns(values), values > 0)
    with pytest.raises(SpaceError, match="level is 1"):
        quantile_zero(values, list("abab"), 1)


def test_similarities_are_cosines_and_empty_rows_are_like_nothing(rng):
    rows, vectors = np.abs(rng.normal(size=(6, 4))), units(np.abs(rng.normal(size=(3, 4))))
    rows[2] = 0
    found = similarities(rows, vectors)
    np.testing.assert_allclose(found, cosine_similarity(rows, vectors), atol=1e-12)
    assert (found[2] == 0).all()


def test_margins_take_away_what_is_common_to_all_concepts(rng):
    cosines = rng.uniform(size=(6, 4))
    found = margins(cosines)
    for row, concept in np.ndindex(cosines.shape):
        assert found[row, concept] == cosines[row, concept] - np.delete(cosines[row], concept).max()
    np.testing.assert_allclose(margins(cosines + rng.normal(size=(6, 1))), found, atol=1e-12)
    np.testing.assert_array_equal(margins(cosines[:, :1]), cosines[:, :1])


def test_precision_counts_the_first():
    assert precision_at([3, 1, 2, 0], [True, True, False, False], 2) == 0.5
    assert precision_at([3, 1], [True, False], 20) == 0.5
    with pytest.raises(SpaceError):
        precision_at([], [], 3)


def test_a_gate_by_share_is_as_wide_for_every_concept_and_never_shut(rng):
    vector = semantic_vector("cat", rng.uniform(size=(20, 50)) < rng.uniform(size=50))
    for share, count in ((0.1, 5), (0.001, 1), (1.0, 50)):
        passes = Gate(share=share).of(vector)
        assert passes.sum() == count
        assert vector.vector[passes].min() >= vector.vector[~passes].max(initial=0.0)
    np.testing.assert_array_equal(Gate(rate=0.4).of(vector), vector.rates > 0.4)
    with pytest.raises(SpaceError, match="lower the gate"):
        Gate(rate=1.0).of(vector)


@pytest.mark.parametrize("given", [{}, {"rate": 0.5, "share": 0.1}, {"rate": 1.5}, {"share": 0.0}])
def test_a_gate_is_told_in_one_way(given):
    with pytest.raises(SpaceError):
        Gate(**given)
    assert "10 % of units" in str(Gate(share=0.1))
    assert "more than 50 %" in str(Gate(rate=0.5))
