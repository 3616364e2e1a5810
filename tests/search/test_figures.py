"""Margins and the probabilities of hits."""

import numpy as np
import pytest

from sxai.plot.table import figure_data
from sxai.plot.theme import describe
from sxai.search.figures import margin_plot, probability_histograms


def test_margins_are_drawn_by_rank():
    fig = margin_plot([0.3, 0.2, 0.01], ["a", "b", "c"], "cat.eyes > 0.5", 3)
    assert list(fig.data[0].x) == [1, 2, 3]
    assert list(fig.data[0].text) == ["a", "b", "c"]
    assert "33% of those shown" in describe(fig)


def test_boundless_margins_of_labels_are_left_out():
    fig = margin_plot([np.inf, np.inf], ["a", "b"], "true = cat", 2)
    assert np.isnan(fig.data[0].y).all()
    assert "labels only" in describe(fig)


def test_no_hit_is_said_in_words():
    assert "No image" in describe(margin_plot([], [], "cat.eyes > 2", 0))


def test_histograms_of_the_hits_hold_shares_of_all_finite_values():
    fig = probability_histograms({"cat.eyes": [0.1, 0.12, 1.4, np.nan]}, ["cat"], {"cat.eyes": [0.5]})
    hits, everything = fig.data
    assert sum(hits.y) == pytest.approx(1)
    assert hits.y[-1] == pytest.approx(1 / 3)
    assert everything.line.dash == "dot"
    assert "cat.eyes 0.12" in describe(fig)


def test_a_query_without_spaces_is_said_in_words():
    assert "no semantic space" in describe(probability_histograms({}, ["cat"]))


def test_the_table_of_margins_holds_every_point():
    assert len(figure_data(margin_plot([0.3, 0.2], ["a", "b"], "q", 2))) == 2
