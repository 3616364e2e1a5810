"""The palette and the words that go with a figure."""

import itertools

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.plot import theme

CLASSES = ["cat", "dog", "fox"]


def luminance(colour: str) -> float:
    """WCAG relative luminance, written out independently of the library."""
    total = 0.0
    for weight, at in zip((0.2126, 0.7152, 0.0722), (1, 3, 5), strict=True):
        c = int(colour[at : at + 2], 16) / 255
        total += weight * (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4)
    return total


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_a_space_has_the_colour_of_its_class():
    assert theme.class_colour("dog.nose", CLASSES) == theme.class_colour("dog", CLASSES)


def test_classes_have_different_colours():
    many = [f"c{index}" for index in range(21)]
    colours = [theme.class_colour(name, many) for name in many]
    assert len(set(colours)) == len(colours)


def test_the_first_seven_hues_are_okabe_and_itos():
    many = [f"c{index}" for index in range(7)]
    assert tuple(theme.class_colour(name, many) for name in many) == theme.OKABE_ITO


def test_an_unknown_class_is_grey():
    assert theme.class_colour("horse", CLASSES) == theme.NEUTRAL
    assert theme.class_colour("horse.legs", []) == theme.NEUTRAL


def test_a_class_with_a_dot_in_its_name_keeps_its_own_colour():
    names = ["st", "st.bernard"]
    assert theme.class_colour("st.bernard", names) == theme.OKABE_ITO[1]
    assert theme.class_colour("st.bernard.eyes", names) == theme.OKABE_ITO[1]


def test_concepts_are_told_apart_by_marker_whatever_their_class():
    concepts = ["cat.eyes", "cat.nose", "dog.eyes"]
    assert theme.concept_marker("cat.eyes", concepts) == theme.concept_marker("dog.eyes", concepts)
    assert theme.concept_marker("cat.eyes", concepts) != theme.concept_marker("cat.nose", concepts)
    assert theme.concept_marker("tail", concepts) == theme.MARKERS[0]


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}"))
def test_ink_is_readable_on_any_colour(colour):
    assert contrast(theme.ink_on(colour), colour) >= 3.5


@given(st.floats(-1, 2), st.sampled_from([theme.DIVERGING, theme.SEQUENTIAL]))
def test_a_blend_is_a_colour_between_the_ends(position, scale):
    colour = theme.blend(scale, position)
    stops = [stop for _, stop in scale]
    for at in (1, 3, 5):
        parts = [int(stop[at : at + 2], 16) for stop in stops]
        assert min(parts) <= int(colour[at : at + 2], 16) <= max(parts)


@pytest.mark.parametrize("scale", [theme.DIVERGING, theme.SEQUENTIAL])
def test_a_blend_meets_every_stop(scale):
    assert [theme.blend(scale, position) for position, _ in scale] == [colour for _, colour in scale]


def test_the_diverging_scale_darkens_towards_both_ends():
    values = [luminance(colour) for _, colour in theme.DIVERGING]
    assert values[2] == max(values)
    assert all(a < b for a, b in itertools.pairwise(values[:3]))
    assert all(a > b for a, b in itertools.pairwise(values[2:]))


def test_text_is_readable_on_both_pages():
    assert contrast(theme.INK[False], "#FFFFFF") > 7
    assert contrast(theme.INK[True], "#0E1117") > 7
    assert contrast(theme.NEUTRAL, "#FFFFFF") > 3
    assert contrast(theme.NEUTRAL, "#0E1117") > 3


def test_a_finished_figure_is_transparent_and_carries_its_words():
    fig = theme.finish(go.Figure(), "Title", "Two bars.", "The left one is longer.", height=222, dark=True)
    assert fig.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert fig.layout.template.layout.font.color == theme.INK[True]
    assert fig.layout.height == 222
    assert theme.describe(fig) == "The left one is longer."
    assert theme.alt_text(fig) == "Two bars. The left one is longer."


def test_a_figure_from_elsewhere_has_no_words():
    assert theme.describe(go.Figure()) == ""
    assert theme.alt_text(go.Figure()) == ""


def test_the_tool_bar_saves_under_a_plain_name():
    options = theme.config("cat.eyes: A_s ≥ 1", "svg")["toImageButtonOptions"]
    assert options == {"format": "svg", "filename": "cat-eyes-A_s-1".lower(), "scale": 1}
    assert theme.config("…")["toImageButtonOptions"]["filename"] == "chart"


@given(st.floats(-1e5, 1e5))
def test_digits_keep_the_value_to_three_places(value):
    shown = float(theme.digits(value).replace("−", "-"))
    assert shown == pytest.approx(value, rel=5.1e-3, abs=1e-12)


@given(st.floats(-10, 10))
def test_signed_numbers_never_show_a_negative_zero(value):
    shown = theme.signed(value)
    assert shown not in ("+0.00", "−0.00")
    assert float(shown.replace("−", "-")) == pytest.approx(value, abs=0.0051)
