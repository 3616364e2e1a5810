"""Outlines of automatic concepts: a linear classifier in a network's maps between a concept's regions and the rest.

The similarity map of a prototype is also high around its concept. So a second, sharper map is fitted to the concept's
regions, in several rounds. Let y be the share of every position that a region covers, x the standardised maps there,

    w, b = argmin Σ (y − wᵀx − b)² + λ‖w‖²,

which is Fisher's direction between inside and outside; the regions of wᵀx + b are those of the next round. Two-fold
cross-validation over pictures prevents overfitting: each half is mapped with the direction of the other. Its R² also
sets the cut at which regions end: the highest whose R² is near the best one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from skimage.transform import resize

from sxai.progress import Progress, silent
from sxai.prototypes.regions import RegionRule, connected, segments_of, threshold_of

CUTS = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
"""Candidate cuts, between a map's median (0) and its peak (1)."""

ROUNDS = 3
RIDGE = 1e-3
"""λ for each position in the training set."""

CUT_TOLERANCE = 0.8
"""Share of the best R² that a cut has to reach."""

MIN_R2 = 0.2
"""Smallest cross-validated R² of an outline; below it the concept has none."""

SIDE = 128
"""Pictures are outlined at this many pixels a side at most."""


@dataclass(frozen=True, eq=False)
class Outline:
    """A linear map of a concept's outline: weights (C,) and offset; regions end at ``cut``, ``fit`` is its R².

    ``threshold``: a picture contains the concept if its peak exceeds this value.
    """

    weights: np.ndarray
    offset: float
    cut: float
    threshold: float
    fit: float

    def map(self, maps: np.ndarray) -> np.ndarray:
        """About 1 in the concept and 0 around it: float32 (h, w) of maps (C, h, w)."""
        map_: np.ndarray = np.einsum("c,chw->hw", self.weights, maps.astype(np.float32)) + np.float32(self.offset)
        return map_


def learn_outlines(
    maps: np.ndarray,
    pictures: Sequence[np.ndarray],
    similarity: Sequence[np.ndarray],
    thresholds: Sequence[float],
    rule: RegionRule = RegionRule(),
    progress: Progress = silent,
) -> list[Outline | None]:
    """The outline of each concept of one class, from ``maps`` (n, C, h, w) of pictures uint8 (H, W, 3).

    None for a concept whose regions differ too much between pictures to have one.

    ``similarity`` holds a map (n, h, w) for each concept, ``thresholds`` the least peak of a picture that contains it.
    """
    cells = [_Cells(_small(pixels), maps.shape[2:], rule) for pixels in pictures]
    fitted, outlines = _Fit(np.asarray(maps)), list[Outline | None]()
    for maps_, limit in zip(similarity, thresholds, strict=True):
        progress("outlines", len(outlines), len(similarity))
        outlines.append(_outline(fitted, cells, maps_, limit))
    progress("outlines", len(outlines), len(similarity))
    return outlines


def _outline(fitted: "_Fit", cells: Sequence["_Cells"], similarity: np.ndarray, threshold: float) -> Outline | None:
    tried = [_sharpened(fitted, cells, similarity, threshold, cut) for cut in CUTS]
    best = max(outline.fit for outline in tried)
    return [outline for outline in tried if outline.fit >= CUT_TOLERANCE * best][-1] if best >= MIN_R2 else None


def _sharpened(
    fitted: "_Fit", cells: Sequence["_Cells"], similarity: np.ndarray, threshold: float, cut: float
) -> Outline:
    """The outline of one concept at one cut, after all rounds."""
    seen, limit, fit = similarity, threshold, 0.0
    for _ in range(ROUNDS):
        covered = np.stack([cell.covered(map_, limit, cut) for cell, map_ in zip(cells, seen, strict=True)])
        judged = fitted.crosswise(covered)
        spread = float(((covered - covered.mean()) ** 2).sum())
        fit = 1 - float(((covered - judged) ** 2).sum()) / spread if spread > 0 else 0.0
        seen = judged.reshape(similarity.shape)
        limit = threshold_of(seen)
    weights, offset = fitted.direction(covered)
    return Outline(weights, offset, cut, limit, fit)


class _Fit:
    """Least squares over positions, on each half of the pictures and on all of them."""

    def __init__(self, maps: np.ndarray) -> None:
        self.count = len(maps)
        rows = maps.transpose(0, 2, 3, 1).reshape(-1, maps.shape[1]).astype(np.float64)
        self.shift, self.scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
        self.rows = np.column_stack([(rows - self.shift) / self.scale, np.ones(len(rows))])
        self.half = np.repeat(np.arange(self.count) % 2 == 0, len(rows) // self.count)
        self.solvers = [self._solver(chosen) for chosen in (self.half, ~self.half, np.ones_like(self.half))]

    def _solver(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = self.rows[chosen]
        penalty = RIDGE * len(rows) * np.eye(rows.shape[1])
        penalty[-1, -1] = 1e-9
        return rows, np.linalg.inv(rows.T @ rows + penalty)

    def crosswise(self, covered: np.ndarray) -> np.ndarray:
        """Cross-validated maps (n, h·w): each half of the pictures by the direction of the other half."""
        flat, judged = covered.ravel(), np.zeros(covered.size)
        for half, (rows, inverse) in zip((self.half, ~self.half), self.solvers, strict=False):
            judged[~half] = self.rows[~half] @ (inverse @ (rows.T @ flat[half]))
        return judged.reshape(covered.shape)

    def direction(self, covered: np.ndarray) -> tuple[np.ndarray, float]:
        """Weights (C,) float32 and offset on maps as they are, from all pictures."""
        rows, inverse = self.solvers[2]
        solution = inverse @ (rows.T @ covered.ravel())
        weights = solution[:-1] / self.scale
        return weights.astype(np.float32), float(solution[-1] - weights @ self.shift)


class _Cells:
    """The cells that a picture's segments at all scales cut it into; regions are unions of cells."""

    def __init__(self, pixels: np.ndarray, grid: tuple[int, ...], rule: RegionRule) -> None:
        self.rule = rule
        height, width = pixels.shape[:2]
        grown = sparse.kron(_bilinear(grid[0], height), _bilinear(grid[1], width), format="csr")
        scales = [segments.ravel() for segments in segments_of(pixels)]
        pieces = np.unique(np.stack(scales), axis=1, return_inverse=True)
        self.piece = np.asarray(pieces[1]).reshape(height, width)
        self.area = np.bincount(self.piece.ravel())
        self.means = np.zeros((len(self.area), grid[0] * grid[1]), np.float32)
        for number, segments in enumerate(scales):
            chosen = sparse.csr_matrix((np.ones(segments.size), (segments, np.arange(segments.size))))
            means = (chosen @ grown).toarray() / np.maximum(np.bincount(segments), 1)[:, None]
            self.means += (means[pieces[0][number]] / len(scales)).astype(np.float32)
        rows, columns = (np.arange(side) * cells // side for side, cells in zip((height, width), grid, strict=True))
        self.position = (rows[:, None] * grid[1] + columns).ravel()
        self.pixels = np.maximum(np.bincount(self.position, minlength=grid[0] * grid[1]), 1)

    def covered(self, map_: np.ndarray, threshold: float, cut: float) -> np.ndarray:
        """The share of every position (h·w,) that the concept's region covers; zeros without the concept."""
        means = self.means @ map_.ravel().astype(np.float32)
        if means.max() <= threshold:
            return np.zeros(len(self.pixels))
        order = np.argsort(means)
        area = np.cumsum(self.area[order])
        middle = means[order[np.searchsorted(area, area[-1] / 2)]]
        region = connected((means > middle + cut * (means.max() - middle))[self.piece], self.rule)
        shares: np.ndarray = np.bincount(self.position, region.ravel(), len(self.pixels)) / self.pixels
        return shares


def _small(pixels: np.ndarray) -> np.ndarray:
    side = max(pixels.shape[:2])
    if side <= SIDE:
        return pixels
    shape = tuple(max(1, round(length * SIDE / side)) for length in pixels.shape[:2])
    return (resize(pixels, shape, anti_aliasing=True) * 255).round().astype(np.uint8)


def _bilinear(cells: int, side: int) -> sparse.csr_matrix:
    """The matrix (side, cells) of bilinear upsampling along one axis, as in :func:`upsampled`."""
    grown = [resize(row[None], (1, side), order=1, mode="edge", anti_aliasing=False)[0] for row in np.eye(cells)]
    return sparse.csr_matrix(np.stack(grown, axis=1))
