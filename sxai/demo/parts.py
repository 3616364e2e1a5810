"""Concept masks of parts that are known to the pixel."""

import numpy as np
from scipy.ndimage import binary_dilation

from sxai.masks.mask import ConceptMask, mask_from_pixels

GROWTH = 2
"""Pixels by which a known part is dilated before it is masked, so that no outline remains."""
RING = 4
"""Width in pixels of the ring around it whose mean colour hides it."""


def part_mask(pixels: np.ndarray, region: np.ndarray) -> ConceptMask:
    """Mask of a part whose pixels are ``region`` bool (H, W) on the canvas ``pixels`` uint8 (H, W, 3).

    Raises :class:`~sxai.errors.MaskError` when the part does not show.
    """
    grown = binary_dilation(region, iterations=GROWTH) if region.any() else region
    return mask_from_pixels(pixels, grown, ring_width=RING)
