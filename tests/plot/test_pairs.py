import numpy as np

from sxai.plot.pairs import probability_pairs
from sxai.plot.theme import alt_text


def test_falls_are_told_from_the_rest_and_the_mean_is_bold():
    fig = probability_pairs([0.9, 0.5, 0.2], [0.1, 0.6, 0.1], "cat.eyes", "#0072B2")
    assert [trace.name for trace in fig.data] == ["P falls", "P does not fall", "mean"]
    np.testing.assert_allclose(fig.data[0].y, [0.9, 0.1, np.nan, 0.2, 0.1, np.nan])
    np.testing.assert_allclose(fig.data[2].y, [1.6 / 3, 0.8 / 3])
    assert "falls in 67%" in alt_text(fig)


def test_no_pairs_are_said_to_be_none():
    fig = probability_pairs([], [], "cat.eyes", "#0072B2")
    assert "No masked images" in alt_text(fig)
