"""Scores that only grow as samples are added."""

import numpy as np
import pytest

from sxai.errors import SpaceError
from sxai.traits.compression import compress
from sxai.traits.proportion import proportionality


def first_scores(n, noise=0.2, seed=0):
    """Scores (64,) of the first component of n samples that share one trait."""
    random = np.random.default_rng([seed, n])
    trait = np.random.default_rng(1).gamma(2.0, 1.0, 64)
    return compress(trait + random.gamma(1.0, noise, (n, 64)), 1).scores[:, 0]


def test_scores_of_a_shared_trait_grow_with_the_root_of_the_number_of_samples():
    sizes = [10, 25, 50, 100, 200, 300]
    found = proportionality(sizes, [first_scores(n) for n in sizes])
    np.testing.assert_allclose(found.expected, np.sqrt(np.array(sizes) / 300))
    np.testing.assert_allclose(found.scales, found.expected, rtol=0.03)
    assert found.exponent == pytest.approx(0.5, abs=0.01)
    assert found.cosines.min() > 0.99


def test_exactly_proportional_scores_have_cosine_and_correlation_one():
    base = np.array([1.0, 3.0, 0.5, 2.0])
    found = proportionality([1, 4, 16], [base, 2 * base, 4 * base])
    np.testing.assert_allclose(found.cosines, 1.0)
    np.testing.assert_allclose(found.correlations, 1.0)
    np.testing.assert_allclose(found.scales, [0.25, 0.5, 1.0])
    assert found.exponent == pytest.approx(0.5)


def test_the_reference_is_the_average_of_all_rows_of_the_largest_size():
    found = proportionality([2, 8, 8], [[1.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    assert found.cosines[0] == pytest.approx(np.sqrt(0.5))
    assert found.scales[1:] == pytest.approx([1.0, 1.0])


def test_correlation_leaves_out_what_all_channels_share():
    found = proportionality([1, 2], [[1.0, 2.0, 3.0], [12.0, 11.0, 10.0]])
    assert found.correlations[0] == pytest.approx(-1.0)
    assert found.cosines[0] > 0.8
    assert proportionality([1, 2], [[1.0, 1.0], [1.0, 2.0]]).correlations[0] == 0.0


def test_one_size_has_no_exponent():
    assert np.isnan(proportionality([3, 3], [[1.0, 2.0], [1.0, 2.1]]).exponent)


@pytest.mark.parametrize(
    ("sizes", "scores", "message"),
    [
        ([1], [[1.0, 2.0], [2.0, 3.0]], "one size ≥ 1 a row"),
        ([0, 1], [[1.0, 2.0], [2.0, 3.0]], "one size ≥ 1 a row"),
        ([1, 2], [[0.0, 0.0], [2.0, 3.0]], "no proportions"),
        ([2, 2], [[-1.0, -2.0], [1.0, 2.0]], "no proportions"),
    ],
)
def test_unusable_scores_are_refused(sizes, scores, message):
    with pytest.raises(SpaceError, match=message):
        proportionality(sizes, scores)
