"""Regions of a picture outlined in colour, so that the picture itself stays visible."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import binary_dilation, binary_erosion, zoom

WHITE = (255, 255, 255)


def outlined(
    pixels: np.ndarray, regions: Sequence[np.ndarray], colours: Sequence[str], side: int = 480, width: int = 3
) -> np.ndarray:
    """The picture uint8 (H, W, 3) enlarged to ``side`` pixels, each bool (H, W) region outlined in its hex colour.

    Every line has a white casing, so that it shows on light and on dark. A region inside an earlier one stays visible:
    lines are drawn from the largest region to the smallest.
    """
    factor = max(1.0, side / max(pixels.shape[:2]))
    canvas = np.clip(zoom(pixels, (factor, factor, 1), order=1), 0, 255).astype(np.uint8)
    order = sorted(range(len(regions)), key=lambda at: -int(regions[at].sum()))
    for at in order:
        region = zoom(regions[at].astype(np.uint8), factor, order=0).astype(bool)[: canvas.shape[0], : canvas.shape[1]]
        inner = binary_erosion(region, iterations=width)
        casing = binary_dilation(region, iterations=2) & ~binary_erosion(inner, iterations=2)
        canvas[casing] = WHITE
        canvas[region & ~inner] = _rgb(colours[at])
    return canvas


def _rgb(colour: str) -> tuple[int, int, int]:
    """
    >>> _rgb("#0072b2")
    (0, 114, 178)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
