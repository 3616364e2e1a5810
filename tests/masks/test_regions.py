"""Regions as other programs write them. Golden values are what pycocotools 2.0.11 printed for the same regions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sxai.errors import MaskError
from sxai.masks.mask import encode_rle
from sxai.masks.regions import compress, decompress, filled, outlines, resized, row_runs, undo_row_runs

REGIONS = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12))


@pytest.fixture
def ring():
    """A ring with a dot in its hole: a piece with a hole, and a piece inside it."""
    region = np.zeros((7, 9), dtype=bool)
    region[1:6, 1:8], region[2:5, 3:6], region[3, 4] = True, False, True
    return region


@settings(max_examples=60)
@given(REGIONS)
def test_any_region_comes_back_from_its_outlines_to_the_last_pixel(region):
    np.testing.assert_array_equal(filled(outlines(region), region.shape), region)


@settings(max_examples=60)
@given(REGIONS)
def test_run_lengths_come_back(region):
    counts = encode_rle(region)["counts"]
    assert decompress(compress(counts)) == counts
    np.testing.assert_array_equal(undo_row_runs(row_runs(region), region.shape), region)


@settings(max_examples=60)
@given(REGIONS, st.integers(0, 40), st.integers(0, 40))
def test_a_region_that_was_enlarged_and_shrunk_back_is_the_same(region, taller, wider):
    larger = resized(region, (region.shape[0] + taller, region.shape[1] + wider))
    np.testing.assert_array_equal(resized(larger, region.shape), region)


def test_resizing_takes_the_nearest_pixel():
    region = np.array([[True, False]])
    assert resized(region, (2, 4)).tolist() == [[True, True, False, False]] * 2
    assert resized(region, (1, 2)) is region


def test_a_hole_hangs_on_its_piece_by_a_bridge_and_another_piece_has_its_own_outline(ring):
    around, dot = outlines(ring)
    assert dot.tolist() == [[4, 3], [5, 3], [5, 4], [4, 4]]
    assert {tuple(point) for point in around.tolist()} >= {(1, 1), (8, 6), (3, 2), (6, 5)}
    np.testing.assert_array_equal(filled([around, dot], ring.shape), ring)


def test_pieces_that_touch_by_a_corner_stay_apart():
    assert [len(line) for line in outlines(np.eye(3, dtype=bool))] == [4, 4, 4]


def test_a_pixel_belongs_to_an_outline_that_holds_its_centre():
    triangle = np.array([[0.0, 0.0], [3.9, 0.0], [0.0, 3.9]])
    assert filled([triangle], (4, 4)).sum(axis=1).tolist() == [3, 2, 1, 0]
    assert filled([triangle + 100], (4, 4)).sum() == 0
    assert filled([triangle * -1], (4, 4)).sum() == 0
    assert filled([np.array([[-9, -9], [99, -9], [99, 99], [-9, 99]])], (3, 5)).all()


def test_outlines_add_up_where_they_overlap():
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
    assert filled([square, square], (2, 2)).all()


@pytest.mark.parametrize("line", [[[0, 0], [1, 1]], [[0, 0, 0]] * 3, [[0, 0], [1, np.nan], [2, 2]], []], ids=str)
def test_what_is_no_outline_is_refused(line):
    with pytest.raises(MaskError, match="at least three points"):
        filled([np.array(line, dtype=float)], (3, 3))


def test_compressed_text_is_coco_s(ring):
    assert compress(encode_rle(ring)["counts"]) == "85200L10O0O0001010O4006"
    large = np.zeros((300, 400), dtype=bool)
    large[100:200, 50:300] = True
    text = compress(encode_rle(large)["counts"])
    assert (text[:6], text[-4:]) == ("lg>T3X", "\\Vm0")
    assert decompress(b"85200L10O0O0001010O4006") == encode_rle(ring)["counts"]


@pytest.mark.parametrize("text", ["\x00", "~~~", "P", "PPPPPPPPPPPPPPPP0"], ids=repr)
def test_damaged_text_is_refused(text):
    with pytest.raises(MaskError, match="Export it again"):
        decompress(text)


@pytest.mark.parametrize(("counts", "shape"), [([3], (2, 2)), ([5, -1], (2, 2)), ([], (1, 1)), ([2], (-1, -2))])
def test_runs_that_do_not_add_up_are_refused(counts, shape):
    with pytest.raises(MaskError, match="do not add up"):
        undo_row_runs(counts, shape)
