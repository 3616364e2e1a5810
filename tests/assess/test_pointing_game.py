"""The pointing game on maps whose answer is known, and its identities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sxai.assess.pointing_game import SHARES, composite, localisation_gain, pointing_hits
from sxai.errors import ModelError

LEFT = np.zeros((4, 4), dtype=bool)
LEFT[:, :2] = True


def test_the_fewest_pixels_that_hold_the_energy_are_kept():
    heat = np.zeros((4, 4))
    heat[0, 0], heat[1, 1], heat[0, 3], heat[3, 3] = 5, 3, 1.5, 0.5
    found = pointing_hits(heat, LEFT, (0, 0.5, 0.8, 0.81, 1))
    assert found.every.tolist() == [True, True, True, False, False]
    assert found.most.tolist() == [True, True, True, True, False]


def test_share_nought_is_the_original_game(rng):
    heat = rng.random((4, 4))
    top = np.unravel_index(heat.argmax(), heat.shape)
    found = pointing_hits(heat, LEFT, (0,))
    assert found.every[0] == found.most[0] == LEFT[top]


def test_a_map_without_energy_points_nowhere():
    found = pointing_hits(np.zeros((4, 4)), np.ones((4, 4)))
    assert not found.every.any()
    assert not found.most.any()


@given(arrays(np.float64, (4, 4), elements=st.floats(0, 10)))
def test_what_is_hit_by_every_pixel_is_hit_by_most_and_only_gets_harder(heat):
    found = pointing_hits(heat, LEFT)
    assert (found.every <= found.most).all()
    assert (np.diff(found.every.astype(int)) <= 0).all()
    again = pointing_hits(3 * heat, LEFT)
    assert (again.most == found.most).all() or heat.max() < 1e-300


def test_a_box_that_holds_everything_is_always_hit(rng):
    found = pointing_hits(rng.random((5, 5)), np.ones((5, 5), bool))
    assert found.every.all()
    assert len(found.every) == len(SHARES)


def test_the_gain_is_paired_and_its_interval_holds_the_mean(rng):
    plain = rng.random((200, 3)) < 0.5
    gated = plain | (rng.random((200, 3)) < [0.0, 0.2, 0.6])
    found = localisation_gain(plain, gated)
    np.testing.assert_allclose(found.gain, gated.mean(axis=0) - plain.mean(axis=0))
    assert (found.low <= found.gain).all()
    assert (found.gain <= found.high).all()
    assert (found.low[0], found.high[0]) == (0, 0)
    assert found.low[1] > 0
    deviation = (gated.astype(float) - plain)[:, 2].std() / np.sqrt(200)
    assert (found.high - found.low)[2] == pytest.approx(2 * 1.96 * deviation, rel=0.1)


@pytest.mark.parametrize("upright", [False, True])
def test_each_picture_fills_its_half(upright):
    red, blue = np.full((50, 90, 3), (200, 0, 0), np.uint8), np.full((80, 40, 3), (0, 0, 200), np.uint8)
    pixels, (first, second) = composite(red, blue, upright, side=16)
    assert pixels.shape == (16, 16, 3)
    assert (first ^ second).all()
    assert (pixels[first] == (200, 0, 0)).all()
    assert (pixels[second] == (0, 0, 200)).all()
    assert first[0, 0]
    assert first[0, -1] == upright


def test_a_picture_keeps_its_proportions():
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[10:30, 15:25] = 255
    half = composite(pixels, pixels, side=80)[0][:, :40]
    bright = half[..., 0] > 127
    assert abs(bright.any(axis=1).sum() - 2 * bright.any(axis=0).sum()) <= 2


def test_odd_sides_are_refused():
    with pytest.raises(ModelError, match="even side"):
        composite(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 3), np.uint8), side=7)
