"""What a person sees of faint patterns: as S-CIELAB has it, and the least change that brings it below a limit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from skimage.color import rgb2xyz

from sxai.occluders.s_cielab import seen_difference
from sxai.occluders.visibility_limit import BACKGROUND_GREY, visibility_filter

SIDE = 96
EYE = visibility_filter(SIDE)


def noise(seed, size=0.02, side=SIDE):
    return np.random.default_rng(seed).normal(0, size, (3, side, side)).astype(np.float32)


def on_grey(pattern):
    """Grey with a pattern (3, S, S), in the unit range and not rounded, so that it may be as faint as it likes."""
    return np.clip(BACKGROUND_GREY + pattern.transpose(1, 2, 0), 0, 1).astype(np.float64)


def light(pattern):
    """Linear light of grey with a pattern, by an independent hand."""
    return rgb2xyz(on_grey(pattern)) @ np.linalg.inv(rgb2xyz(np.eye(3)))


@pytest.mark.parametrize("waves", [(0, 0), (3, 0), (8, 5), (20, 11), (30, 40)])
@pytest.mark.parametrize("colour", [(1, 1, 1), (1, -0.6, 0), (0, 0, 1)])
def test_what_the_eye_sees_of_a_faint_wave_is_its_colour_difference_from_grey(waves, colour):
    down, right = np.mgrid[:SIDE, :SIDE]
    wave = np.cos(2 * np.pi * (waves[0] * down + waves[1] * right) / SIDE)
    pattern = 0.002 * np.array(colour)[:, None, None] * wave
    difference = seen_difference(on_grey(0 * pattern), on_grey(pattern))
    inside = difference[24:-24, 24:-24]  # a blurred picture ends at its edges, the eye's waves do not
    assert EYE.seen(pattern) == pytest.approx(np.sqrt((inside**2).mean()), rel=0.12, abs=1e-3)


@given(some.integers(0, 99), some.floats(0.05, 3.0))
def test_the_nearest_pattern_is_seen_just_as_much_as_allowed(seed, most):
    pattern = noise(seed, side=32)
    eye = visibility_filter(32)
    found = eye.within(pattern, most)
    assert eye.seen(found) == pytest.approx(min(most, eye.seen(pattern)), rel=1e-4)
    np.testing.assert_allclose(eye.within(found, most * 1.001), found, atol=1e-7)


@given(some.integers(0, 99), some.integers(0, 99))
def test_no_other_pattern_that_is_seen_so_little_is_nearer(seed, other):
    eye, most = visibility_filter(32), 0.5
    pattern = noise(seed, side=32)
    nearest = eye.within(pattern, most)
    rival = nearest + noise(100 + other, 0.003, 32)
    while eye.seen(rival) > most:
        rival *= 0.999 * most / eye.seen(rival)
    gaps = [np.linalg.norm(light(one) - light(pattern)) for one in (rival, nearest)]
    assert gaps[0] >= gaps[1] * (1 - 1e-5)


def test_what_is_seen_little_of_is_left_as_it_is():
    faint = noise(0, 1e-4)
    np.testing.assert_array_equal(EYE.within(faint, 1.0), faint)
    assert EYE.seen(np.zeros_like(faint)) == pytest.approx(0, abs=1e-5)
    np.testing.assert_array_equal(EYE.within(np.zeros_like(faint), 0.1), 0)


def test_fine_detail_is_kept_and_plain_colour_goes():
    down, right = np.mgrid[:SIDE, :SIDE]
    fine = np.where((down + right) % 2, 0.02, -0.02)
    pattern = np.stack([fine + 0.02] * 3).astype(np.float32)
    found = EYE.within(pattern, 0.01)
    assert abs(light(found).mean() - light(0 * found).mean()) < 2e-4, "as light as grey on average"
    assert found.mean() < -2e-4, "for which it has to be darker in pixel values"
    assert (found * fine).mean() / (fine**2).mean() > 0.95


@pytest.mark.parametrize("side", [15, 16])
def test_sides_may_be_odd_or_even(side):
    pattern = noise(1, side=side)
    eye = visibility_filter(side)
    whole = np.fft.fft2(pattern).transpose(1, 2, 0)[:, : side // 2 + 1]
    along = np.einsum("yxi,yxij->yxj", whole, eye.directions)
    np.testing.assert_allclose((abs(along) ** 2 * eye.weights).sum(), (pattern**2).sum(axis=0).mean(), rtol=1e-5)
    assert eye.within(pattern, 0.1).shape == pattern.shape
