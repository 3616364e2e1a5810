"""Charts of semantic vectors: what they carry, what they say, and that nothing to show is no error."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage

from sxai.assess.pointing_figures import class_heat, gain_band, pointing_curves
from sxai.plot.table import figure_data
from sxai.plot.theme import alt_text, describe
from sxai.vectors.figures import (
    attribute_bars,
    diversity_scatter,
    grey_dumbbells,
    relevance_bars,
    relevance_heatmap,
    retrieval_bars,
    shift_bars,
    vector_map,
    vector_tree,
)

NAMES = ["cat", "dog", "cow"]
SHARES = (0, 0.5, 1)


def test_circles_grow_with_diversity_and_carry_it():
    fig = vector_map(NAMES, [[0, 0], [1, 0], [0, 1]], [0.2, 0.5, 0.3], "tsne", ["cat"])
    sizes = fig.data[0].marker.size
    assert sizes[1] > sizes[2] > sizes[0]
    assert list(figure_data(fig)["diversity"]) == [0.2, 0.5, 0.3]
    assert "most of all dog (0.5), least cat (0.2)" in describe(fig)
    assert "t-SNE" in describe(fig)
    assert "Classical scaling" in describe(vector_map(["cat"], [[0, 0]], [0.1], "scaling"))


def test_the_tree_joins_at_the_distances_given():
    merges = linkage(np.array([[0.0], [1.0], [5.0]]), "average")
    fig = vector_tree(NAMES, merges, [2, 0, 1])
    assert sorted({x for x in fig.data[0].x if x}) == [1.0, 4.5]
    assert list(fig.layout.yaxis.ticktext) == ["cow", "cat", "dog"]
    assert "The closest are cat and dog" in describe(fig)


def test_relevance_leaves_the_diagonal_out():
    values = np.array([[1, 0.4, 0.2], [0.4, 1, 0.7], [0.2, 0.7, 1]])
    fig = relevance_heatmap(NAMES, values)
    assert np.isnan(np.diag(np.asarray(fig.data[0].z, dtype=float))).all()
    assert values[0, 0] == 1
    assert "dog and cow are the most relevant" in describe(fig)
    bars = relevance_bars("cat", ["dog", "cow"], [0.2, 0.4])
    assert list(bars.data[0].y) == ["cow", "dog"]
    assert "To cat, cow is the most relevant and dog the least" in describe(bars)


def test_a_correlation_is_told_with_its_doubt():
    sure = diversity_scatter(NAMES, [0.1, 0.2, 0.3], [0.9, 0.8, 0.6], -0.98, 0.01)
    assert "r = −0.98" in describe(sure)
    assert "hardly chance" in describe(sure)
    assert "may well be chance" in describe(diversity_scatter(NAMES, [0.1, 0.2, 0.3], [0.9, 0.8, 0.6], -0.5, 0.4))
    assert "too few" in describe(diversity_scatter(NAMES[:1], [0.1], [0.9], None, None))


def test_precision_stands_beside_chance():
    fig = retrieval_bars(NAMES, [0.9, 0.8, 0.4], [0.3, 0.3, 0.4], 20)
    assert "On average 70% of the first 20" in describe(fig)
    assert "Lowest: cow, 40%" in describe(fig)
    assert "nothing was tested" in describe(retrieval_bars([], [], [], 20))


def test_shifts_have_their_intervals():
    fig = shift_bars(["random neuron", "SeVec"], [-0.01, 0.2], [-0.02, 0.1], [0.0, 0.3])
    np.testing.assert_allclose(fig.data[0].error_y.array, [0.01, 0.1])
    assert "by +0.20 on average" in describe(fig)


def test_words_that_stand_out_are_named():
    assert "the picture is cracked" in describe(attribute_bars(["cracked", "banded"], [0.99, 0.3], [0.4, 0.1], "a.jpg"))
    assert "No word" in describe(attribute_bars(["cracked"], [0.5], [0.2], "a.jpg"))
    assert "like none" not in describe(attribute_bars(["cracked"], [0.97], [0.0], "a.jpg"))
    assert "like none" in describe(attribute_bars(["cracked"], [0.0], [0.0], "a.jpg"))


def test_gain_and_curves_say_where_the_gate_is_clearly_better():
    fig = gain_band(SHARES, [0.1, 0.2, 0.0], [0.05, 0.1, -0.1], [0.2, 0.3, 0.1], "Guided backprop")
    assert "above 0 at 2 of 3 shares, from m = 0 % to 50 %" in describe(fig)
    assert "clear of nothing" in describe(gain_band(SHARES, [0] * 3, [-1] * 3, [1] * 3, "x"))
    curves = pointing_curves(SHARES, [0.5, 0.5, 0.5], [0.6, 0.7, 0.5], [0.9] * 3, "Guided backprop", "most")
    assert [trace.name for trace in curves.data] == ["Grad-CAM", "plain", "SeVec gate"]
    assert "by +10.0% on average over m (from +0.0% to +20.0%)" in describe(curves)


def test_heat_is_averaged_over_cells_and_drawn_as_a_share():
    heat = np.zeros((200, 300))
    heat[:100] = 2.0
    fig = class_heat("data:,", heat, "Guided backprop", "words")
    cells = np.asarray(fig.data[0].z)
    assert cells.shape == (67, 100)
    assert (cells.max(), cells.min()) == (1, 0)
    assert class_heat("data:,", np.zeros((8, 8)), "nothing", "words").data[0].z.max() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_grey_and_colour_are_joined_in_both_looks(dark):
    fig = grey_dumbbells(NAMES, [0.9, 0.8, 0.7], [0.5, 0.8, 0.6], "accuracy", "words", dark)
    assert list(fig.data[0].x)[:3] == [0.9, 0.5, None]
    assert "in colour and in grey" in alt_text(fig)
    assert len(figure_data(fig)) == 6
