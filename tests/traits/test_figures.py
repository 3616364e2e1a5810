"""Charts of common traits: ratios, scores, spread, growth and layers."""

import numpy as np
import pytest

from sxai.plot.table import figure_data
from sxai.plot.theme import alt_text, describe
from sxai.traits.figures import (
    KINDS,
    component_scores,
    cumulative_ratios,
    layer_ratio_line,
    proportion_scatter,
    ratio_bars,
    spread_curve,
)

WHOLE = np.array([0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05])
SEARCHED = np.array([0.5, 0.2, 0.16, 0.08, 0.06])
COLOUR = "#0072B2"
BOTH = {"whole images": WHOLE, "best combinations": SEARCHED}
PAIRS = [(10, 30.0), (100, 8.0), (300, 4.8)]


def test_the_first_five_ratios_are_drawn_for_each_way_to_take_samples():
    fig = ratio_bars(BOTH, "cat", COLOUR)
    assert [trace.name for trace in fig.data] == list(BOTH)
    assert list(fig.data[0].y) == WHOLE[:5].tolist()
    assert list(fig.data[0].x) == ["1st", "2nd", "3rd", "4th", "5th"]
    assert fig.layout.barmode == "group"


def test_the_class_s_colour_belongs_to_the_last_curve():
    fig = ratio_bars(BOTH, "cat", COLOUR)
    assert fig.data[1].marker.color == COLOUR
    assert fig.data[0].marker.color != COLOUR
    assert ratio_bars({"whole images": WHOLE}, "cat", COLOUR).data[0].marker.color == COLOUR


def test_ratios_conclude_whether_the_search_brings_samples_closer():
    assert "50.0% with best combinations: samples look more alike" in describe(ratio_bars(BOTH, "cat", COLOUR))
    turned = {"whole images": SEARCHED, "best combinations": WHOLE}
    assert "does not bring them closer" in describe(ratio_bars(turned, "cat", COLOUR))
    assert "30.0%" in describe(ratio_bars({"whole images": WHOLE}, "cat", COLOUR))
    assert "whole images 30.0%" in alt_text(ratio_bars(BOTH, "cat", COLOUR))


def test_cumulated_ratios_mark_where_85_per_cent_are_reached():
    fig = cumulative_ratios(BOTH, "cat", COLOUR)
    whole, searched = fig.data
    np.testing.assert_allclose(whole.y, np.cumsum(WHOLE))
    assert [x for x, size in zip(whole.x, whole.marker.size, strict=True) if size] == [5]
    assert [x for x, size in zip(searched.x, searched.marker.size, strict=True) if size] == [3]
    assert "5 (whole images), 3 (best combinations)" in describe(fig)
    assert "85 %: 5." in describe(cumulative_ratios({"whole images": WHOLE}, "cat", COLOUR))


def test_every_channel_has_its_score_and_the_strongest_are_named():
    scores = np.linspace(0, 1, 100)
    scores[[7, 40]] = [5.0, -7.0]
    fig = component_scores(scores, "1st", "cat", COLOUR, top=2)
    others, strongest = fig.data
    assert sorted([*others.x, *strongest.x]) == list(range(100))
    assert dict(zip(strongest.x, strongest.y, strict=True)) == {40: -7.0, 7: 5.0}
    named = {note.text: (note.y, note.yshift) for note in fig.layout.annotations}
    assert named["40"][0] == -7.0
    assert named["40"][1] < 0 < named["7"][1]
    assert "2 of 100 channels hold" in describe(fig)


def test_names_of_neighbouring_channels_do_not_collide():
    scores = np.ones(512)
    scores[[100, 101, 300]] = [9.0, 8.0, 7.0]
    fig = component_scores(scores, "1st", "cat", COLOUR, top=3)
    assert {note.text for note in fig.layout.annotations} == {"100", "300"}


def test_the_papers_spread_is_marked():
    fig = spread_curve({"whole images": PAIRS}, {}, "cat", COLOUR)
    paper = fig.data[-1]
    assert (list(paper.x), list(paper.y)) == ([300], [3.9])
    assert "3.9" in alt_text(fig)
    assert "4.8 % at 300 samples with whole images" in describe(fig)


def test_repeats_that_share_images_are_open_and_told():
    fig = spread_curve({"whole images": PAIRS}, {"whole images": [300]}, "cat", COLOUR)
    assert list(fig.data[0].marker.symbol) == ["circle", "circle", "circle-open"]
    assert "share images" in describe(fig)
    assert "share images" not in describe(spread_curve({"whole images": PAIRS}, {}, "cat", COLOUR))


def test_proportional_scores_lie_on_lines_of_the_root_s_slope():
    largest = np.linspace(1, 2, 30)
    fig = proportion_scatter([25, 100], [largest / 2, largest], 0.5, "cat")
    points, line = fig.data[0], fig.data[1]
    np.testing.assert_allclose(points.y, largest / 2)
    assert line.y[1] / line.x[1] == pytest.approx(0.5)
    assert "cosine with the scores at 100 is 1.000" in describe(fig)
    assert "power 0.50" in describe(fig)
    assert "power" not in describe(proportion_scatter([100], [largest], None, "cat"))


def test_each_kind_of_layer_has_its_marker_and_gap_is_apart():
    names, kinds = ["conv1", "relu1", "pool1", "GAP"], ["conv", "relu", "pool", "gap"]
    fig = layer_ratio_line(names, kinds, [0.5, 0.3, 0.2, 0.6], [0.01] * 4, "cat", COLOUR)
    line, *marks = fig.data
    assert list(line.x) == names
    assert [mark.marker.symbol for mark in marks] == [KINDS[kind][1] for kind in kinds]
    assert marks[-1].marker.color != COLOUR
    assert list(marks[0].error_y.array) == [0.01]
    assert list(fig.layout.xaxis.categoryarray) == names
    assert "share least at pool1 (20%)" in describe(fig)
    assert "last layer's 20% to 60%" in describe(fig)


def test_layers_without_gap_and_gap_alone_can_be_drawn():
    assert "GAP" not in describe(layer_ratio_line(["a"], ["conv"], [0.5], [0.0], "cat", COLOUR))
    assert "No layer" in describe(layer_ratio_line(["GAP"], ["gap"], [0.5], [0.0], "cat", COLOUR))


@pytest.mark.parametrize(
    "fig",
    [
        ratio_bars(BOTH, "cat", COLOUR),
        cumulative_ratios(BOTH, "cat", COLOUR),
        component_scores(WHOLE, "last", "cat", COLOUR),
        spread_curve({"whole images": PAIRS}, {}, "cat", COLOUR),
        proportion_scatter([25, 100], [WHOLE / 2, WHOLE], 0.5, "cat"),
        layer_ratio_line(["a", "GAP"], ["conv", "gap"], [0.5, 0.6], [0.1, 0.0], "cat", COLOUR),
    ],
    ids=["ratios", "cumulative", "scores", "spread", "proportion", "layers"],
)
def test_every_chart_can_be_read_without_eyes_and_taken_away(fig):
    assert fig.layout.title.text
    assert fig.layout.xaxis.title.text
    assert fig.layout.yaxis.title.text
    assert len(alt_text(fig)) > len(describe(fig)) > 20
    assert len(figure_data(fig)) >= 2
