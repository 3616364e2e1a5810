import numpy as np
import plotly.graph_objects as go
import pytest

from sxai.assess.figures import probability_radar
from sxai.plot.panels import Look, panels, picture_panel, text_panel
from sxai.plot.theme import alt_text
from sxai.spaces.distribution import fit_reference
from sxai.spaces.distribution_figures import activation_histogram, qq_plot
from sxai.spaces.figures import difference_bars

BLUE = "#0072B2"


@pytest.fixture
def histogram():
    values = np.random.default_rng(0).normal(size=200)
    return activation_histogram(values, fit_reference(values), "cat.eyes", BLUE)


@pytest.fixture
def radar():
    values = {f"{name}.{part}": 0.5 for name in ("cat", "dog") for part in ("eyes", "nose", "legs")}
    return probability_radar(values, classes=["cat", "dog"])


def headings(fig):
    return [note.text for note in fig.layout.annotations if note.xref == "paper"]


def test_panels_are_lettered_under_their_own_titles(histogram, radar):
    fig = panels([[histogram, radar]], "Both", "Two panels.", "They differ.")
    assert headings(fig) == [
        "<b>a</b>  How strongly images show cat.eyes",
        "<b>b</b>  Semantic probabilities P<sub>s</sub>",
    ]
    assert alt_text(fig) == "Two panels. They differ."
    assert fig.layout.title.text == "Both"


def test_marks_axes_and_notes_move_to_their_panel(histogram):
    fig = panels([[histogram, histogram]], "t", "a", "c")
    assert {shape.xref for shape in fig.layout.shapes} == {"x", "x2"}
    assert {shape.yref for shape in fig.layout.shapes} == {"y domain", "y2 domain"}
    assert fig.layout.xaxis2.title.text == histogram.layout.xaxis.title.text
    assert len(fig.data) == 2 * len(histogram.data)


def test_a_name_stands_once_in_the_legend(histogram):
    fig = panels([[histogram], [histogram]], "t", "a", "c")
    shown = [trace.name for trace in fig.data if trace.showlegend is not False]
    assert len(shown) == len(set(shown)) == len(histogram.data)
    assert panels([[histogram]], "t", "a", "c", look=Look(legend=False)).layout.showlegend is False


def test_many_bars_become_one_line_of_sticks_and_few_stay():
    heights = np.random.default_rng(0).normal(size=200)
    fig = panels([[difference_bars(heights, [3, 7], heights[[3, 7]], "cat.eyes", BLUE)]], "t", "a", "c")
    sticks, ssns = fig.data[:2]
    assert sticks.type == "scatter"
    assert len(sticks.x) == 3 * 198
    np.testing.assert_allclose(sticks.y[1::3], np.delete(heights, [3, 7]), atol=1e-5)
    assert ssns.type == "bar"


def test_an_empty_place_and_a_chart_for_graphics_cards(histogram):
    x = np.arange(2000.0)
    fig = panels([[histogram, None], [qq_plot(x, x, 1, 0, 1.0, "s", BLUE), histogram]], "t", "a", "c")
    assert not any(trace.type == "scattergl" for trace in fig.data)
    assert len(headings(fig)) == 3


def test_a_picture_keeps_its_proportions():
    fig = panels([[text_panel(["one", "two"]), picture_panel("data:image/png;base64,AA==", 40, 20)]], "t", "a", "c")
    assert fig.layout.yaxis2.scaleanchor == "x2"
    assert list(fig.layout.yaxis2.range) == [20, 0]
    assert any(isinstance(trace, go.Image) for trace in fig.data)
    assert "one<br>two" in [note.text for note in fig.layout.annotations]


def test_heights_are_counted_in_pixels(histogram):
    look = Look(row_height=200, row_gap=100)
    assert look.height(3) == 800
    tall = panels([[histogram]] * 3, "t", "a", "c", look=look)
    short = panels([[histogram]], "t", "a", "c", look=look)
    assert tall.layout.height - short.layout.height == 600
