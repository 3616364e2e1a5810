import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sxai.errors import MaskError
from sxai.masks.superpixels import (
    SlicParameters,
    adjacency,
    covered,
    mean_colours,
    neighbours,
    overlapping,
    superpixels,
    touching,
)

LABELS = np.array([[0, 0, 1, 1], [0, 0, 1, 2], [3, 3, 2, 2]], np.int32)
label_maps = hnp.arrays(np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.integers(0, 5))


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 60), (64, 64), (96, 130)])
def test_labels_are_contiguous_from_zero(shape, rng):
    labels = superpixels(rng.integers(0, 256, (*shape, 3), dtype=np.uint8))
    assert labels.shape == shape
    assert labels.dtype == np.int32
    assert np.unique(labels).tolist() == list(range(labels.max() + 1))


def test_a_plain_picture_can_be_cut_too():
    assert superpixels(np.full((64, 64, 3), 127, np.uint8)).max() >= 3


def test_more_superpixels_can_be_asked_for(rng):
    picture = rng.integers(0, 256, (128, 128, 3), dtype=np.uint8)
    assert superpixels(picture, SlicParameters(count=80)).max() > superpixels(picture, SlicParameters(count=10)).max()


def test_superpixels_follow_the_edge_of_a_colour():
    picture = np.zeros((80, 80, 3), np.uint8)
    picture[:, 37:] = (250, 250, 20)
    labels = superpixels(picture, SlicParameters(count=20, sigma=1.0))
    bright = mean_colours(picture, labels)[:, 0] > 125
    assert (bright[labels] == (picture[..., 0] > 125)).mean() > 0.98


def test_the_same_picture_gives_the_same_superpixels(rng):
    picture = rng.integers(0, 256, (50, 70, 3), dtype=np.uint8)
    np.testing.assert_array_equal(superpixels(picture), superpixels(picture))


@pytest.mark.parametrize("values", [{"count": 0}, {"compactness": 0}, {"sigma": -1}, {"compactness": float("nan")}])
def test_senseless_parameters_are_refused(values):
    with pytest.raises(MaskError, match="count ≥ 1"):
        SlicParameters(**values)


@given(label_maps)
def test_mean_colours_equal_the_plain_mean_of_each_label(labels):
    picture = np.random.default_rng(3).integers(0, 256, (*labels.shape, 3), dtype=np.uint8)
    means = mean_colours(picture, labels)
    for label in np.unique(labels):
        np.testing.assert_allclose(means[label], picture[labels == label].mean(axis=0))


def test_neighbours_are_the_ring_around_a_selection():
    assert neighbours(LABELS, [0]) == [1, 3]
    assert neighbours(LABELS, [1]) == [0, 2]
    assert neighbours(LABELS, [0, 1]) == [2, 3]
    assert neighbours(LABELS, [0, 1, 2, 3]) == []
    assert neighbours(LABELS, []) == []


@given(label_maps)
def test_being_a_neighbour_is_mutual_and_all_are_found_in_one_pass(labels):
    around = adjacency(labels)
    assert around == [neighbours(labels, [label]) for label in range(labels.max() + 1)]
    for label, others in enumerate(around):
        assert label not in others
        assert all(label in around[other] for other in others)


def test_a_superpixel_is_covered_when_more_than_half_of_it_is():
    labels = np.array([[0, 0, 1, 1], [0, 0, 1, 1]])
    region = np.array([[True, False, True, True], [True, False, True, False]])
    assert covered(labels, region).tolist() == [False, True]


def test_points_are_found_in_their_superpixels():
    assert touching(LABELS, np.array([[0.0, 0.0], [3.9, 1.2], [1.0, 2.99]])) == [0, 2, 3]


def test_points_outside_or_unknown_are_ignored():
    assert touching(LABELS, np.array([[-0.1, 0], [4.0, 0], [0, 3.0], [np.nan, 1], [2, 0]])) == [1]
    assert touching(LABELS, np.empty((0, 2))) == []


def test_a_part_belongs_to_the_superpixels_that_hold_enough_of_it():
    labels = np.repeat(np.arange(4), 10)[None].repeat(10, axis=0)
    part = np.zeros(labels.shape, bool)
    part[4:8, 8:18] = True  # 8 pixels in superpixel 0, 32 in superpixel 1
    assert overlapping(labels, part) == [1]
    assert overlapping(labels, part, share=0.2) == [0, 1]


def test_a_superpixel_covered_by_a_large_part_belongs_to_it_however_small_its_share():
    labels = np.repeat(np.arange(8), 10)[None]
    part = np.ones(labels.shape, bool)
    part[0, :5] = False  # superpixel 0 is covered by exactly one half
    assert overlapping(labels, part) == [1, 2, 3, 4, 5, 6, 7]


def test_an_absent_part_belongs_to_no_superpixel():
    assert overlapping(LABELS, np.zeros(LABELS.shape, bool)) == []


def test_a_part_of_another_size_is_refused():
    with pytest.raises(MaskError, match="canvas"):
        overlapping(LABELS, np.zeros((2, 2), bool))
