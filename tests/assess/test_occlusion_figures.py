"""Maps over a picture: each superpixel has its own drop's colour, its borders, and words that conclude."""

import numpy as np
import pytest

from sxai.assess.occlusion_figures import MAX_CELLS, evidence_map, outlines, saliency_map
from sxai.plot.table import figure_data
from sxai.plot.theme import alt_text, describe

LABELS = np.repeat(np.repeat(np.array([[0, 1, 2], [3, 3, 4]]), 6, axis=0), 4, axis=1)
DROPS = np.array([0.1, -0.05, 0.4, 0.0, 0.02])
PICTURE = "data:image/jpeg;base64,AAAA"


def made(drops=DROPS, **changes):
    given = {"name": "P(cat.eyes)", "value": 0.9, "together": 0.7} | changes
    return evidence_map(PICTURE, LABELS, drops, **given)


def test_each_cell_has_the_drop_of_its_superpixel():
    cells = made().data[0]
    np.testing.assert_allclose(cells.z, DROPS[LABELS])
    assert (cells.zmin, cells.zmax) == (-0.4, 0.4)
    assert (list(cells.x[:2]), list(cells.y[:2])) == ([0.5, 1.5], [0.5, 1.5])


def test_the_scale_is_clear_where_nothing_changes():
    colours = [colour for _, colour in made().data[0].colorscale]
    assert colours[2].endswith(", 0)")
    assert all(not colour.endswith(", 0)") for colour in (colours[0], colours[-1]))


def test_small_drops_are_not_stretched_to_the_whole_scale():
    cells = made(DROPS / 40).data[0]
    assert (cells.zmin, cells.zmax) == (-0.1, 0.1)


def test_the_picture_lies_below_in_its_own_proportions():
    fig = made()
    (image,) = fig.layout.images
    assert (image.source, image.sizex, image.sizey, image.layer) == (PICTURE, 12, 12, "below")
    assert list(fig.layout.yaxis.range) == [12, 0]
    assert fig.layout.yaxis.scaleanchor == "x"


def test_the_strongest_superpixel_is_outlined():
    bold = made().data[2]
    xs, ys = np.array(bold.x), np.array(bold.y)
    pieces = {(xs[at], ys[at], xs[at + 1], ys[at + 1]) for at in range(0, len(xs), 3)}
    assert pieces == {(8, 0, 8, 6), (8, 6, 12, 6)}
    assert bold.line.width > made().data[1].line.width


def test_a_large_label_map_is_drawn_coarser_at_the_same_place():
    labels = np.repeat(np.arange(4), 250)[None].repeat(500, axis=0)
    fig = evidence_map(PICTURE, labels, np.arange(4.0), "P", 1.0, 1.0)
    assert max(np.shape(fig.data[0].z)) <= MAX_CELLS
    assert fig.layout.images[0].sizex == 1000
    xs = np.array(fig.data[1].x)
    assert set(xs[~np.isnan(xs)]) == {252.0, 504.0, 756.0}


def test_words_conclude_and_warn_that_drops_do_not_add_up():
    words = describe(made())
    assert "from 0.90 by 0.40" in words
    assert "add up to +0.47" in words
    assert "takes +0.70" in words
    assert "need not add up" in words
    assert "5 superpixels" in alt_text(made())


@pytest.mark.parametrize("drops", [np.zeros(5), -DROPS.clip(0), np.full(5, 0.004)])
def test_where_no_part_matters_none_is_outlined(drops):
    fig = made(drops)
    assert "no part alone carries it" in describe(fig)
    assert len(fig.data) == 3
    assert fig.data[0].zmax >= 0.01


def test_what_is_not_there_is_carried_by_nothing():
    assert "nothing that a superpixel could carry" in describe(made(np.full(5, -0.2), value=0.004))


def test_tall_pictures_stay_within_the_page():
    tall, wide = (evidence_map(PICTURE, np.repeat(LABELS, 3, axis=at), DROPS, "P", 0.9, 0.7) for at in (0, 1))
    assert wide.layout.height < tall.layout.height <= 520


def test_the_table_holds_one_row_a_superpixel():
    table = figure_data(made())
    assert list(table.columns) == ["series", "x", "y", "drop of P(cat.eyes)"]
    np.testing.assert_allclose(table["drop of P(cat.eyes)"], DROPS)
    assert table.loc[0, ["x", "y"]].tolist() == [2.0, 3.0]


def test_saliency_is_a_share_of_its_peak():
    heat = np.where(LABELS == 1, 4.0, 1.0)
    fig = saliency_map(PICTURE, LABELS, heat, "cat")
    np.testing.assert_allclose(fig.data[0].z, heat / 4)
    np.testing.assert_allclose(figure_data(fig)["mean share of the peak"], [0.25, 1, 0.25, 0.25, 0.25])
    assert "looked for cat" in describe(fig)
    assert "zero everywhere" in describe(saliency_map(PICTURE, LABELS, np.zeros(LABELS.shape), "cat"))


def test_borders_are_straight_pieces_between_regions():
    xs, ys = outlines(np.array([[0, 0, 1], [2, 2, 1]]))
    pieces = {tuple(zip(xs[at : at + 2], ys[at : at + 2], strict=True)) for at in range(0, len(xs), 3)}
    assert pieces == {((2.0, 0.0), (2.0, 2.0)), ((0.0, 1.0), (2.0, 1.0))}
    assert outlines(np.zeros((3, 3)))[0].size == 0
