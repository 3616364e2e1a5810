"""Histograms and q-q plots of A_s against scipy and numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sxai.figures import (
    NormalFit,
    activation_histogram,
    alt_text,
    describe,
    figure_data,
    masking_histogram,
    qq_plot,
)
from sxai.figures.distribution import shared_edges

RNG = np.random.default_rng(7)
VALUES = RNG.normal(1.0, 0.3, 400)
FIT = NormalFit(float(VALUES.mean()), float(VALUES.std()), float(VALUES.min()), float(VALUES.max()))


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
