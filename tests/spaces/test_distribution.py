import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from sxai.errors import SpaceError
from sxai.spaces.distribution import MIN_VALUES, ReferenceDistribution, fit_reference, humps, quantiles

samples = arrays(
    np.float64, st.integers(MIN_VALUES, 40), elements=st.floats(-50, 50).map(lambda value: round(value, 2))
).filter(lambda values: values.std() > 0.01)


def skewed(n=3000, seed=0):
    return np.random.default_rng(seed).gamma(4.0, 1.0, n)


def reference(minimum, maximum, mean=0.0, std=1.0):
    return ReferenceDistribution(10, mean, std, minimum, maximum, 1.0, 0.0)


# --- the fit


@pytest.mark.parametrize(("centres", "number"), [((0,), 1), ((0, 6), 2), ((0, 6, 12), 3)])
def test_humps_are_counted(centres, number):
    drawn = np.random.default_rng(3).normal(size=(200, len(centres))) + centres
    assert humps(drawn.ravel()) == number


@pytest.mark.parametrize("values", [[1.0] * 50, [0.0, 1.0, 2.0], [], [np.nan] * 9])
def test_what_has_no_shape_has_one_hump(values):
    assert humps(values) == 1


def test_the_fit_is_the_maximum_likelihood_normal():
    values = skewed()
    fitted = fit_reference(values)
    mean, std = stats.norm.fit(values)
    assert (fitted.mean, fitted.std) == pytest.approx((mean, std))
    assert (fitted.n, fitted.minimum, fitted.maximum) == (3000, values.min(), values.max())


@pytest.mark.parametrize("n", [5, 6, 100, 3000])
def test_ks_equals_scipy(n):
    values = skewed(n)
    fitted = fit_reference(values)
    oracle = stats.kstest(values, "norm", args=(values.mean(), values.std())).statistic
    assert fitted.ks == pytest.approx(oracle, abs=1e-12)


def test_r2_is_near_one_for_normal_values_and_lower_for_skewed_ones():
    normal = fit_reference(np.random.default_rng(1).normal(3, 2, 3000))
    assert normal.r2 > 0.995
    assert fit_reference(np.random.default_rng(1).gamma(0.3, 1, 3000)).r2 < 0.8


def test_r2_is_the_squared_correlation_with_the_order_statistic_medians():
    values = skewed(50)
    n = len(values)
    # Filliben's estimate of the medians, written out.
    middle = (np.arange(2, n) - 0.3175) / (n + 0.365)
    medians = np.concatenate([[1 - 0.5 ** (1 / n)], middle, [0.5 ** (1 / n)]])
    r = np.corrcoef(stats.norm.ppf(medians), np.sort(values))[0, 1]
    assert fit_reference(values).r2 == pytest.approx(r**2)


def test_quantile_points_lie_on_the_axis_of_activations():
    values = np.random.default_rng(2).normal(7, 3, 2000)
    plot = quantiles(values)
    np.testing.assert_array_equal(plot.ordered, np.sort(values))
    assert plot.theoretical.mean() == pytest.approx(values.mean(), abs=1e-6)
    assert plot.slope == pytest.approx(1, abs=0.02)
    assert plot.intercept == pytest.approx(0, abs=0.2)
    assert (np.diff(plot.theoretical) > 0).all()


def test_the_quantile_line_is_the_least_squares_line():
    plot = quantiles(skewed(200))
    slope, intercept = np.polyfit(plot.theoretical, plot.ordered, 1)
    assert (plot.slope, plot.intercept) == pytest.approx((slope, intercept))
    residual = plot.ordered - slope * plot.theoretical - intercept
    assert plot.r2 == pytest.approx(1 - residual.var() / plot.ordered.var())


@pytest.mark.parametrize("values", [[], [1.0], [1, 2, 3, 4.0], [[1, 2, 3, 4, 5.0]], 3.0])
def test_too_few_values_or_no_list_are_refused(values):
    with pytest.raises(SpaceError, match=f"at least {MIN_VALUES} activations"):
        fit_reference(values)


@pytest.mark.parametrize("values", [["a"] * 6, [[1.0], [1.0, 2.0]], [1j] * 6])
def test_what_is_no_list_of_numbers_is_refused(values):
    with pytest.raises(SpaceError, match="plain list of numbers"):
        fit_reference(values)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_counted_and_refused(bad):
    with pytest.raises(SpaceError, match="2 of 7 activations are not finite"):
        fit_reference([1, 2, bad, 3, bad, 4, 5])


@pytest.mark.parametrize("value", [0.0, 0.1, -3e8])
def test_equal_values_are_refused_even_when_their_mean_rounds(value):
    with pytest.raises(SpaceError, match="are the same"):
        fit_reference(np.full(1000, value))


@pytest.mark.parametrize(
    ("mean", "std", "minimum", "maximum"),
    [(0, 0, -1, 1), (0, -1, -1, 1), (0, 1, 1, 1), (0, 1, 2, 1), (math.nan, 1, 0, 1), (0, 1, -math.inf, 1)],
)
def test_a_distribution_without_width_cannot_exist(mean, std, minimum, maximum):
    with pytest.raises(SpaceError, match="reference distribution needs"):
        reference(minimum, maximum, mean, std)


# --- Eq. 2


def test_probability_equals_equation_two_written_with_scipy():
    values = skewed(500)
    fitted = fit_reference(values)
    cdf = stats.norm(values.mean(), values.std()).cdf
    z = np.linspace(-5, 20, 101)
    expected = (cdf(z) - cdf(values.min())) / (cdf(values.max()) - cdf(values.min()))
    np.testing.assert_allclose(fitted.probability(z), expected, atol=1e-13)


@given(samples)
@settings(max_examples=100, deadline=None)
def test_probability_is_exactly_zero_at_the_minimum_and_one_at_the_maximum(values):
    fitted = fit_reference(values)
    assert fitted.probability([fitted.minimum, fitted.maximum]).tolist() == [0.0, 1.0]


@given(samples)
@settings(max_examples=100, deadline=None)
def test_probability_of_each_reference_image_lies_between_zero_and_one(values):
    probabilities = fit_reference(values).probability(values)
    assert probabilities.min() == 0.0
    assert probabilities.max() == 1.0


@given(samples, arrays(np.float64, 30, elements=st.floats(-200, 200)))
@settings(max_examples=100, deadline=None)
def test_probability_never_falls_when_the_activation_rises(values, activations):
    probabilities = fit_reference(values).probability(np.sort(activations))
    assert (np.diff(probabilities) >= -1e-15).all()


def test_probability_is_not_clipped_on_either_side():
    fitted = reference(-1.0, 1.0)
    below, above = fitted.probability([-2.0, 2.0])
    assert below < 0
    assert above > 1
    assert below == pytest.approx(-(above - 1))


def test_probability_far_outside_reaches_its_limits_and_stays_finite():
    fitted = reference(-1.0, 1.0)
    mass = math.erf(1 / math.sqrt(2))
    low, high = fitted.probability([-1e300, 1e300])
    tail = (1 - mass) / 2
    assert (low, high) == pytest.approx((-tail / mass, 1 + tail / mass))
    assert fitted.probability([-np.inf, np.inf]) == pytest.approx([low, high])


@pytest.mark.parametrize(("minimum", "maximum"), [(-2.5, 3.0), (9.0, 9.5), (-9.5, -9.0)])
@given(probability=st.floats(0.001, 0.999))
def test_the_activation_is_the_inverse_of_the_probability(minimum, maximum, probability):
    fitted = reference(minimum, maximum)
    assert fitted.probability(fitted.activation(probability)) == pytest.approx(probability, rel=1e-6)
    assert (fitted.activation(0), fitted.activation(1)) == pytest.approx((minimum, maximum))


def test_the_density_is_scipys():
    at = np.linspace(-2, 7, 12).reshape(3, 4)
    assert reference(-5, 9, 1.5, 2.0).density(at) == pytest.approx(stats.norm(1.5, 2.0).pdf(at))


def test_unknown_activation_stays_unknown():
    probabilities = reference(-1.0, 1.0).probability([np.nan, 0.0])
    assert np.isnan(probabilities[0])
    assert probabilities[1] == pytest.approx(0.5)


def test_any_shape_is_kept():
    fitted = reference(-1.0, 1.0)
    assert fitted.probability(0.3).shape == ()
    assert fitted.probability(np.zeros((2, 3))).shape == (2, 3)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_range_deep_in_one_tail_does_not_cancel(side):
    # Between 9 and 10 deviations the plain difference of cdfs is exactly zero.
    fitted = reference(9.0, 10.0) if side > 0 else reference(-10.0, -9.0)
    middle = float(fitted.probability(side * 9.1))
    sf = stats.norm.sf
    share = (sf(9.0) - sf(9.1)) / (sf(9.0) - sf(10.0))
    assert middle == pytest.approx(share if side > 0 else 1 - share, rel=1e-9)


@given(samples, st.floats(0.01, 100), st.floats(-100, 100))
@settings(max_examples=60, deadline=None)
def test_probability_does_not_depend_on_the_unit_of_activation(values, factor, shift):
    plain = fit_reference(values).probability(values)
    moved = fit_reference(values * factor + shift).probability(values * factor + shift)
    np.testing.assert_allclose(moved, plain, atol=1e-6)
