"""What was drawn on the enlarged sheet, back on the picture's own pixels."""

import numpy as np
import pytest

from sxai import workflows as verbs
from widgets.freehand import covered, tinted


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_filled_rectangle_comes_back_on_the_same_pixels(scale):
    region = np.zeros((30, 40), dtype=bool)
    region[5:12, 20:33] = True
    alpha = (region.repeat(scale, axis=0).repeat(scale, axis=1) * 140).astype(np.uint8)
    assert np.array_equal(covered(alpha, region.shape), region)


def test_a_pixel_less_than_half_covered_is_left_out():
    alpha = np.zeros((40, 40), dtype=np.uint8)
    alpha[:10, :3] = 255
    alpha[:10, 10:17] = 255
    got = covered(alpha, (4, 4))
    assert got.tolist()[0] == [False, True, False, False]
    assert got.sum() == 1


def test_nothing_drawn_covers_nothing():
    assert not covered(np.zeros((60, 80), dtype=np.uint8), (30, 40)).any()


def test_what_is_masked_already_is_tinted_blue_and_the_rest_untouched(ws, image_ids):
    region = np.zeros((90, 120), dtype=bool)
    region[30:60, 30:60] = True
    canvas = verbs.canvas_for(ws, image_ids[0], "cat.eyes")
    plain, marked = (np.asarray(tinted(canvas, where)).astype(int) for where in (np.zeros_like(region), region))
    assert np.array_equal(plain[~region], marked[~region])
    assert np.array_equal(marked[region], (0.6 * plain[region] + 0.4 * np.array([0, 114, 178])).astype(int))
