"""The empirical distribution as a distribution function, and the choice between it and the normal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from sxai.errors import SpaceError
from sxai.spaces.defaults import MIN_NORMAL_R2
from sxai.spaces.distribution import ReferenceDistribution, fit_reference, lilliefors_p_value
from sxai.spaces.empirical import EmpiricalDistribution, Reference, fit_empirical, reference_for
from sxai.spaces.space import SemanticSpace

samples = arrays(np.float64, st.integers(5, 60), elements=st.floats(-50, 50).map(lambda value: round(value, 2))).filter(
    lambda values: values.std() > 0.01
)
anywhere = arrays(np.float64, 30, elements=st.floats(-200, 200))


def skewed(n=1000):
    return np.random.default_rng(3).gamma(1.5, 1.0, n)


# --- the distribution function


@given(samples)
def test_at_each_activation_it_is_the_mean_rank_over_n_plus_one(values):
    fitted = fit_empirical(values)
    np.testing.assert_allclose(fitted.cdf(values), stats.rankdata(values) / (len(values) + 1), atol=1e-15)


@given(samples, st.floats(0, 1))
def test_between_two_activations_it_is_linear(values, share):
    fitted = fit_empirical(values)
    low, high = fitted.activations[:-1], fitted.activations[1:]
    expected = (1 - share) * fitted.cdf(low) + share * fitted.cdf(high)
    np.testing.assert_allclose(fitted.cdf(low + share * (high - low)), expected, atol=1e-12)


@given(samples, anywhere)
def test_it_never_falls_and_stays_within_zero_and_one(values, at):
    levels = fit_empirical(values).cdf(np.sort(at))
    assert (np.diff(levels) >= -1e-15).all()
    assert levels.min() >= 0
    assert levels.max() <= 1


def test_each_tail_spends_half_of_its_mass_within_one_deviation():
    fitted = fit_empirical(skewed())
    below, above = fitted.cdf([fitted.minimum - fitted.std, fitted.maximum + fitted.std])
    assert (below, above) == pytest.approx((0.5 / 1001, 1 - 0.5 / 1001))


def test_it_comes_close_to_the_true_distribution():
    values = skewed(4000)
    at = np.linspace(0, 8, 50)
    np.testing.assert_allclose(fit_empirical(values).cdf(at), stats.gamma(1.5).cdf(at), atol=0.03)


# --- Eq. 2


@given(samples)
def test_probability_is_exactly_zero_at_the_minimum_and_one_at_the_maximum(values):
    fitted = fit_empirical(values)
    assert (fitted.minimum, fitted.maximum) == (values.min(), values.max())
    assert fitted.probability([fitted.minimum, fitted.maximum]).tolist() == [0.0, 1.0]


def test_probability_of_different_activations_runs_evenly_from_zero_to_one():
    values = np.random.default_rng(0).permutation(skewed(200))
    np.testing.assert_allclose(fit_empirical(values).probability(np.sort(values)), np.linspace(0, 1, 200), atol=1e-14)


def test_a_tenth_of_the_images_lies_below_a_tenth_whatever_the_shape():
    values = skewed()
    for share in (0.1, 0.5, 0.9):
        assert (fit_empirical(values).probability(values) < share).mean() == pytest.approx(share, abs=0.002)
    assert (fit_reference(values).probability(values) < 0.1).mean() > 0.15


@given(samples, anywhere)
def test_probability_never_falls_when_the_activation_rises(values, at):
    assert (np.diff(fit_empirical(values).probability(np.sort(at))) >= -1e-15).all()


@given(samples, st.floats(0, 1))
def test_the_activation_is_the_inverse_of_the_probability(values, probability):
    found = fit_empirical(values)
    assert found.probability(found.activation(probability)) == pytest.approx(probability, abs=1e-6)
    assert (found.activation(0), found.activation(1)) == pytest.approx((values.min(), values.max()))


def test_beyond_the_images_it_goes_on_and_keeps_the_order_of_adversarial_inputs():
    fitted = fit_empirical(skewed())
    above = fitted.probability(fitted.maximum + fitted.std * np.array([1e-3, 1, 10, 100, 1000]))
    below = fitted.probability(fitted.minimum - fitted.std * np.array([1e-3, 1, 10, 100, 1000]))
    assert (np.diff([1.0, *above]) > 0).all()
    assert (np.diff([0.0, *below]) < 0).all()
    assert above.max() < 1 + 1.01 / 999
    assert below.min() > -1.01 / 999


def test_the_end_of_all_and_what_is_unknown():
    fitted = fit_empirical(np.arange(11.0))
    assert fitted.probability([-np.inf, np.inf]) == pytest.approx([-0.1, 1.1])
    assert np.isnan(fitted.probability([np.nan, 3.0])).tolist() == [True, False]


def test_any_shape_is_kept():
    fitted = fit_empirical(np.arange(11.0))
    assert fitted.probability(3.0).shape == ()
    assert fitted.probability(np.zeros((2, 3))).shape == (2, 3)


@given(samples, st.floats(0.01, 100), st.floats(-100, 100))
def test_probability_does_not_depend_on_the_unit_of_activation(values, factor, shift):
    moved = values * factor + shift
    np.testing.assert_allclose(fit_empirical(moved).probability(moved), fit_empirical(values).probability(values))


def test_turned_round_it_is_its_own_mirror():
    values = np.array([1.0, 1.0, 2.0, 4.0, 4.0, 4.0, 9.0])
    at = np.linspace(-3, 13, 40)
    np.testing.assert_allclose(fit_empirical(-values).probability(-at), 1 - fit_empirical(values).probability(at))


def test_many_equal_activations_share_one_place():
    fitted = fit_empirical([0.0] * 50 + list(range(1, 51)))
    assert fitted.probability(0.0) == 0
    assert fitted.probability(50.0) == 1
    assert fitted.probability(25.0) == pytest.approx((75 - 25.5) / (100 - 25.5))


@pytest.mark.parametrize("values", [[1.0, 2, 3, 4], [np.nan, 1, 2, 3, 4], [2.0] * 9, [["a"]]])
def test_what_no_normal_can_be_fitted_to_is_refused_here_too(values):
    with pytest.raises(SpaceError):
        fit_empirical(values)


# --- the choice


def test_both_distributions_speak_one_protocol():
    for fitted in (fit_reference(skewed()), fit_empirical(skewed())):
        assert isinstance(fitted, Reference)
        assert fitted.n == 1000


def test_normal_is_the_default():
    assert isinstance(reference_for(skewed()), ReferenceDistribution)
    assert reference_for(skewed()) == fit_reference(skewed())


def test_auto_takes_the_normal_from_the_bar_on():
    values = skewed()
    r2 = fit_reference(values).r2
    assert r2 < MIN_NORMAL_R2 == 0.97
    assert isinstance(reference_for(values, "auto"), EmpiricalDistribution)
    assert reference_for(values, "auto", bar=r2).fit == "normal"
    assert reference_for(values, "auto", bar=np.nextafter(r2, 1)).fit == "empirical"
    assert reference_for(np.random.default_rng(0).normal(size=500), "auto").fit == "normal"


def test_empirical_is_taken_for_normal_values_too_when_asked_for():
    values = np.random.default_rng(0).normal(size=2000)
    empirical, normal = reference_for(values, "empirical"), reference_for(values)
    at = np.linspace(-2, 2, 41)
    np.testing.assert_allclose(empirical.probability(at), normal.probability(at), atol=0.03)


@pytest.mark.parametrize(
    ("fit", "bar", "words"), [("gamma", 0.97, "'gamma'"), ("auto", 1.5, "1.5"), ("auto", -1, "-1")]
)
def test_an_unknown_fit_or_bar_is_told(fit, bar, words):
    with pytest.raises(SpaceError, match=words):
        reference_for(skewed(), fit, bar)


def test_a_space_takes_either():
    features = skewed()[:, None]
    space = SemanticSpace("cat.eyes", (0,), (2.0,)).with_reference(features, "empirical")
    assert space.probability([[skewed().max()]]).tolist() == [1.0]
    assert space.reference.fit == "empirical"


# --- how surprising a gap is


def test_the_chance_of_a_gap_is_lilliefors_and_not_the_table_for_a_known_normal():
    values = np.random.default_rng(5).gamma(8, 1, 300)
    ks = fit_reference(values).ks
    oracle = stats.goodness_of_fit(
        stats.norm, values, statistic="ks", n_mc_samples=999, rng=np.random.default_rng(1)
    ).pvalue
    assert lilliefors_p_value(ks, 300) == pytest.approx(oracle, abs=0.04)
    assert stats.kstest(values, "norm", (values.mean(), values.std())).pvalue > oracle + 0.2


def test_the_chance_of_a_gap_falls_with_its_size():
    chances = [lilliefors_p_value(ks, 100) for ks in (0.0, 0.05, 0.07, 0.09, 0.3)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == 1
    assert chances[-1] == 0.001
