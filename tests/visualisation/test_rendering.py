import numpy as np
from inversion_toys import network

from sxai.networks.network import IMAGENET_STD
from sxai.visualisation.rendering import rendered

MEAN = np.array([0.5, 0.4, 0.3])


def normalised(pixels):
    """(3, S, S), ImageNet's standard deviations from the network's mean, of pixels (S, S, 3) from 0 to 1."""
    return ((pixels - MEAN) / IMAGENET_STD).transpose(2, 0, 1).astype(np.float32)


def test_the_normalisation_is_undone_and_the_contrast_stretched(rng):
    pixels = 0.4 + 0.1 * rng.random((12, 12, 3))
    low, high = np.percentile(pixels, [0.5, 99.5])
    expected = 255 * np.clip((pixels - low) / (high - low), 0, 1)
    assert np.abs(rendered(network(), normalised(pixels)) - expected).max() <= 0.51


def test_hues_stay_since_all_channels_are_stretched_alike():
    pixels = np.full((12, 12, 3), 0.2)
    pixels[:6] = [0.6, 0.4, 0.2]
    top = rendered(network(), normalised(pixels))[0, 0]
    assert top.tolist() == [255, 128, 0]


def test_statistics_of_0_to_255_are_undone_too(rng):
    pixels = rng.random((12, 12, 3))
    z = ((pixels - 120 / 255) / IMAGENET_STD).transpose(2, 0, 1)
    net = network(mean=(120, 120, 120), std=(60, 60, 60), scale=255.0)
    assert np.abs(rendered(net, z) / 255 - pixels).max() < 0.02


def test_a_picture_far_outside_the_range_of_pixels_stays_visible(rng):
    picture = rendered(network(), 500 * rng.normal(size=(3, 12, 12)))
    assert picture.std() > 20


def test_a_flat_or_broken_picture_is_grey_never_black():
    assert (rendered(network(), normalised(np.full((12, 12, 3), 0.7))) == 128).all()
    assert (rendered(network(), np.full((3, 12, 12), np.nan)) == 128).all()


def test_a_few_broken_values_do_not_spoil_the_rest(rng):
    z = normalised(rng.random((12, 12, 3)))
    whole = rendered(network(), z)
    z[0, 0, 0] = np.inf
    picture = rendered(network(), z)
    assert picture[0, 0, 0] in (127, 128)
    assert np.abs(picture[1:].astype(int) - whole[1:]).max() < 8
