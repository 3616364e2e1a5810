"""Nested superpixels: each piece of a cut lies in one coarse group, and is itself split into fine pieces.

Labels 0 … K-1 are the K pieces of the cut, labels from K on the fine pieces, so that one selection may hold both.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import find_objects
from skimage.color import rgb2lab
from skimage.segmentation import slic

PARTS = 4
"""Fine pieces asked for in one piece."""
GROUPED = 3
"""Pieces in one coarse group, on average."""
LEAST_SHARE = 1 / 16
"""A fine piece below this share of its piece joins the largest one."""
SIGMA, COMPACTNESS = 1.0, 10.0


@dataclass(frozen=True, eq=False)
class Nested:
    """The finer and the coarser level of a cut.

    Attributes
    ----------
    fine
        int32 (H, W): the fine piece of each pixel; a piece too small to be split keeps its own label.
    parents
        the piece that each label belongs to, (M,) for K pieces and M - K fine ones.
    groups
        the coarse group of each piece, (K,).
    """

    fine: np.ndarray
    parents: np.ndarray
    groups: np.ndarray

    def normal(self, labels: Iterable[int]) -> list[int]:
        """The same pixels in as few labels as possible: a piece instead of all of its fine ones."""
        chosen = set(labels)
        pieces = len(self.groups)
        for piece in {int(self.parents[label]) for label in chosen if pieces <= label < len(self.parents)}:
            parts = (np.flatnonzero(self.parents[pieces:] == piece) + pieces).tolist()
            if piece in chosen or chosen.issuperset(parts):
                chosen = chosen.difference(parts) | {piece}
        return sorted(chosen)

    def cut(self, labels: np.ndarray, opened: Iterable[int]) -> np.ndarray:
        """The label map of pieces (H, W) with those pieces split that hold a fine label of ``opened``."""
        pieces = len(self.groups)
        split = {int(self.parents[label]) for label in opened if pieces <= label < len(self.parents)}
        return np.where(np.isin(labels, list(split)), self.fine, labels) if split else labels

    def inside(self, labels: np.ndarray, region: np.ndarray) -> list[int]:
        """Pieces and fine pieces that lie wholly in ``region``, bool (H, W)."""
        whole = np.zeros(len(self.parents), dtype=bool)
        for level in (self.fine, labels):
            sizes = np.bincount(level.ravel(), minlength=len(whole))
            whole |= (sizes > 0) & (np.bincount(level[region], minlength=len(whole)) == sizes)
        return self.normal(np.flatnonzero(whole).tolist())


def nest(pixels: np.ndarray, labels: np.ndarray, colours: np.ndarray, neighbours: list[list[int]]) -> Nested:
    """The levels below and above the pieces ``labels`` int32 (H, W) of ``pixels`` uint8 (H, W, 3)."""
    fine, parents = split(pixels, labels)
    return Nested(fine, parents, grouped(colours, neighbours))


def split(pixels: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The fine pieces int32 (H, W), cut by SLIC in each piece alone, and the piece of every label (M,)."""
    fine, parents = labels.copy(), list(range(int(labels.max()) + 1))
    for piece, box in enumerate(find_objects(labels + 1)):
        inside = labels[box] == piece
        parts = _parts(pixels[box], inside)
        count = int(parts.max()) + 1
        if count > 1:
            fine[box][inside] = len(parents) + parts
            parents += [piece] * count
    return fine, np.array(parents)


def _parts(pixels: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The part of each pixel of one piece, from 0 on."""
    area = int(inside.sum())
    if area < PARTS / LEAST_SHARE:
        return np.zeros(area, dtype=np.int32)
    cut = slic(pixels, n_segments=PARTS, compactness=COMPACTNESS, sigma=SIGMA, mask=inside, start_label=1)[inside]
    sizes = np.bincount(cut)
    cut[sizes[cut] < LEAST_SHARE * area] = sizes.argmax()
    _, parts = np.unique(cut, return_inverse=True)
    return parts.astype(np.int32)


def grouped(colours: np.ndarray, neighbours: list[list[int]]) -> np.ndarray:
    """The coarse group (K,) of each piece: neighbours of like colour (mean RGB, 0…255), by Ward's criterion."""
    pieces = len(colours)
    groups = -(-pieces // GROUPED)
    if groups == pieces or groups < 2:
        return np.arange(pieces) if groups == pieces else np.zeros(pieces, dtype=np.int64)
    from scipy.sparse import csr_array
    from sklearn.cluster import AgglomerativeClustering

    pairs = np.array([(piece, other) for piece, others in enumerate(neighbours) for other in others])
    touch = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(pieces, pieces))
    clustering = AgglomerativeClustering(n_clusters=groups, connectivity=touch, linkage="ward")
    found: np.ndarray = clustering.fit_predict(rgb2lab(colours[None] / 255)[0])
    return found
