"""Rendering of a picture from normalised space for display."""

import numpy as np

from sxai.networks.network import IMAGENET_STD, Network

CLIPPED_PERCENT = 0.5
"""Per cent of the values that the stretch cuts off at either end."""

MIN_CONTRAST = 1e-6
"""Smallest contrast that is stretched, in pixels from 0 to 1."""


def rendered(network: Network, z: np.ndarray) -> np.ndarray:
    """A picture uint8 (S, S, 3) of ``z`` (3, S, S), ImageNet's standard deviations from the network's mean.

    The normalisation is undone; then one linear stretch for all three channels (so that hues stay) puts the 0.5th
    percentile at black and the 99.5th at white. A target much stronger than any photograph drives z far outside the
    range of pixels, and one much weaker leaves it nearly flat: both stay visible. A picture that is the same
    everywhere becomes mid-grey; values that are not finite too.
    """
    mean = network.mean.detach().cpu().double().numpy()[0] / network.preprocessing.scale
    pixels = z.astype(np.float64) * np.reshape(IMAGENET_STD, (3, 1, 1)) + mean
    good = np.isfinite(pixels)
    if not good.any() or np.ptp(np.where(good, pixels, pixels[good][0]), axis=(1, 2)).max() < MIN_CONTRAST:
        return np.full((*pixels.shape[1:], 3), 128, dtype=np.uint8)
    low, high = np.percentile(pixels[good], [CLIPPED_PERCENT, 100 - CLIPPED_PERCENT])
    stretched = np.where(good, (pixels - low) / max(high - low, MIN_CONTRAST), 0.5)
    return np.round(255 * np.clip(stretched, 0.0, 1.0)).astype(np.uint8).transpose(1, 2, 0)
