"""The radar as plain shapes: places, what is clipped, few concepts, and a sound SVG."""

from math import hypot
from xml.etree import ElementTree

import pytest

from sxai.assess.report.radar import CENTRE, HEIGHT, RADIUS, WIDTH, drawing_svg, radar_drawing
from sxai.plot.theme import class_colour

CLASSES = ["cat", "dog"]
SEEN = {"cat.eyes": 0.9, "cat.nose": 0.6, "cat.legs": -0.02, "dog.eyes": 0.1, "dog.nose": 0.2, "dog.legs": 1.3}
AVERAGES = {"cat": {"cat.eyes": 0.5, "cat.nose": 0.4, "cat.legs": 0.45}}


def outlines(drawing, name, average=False):
    colour = class_colour(name, CLASSES)
    return [shape for shape in drawing.shapes if shape.colour == colour and shape.dashed is average]


def distances(shape):
    return [hypot(x - CENTRE[0], y - CENTRE[1]) / RADIUS for x, y in shape.points]


def test_distance_from_the_centre_is_the_clipped_probability():
    drawing = radar_drawing(SEEN, AVERAGES, CLASSES)
    (cat,), (dog,) = outlines(drawing, "cat"), outlines(drawing, "dog")
    assert distances(cat) == pytest.approx([0.9, 0.6, 0])
    assert distances(dog) == pytest.approx([0.1, 0.2, 1])
    assert distances(outlines(drawing, "cat", average=True)[0]) == pytest.approx([0.5, 0.4, 0.45])


def test_the_first_concept_points_up_and_all_lies_in_the_box():
    drawing = radar_drawing(SEEN, AVERAGES, CLASSES)
    assert outlines(drawing, "cat")[0].points[0][0] == pytest.approx(CENTRE[0])
    places = [point for shape in drawing.shapes for point in shape.points] + [label.at for label in drawing.labels]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
    assert [label.text for label in drawing.labels] == ["eyes", "nose", "legs"]


@pytest.mark.parametrize("count", [1, 2])
def test_few_concepts_are_bars(count):
    few = {name: value for name, value in SEEN.items() if name.endswith(("eyes", "nose")[:count])}
    drawing = radar_drawing(few, AVERAGES, CLASSES)
    bars = outlines(drawing, "cat")
    assert len(bars) == count
    assert all(len(bar.points) == 4 for bar in bars)
    lengths = [bar.points[1][0] - bar.points[0][0] for bar in bars]
    assert lengths == pytest.approx([108 * 0.9, 108 * 0.6][:count])
    assert len(outlines(drawing, "cat", average=True)) == count


@pytest.mark.parametrize("seen", [{}, {"cat.eyes": float("nan")}])
def test_nothing_known_is_drawn_as_nothing(seen):
    assert radar_drawing(seen, None, CLASSES).alt.startswith("Semantic probabilities: ")


def test_the_svg_is_sound_and_escapes_names():
    drawing = radar_drawing({'cat.a<b>&"c': 0.5, "cat.eyes": 0.2, "cat.a very long concept": 0.3}, None, ["cat"])
    root = ElementTree.fromstring(drawing_svg(drawing))
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words == ['a<b>&"c', "eyes", "a very long con…"]
    assert 'a<b>&"c 0.50' in root.get("aria-label")


def test_of_many_classes_three_are_drawn():
    many = {f"c{n}.{part}": n / 10 for n in range(8) for part in ("eyes", "nose", "legs")}
    assert [name for name, _ in radar_drawing(many, predicted="c0").legend] == ["c0", "c6", "c7"]


@pytest.mark.parametrize("parts", [("eyes", "nose", "legs"), ("eyes", "legs")])
def test_the_axis_of_a_poor_space_is_marked(parts):
    seen = {name: value for name, value in SEEN.items() if name.endswith(parts)}
    drawing = radar_drawing(seen, AVERAGES, CLASSES, poor=["dog.legs", "owl.beak"])
    words = [label.text for label in drawing.labels if label.text[0].isalpha()]
    assert words == [f"{part} ✕" if part == "legs" else part for part in parts]
    assert drawing.alt.endswith("✕: P of dog.legs says little of the part.")
    assert drawing.shapes == radar_drawing(seen, AVERAGES, CLASSES).shapes


def test_a_long_word_keeps_its_mark():
    long = {"cat.a very long concept": 0.3, "cat.eyes": 0.1, "cat.nose": 0.2}
    assert radar_drawing(long, poor=["cat.a very long concept"]).labels[0].text == "a very long con… ✕"
