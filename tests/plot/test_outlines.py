"""Outlined regions."""

import numpy as np

from sxai.plot.outlines import WHITE, outlined


def test_the_inside_and_the_outside_keep_their_pixels():
    picture = np.full((40, 40, 3), 90, dtype=np.uint8)
    region = np.zeros((40, 40), dtype=bool)
    region[10:30, 10:30] = True
    drawn = outlined(picture, [region], ["#0072B2"], side=160)
    assert drawn.shape == (160, 160, 3)
    assert (drawn[80, 80] == 90).all()
    assert (drawn[5, 5] == 90).all()
    colours = {tuple(pixel) for pixel in drawn.reshape(-1, 3).tolist()}
    assert colours == {(90, 90, 90), (0, 114, 178), WHITE}


def test_without_regions_the_picture_is_only_enlarged():
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert outlined(picture, [], [], side=4).tolist() == picture.tolist()


def test_a_small_region_inside_a_large_one_is_drawn_over_it():
    picture = np.zeros((40, 40, 3), dtype=np.uint8)
    large, small = np.zeros((2, 40, 40), dtype=bool)
    large[5:35, 5:35] = True
    small[5:15, 5:15] = True
    for order in ([large, small], [small, large]):
        colours = ["#0072B2", "#E69F00"] if order[0] is large else ["#E69F00", "#0072B2"]
        drawn = outlined(picture, order, colours, side=160)
        assert tuple(drawn[21, 40]) == (230, 159, 0)
