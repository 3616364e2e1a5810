import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sxai.errors import SpaceError
from sxai.traits.compression import compress
from sxai.traits.stability import MIN_RELATIVE_SCORE, spread


def repeats(n_samples, seed=0, n_repeats=3):
    """First components of a population with a common trait, drawn several times, in units of one sample."""
    random = np.random.default_rng(seed)
    trait = random.gamma(2.0, 1.0, 64)
    drawn = [trait + random.gamma(1.0, 1.5, (n_samples, 64)) for _ in range(n_repeats)]
    return np.array([compress(X, 1).scores[:, 0] for X in drawn]) / np.sqrt(n_samples)


def test_spread_is_the_mean_relative_deviation_written_out():
    scores = repeats(20)
    average = scores.mean(axis=0)
    terms = [abs(s[j] - average[j]) / abs(average[j]) for s in scores for j in range(64)]
    assert spread(scores).percent == pytest.approx(100 * sum(terms) / (3 * 64))


def test_the_literal_reading_has_no_denominator():
    result = spread([[1.0, 20.0], [3.0, 20.0]])
    assert result.literal_percent == pytest.approx(50.0)
    assert result.percent == pytest.approx(25.0)


def test_equal_repeats_have_no_spread():
    result = spread(np.tile([1.0, -2.0, 3.0], (4, 1)))
    assert (result.percent, result.literal_percent, result.left_out) == (0.0, 0.0, 0)


def test_more_samples_give_a_smaller_spread():
    few, some, many = (spread(repeats(n)).percent for n in (10, 60, 400))
    assert few > some > many


def test_channels_with_a_negligible_average_are_left_out_and_counted():
    scores = np.array([[10.0, 1e-9, 1.0, 0.0], [10.0, 3e-9, -1.0, 0.0]])
    result = spread(scores)
    assert result.left_out == 3
    assert result.percent == 0.0
    assert result.literal_percent == pytest.approx(25.0)


def test_a_channel_exactly_at_the_limit_is_used():
    assert spread([[1.0, MIN_RELATIVE_SCORE], [1.0, MIN_RELATIVE_SCORE]]).left_out == 0


def test_a_negative_average_counts_by_its_size():
    assert spread([[-0.9, 1.0], [-1.1, 1.0]]).percent == pytest.approx(5.0)


@given(st.floats(0.001, 1000), st.randoms())
@settings(max_examples=30, deadline=None)
def test_units_and_the_order_of_repeats_do_not_matter(factor, random):
    scores = repeats(20)
    order = list(range(3))
    random.shuffle(order)
    assert spread(scores[order] * factor).percent == pytest.approx(spread(scores).percent)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[1.0, 2.0]], "at least twice"),
        ([[0.0, 0.0], [0.0, 0.0]], "average score is zero"),
        ([[1.0, np.nan], [1.0, 2.0]], "the table of scores is not finite"),
        ([1.0, 2.0], "the table of scores has shape"),
    ],
)
def test_what_has_no_spread_is_refused(scores, message):
    with pytest.raises(SpaceError, match=message):
        spread(scores)
