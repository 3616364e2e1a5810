import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sxai.errors import MaskError
from sxai.masks.mask import apply_mask, decode_rle, encode_rle, mask_from_labels, mask_from_pixels, surrounding_colour
from sxai.masks.superpixels import SlicParameters

LABELS = np.repeat(np.arange(4), 5)[None].repeat(6, axis=0).astype(np.int32)
COLOURS = np.array([[10, 20, 30], [90, 90, 90], [200, 100, 0], [0, 0, 255]], np.uint8)
PICTURE = COLOURS[LABELS]
planes = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12))


def test_a_mask_of_superpixels_is_filled_with_the_ring_around_it():
    mask = mask_from_labels(PICTURE, LABELS, [1], SlicParameters())
    np.testing.assert_array_equal(mask.pixels, LABELS == 1)
    assert mask.labels == (1,)
    assert mask.slic == SlicParameters()
    assert mask.fill_label is None
    assert mask.fill == tuple(np.rint((COLOURS[0].astype(float) + COLOURS[2]) / 2).astype(int))


def test_a_picked_superpixel_gives_its_own_mean_colour():
    mask = mask_from_labels(PICTURE, LABELS, [1, 0], fill_label=3)
    assert mask.fill == (0, 0, 255)
    assert mask.fill_label == 3
    assert mask.labels == (0, 1)


def test_the_surrounding_colour_weighs_superpixels_by_their_area():
    labels = np.array([[0, 1, 2, 2, 2]])
    picture = np.array([[[0] * 3, [50] * 3, [100] * 3, [100] * 3, [100] * 3]], np.uint8)
    assert surrounding_colour(picture, labels, [1]) == (75, 75, 75)


def test_masking_changes_exactly_the_masked_pixels():
    mask = mask_from_labels(PICTURE, LABELS, [2])
    before = PICTURE.copy()
    masked = apply_mask(PICTURE, mask)
    np.testing.assert_array_equal(PICTURE, before)
    np.testing.assert_array_equal(masked[LABELS != 2], PICTURE[LABELS != 2])
    assert (masked[LABELS == 2] == mask.fill).all()
    assert masked.dtype == np.uint8


@pytest.mark.parametrize(
    ("selection", "fill", "words"),
    [
        ([], None, "empty"),
        ([9], None, "No superpixel 9: they are numbered 0 to 3"),
        ([-1], None, "No superpixel -1"),
        ([0], 12, "No superpixel 12"),
        ([0, 1], 1, "lies inside the mask"),
        ([0, 1, 2, 3], None, "whole picture"),
    ],
)
def test_a_mask_that_makes_no_sense_is_refused(selection, fill, words):
    with pytest.raises(MaskError, match=words):
        mask_from_labels(PICTURE, LABELS, selection, fill_label=fill)


def test_a_drawn_region_is_filled_from_a_ring_of_the_given_width():
    picture = np.zeros((21, 21, 3), np.uint8)
    picture[5:16, 5:16] = 80
    picture[9:12, 9:12] = 255
    region = np.zeros((21, 21), bool)
    region[9:12, 9:12] = True
    mask = mask_from_pixels(picture, region, ring_width=2)
    assert mask.fill == (80, 80, 80)
    assert mask.labels is None
    assert mask.slic is None
    wide = mask_from_pixels(picture, region, ring_width=40)
    assert wide.fill == (round(80 * (121 - 9) / (441 - 9)),) * 3


def test_a_drawn_region_can_be_filled_from_a_superpixel():
    region = np.zeros(LABELS.shape, bool)
    region[:, 8:12] = True
    assert mask_from_pixels(PICTURE, region, fill_label=1, labels_map=LABELS).fill == (90, 90, 90)
    with pytest.raises(MaskError, match="label map"):
        mask_from_pixels(PICTURE, region, fill_label=1)


@pytest.mark.parametrize(("value", "words"), [(False, "empty"), (True, "whole picture")])
def test_drawing_nothing_or_everything_is_refused(value, words):
    with pytest.raises(MaskError, match=words):
        mask_from_pixels(PICTURE, np.full(LABELS.shape, value))


def test_masks_of_another_canvas_are_refused():
    mask = mask_from_labels(PICTURE, LABELS, [1])
    with pytest.raises(MaskError, match="same canvas"):
        apply_mask(PICTURE[:3], mask)
    with pytest.raises(MaskError, match="same canvas"):
        mask_from_labels(PICTURE[:3], LABELS, [1])
    with pytest.raises(MaskError, match="same canvas"):
        mask_from_pixels(PICTURE, np.ones((2, 2), bool))


def test_a_mask_cannot_be_changed_by_accident():
    region = LABELS == 1
    mask = mask_from_pixels(PICTURE, region)
    region[:] = True
    assert mask.pixels.sum() == (LABELS == 1).sum()
    with pytest.raises(ValueError, match="read-only"):
        mask.pixels[0, 0] = True
    with pytest.raises(dataclasses.FrozenInstanceError):
        mask.fill = (0, 0, 0)


def slow_rle(plane):
    """Run lengths, counted one pixel after the other, column by column."""
    counts, current, run = [], False, 0
    for column in range(plane.shape[1]):
        for row in range(plane.shape[0]):
            if bool(plane[row, column]) != current:
                counts.append(run)
                current, run = not current, 0
            run += 1
    return [*counts, run]


@given(planes)
def test_run_lengths_equal_counting_one_by_one(plane):
    assert encode_rle(plane) == {"size": list(plane.shape), "counts": slow_rle(plane)}


@given(planes)
def test_run_lengths_come_back_as_the_same_mask(plane):
    back = decode_rle(encode_rle(plane))
    assert back.dtype == bool
    np.testing.assert_array_equal(back, plane)


def test_run_lengths_are_written_column_by_column_as_coco_does():
    plane = np.array([[1, 0, 0], [1, 1, 0]], bool)
    assert encode_rle(plane) == {"size": [2, 3], "counts": [0, 2, 1, 1, 2]}


@pytest.mark.parametrize(
    "rle",
    [
        {},
        {"size": [2, 2]},
        {"size": [2, 2], "counts": "abc"},
        {"size": [2], "counts": [4]},
        {"size": [2, 2], "counts": [5]},
        {"size": [2, 2], "counts": [5, -1]},
        {"size": [-2, -2], "counts": [4]},
        {"size": ["a", 2], "counts": [4]},
        {"size": [10**6, 10**6], "counts": [10**12]},
        {"size": [2, 2], "counts": [10**30]},
        None,
    ],
)
def test_run_lengths_that_do_not_add_up_are_refused(rle):
    with pytest.raises(MaskError):
        decode_rle(rle)


@given(planes.filter(lambda plane: plane.any() and not plane.all()), st.integers(1, 4))
def test_the_fill_lies_between_the_darkest_and_the_lightest_pixel_around(plane, width):
    picture = np.random.default_rng(5).integers(60, 200, (*plane.shape, 3), dtype=np.uint8)
    fill = mask_from_pixels(picture, plane, ring_width=width).fill
    assert all(60 <= value < 200 for value in fill)
