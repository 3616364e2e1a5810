"""Superpixels (SLIC): the regions of a picture that masks are made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from skimage.segmentation import slic

from sxai.errors import MaskError
from sxai.images.decode import encode
from sxai.masks.nested import Nested, nest


@dataclass(frozen=True)
class SlicParameters:
    """SLIC in CIELAB: requested ``count``, ``compactness`` (colour against distance), ``sigma`` (blur,
    pixels).

    The count is a request: scikit-image lays seeds on a grid and merges small pieces.
    """

    count: int = 20
    compactness: float = 10.0
    sigma: float = 5.0

    def __post_init__(self) -> None:
        if self.count < 1 or not self.compactness > 0 or not self.sigma >= 0:
            raise MaskError(f"Superpixels need count ≥ 1, compactness > 0 and sigma ≥ 0, not {self}.")


def superpixels(pixels: np.ndarray, parameters: SlicParameters = SlicParameters()) -> np.ndarray:
    """Label map int32 (H, W) of ``pixels`` uint8 (H, W, 3): labels run from 0 without gaps (paper: SLIC)."""
    labels = slic(
        pixels,
        n_segments=parameters.count,
        compactness=parameters.compactness,
        sigma=parameters.sigma,
        start_label=0,
        channel_axis=-1,
    )
    _, contiguous = np.unique(labels, return_inverse=True)
    return contiguous.reshape(labels.shape).astype(np.int32)


def mean_colours(pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean RGB, float64 (K, 3) in 0…255, of each of the K superpixels of ``labels`` (H, W)."""
    flat = labels.ravel()
    sizes = np.bincount(flat)
    sums = [np.bincount(flat, weights=pixels[..., channel].ravel()) for channel in range(3)]
    return np.stack(sums, axis=1) / np.maximum(sizes, 1)[:, None]


def neighbours(labels: np.ndarray, selection: Iterable[int]) -> list[int]:
    """The ring of superpixels around ``selection``: sorted labels outside it that share a pixel edge with it."""
    chosen = np.isin(labels, list(selection))
    ring = np.zeros_like(chosen)
    ring[1:] |= chosen[:-1]
    ring[:-1] |= chosen[1:]
    ring[:, 1:] |= chosen[:, :-1]
    ring[:, :-1] |= chosen[:, 1:]
    return np.unique(labels[ring & ~chosen]).tolist()


def adjacency(labels: np.ndarray) -> list[list[int]]:
    """The sorted neighbours of each superpixel of ``labels`` (H, W): those that share a pixel edge with it."""
    count = int(labels.max()) + 1
    edges = ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1]))
    sides = np.concatenate([(side.astype(np.int64) * count + other).ravel() for side, other in edges])
    touch = np.zeros((count, count), dtype=bool)
    touch.flat[np.unique(sides)] = True
    touch |= touch.T
    np.fill_diagonal(touch, val=False)
    return [np.flatnonzero(row).tolist() for row in touch]


@dataclass(frozen=True, eq=False)
class Pieces:
    """A picture cut into K superpixels, with their cached colours and neighbours.

    Attributes
    ----------
    pixels
        the canvas, uint8 (H, W, 3).
    labels
        the superpixel of each pixel, int32 (H, W).
    """

    pixels: np.ndarray
    labels: np.ndarray

    @cached_property
    def jpeg(self) -> bytes:
        """The canvas as a JPEG."""
        return encode(self.pixels, "jpeg")

    @cached_property
    def colours(self) -> np.ndarray:
        """Mean colours, float64 (K, 3)."""
        return mean_colours(self.pixels, self.labels)

    @cached_property
    def neighbours(self) -> list[list[int]]:
        """The sorted neighbours of each superpixel: those that share a pixel edge with it."""
        return adjacency(self.labels)

    @cached_property
    def nested(self) -> Nested:
        """The fine pieces that each superpixel is split into, and the coarse groups."""
        return nest(self.pixels, self.labels, self.colours, self.neighbours)

    @property
    def count(self) -> int:
        """The number K of superpixels; labels from K on are fine pieces."""
        return len(self.colours)

    def cut(self, labels: Iterable[int]) -> np.ndarray:
        """The label map (H, W) in which the superpixels are split that ``labels`` names fine pieces of."""
        asked = tuple(labels)
        return self.nested.cut(self.labels, asked) if any(label >= self.count for label in asked) else self.labels

    def covers(self, labels: Iterable[int]) -> np.ndarray:
        """The pixels of superpixels and fine pieces, bool (H, W)."""
        chosen = self.normal(labels)
        return np.isin(self.cut(chosen), chosen)

    def normal(self, labels: Iterable[int]) -> list[int]:
        """``labels`` sorted, a superpixel instead of all of its fine pieces."""
        asked = sorted({int(label) for label in labels})
        return self.nested.normal(asked) if any(label >= self.count for label in asked) else asked


def covered(labels: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Which of the K superpixels of ``labels`` (H, W) a region, bool (H, W), covers by more than half: bool (K,)."""
    sizes = np.bincount(labels.ravel())
    inside: np.ndarray = 2 * np.bincount(labels[region], minlength=len(sizes)) > sizes
    return inside


def touching(labels: np.ndarray, points: np.ndarray) -> list[int]:
    """Sorted labels that hold the ``points`` (n, 2), x then y in canvas pixels; others (or NaN) are ignored.

    Pixel i covers the coordinates i ≤ x < i + 1.
    """
    xy = np.floor(np.asarray(points, dtype=np.float64).reshape(-1, 2))
    height, width = labels.shape
    inside = (xy[:, 0] >= 0) & (xy[:, 0] < width) & (xy[:, 1] >= 0) & (xy[:, 1] < height)
    columns, rows = xy[inside].astype(np.int64).T
    return np.unique(labels[rows, columns]).tolist()


def overlapping(labels: np.ndarray, part: np.ndarray, share: float = 0.25) -> list[int]:
    """Sorted labels of the superpixels that show ``part``, bool (H, W).

    A superpixel counts when it holds at least ``share`` of the part's area, or when the part covers more than
    half of the superpixel. An empty part has none.
    """
    if part.shape != labels.shape:
        raise MaskError(f"The part is {part.shape} but the superpixels are {labels.shape}; draw it on the canvas.")
    shared = np.bincount(labels[part], minlength=int(labels.max()) + 1)
    large = (shared > 0) & (shared >= share * part.sum())
    return np.flatnonzero(large | covered(labels, part)).tolist()
