"""Two networks side by side: what the charts carry and what they say."""

import numpy as np
import pytest

from sxai.comparison.figures import agreement_scatter, model_dumbbells
from sxai.plot.table import figure_data
from sxai.plot.theme import alt_text, class_colour, describe

NAMES = ["cat.eyes", "cat.nose", "dog.eyes"]
MODELS = ("vgg", "alex")


def test_each_concept_has_both_values_joined():
    fig = model_dumbbells(NAMES, [0.9, 0.8, 0.7], [0.95, None, 0.6], MODELS, "R²", ["cat", "dog"])
    line, first, second = fig.data
    assert list(first.x) == [0.9, 0.8, 0.7]
    assert list(second.x) == [0.95, None, 0.6]
    assert list(line.y) == ["cat.eyes"] * 3 + ["dog.eyes"] * 3
    assert (first.name, second.name) == MODELS
    assert list(first.marker.color) == [class_colour(name, ["cat", "dog"]) for name in NAMES]
    assert first.marker.symbol != second.marker.symbol
    assert "alex is higher in 1 of 2 concepts" in describe(fig)
    assert "vgg and alex" in alt_text(fig)


def test_nothing_measured_is_said():
    assert "Neither network" in describe(model_dumbbells(NAMES, [None] * 3, [None] * 3, MODELS, "R²", ["cat"]))


def test_eighty_concepts_take_no_more_than_they_need():
    names = [f"class{at // 4}.part{at % 4}" for at in range(80)]
    fig = model_dumbbells(names, [0.5] * 80, [0.6] * 80, MODELS, "R²", [])
    assert fig.layout.height < 2000
    assert fig.layout.yaxis.dtick == 1


def test_dots_are_clipped_and_their_true_values_in_the_hover():
    fig = agreement_scatter([1.4, 0.2, 0.5], [0.5, -0.3, 0.6], MODELS, "cat.eyes", "#0072B2", [0], ["a", "b", "c"])
    _, rest, apart = fig.data
    assert list(apart.x) == [1.0]
    assert list(apart.customdata[0]) == ["a", 1.4, 0.5]
    assert list(rest.y) == [0.0, 0.6]
    assert "within 0.2 on 67% of 3 images" in describe(fig)
    assert "to alex, dots below to vgg" in describe(fig)


def test_no_image_is_no_error():
    fig = agreement_scatter([], [], MODELS, "cat.eyes", "#0072B2")
    assert "No image" in describe(fig)


def test_the_data_can_be_taken_away():
    rng = np.random.default_rng(0)
    fig = agreement_scatter(rng.random(9), rng.random(9), MODELS, "cat.eyes", "#0072B2", [1, 2])
    assert len(figure_data(fig)) >= 9
    assert len(figure_data(model_dumbbells(NAMES, [0.1, 0.2, 0.3], [0.4, 0.5, 0.6], MODELS, "R²", ["cat"]))) >= 6


@pytest.mark.parametrize("dark", [False, True])
def test_both_looks_are_drawn(dark):
    assert model_dumbbells(NAMES, [0.9] * 3, [0.8] * 3, MODELS, "R²", ["cat", "dog"], dark=dark).layout.template
