"""Nested superpixels: fine pieces inside pieces, pieces inside coarse groups, and selections that mix them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.masks.nested import LEAST_SHARE, grouped
from sxai.masks.superpixels import Pieces, SlicParameters, superpixels


@pytest.fixture(scope="module")
def pieces():
    """A picture of three colours with noise, in some twelve superpixels."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 40, (90, 120, 3)).astype(np.uint8)
    pixels[:, :40] += 160
    pixels[30:60, 60:] += 90
    return Pieces(pixels, superpixels(pixels, SlicParameters(count=12)))


def test_each_fine_piece_lies_in_its_superpixel(pieces):
    nested = pieces.nested
    assert len(nested.parents) > 2 * pieces.count
    np.testing.assert_array_equal(nested.parents[nested.fine], pieces.labels)


def test_no_fine_piece_is_a_splinter(pieces):
    nested = pieces.nested
    fine, whole = np.bincount(nested.fine.ravel()), np.bincount(pieces.labels.ravel())
    parts = np.arange(pieces.count, len(nested.parents))
    assert (fine[parts] >= LEAST_SHARE * whole[nested.parents[parts]]).all()
    assert all((nested.parents[parts] == piece).sum() != 1 for piece in range(pieces.count))


def test_a_superpixel_of_few_pixels_is_not_split():
    pixels = np.zeros((8, 20, 3), dtype=np.uint8)
    labels = np.repeat([[0, 1]], 8, axis=0).repeat([4, 16], axis=1).astype(np.int32)
    nested = Pieces(pixels, labels).nested
    assert (nested.fine[:, :4] == 0).all()
    assert (nested.fine[:, 4:] >= 2).all()


def test_coarse_groups_are_connected_and_a_third_as_many(pieces):
    groups = pieces.nested.groups
    assert groups.max() + 1 == -(-pieces.count // 3)
    for group in range(groups.max() + 1):
        members = set(np.flatnonzero(groups == group).tolist())
        reached = {min(members)}
        while grown := {n for piece in reached for n in pieces.neighbours[piece]} & members - reached:
            reached |= grown
        assert reached == members


def test_neighbours_of_like_colour_are_grouped():
    colours = np.array([[250.0, 0, 0], [240, 0, 0], [0, 0, 250], [0, 0, 240], [0, 5, 250]])
    assert len(set(grouped(colours, [[1], [0, 2], [1, 3], [2, 4], [3]])[:2])) == 1
    assert grouped(np.zeros((1, 3)), [[]]).tolist() == [0]


@given(labels=st.sets(st.integers(0, 40), max_size=12))
def test_normal_labels_cover_the_same_pixels(pieces, labels):
    nested = pieces.nested
    valid = {label for label in labels if label < len(nested.parents)}
    normal = pieces.normal(valid)
    expected = np.isin(pieces.labels, list(valid)) | np.isin(nested.fine, list(valid))
    np.testing.assert_array_equal(pieces.covers(valid), expected)
    assert pieces.normal(normal) == normal
    assert nested.inside(pieces.labels, expected) == normal


def test_pieces_are_not_nested_unasked(pieces):
    fresh = Pieces(pieces.pixels, pieces.labels)
    assert fresh.normal([2, 1]) == [1, 2]
    assert fresh.cut([1, 2]) is fresh.labels
    assert "nested" not in vars(fresh)
