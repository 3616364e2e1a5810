"""How clearly a picture shows something: its sharpness, and its rank among the pictures that wait for a mask."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import laplace

SPREAD = 0.3
"""Standard deviation of the Gaussian weight around the picture's middle, as a share of its sides."""
LEAST_SHARE = 0.5
"""Weight of the least sharp picture beside 1 for the sharpest: a suggestion counts for half there."""


def sharpness(pixels: np.ndarray) -> float:
    """Logarithm of the variance of the Laplacian of a picture's luminance, uint8 (H, W, 3).

    Pixels near the middle, where the object usually lies, weigh more. Blurring a picture lowers it.
    """
    grey = pixels.astype(np.float64).mean(axis=2)
    rows, columns = (np.exp(-0.5 * (np.linspace(-0.5, 0.5, side) / SPREAD) ** 2) for side in grey.shape)
    weights = np.outer(rows, columns)
    return float(np.log1p(np.average(laplace(grey) ** 2, weights=weights)))


def sharpness_ranks(images: Sequence[int], sharpness: Mapping[int, float]) -> NDArray[np.float64]:
    """For each of ``images`` the share of the others that are less sharp, 0 to 1; 0 where it is not known.

    >>> sharpness_ranks([7, 8, 9, 5], {7: 2.0, 8: 5.0, 9: 3.0}).tolist()
    [0.0, 1.0, 0.5, 0.0]
    """
    known = np.sort([sharpness[image] for image in images if image in sharpness])
    places = [np.searchsorted(known, sharpness.get(image, -np.inf)) for image in images]
    return np.asarray(places, dtype=np.float64) / max(1, len(known) - 1)


def clearness(strengths: NDArray[np.float64], ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """How clearly pictures show a concept: the probability of the likeliest superpixel, weighted by sharpness.

    >>> clearness(np.array([0.8, 0.9]), np.array([1.0, 0.0])).tolist()
    [0.8, 0.45]
    """
    return strengths * (LEAST_SHARE + (1 - LEAST_SHARE) * ranks)
