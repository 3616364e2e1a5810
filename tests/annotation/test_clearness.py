"""Sharp pictures in which the concept is sure come first."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from sxai.annotation.clearness import clearness, sharpness, sharpness_ranks


@pytest.mark.parametrize("seed", range(3))
def test_blur_lowers_the_sharpness(seed):
    picture = np.random.default_rng(seed).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    blurred = [gaussian_filter(picture, (sigma, sigma, 0)) for sigma in (0.5, 1, 2, 4)]
    values = [sharpness(one) for one in (picture, *blurred)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)


def test_the_middle_counts_more_than_the_edge():
    flat = np.full((60, 60, 3), 120, dtype=np.uint8)
    middle, corner = flat.copy(), flat.copy()
    middle[28:32, 28:32] = corner[1:5, 1:5] = 255
    assert sharpness(middle) > sharpness(corner) > sharpness(flat) == 0


def test_an_unknown_sharpness_ranks_last_and_nothing_known_ranks_nothing():
    assert sharpness_ranks([1, 2, 3], {2: 1.0, 3: 4.0}).tolist() == [0, 0, 1]
    assert sharpness_ranks([1, 2], {}).tolist() == [0, 0]


def test_of_two_sure_pictures_the_sharper_is_clearer():
    blurred, sharp = clearness(np.array([0.9, 0.9]), np.array([0.1, 0.9]))
    assert sharp > blurred
