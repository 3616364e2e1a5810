"""S-CIELAB: the visible difference of two pictures, a colour difference after the eye's blur.

The eye resolves luminance to finer detail than colour. Both pictures are split into luminance, red-green and
blue-yellow. Each channel is blurred by the eye's contrast sensitivity at a viewing distance, and the results are
compared in CIELAB (Zhang and Wandell, 1996; weights and widths are theirs). A ΔE of 1 is about the just noticeable
difference.
"""

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2xyz, xyz2lab

SAMPLES = 40.0
"""Pixels in a degree of visual angle: a common screen at arm's length."""

OPPONENT = np.array([[0.279, 0.720, -0.107], [-0.449, 0.290, -0.077], [0.086, -0.590, 0.501]])
"""Matrix from XYZ to luminance, red-green and blue-yellow."""

BLURS = (
    ((0.921, 0.0283), (0.105, 0.133), (-0.108, 4.336)),
    ((0.531, 0.0392), (0.330, 0.494)),
    ((0.488, 0.0536), (0.371, 0.386)),
)
"""Weights and widths in degrees (where a Gaussian falls to 1/e) of the blur kernels of each channel."""


def seen_difference(first: np.ndarray, second: np.ndarray, samples: float = SAMPLES) -> np.ndarray:
    """Visible difference ΔE (H, W) between two pictures (H, W, 3), uint8 or in [0, 1].

    ``samples`` is the number of pixels in a degree of visual angle.

    >>> grey = np.full((8, 8, 3), 128, np.uint8)
    >>> float(seen_difference(grey, grey).max())
    0.0
    """
    gap = _seen(first, samples) - _seen(second, samples)
    difference: np.ndarray = np.linalg.norm(gap, axis=2)
    return difference


def _seen(pixels: np.ndarray, samples: float) -> np.ndarray:
    """CIELAB (H, W, 3) of a picture after the eye's blur."""
    opponent = rgb2xyz(pixels) @ OPPONENT.T
    blurred = np.stack([_blurred(opponent[..., at], blurs, samples) for at, blurs in enumerate(BLURS)], axis=2)
    lab: np.ndarray = xyz2lab(np.clip(blurred @ np.linalg.inv(OPPONENT).T, 0, None))
    return lab


def _blurred(channel: np.ndarray, blurs: tuple[tuple[float, float], ...], samples: float) -> np.ndarray:
    whole = sum(weight for weight, _ in blurs)
    parts = [
        weight / whole * gaussian_filter(channel, width * samples / np.sqrt(2), mode="reflect")
        for weight, width in blurs
    ]
    blurred: np.ndarray = np.sum(parts, axis=0)
    return blurred
