"""Histograms and q-q plots of A_s against scipy and numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sxai.plot.histograms import shared_edges
from sxai.plot.table import figure_data
from sxai.plot.theme import alt_text, describe
from sxai.spaces.distribution import fit_reference
from sxai.spaces.distribution_figures import activation_histogram, masking_histogram, probability_curves, qq_plot
from sxai.spaces.empirical import EmpiricalDistribution, fit_empirical

RNG = np.random.default_rng(7)
VALUES = RNG.normal(1.0, 0.3, 400)
FIT = fit_reference(VALUES)

EMPIRICAL = fit_empirical(VALUES)


def vertical_lines(fig):
    return [shape.x0 for shape in fig.layout.shapes]


def test_the_density_is_scipys():
    at = np.linspace(0, 2, 9)
    assert FIT.density(at) == pytest.approx(stats.norm(FIT.mean, FIT.std).pdf(at))


@given(st.floats(0.001, 0.999))
def test_the_activation_inverts_the_semantic_probability(probability):
    normal = stats.norm(FIT.mean, FIT.std)
    low, high = normal.cdf(FIT.minimum), normal.cdf(FIT.maximum)
    at = FIT.activation(probability)
    assert (normal.cdf(at) - low) / (high - low) == pytest.approx(probability, abs=1e-9)


def test_the_bars_of_a_histogram_have_area_one():
    bars = activation_histogram(VALUES, FIT, "cat.eyes", "#0072B2").data[0]
    assert float(np.dot(bars.y, bars.width)) == pytest.approx(1)
    assert sum(row[2] for row in bars.customdata) == VALUES.size


def test_a_histogram_counts_what_numpy_counts():
    bars = activation_histogram(VALUES, FIT, "cat.eyes", "#0072B2").data[0]
    edges = shared_edges(VALUES)
    assert [row[2] for row in bars.customdata] == np.histogram(VALUES, bins=edges)[0].tolist()


def test_the_landmarks_stand_at_the_extremes_and_at_p():
    lines = vertical_lines(activation_histogram(VALUES, FIT, "cat.eyes", "#0072B2"))
    assert lines == pytest.approx([FIT.activation(0.1), FIT.activation(0.9), FIT.minimum, FIT.maximum])


def test_masked_and_unmasked_share_their_bins():
    fig = masking_histogram(VALUES, VALUES - 0.4, FIT, "cat.eyes", "#0072B2")
    assert list(fig.data[0].x) == list(fig.data[1].x)
    assert fig.layout.barmode == "overlay"
    assert "100% of 400 images" in describe(fig)


def test_a_space_that_does_not_follow_its_concept_is_called_so():
    flipped = VALUES + np.where(np.arange(VALUES.size) % 2, 0.1, -0.1)
    assert "does not follow" in describe(masking_histogram(VALUES, flipped, FIT, "cat.legs", "#0072B2"))


def test_no_masks_are_said_in_words():
    assert "No masked images" in describe(masking_histogram([], [], FIT, "cat.eyes", "#0072B2"))


def test_the_qq_line_is_scipys_and_its_r2_is_on_the_chart():
    (theoretical, ordered), (slope, intercept, r) = stats.probplot(VALUES)
    fig = qq_plot(theoretical, ordered, slope, intercept, r**2, "cat.eyes", "#0072B2")
    line = fig.data[1]
    assert np.diff(line.y) / np.diff(line.x) == pytest.approx(slope)
    assert f"{r**2:.3f}" in line.name
    assert f"{r**2:.3f}" in alt_text(fig)


@pytest.mark.parametrize(
    ("r2", "words"),
    [(0.97, "close to normal"), (0.9699, "roughly normal"), (0.9, "roughly"), (0.89, "far from normal")],
)
def test_the_verdict_on_normality_has_the_stated_bounds(r2, words):
    assert words in describe(activation_histogram(VALUES, FIT, "cat.eyes", "#0072B2", r2))


def test_a_second_hump_is_no_normal_however_good_the_line():
    values = np.concatenate([RNG.normal(0, 1, 200), RNG.normal(5, 1, 200)])
    words = describe(activation_histogram(values, fit_reference(values), "cat.eyes", "#0072B2", 0.98))
    assert "2 humps" in words
    assert "can be read as a probability" not in words


def test_a_p_value_that_rules_out_the_normal_is_said():
    values = RNG.gamma(4, size=3000)
    words = describe(activation_histogram(values, fit_reference(values), "cat.eyes", "#0072B2", 0.975))
    assert "p-value < 0.002" in words
    assert "caution" in words


def test_the_qq_plot_says_where_the_images_leave_the_line():
    x = np.linspace(-2, 2, 90)
    fig = qq_plot(x, np.where(x > 1.8, x + 1, x), 1, 0, 0.97, "cat.eyes", "#0072B2")
    assert "most at the high end" in describe(fig)
    assert "above" in describe(fig)
    assert "None is further" in describe(qq_plot(x, x, 1, 0, 1.0, "cat.eyes", "#0072B2"))


def test_many_points_are_drawn_by_the_graphics_card():
    (theoretical, ordered), _ = stats.probplot(RNG.normal(size=2000))
    assert qq_plot(theoretical, ordered, 1, 0, 1, "cat.eyes", "#0072B2").data[0].type == "scattergl"


@given(st.lists(st.floats(-1e6, 1e6), max_size=60))
def test_every_value_falls_into_a_bin(values):
    found = np.asarray(values, dtype=float)
    edges = shared_edges(found)
    assert (np.diff(edges) > 0).all()
    assert np.histogram(found, bins=edges)[0].sum() == found.size


def test_values_that_are_not_numbers_do_not_break_the_bins():
    assert np.isfinite(shared_edges(np.array([np.nan, 1.0, 2.0, np.inf]))).all()


def test_the_table_names_the_axes_in_plain_text():
    table = figure_data(activation_histogram(VALUES, FIT, "cat.eyes", "#0072B2"))
    assert list(table.columns) == ["series", "weighted average activation A_s", "density (per unit of A_s)"]
    assert set(table["series"]) == {"400 images", "normal fit"}


# --- an empirical distribution in the place of the normal


def test_the_empirical_activation_inverts_its_probability():
    levels = np.linspace(0, 1, 21)
    at = np.array([EMPIRICAL.activation(level) for level in levels])
    assert EMPIRICAL.probability(at) == pytest.approx(levels)
    assert (EMPIRICAL.activation(0), EMPIRICAL.activation(1)) == (VALUES.min(), VALUES.max())


def test_the_normal_s_probability_is_the_inverse_of_its_activation():
    levels = np.linspace(0.01, 0.99, 21)
    at = np.array([FIT.activation(level) for level in levels])
    assert FIT.probability(at) == pytest.approx(levels)


def test_a_histogram_says_when_its_curve_is_not_used():
    fig = activation_histogram(VALUES, FIT, "cat.eyes", "#0072B2", 0.91, empirical=EMPIRICAL)
    assert fig.data[1].name == "normal fit (not used)"
    assert fig.data[1].line.dash == "dot"
    assert "R² = 0.910 and is not used" in describe(fig)
    landmarks = [np.quantile(VALUES, 0.1), np.quantile(VALUES, 0.9), VALUES.min(), VALUES.max()]
    assert vertical_lines(fig) == pytest.approx(landmarks)


def test_a_poor_quantile_plot_asks_for_no_caution_where_the_normal_is_not_used():
    fig = qq_plot(VALUES, np.sort(VALUES), 1, 0, 0.91, "cat.eyes", "#0072B2", empirical=True)
    assert "not used" in describe(fig)
    assert "caution" not in describe(fig)


@pytest.mark.parametrize(("used", "solid"), [("normal", 0), ("empirical", 1)])
def test_both_readings_are_drawn_and_the_one_in_use_is_solid(used, solid):
    fig = probability_curves(FIT, EMPIRICAL, used, "cat.eyes", "#0072B2")
    assert [trace.line.dash for trace in fig.data] == ["dot" if at != solid else None for at in (0, 1)]
    assert fig.data[1 - solid].name.endswith("(not used)")
    normal, empirical = (np.asarray(trace.y) for trace in fig.data)
    at = np.asarray(fig.data[0].x)
    assert normal == pytest.approx(FIT.probability(at))
    inside = (at >= VALUES.min()) & (at <= VALUES.max())
    assert empirical[inside] == pytest.approx(np.interp(at[inside], np.sort(VALUES), np.linspace(0, 1, VALUES.size)))


def test_the_widest_difference_between_the_readings_is_told():
    values = np.sort(RNG.gamma(1, 1, 500))
    fig = probability_curves(fit_reference(values), fit_empirical(values), "normal", "cat.legs", "#0072B2")
    gap = np.abs(np.asarray(fig.data[0].y) - np.asarray(fig.data[1].y)).max()
    assert f"{gap:.2f} below" in describe(fig)
    assert "matters much" in describe(fig)


def test_equal_readings_are_said_to_agree():
    at = np.linspace(FIT.minimum, FIT.maximum, 400)
    same = EmpiricalDistribution(len(at), FIT.std, at, stats.norm(FIT.mean, FIT.std).cdf(at))
    fig = probability_curves(FIT, same, "normal", "cat.eyes", "#0072B2")
    assert "agree everywhere" in describe(fig)


def test_the_outline_of_the_reference_images_has_area_one():
    fig = masking_histogram(VALUES, VALUES - 0.4, FIT, "cat.eyes", "#0072B2", empirical=EMPIRICAL)
    outline = fig.data[2]
    assert outline.name == "reference images"
    assert float(np.trapezoid(outline.y, outline.x)) == pytest.approx(1)


def test_mean_probabilities_before_and_after_are_in_the_caption():
    fig = masking_histogram(VALUES, VALUES - 0.4, FIT, "cat.eyes", "#0072B2", means=(0.391, 0.06))
    assert "from 0.39 to 0.06" in describe(fig)
