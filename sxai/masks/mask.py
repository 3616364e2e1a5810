"""Concept masks: which pixels of a canvas show a concept, and the colour that hides them.

A mask keeps its boolean pixels, so that it survives a change of superpixel parameters or library version;
when it was made from superpixels, their labels and parameters are kept beside the pixels (paper: masking).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import binary_dilation

from sxai.errors import MaskError
from sxai.masks.superpixels import SlicParameters, neighbours

RING_WIDTH = 8
MAX_PIXELS = 2**28


@dataclass(frozen=True, eq=False)
class ConceptMask:
    """``pixels`` bool (H, W) on the canvas, hidden by the colour ``fill`` (RGB, 0…255).

    ``labels`` and ``slic`` say which superpixels it was made of (None: drawn by hand); ``fill_label`` is the
    superpixel whose mean colour fills it (None: the mean of what surrounds it).
    """

    pixels: np.ndarray
    labels: tuple[int, ...] | None
    slic: SlicParameters | None
    fill_label: int | None
    fill: tuple[int, int, int]


def mask_from_labels(
    pixels: np.ndarray,
    labels_map: np.ndarray,
    selection: Iterable[int],
    slic: SlicParameters | None = None,
    fill_label: int | None = None,
) -> ConceptMask:
    """Mask of the superpixels ``selection`` of ``labels_map`` (H, W) on the canvas ``pixels`` uint8 (H, W,
    3).

    Filled with the mean colour of superpixel ``fill_label`` or, when none is picked, of the ring of
    superpixels around the selection. Raises :class:`~sxai.errors.MaskError` for an empty selection, unknown
    labels, a fill inside the selection, or a selection that leaves nothing to take a colour from.
    """
    _same_shape(pixels, labels_map)
    chosen = tuple(sorted({int(label) for label in selection}))
    _known(labels_map, chosen)
    region = np.isin(labels_map, chosen)
    if fill_label is None:
        fill = surrounding_colour(pixels, labels_map, chosen)
    else:
        fill = _label_colour(pixels, labels_map, region, fill_label)
    return ConceptMask(_frozen(region), chosen, slic, fill_label, fill)


def mask_from_pixels(
    pixels: np.ndarray,
    region: np.ndarray,
    fill_label: int | None = None,
    labels_map: np.ndarray | None = None,
    ring_width: int = RING_WIDTH,
) -> ConceptMask:
    """Mask of a free-hand ``region`` bool (H, W) on the canvas ``pixels`` uint8 (H, W, 3).

    Filled with the mean colour of a ring ``ring_width`` pixels wide around it or, if ``fill_label`` and its
    ``labels_map`` are given, of that superpixel's part outside the region.
    Raises :class:`~sxai.errors.MaskError` for an empty region or one that leaves nothing to take a colour
    from.
    """
    _same_shape(pixels, region)
    region = np.asarray(region, dtype=bool)
    if not region.any():
        raise MaskError("The mask is empty. Mark at least one superpixel or draw a region that shows the concept.")
    if fill_label is None:
        ring = binary_dilation(region, iterations=max(1, ring_width)) & ~region
        fill = _mean_colour(pixels, ring)
    elif labels_map is None:
        raise MaskError(f"Fill superpixel {fill_label} was picked without its label map. Give labels_map as well.")
    else:
        fill = _label_colour(pixels, labels_map, region, fill_label)
    return ConceptMask(_frozen(region), None, None, fill_label, fill)


def surrounding_colour(pixels: np.ndarray, labels_map: np.ndarray, selection: Iterable[int]) -> tuple[int, int, int]:
    """Mean RGB (rounded) over the pixels of the ring of superpixels around ``selection``."""
    return _mean_colour(pixels, np.isin(labels_map, neighbours(labels_map, selection)))


def apply_mask(pixels: np.ndarray, mask: ConceptMask) -> np.ndarray:
    """A copy of ``pixels`` uint8 (H, W, 3) in which only the mask's pixels differ: they have its fill."""
    _same_shape(pixels, mask.pixels)
    masked = pixels.copy()
    masked[mask.pixels] = mask.fill
    return masked


def encode_rle(mask: np.ndarray) -> dict[str, Any]:
    """Run lengths of a boolean (H, W) array as COCO writes them, uncompressed.

    Column by column; runs alternate, beginning with a (possibly empty) run of False.

    >>> encode_rle(np.array([[False, True], [False, True]]))
    {'size': [2, 2], 'counts': [2, 2]}
    """
    flat = np.asarray(mask, dtype=bool).ravel(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff(np.concatenate(([0], edges, [flat.size]))).tolist()
    if flat.size and flat[0]:
        counts.insert(0, 0)
    return {"size": [int(side) for side in np.shape(mask)], "counts": counts}


def decode_rle(rle: Mapping[str, Any]) -> np.ndarray:
    """The boolean (H, W) array of :func:`encode_rle`; :class:`~sxai.errors.MaskError` if the run lengths do not sum to
    H · W."""
    try:
        height, width = (int(side) for side in rle["size"])
        counts = np.asarray(rle["counts"], dtype=np.int64).reshape(-1)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise MaskError(
            f"Not a run-length mask ({type(error).__name__}). Expected {{'size': [h, w], 'counts': [...]}}."
        ) from error
    if height * width > MAX_PIXELS:
        raise MaskError(f"The mask claims {height} × {width} pixels; at most {MAX_PIXELS:,} are read.")
    if min(height, width) < 0 or (counts < 0).any() or counts.sum() != height * width:
        raise MaskError(
            f"The run lengths add up to {int(counts.sum())}, not to {height} × {width} pixels. Export the mask again."
        )
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return flat.reshape((height, width), order="F")


def _frozen(region: np.ndarray) -> np.ndarray:
    region = region.copy()
    region.setflags(write=False)
    return region


def _same_shape(pixels: np.ndarray, plane: np.ndarray) -> None:
    if pixels.shape[:2] != plane.shape:
        raise MaskError(
            f"The picture is {pixels.shape[:2]} but the mask or label map is {plane.shape} (rows, columns). "
            "Both must be made on the same canvas."
        )


def _known(labels_map: np.ndarray, chosen: tuple[int, ...]) -> None:
    if not chosen:
        raise MaskError("The mask is empty. Mark at least one superpixel or draw a region that shows the concept.")
    largest = int(labels_map.max())
    unknown = [label for label in chosen if not 0 <= label <= largest]
    if unknown:
        raise MaskError(f"No superpixel {unknown[0]}: they are numbered 0 to {largest}. Mark the mask again.")


def _label_colour(pixels: np.ndarray, labels_map: np.ndarray, region: np.ndarray, label: int) -> tuple[int, int, int]:
    _same_shape(pixels, labels_map)
    _known(labels_map, (label,))
    source = (labels_map == label) & ~region
    if not source.any():
        raise MaskError(f"Fill superpixel {label} lies inside the mask. Pick one that does not show the concept.")
    return _mean_colour(pixels, source)


def _mean_colour(pixels: np.ndarray, where: np.ndarray) -> tuple[int, int, int]:
    if not where.any():
        raise MaskError("The mask covers the whole picture, so no colour is left to fill it with. Mark less of it.")
    red, green, blue = np.rint(pixels[where].mean(axis=0, dtype=np.float64)).astype(int).tolist()
    return red, green, blue
