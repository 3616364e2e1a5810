"""Scores, differences, overlaps and cross-talk of semantic spaces."""

import numpy as np
import pytest

from sxai.plot.table import figure_data
from sxai.plot.theme import class_colour, describe
from sxai.spaces.figures import crosstalk_heatmap, difference_bars, masking_dumbbells, score_bars, similarity_heatmap

RNG = np.random.default_rng(3)
UNMASKED, MASKED = RNG.gamma(2, 1, 64), RNG.gamma(2, 1, 64)
DIFFERENCE = UNMASKED - MASKED
CHANNELS = np.argsort(-np.abs(DIFFERENCE))[:5].tolist()
DELTA = DIFFERENCE[CHANNELS].tolist()
NAMES = ["cat.eyes", "cat.nose", "dog.eyes"]


def test_masked_scores_are_mirrored_but_keep_their_value_in_the_hover():
    fig = score_bars(UNMASKED, MASKED, CHANNELS, "cat.eyes", "#0072B2")
    assert list(fig.data[0].y) == UNMASKED.tolist()
    assert list(fig.data[1].y) == (-MASKED).tolist()
    assert list(fig.data[1].customdata) == MASKED.tolist()


def test_the_sensitive_neurons_are_pointed_at():
    marks = score_bars(UNMASKED, MASKED, CHANNELS, "cat.eyes", "#0072B2").data[2]
    assert sorted(marks.x) == sorted(CHANNELS)
    assert min(marks.y) > UNMASKED.max()


@pytest.mark.parametrize("kind", ["scores", "differences"])
def test_neurons_that_other_spaces_read_carry_a_dagger_and_are_explained(kind):
    shared = {CHANNELS[1]: ["cat.nose", "dog.eyes"]}
    if kind == "scores":
        fig = score_bars(UNMASKED, MASKED, CHANNELS, "cat.eyes", "#0072B2", shared=shared)
    else:
        fig = difference_bars(DIFFERENCE, CHANNELS, DELTA, "cat.eyes", "#0072B2", shared=shared)
    texts = {note.text for note in fig.layout.annotations}
    assert texts == {f"<b>{CHANNELS[1]}†</b>", *(str(channel) for channel in CHANNELS if channel != CHANNELS[1])}
    wanted = f"{CHANNELS[1]} in cat.nose, dog.eyes." if kind == "differences" else "† Neurons that other spaces read"
    assert wanted in describe(fig)


def test_of_many_neurons_the_first_are_named_and_the_shared_ones_counted():
    chosen = np.argsort(-np.abs(DIFFERENCE))[:20].tolist()
    shared = {channel: ["cat.nose"] for channel in chosen[:7]} | {chosen[7]: ["cat.nose", "dog.eyes"]}
    fig = difference_bars(DIFFERENCE, chosen, DIFFERENCE[chosen], "cat.eyes", "#0072B2", shared=shared)
    named = {int(note.text.strip("<b>/†")) for note in fig.layout.annotations}
    assert named == set(chosen[:10])
    assert "8 of them are read by other spaces too: 8 in cat.nose, 1 in dog.eyes." in describe(fig)


def test_differences_are_split_into_sensitive_and_other_channels():
    fig = difference_bars(DIFFERENCE, CHANNELS, DELTA, "cat.eyes", "#0072B2")
    others, chosen = fig.data
    assert sorted([*others.x, *chosen.x]) == list(range(64))
    assert list(chosen.x) == CHANNELS
    assert list(chosen.y) == DELTA


def test_each_sensitive_neuron_is_named_at_its_bar():
    fig = difference_bars(DIFFERENCE, CHANNELS, DELTA, "cat.eyes", "#0072B2")
    named = {int(note.text): note.y for note in fig.layout.annotations}
    assert named == pytest.approx(dict(zip(CHANNELS, DELTA, strict=True)))


def test_labels_of_neighbouring_neurons_do_not_lie_on_each_other():
    values = np.zeros(100)
    values[[10, 11, 12]] = [1.0, 1.0, 1.0]
    fig = difference_bars(values, [10, 11, 12], [1.0, 1.0, 1.0], "cat.eyes", "#0072B2")
    assert len({note.yshift for note in fig.layout.annotations}) == 3


def test_a_label_below_zero_stands_under_its_bar():
    values = np.array([0.0, -2.0, 0.0])
    fig = difference_bars(values, [1], [-2.0], "cat.eyes", "#0072B2")
    assert fig.layout.annotations[0].yshift < 0


def test_the_caption_gives_the_share_of_the_squared_difference():
    values = np.array([3.0, 4.0, 0.0, 5.0])
    fig = difference_bars(values, [1, 3], [4.0, 5.0], "cat.eyes", "#0072B2")
    assert f"{41 / 50:.0%}" in describe(fig)
    assert "few neurons" in describe(fig)


def test_no_difference_at_all_is_no_error():
    fig = difference_bars(np.zeros(4), [0, 1], [0.0, 0.0], "cat.eyes", "#0072B2")
    assert "0%" in describe(fig)


def test_overlap_shows_cosine_and_shared_neurons_in_every_cell():
    cosine = np.array([[1, 0.5, -0.25], [0.5, 1, 0], [-0.25, 0, 1]])
    shared = np.array([[5, 2, 0], [2, 5, 1], [0, 1, 5]])
    fig = similarity_heatmap(NAMES, cosine, shared)
    assert np.asarray(fig.data[0].z).tolist() == cosine.tolist()
    text = {(note.y, note.x): note.text for note in fig.layout.annotations}
    assert text["cat.eyes", "dog.eyes"] == "−0.25"
    assert text["cat.eyes", "cat.nose"] == "0.50<br>(2)"
    assert len(text) == 9
    assert "cat.eyes and cat.nose (cosine 0.5)" in describe(fig)


def test_one_space_has_nothing_to_overlap_with():
    assert "nothing to compare" in describe(similarity_heatmap(["cat.eyes"], [[1.0]], [[5]]))


def test_a_dominating_diagonal_is_praised():
    values = np.full((3, 3), -0.05) - 0.3 * np.eye(3)
    assert "diagonal dominates" in describe(crosstalk_heatmap(NAMES, values))


def test_a_concept_that_lowers_another_space_more_is_named():
    values = np.full((3, 3), -0.05) - 0.3 * np.eye(3)
    values[1, 2] = -0.6
    words = describe(crosstalk_heatmap(NAMES, values))
    assert "cat.nose" in words
    assert "cat.eyes" not in words


def test_the_crosstalk_scale_is_symmetric_about_zero():
    heat = crosstalk_heatmap(NAMES, np.diag([-0.4, -0.3, 0.1])).data[0]
    assert (heat.zmin, heat.zmax) == (-0.4, 0.4)


def test_unknown_crosstalk_is_left_empty():
    values = np.diag([-0.4, -0.3, -0.2])
    values[0, 1] = np.nan
    fig = crosstalk_heatmap(NAMES, values)
    assert len(fig.layout.annotations) == 8
    assert "diagonal dominates" in describe(fig)


def test_dumbbells_join_masked_and_unmasked_in_the_colours_of_the_classes():
    fig = masking_dumbbells(NAMES, [0.6, 0.5, 0.5], [0.1, 0.45, 0.2], ["cat", "dog"])
    masked, visible = fig.data[1], fig.data[2]
    assert list(masked.x) == [0.1, 0.45, 0.2]
    assert list(visible.x) == [0.6, 0.5, 0.5]
    assert list(visible.marker.color) == [class_colour(name, ["cat", "dog"]) for name in NAMES]
    assert all(symbol.endswith("-open") for symbol in masked.marker.symbol)
    assert "weakest is cat.nose" in describe(fig)
    assert set(figure_data(fig)["series"]) == {"concept masked", "concept visible"}


def test_a_heat_map_becomes_a_long_table():
    values = np.diag([-0.4, -0.3, -0.2])
    table = figure_data(crosstalk_heatmap(NAMES, values))
    assert len(table) == 9
    own = table[table["row"] == table["column"]]["value"].tolist()
    assert own == pytest.approx([-0.4, -0.3, -0.2])
