"""Automatic masks: where a similarity map is highest, in connected regions (AS-XAI, Fig. 2b and S.3).

A map is coarse; averaged over the picture's segments at three scales, it follows the outlines of parts.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import label
from skimage.segmentation import felzenszwalb
from skimage.transform import resize

from sxai.errors import MaskError

CUTS = ("outline", "half", "percentile")
SCALES = (15.0, 40.0, 100.0)
"""Scales of Felzenszwalb's segments, for a picture of 128 pixels; larger ones have larger segments."""

MIN_SEGMENT = 12


@dataclass(frozen=True)
class RegionRule:
    """Rule by which pixels of an upsampled similarity map make up a region.

    Attributes
    ----------
    cut
        "outline": at each concept's learned :class:`Outline`; "half": half-way between the picture's usual similarity
        and its peak, so that faint and vivid parts each get their own size; "percentile": the same share of all pixels
        for every concept, as in the paper.
    percentile
        the one that "percentile" takes.
    outlines
        whether maps are averaged over the picture's segments.
    largest
        connected regions that are kept, the largest first; two, since eyes, ears and legs come in pairs.
    least
        smallest area of a region, as a share of the picture.
    """

    cut: str = "outline"
    percentile: float = 97.0
    outlines: bool = True
    largest: int = 2
    least: float = 0.001

    def __post_init__(self) -> None:
        if not 0 < self.percentile < 100 or self.largest < 1 or not 0 <= self.least < 1:
            raise MaskError(
                "a rule of regions needs a percentile between 0 and 100, 1 or more regions and a share below 1; "
                f"got {self.percentile}, {self.largest} and {self.least}."
            )
        if self.cut not in CUTS:
            raise MaskError(f"a region is cut at {', '.join(CUTS[:-1])} or {CUTS[-1]}, not at '{self.cut}'.")


def upsampled(similarity: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A similarity map (h, w) at the size of a picture, (H, W) float32, bilinear.

    >>> upsampled(np.array([[0.0, 1.0]]), (1, 4)).round(2).tolist()
    [[0.0, 0.25, 0.75, 1.0]]
    """
    grown: np.ndarray = resize(
        np.asarray(similarity, dtype=np.float64), shape, order=1, mode="edge", anti_aliasing=False
    ).astype(np.float32)
    return grown


def region(grown: np.ndarray, threshold: float, rule: RegionRule = RegionRule()) -> np.ndarray:
    """Bool (H, W): the largest connected regions in which an upsampled map (H, W) exceeds ``threshold``.

    Regions touch by sides, not corners. Empty when nothing exceeds it, or only components smaller than ``rule.least``.
    """
    return connected(grown > threshold, rule)


def connected(inside: np.ndarray, rule: RegionRule = RegionRule()) -> np.ndarray:
    """Bool (H, W): the largest connected components of ``inside``, as many as the rule keeps."""
    labels, count = label(inside)
    if count == 0:
        return np.zeros(inside.shape, dtype=bool)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-sizes, kind="stable")[: rule.largest]
    chosen = [int(at) + 1 for at in order if sizes[at] >= max(1.0, rule.least * inside.size)]
    return np.isin(labels, chosen)


def outlined(grown: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """A map (H, W) averaged over the segments of its picture uint8 (H, W, 3), the mean of three scales."""
    total = np.zeros(grown.shape, dtype=np.float64)
    for segments in segments_of(pixels):
        sums = np.bincount(segments.ravel(), weights=grown.ravel())
        total += (sums / np.maximum(np.bincount(segments.ravel()), 1))[segments]
    return (total / len(SCALES)).astype(np.float32)


def segments_of(pixels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Segments (H, W) int32, numbered from 0, of a picture uint8 (H, W, 3), at each scale."""
    return _segments(pixels.shape, np.ascontiguousarray(pixels).tobytes())


@lru_cache(maxsize=128)
def _segments(shape: tuple[int, ...], data: bytes) -> tuple[np.ndarray, ...]:
    """Cached segments of :func:`segments_of`, which many concepts share."""
    pixels, larger = np.frombuffer(data, dtype=np.uint8).reshape(shape), max(shape[:2]) / 128
    least = max(1, int(MIN_SEGMENT * larger**2))
    return tuple(felzenszwalb(pixels, scale * larger, sigma=0.5, min_size=least).astype(np.int32) for scale in SCALES)


def cut_of(grown: np.ndarray, threshold: float, rule: RegionRule = RegionRule(), at: float = 0.5) -> float:
    """Where one upsampled map (H, W) is cut, given the class's ``threshold``; −1 marks pixels not seen.

    Without a percentile: ``at`` of the way from the map's median to its peak.

    >>> cut_of(np.array([[0.0, 0.0, 0.8, -1.0]]), 0.5), cut_of(np.array([[0.0, 0.0, 0.4]]), 0.5)
    (0.4, inf)
    """
    if grown.max() <= threshold:
        return float("inf")
    if rule.cut == "percentile":
        return threshold
    middle = np.median(grown[grown > -1])
    return float(middle + at * (grown.max() - middle))


def threshold_of(similarity: np.ndarray, rule: RegionRule = RegionRule()) -> float:
    """Threshold of similarity above which a picture contains a concept, from maps (n, h, w) of its class.

    >>> maps = np.zeros((3, 4, 4)); maps[:, 0, 0] = 1.0
    >>> threshold_of(maps)
    0.5
    """
    if rule.cut == "percentile":
        return float(np.percentile(similarity, rule.percentile))
    return float((np.median(similarity) + np.median(similarity.max(axis=(1, 2)))) / 2)


def overlap_of(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two regions; 0 when both are empty.

    >>> overlap_of(np.array([True, True, False]), np.array([True, False, False]))
    0.5
    """
    union = int((first | second).sum())
    return float((first & second).sum() / union) if union else 0.0
