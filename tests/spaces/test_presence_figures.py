"""Presence AUC with intervals, and calibration of the spaces."""

import numpy as np
import pytest

from sxai.plot.table import figure_data
from sxai.plot.theme import alt_text, class_colour, describe
from sxai.spaces.presence_figures import auc_intervals, calibration_lines

CLASSES = ["cat", "dog"]
NAMES = ["cat.eyes", "cat.nose", "dog.eyes"]
VALUES = [0.93, 0.71, 0.55]
LOWS, HIGHS = [0.9, 0.62, 0.41], [0.96, 0.8, 0.69]
VERDICTS = ["good", "weak", "poor"]
CURVES = {"cat.eyes": ([0.1, 0.5, 0.9], [0.4, 0.8, 1.0], [10, 0, 30]), "dog.eyes": ([0.2, 0.8], [0.2, 0.8], [5, 5])}


def markers(fig):
    return [trace for trace in fig.data if trace.mode == "markers"]


def test_each_space_is_a_dot_in_the_colour_of_its_class_with_the_symbol_of_its_verdict():
    fig = auc_intervals(NAMES, VALUES, LOWS, HIGHS, VERDICTS, CLASSES)
    drawn = {trace.y[0]: trace for trace in markers(fig)}
    assert [drawn[name].x[0] for name in NAMES] == VALUES
    assert [drawn[name].marker.color[0] for name in NAMES] == [class_colour(name, CLASSES) for name in NAMES]
    assert len({trace.marker.symbol for trace in drawn.values()}) == 3


def test_the_rows_keep_the_order_given_whatever_the_verdicts():
    fig = auc_intervals(NAMES, VALUES, LOWS, HIGHS, VERDICTS[::-1], CLASSES)
    assert list(fig.layout.yaxis.categoryarray) == NAMES
    assert [trace.name for trace in markers(fig)] == ["good", "weak", "poor"]


def test_the_chance_line_is_in_sight_and_the_axis_is_titled():
    fig = auc_intervals(NAMES[:1], [0.99], [0.98], [1.0], ["good"], CLASSES)
    assert fig.layout.shapes[0].x0 == fig.layout.shapes[0].x1 == 0.5
    assert fig.layout.xaxis.range[0] < 0.5
    assert fig.layout.xaxis.title.text == "presence AUC"


def test_an_interval_below_chance_widens_the_axis():
    fig = auc_intervals(NAMES, VALUES, LOWS, HIGHS, VERDICTS, CLASSES)
    assert fig.layout.xaxis.range[0] < min(LOWS)


def test_an_interval_is_drawn_and_told_in_the_table():
    fig = auc_intervals(NAMES, VALUES, LOWS, [0.96, None, 0.69], VERDICTS, CLASSES)
    assert list(fig.data[0].x)[:3] == [0.9, 0.96, None]
    told = figure_data(fig).set_index("semantic space")["95 % interval"].to_dict()
    assert told == {"cat.eyes": "0.900 to 0.960", "cat.nose": "unknown", "dog.eyes": "0.410 to 0.690"}


@pytest.mark.parametrize(
    ("lows", "words"),
    [
        ([0.9, 0.6, 0.55], "Every interval lies above chance"),
        (LOWS, "The interval of dog.eyes reaches chance"),
        ([0.4, 0.4, 0.4], "No interval is clear of chance"),
    ],
)
def test_the_conclusion_is_drawn_from_the_intervals(lows, words):
    assert words in describe(auc_intervals(NAMES, VALUES, lows, HIGHS, VERDICTS, CLASSES))


def test_the_values_are_told_to_those_who_cannot_see_the_chart():
    words = alt_text(auc_intervals(NAMES, VALUES, LOWS, HIGHS, VERDICTS, CLASSES))
    assert "cat.eyes 0.93" in words
    assert "chance" in words


def test_no_space_is_no_error():
    assert "No space" in describe(auc_intervals([], [], [], [], [], CLASSES))
    assert "No space" in describe(calibration_lines({}, CLASSES))


def test_empty_bins_are_left_out_and_the_diagonal_is_drawn():
    fig = calibration_lines(CURVES, CLASSES)
    diagonal, cat, _ = fig.data
    assert (list(diagonal.x), list(diagonal.y)) == ([0, 1], [0, 1])
    assert (list(cat.x), list(cat.y), list(cat.customdata)) == ([0.1, 0.9], [0.4, 1.0], [10, 30])
    assert cat.marker.size[1] > cat.marker.size[0]
    assert "%{customdata} images" in cat.hovertemplate


def test_the_space_furthest_off_is_named_with_its_side():
    gap = np.average([-0.3, -0.1], weights=[10, 30])
    words = describe(calibration_lines(CURVES, CLASSES))
    assert f"more often than P says, by {abs(gap):.0%} in cat.eyes" in words
    words = describe(calibration_lines({"cat.nose": ([0.9], [0.5], [4])}, CLASSES))
    assert "less often than P says, by 40% in cat.nose" in words


def test_a_calibrated_space_is_praised():
    assert "near the diagonal" in describe(calibration_lines({"dog.eyes": CURVES["dog.eyes"]}, CLASSES))


def test_the_numbers_of_images_are_in_the_table():
    table = figure_data(calibration_lines(CURVES, CLASSES))
    assert table[table["series"] == "dog.eyes"]["images"].tolist() == [5, 5]


def test_the_names_of_many_lines_stand_beside_the_plot():
    many = {f"cat.part{at}": CURVES["dog.eyes"] for at in range(8)}
    assert calibration_lines(many, CLASSES).layout.legend.orientation == "v"
    assert calibration_lines(CURVES, CLASSES).layout.legend.orientation == "h"
