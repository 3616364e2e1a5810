import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.visualisation.crops import clearest

FLAT = np.full((40, 40, 3), 90, dtype=np.uint8)
EVERYWHERE = np.ones((5, 5))


def speckled(box, seed=0):
    """A flat picture but for noise in ``box`` (top, left, side)."""
    top, left, side = box
    picture = FLAT.copy()
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3))
    picture[top : top + side, left : left + side] = noise
    return picture


def overlap(one, other):
    return (
        one.top < other.top + other.side
        and other.top < one.top + one.side
        and one.left < other.left + other.side
        and other.left < one.left + one.side
    )


def test_the_crop_lies_where_the_picture_changes():
    [crop, *_] = clearest(speckled((20, 6, 12)), EVERYWHERE)
    assert (crop.top, crop.left, crop.side) in {(t, c, 12) for t in (19, 20) for c in (5, 6)}
    assert crop.share > 0.9
    assert crop.of(FLAT).shape == (12, 12, 3)


def test_the_channels_response_decides_between_equal_places():
    picture = np.maximum(speckled((2, 2, 12)), speckled((26, 26, 12)))
    response = np.zeros((4, 4))
    response[3, 3] = 1.0
    [crop, *_] = clearest(picture, response)
    assert crop.top > 20
    assert crop.left > 20


@given(seed=st.integers(0, 10_000), size=st.integers(10, 60), count=st.integers(1, 4))
def test_crops_lie_inside_do_not_overlap_and_come_best_first(seed, size, count):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
    crops = clearest(picture, rng.random((3, 3)), count)
    assert 1 <= len(crops) <= count
    assert all(0 <= crop.top <= size - crop.side and 0 <= crop.left <= size - crop.side for crop in crops)
    assert not any(overlap(one, other) for at, one in enumerate(crops) for other in crops[at + 1 :])
    shares = [crop.share for crop in crops]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-9


def test_the_same_picture_gives_the_same_crops(rng):
    picture = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    assert clearest(picture, EVERYWHERE) == clearest(picture, EVERYWHERE)


def test_nothing_to_see_gives_no_crop():
    assert clearest(FLAT, EVERYWHERE) == ()


@pytest.mark.parametrize("response", [np.zeros((3, 3)), EVERYWHERE])
def test_a_response_of_nothing_counts_as_everywhere(response):
    assert clearest(speckled((20, 6, 12)), response) == clearest(speckled((20, 6, 12)), EVERYWHERE)
