"""What a person sees between two pictures: uniform colours as CIELAB has them, fine detail less, colour least."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from skimage.color import deltaE_cie76, rgb2lab

from sxai.occluders.s_cielab import SAMPLES, seen_difference

SIDE = 96


def plain(colour):
    return np.tile(np.array(colour, np.uint8), (SIDE, SIDE, 1))


def grating(period, change):
    """Grey with stripes of ``change`` (3,) up and down, so many pixels wide in all."""
    sign = np.where(np.arange(SIDE) % period < period / 2, 1, -1)[None, :, None]
    return (128 + sign * np.array(change)).repeat(SIDE, axis=0).astype(np.uint8)


@given(*[some.tuples(*[some.integers(0, 255)] * 3)] * 2)
def test_flat_colours_differ_as_in_cielab(first, second):
    one, other = plain(first)[:16, :16], plain(second)[:16, :16]
    expected = deltaE_cie76(rgb2lab(one), rgb2lab(other))
    np.testing.assert_allclose(seen_difference(one, other), expected, atol=0.35, rtol=0.02)


def test_the_same_picture_does_not_differ():
    pixels = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    assert seen_difference(pixels, pixels).max() == 0


def test_finer_stripes_are_seen_less():
    grey = plain((128, 128, 128))
    seen = [seen_difference(grey, grating(period, (8, 8, 8))).mean() for period in (2, 4, 8, 16)]
    assert seen == sorted(seen)
    assert seen[0] < 1 < seen[2], "a difference of 1 is noticed"


def test_fine_stripes_of_colour_are_seen_less_than_of_light():
    grey = plain((128, 128, 128))
    shares = []
    for change in ((10, 10, 10), (14, -6, 0)):
        flat = seen_difference(grey, plain(np.add((128, 128, 128), change))).mean()
        shares.append(seen_difference(grey, grating(6, change)).mean() / flat)
    assert shares[1] < shares[0]


@pytest.mark.parametrize("change", [(10, 10, 10), (0, 0, 30)])
def test_from_further_away_less_is_seen(change):
    grey, striped = plain((128, 128, 128)), grating(8, change)
    seen = [seen_difference(grey, striped, SAMPLES * times).mean() for times in (0.5, 1, 2)]
    assert seen == sorted(seen, reverse=True)


def test_more_is_seen_more():
    grey = plain((128, 128, 128))
    seen = [seen_difference(grey, grating(8, (one, one, one))).mean() for one in (2, 5, 10, 20)]
    assert seen == sorted(seen)
    np.testing.assert_allclose(
        seen_difference(grey, grating(8, (5, 5, 5))), seen_difference(grating(8, (5, 5, 5)), grey)
    )
