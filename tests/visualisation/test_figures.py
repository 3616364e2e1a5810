import numpy as np
import pytest

from sxai.plot.theme import NEUTRAL, OKABE_ITO, alt_text, describe
from sxai.visualisation.figures import loss_curves, method_race

CURVES = {
    "cat:1": ([1, 2, 4], [100.0, 20.0, 5.0]),
    "cat.eyes": ([1, 2], [50.0, 40.0]),
    "dog:1": ([1], [9.0]),
    "image:3": ([1, 2], [8.0, 4.0]),
}


def test_every_target_has_its_line_in_its_class_hue():
    fig = loss_curves(CURVES, ["cat", "dog"])
    assert [trace.name for trace in fig.data] == list(CURVES)
    assert [trace.line.color for trace in fig.data] == [OKABE_ITO[0], OKABE_ITO[0], OKABE_ITO[1], NEUTRAL]
    assert fig.data[0].line.dash != fig.data[1].line.dash
    assert fig.data[0].y.tolist() == [100, 20, 5]
    assert (fig.layout.xaxis.type, fig.layout.yaxis.type) == ("log", "log")
    assert "‖Φ(z) − Φ₀‖²" in fig.layout.yaxis.title.text


def test_the_caption_names_the_best_and_the_worst():
    text = describe(loss_curves(CURVES))
    assert "cat:1 fell furthest, to 5.0 %" in text or "cat:1 fell furthest, to 5 %" in text
    assert "dog:1 ended at 100 %" in text
    assert "4 visualisations" in alt_text(loss_curves(CURVES))


def test_one_curve_and_none_have_captions_too():
    assert "fell to 80 %" in describe(loss_curves({"cat.eyes": CURVES["cat.eyes"]}))
    assert describe(loss_curves({})) == "No loss is known yet."


def test_what_a_logarithm_cannot_draw_leaves_a_gap():
    fig = loss_curves({"cat:1": ([1, 2, 3], [4.0, np.inf, 0.0])})
    assert np.isnan(fig.data[0].y[1:]).all()


def test_a_race_shows_each_method_once_in_the_legend_and_the_goal():
    fig = method_race(
        {"paper": [([1, 100], [9.0, 1.0]), ([1, 100], [5.0, 1.0])], "fast": [([1, 5], [3.0, 0.7]), ([1, 5], [2, 1.5])]},
        quarter=25.0,
    )
    assert [trace.name for trace in fig.data if trace.showlegend] == ["gradient descent (paper)", "fast method"]
    assert [shape.y0 for shape in fig.layout.shapes if shape.y0 == shape.y1] == [1]
    assert 25.0 in [shape.x0 for shape in fig.layout.shapes]
    text = describe(fig)
    assert text.startswith("The gradient descent (paper) reaches it for 2 of 2 targets, the last after 100 s")
    assert "the fast method reaches it for 1 of 2 targets, the last after 5" in text


@pytest.mark.parametrize("dark", [False, True])
def test_an_empty_race_is_drawn(dark):
    assert describe(method_race({}, dark=dark)) == "Nothing was run yet."
