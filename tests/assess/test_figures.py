"""The radar map: clipped when drawn, true in the hover text."""

from xml.etree import ElementTree

import numpy as np
import pytest

from sxai.assess.figures import probability_radar, radar_thumbnail
from sxai.plot.table import figure_data
from sxai.plot.theme import alt_text, class_colour, describe

CLASSES = ["cat", "dog"]
SEEN = {"cat.eyes": 0.9, "cat.nose": 0.6, "cat.legs": -0.02, "dog.eyes": 0.1, "dog.nose": 0.2, "dog.legs": 1.3}
AVERAGES = {"cat": {"cat.eyes": 0.5, "cat.nose": 0.4, "cat.legs": 0.45}, "dog": {"dog.eyes": 0.5}}


def trace(fig, name):
    return next(one for one in fig.data if one.name == name)


def test_values_are_clipped_when_drawn_and_true_in_the_hover():
    dog = trace(probability_radar(SEEN, classes=CLASSES), "dog")
    assert list(dog.r) == [0.1, 0.2, 1.0, 0.1]
    assert list(dog.customdata) == [0.1, 0.2, 1.3, 0.1]
    assert trace(probability_radar(SEEN, classes=CLASSES), "cat").r[2] == 0


def test_every_outline_is_closed():
    for one in probability_radar(SEEN, AVERAGES, CLASSES).data:
        assert one.theta[0] == one.theta[-1]
        assert one.r[0] == one.r[-1]


def test_the_average_of_a_class_is_dashed_in_its_colour():
    average = trace(probability_radar(SEEN, AVERAGES, CLASSES), "average cat")
    assert average.line.dash == "dash"
    assert average.line.color == class_colour("cat", CLASSES)
    assert list(average.r) == [0.5, 0.4, 0.45, 0.5]


def test_a_missing_average_leaves_a_gap():
    assert trace(probability_radar(SEEN, AVERAGES, CLASSES), "average dog").r[1] is None


def test_two_concepts_are_drawn_as_bars():
    two = {name: value for name, value in SEEN.items() if not name.endswith("legs")}
    fig = probability_radar(two, AVERAGES, CLASSES)
    assert {one.type for one in fig.data} == {"bar"}
    assert list(trace(fig, "cat").x) == [0.9, 0.6]


def test_of_many_classes_the_predicted_and_the_clearest_are_shown():
    many = {f"c{n}.{part}": n / 10 for n in range(8) for part in ("eyes", "nose", "legs")}
    names = {one.name for one in probability_radar(many, predicted="c0").data}
    assert names == {"c0", "c7", "c6"}


@pytest.mark.parametrize(
    ("seen", "predicted", "words"),
    [
        (SEEN, "cat", "speaks against the predicted cat"),
        (SEEN, "dog", "speaks for dog"),
        (SEEN, None, "dog.legs (Pₛ = 1.30)."),
        ({"cat.eyes": 0.1, "cat.nose": 0.19, "cat.legs": 0.0}, "cat", "No concept is seen clearly"),
        ({}, "cat", "No semantic space"),
        ({"cat.eyes": float("nan")}, "cat", "No semantic space"),
        ({"cat.eyes": 0.7}, "horse", "cat.eyes (Pₛ = 0.70)."),
    ],
)
def test_the_caption_says_what_to_conclude(seen, predicted, words):
    assert words in describe(probability_radar(seen, predicted=predicted))


def test_the_alternative_text_lists_every_probability():
    words = alt_text(probability_radar(SEEN, classes=CLASSES))
    assert all(name in words for name in SEEN)


def test_the_table_holds_the_drawn_and_the_true_value():
    table = figure_data(probability_radar(SEEN, classes=CLASSES))
    legs = table[(table["series"] == "dog") & (table["axis"] == "legs")]
    assert legs[["value", "unclipped"]].to_numpy().tolist() == [[1.0, 1.3]]


def test_the_thumbnail_is_an_svg_with_a_polygon_a_class_and_two_rings():
    root = ElementTree.fromstring(radar_thumbnail(SEEN, CLASSES))
    polygons = root.findall("{http://www.w3.org/2000/svg}polygon")
    assert len(polygons) == 4
    points = [[float(part) for part in point.split(",")] for point in polygons[3].get("points").split()]
    assert np.hypot(*(np.array(points[2]) - 60)) == pytest.approx(56, abs=0.2)
    assert min(min(point) for point in points) >= 0


def test_a_thumbnail_needs_three_concepts():
    assert radar_thumbnail({"cat.eyes": 0.5, "cat.nose": 0.5}, CLASSES) == ""


# --- poor spaces

POOR = ["cat.legs", "cat.tail", "owl.beak"]


def test_the_axis_of_a_poor_space_is_marked():
    fig = probability_radar(SEEN, AVERAGES, CLASSES, poor=POOR)
    for one in fig.data:
        assert set(one.theta) <= {"eyes", "nose", "legs ✕"}
    assert list(trace(fig, "cat").theta) == ["eyes", "nose", "legs ✕", "eyes"]
    assert list(trace(fig, "dog").r) == list(trace(probability_radar(SEEN, AVERAGES, CLASSES), "dog").r)


@pytest.mark.parametrize("parts", [("eyes", "nose", "legs"), ("eyes", "legs")])
def test_the_hover_text_says_which_class_is_meant_and_the_legend_what_the_mark_means(parts):
    seen = {name: value for name, value in SEEN.items() if name.endswith(parts)}
    fig = probability_radar(seen, classes=CLASSES, poor=POOR)
    words = "says little of the part"
    assert [words in text for text in trace(fig, "cat").hovertemplate[: len(parts)]] == [
        part == "legs" for part in parts
    ]
    assert not any(words in text for text in trace(fig, "dog").hovertemplate)
    key = trace(fig, words)
    assert list(key.r if len(parts) == 3 else key.x) == [None]
    assert len(figure_data(fig)) > 0


def test_the_caption_and_the_alternative_text_name_the_poor_spaces():
    fig = probability_radar(SEEN, classes=CLASSES, predicted="cat", poor=POOR)
    assert describe(fig).endswith("against the predicted cat. ✕: P of cat.legs says little of the part.")
    assert all(name in alt_text(fig) for name in SEEN)
    assert "✕: P of cat.legs" in alt_text(fig)


@pytest.mark.parametrize("poor", [(), ["owl.beak"]])
def test_without_poor_spaces_nothing_is_marked(poor):
    fig = probability_radar(SEEN, AVERAGES, CLASSES, poor=poor)
    assert "✕" not in fig.to_json()
    assert {one.name for one in fig.data} == {"cat", "dog", "average cat", "average dog"}


def test_poor_spaces_of_classes_that_are_not_shown_leave_no_mark():
    many = {f"c{n}.{part}": n / 10 for n in range(8) for part in ("eyes", "nose", "legs")}
    assert "✕" not in describe(probability_radar(many, predicted="c0", poor=["c3.legs"]))
