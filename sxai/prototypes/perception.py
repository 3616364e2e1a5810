"""Changes of pictures (hue, brightness, contrast, saturation, shape, texture), and HSV similarity (AS-XAI, S.1)."""

from collections.abc import Callable, Mapping

import numpy as np
from skimage.color import hsv2rgb, rgb2hsv
from skimage.restoration import denoise_nl_means

PATCH = 3
"""Positions of the map on each side of a patch that is compared."""

SIDE = 24
"""Pixels a side at which patches are compared."""


def _hue(pixels: np.ndarray) -> np.ndarray:
    return _hsv(pixels, lambda hsv: np.stack([(hsv[..., 0] + 0.1) % 1, hsv[..., 1], hsv[..., 2]], axis=-1))


def _saturation(pixels: np.ndarray) -> np.ndarray:
    """Reduced saturation: the picture mixed with its own grey, as ColorJitter does."""
    grey = pixels @ np.array([0.299, 0.587, 0.114])
    return _bytes(0.3 * pixels + 0.7 * grey[..., None])


def _brightness(pixels: np.ndarray) -> np.ndarray:
    return _bytes(pixels.astype(np.float64) * 0.2)


def _contrast(pixels: np.ndarray) -> np.ndarray:
    mean = (pixels @ np.array([0.299, 0.587, 0.114])).mean()
    return _bytes(0.55 * pixels + 0.45 * mean)


def _texture(pixels: np.ndarray) -> np.ndarray:
    smooth = denoise_nl_means(pixels / 255.0, patch_size=5, patch_distance=6, h=0.08, fast_mode=True, channel_axis=-1)
    return _bytes(255 * smooth)


def _shape(pixels: np.ndarray) -> np.ndarray:
    """Rows, then columns, shifted by a sine wave with an amplitude of 5 % of the picture's side."""
    height, width = pixels.shape[:2]
    rows = [np.roll(pixels[y], int(0.05 * width * np.sin(4 * np.pi * y / height)), axis=0) for y in range(height)]
    waved = np.stack(rows)
    columns = [np.roll(waved[:, x], int(0.05 * height * np.sin(4 * np.pi * x / width)), axis=0) for x in range(width)]
    return np.stack(columns, axis=1)


CHANGES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "hue": _hue,
    "brightness": _brightness,
    "contrast": _contrast,
    "saturation": _saturation,
    "shape": _shape,
    "texture": _texture,
}
"""Each change of a picture uint8 (H, W, 3), with the full strengths of S.1: hue turned by 0.1, brightness less
0.8, contrast less 0.45, saturation less 0.7, non-local means, and a wave."""


def hsv_likeness(
    first: np.ndarray, at: tuple[int, int], second: np.ndarray, there: tuple[int, int], grid: tuple[int, int]
) -> float:
    """Structural similarity in [0, 1] of two patches in HSV, at positions of a map of ``grid`` positions.

    1 for the same patch. Hue, saturation and value are compared each for itself, hue as a direction, and averaged.
    """
    return structural(patch_hsv(first, at, grid), patch_hsv(second, there, grid))


def patch_hsv(pixels: np.ndarray, at: tuple[int, int], grid: tuple[int, int]) -> np.ndarray:
    """(SIDE, SIDE, 4): cos and sin of the hue times saturation, saturation, value around a position."""
    edges = []
    for place, count, side in zip(at, grid, pixels.shape[:2], strict=True):
        low, high = max(place - PATCH // 2, 0), min(place + PATCH // 2 + 1, count)
        edges.append(np.linspace(low * side / count, high * side / count - 1, SIDE).astype(int))
    hsv = rgb2hsv(pixels[np.ix_(edges[0], edges[1])])
    angle = 2 * np.pi * hsv[..., 0]
    return np.stack([np.cos(angle) * hsv[..., 1], np.sin(angle) * hsv[..., 1], hsv[..., 1], hsv[..., 2]], axis=-1)


def structural(first: np.ndarray, second: np.ndarray) -> float:
    """Mean over channels of SSIM taken over whole patches (h, w, c), clipped to [0, 1].

    >>> patch = np.random.default_rng(0).random((4, 4, 3))
    >>> round(structural(patch, patch), 6)
    1.0
    """
    a, b = (patch.reshape(-1, patch.shape[-1]).astype(np.float64) for patch in (first, second))
    mean_a, mean_b, var_a, var_b = a.mean(axis=0), b.mean(axis=0), a.var(axis=0), b.var(axis=0)
    both = ((a - mean_a) * (b - mean_b)).mean(axis=0)
    light, detail = 0.01**2, 0.03**2
    ssim = (2 * mean_a * mean_b + light) * (2 * both + detail)
    ssim = ssim / ((mean_a**2 + mean_b**2 + light) * (var_a + var_b + detail))
    return float(np.clip(ssim.mean(), 0, 1))


def _hsv(pixels: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return _bytes(255 * hsv2rgb(change(rgb2hsv(pixels))))


def _bytes(values: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded
