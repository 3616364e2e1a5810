"""Charts of automatic concepts show the numbers they are given."""

import numpy as np

from sxai.plot.theme import alt_text, describe
from sxai.prototypes.figures import (
    bubble_rings,
    filter_ranks,
    orthogonality_heatmap,
    orthogonality_panels,
    sensitivity_boxes,
    similarity_bars,
    term_curves,
)


def test_bubbles_have_pcs_as_their_area():
    fig = bubble_rings({"cat.eyes": 1.2, "dog.eyes": 0.3}, {"cat.eyes": 0.8, "dog.eyes": 0.2}, ["cat", "dog"])
    cat, dog = fig.data
    assert (cat.r, cat.theta) == ((1.0,), ("eyes",))
    assert cat.customdata[0][0] == 1.2
    assert (cat.marker.size[0] - 10) / (dog.marker.size[0] - 10) == np.sqrt(0.8 / 0.2)
    assert "cat.eyes" in describe(fig)
    assert "No concept" in describe(bubble_rings({}, {}, ["cat"]))


def test_bars_stand_side_by_side():
    fig = similarity_bars({"cat": 0.9, "dog": 0.8}, {"cat": 0.3, "dog": 0.5}, ["cat", "dog"])
    assert [list(bar.y) for bar in fig.data] == [[0.9, 0.8], [0.3, 0.5]]
    assert "cat" in describe(fig)
    assert "dog" in describe(fig)


def test_heat_maps_are_cosines():
    fig = orthogonality_heatmap([[1, 0], [1, 1]], "vectors")
    np.testing.assert_allclose(fig.data[0].z, [[1, 0.7071], [0.7071, 1]])
    both = orthogonality_panels({"with": np.eye(2), "without": np.ones((2, 2))})
    assert len(both.data) == 2
    assert "without" in alt_text(both)


def test_terms_keep_their_values():
    fig = term_curves([{"cross-entropy": 2.0, "accuracy": 0.5}, {"cross-entropy": 1.0, "accuracy": 0.9}])
    assert list(fig.data[0].customdata) == [2.0, 1.0]
    assert list(fig.data[0].y) == [1.0, 0.0]
    assert "90.0%" in describe(fig)


def test_concepts_of_one_name_are_one_in_the_ranks_of_filters():
    fig = filter_ranks([3.0, 5.0, 1.0, 4.0], [0, 1, -1, 2], ["legs", "eyes", "legs"], "filters")
    assert [trace.name for trace in fig.data] == ["legs", "eyes", "none (redundant)"]
    assert [list(trace.x) for trace in fig.data] == [[0, 3], [1], [2]]
    assert [line.y0 for line in fig.layout.shapes] == [3.5, 5.0]


def test_filters_are_marked_by_their_concept():
    fig = filter_ranks([3.0, 5.0, 1.0], [0, 0, -1], ["eyes"], "filters")
    assert [trace.name for trace in fig.data] == ["eyes", "none (redundant)"]
    assert fig.layout.shapes[0].y0 == 4.0
    assert describe(fig).startswith("1 of 3")


def test_boxes_are_ordered_in_words():
    fig = sensitivity_boxes({"eyes": {"hue": [0.1, 0.2], "shape": [0.4, 0.6]}})
    assert list(fig.data[0].x) == ["hue", "hue", "shape", "shape"]
    assert describe(fig) == "From most to least sensitive: shape, hue."
