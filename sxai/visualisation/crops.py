"""The clearest crops of a feature visualisation: a few boxes that do not overlap."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import zoom

Floats = NDArray[np.float64]

SHARE = 0.3
"""Side of a crop, as a share of the picture's."""


@dataclass(frozen=True)
class Crop:
    """A square of a picture: its upper left corner and side in pixels, and its share of the picture's total clarity."""

    top: int
    left: int
    side: int
    share: float

    def of(self, picture: np.ndarray) -> np.ndarray:
        """That part of a picture (H, W, …)."""
        return picture[self.top : self.top + self.side, self.left : self.left + self.side]


def clearest(picture: np.ndarray, response: Floats, count: int = 3) -> tuple[Crop, ...]:
    """The clearest squares of ``picture`` uint8 (S, S, 3), the best one first; none overlaps another.

    Clear is where the picture changes (squared differences between neighbours) *and* the target's channels respond:
    ``response`` (h, w) ≥ 0 is enlarged over the picture. Greedy and deterministic: of equal squares the upper, then the
    left one comes first; fewer than ``count`` when no room or no clarity is left.
    """
    clarity = _energy(picture) * _enlarged(response, picture.shape[:2])
    total = float(clarity.sum())
    side = max(1, round(SHARE * min(clarity.shape)))
    sums = _window_sums(clarity, side)
    crops: list[Crop] = []
    while len(crops) < count and total > 0 and sums.size and sums.max() > 0:
        top, left = divmod(int(sums.argmax()), sums.shape[1])
        crops.append(Crop(top, left, side, float(sums[top, left]) / total))
        sums[max(0, top - side + 1) : top + side, max(0, left - side + 1) : left + side] = -1.0
    return tuple(crops)


def _energy(picture: np.ndarray) -> Floats:
    """Squared differences to the right and lower neighbour, summed over channels: (H, W)."""
    values = picture.astype(np.float64) / 255
    energy = np.zeros(values.shape[:2])
    energy[:, :-1] += np.square(np.diff(values, axis=1)).sum(axis=2)
    energy[:-1] += np.square(np.diff(values, axis=0)).sum(axis=2)
    return energy


def _enlarged(response: Floats, shape: tuple[int, ...]) -> Floats:
    """A coarse map over the whole picture, from 0 to 1; 1 everywhere when nothing responds."""
    factors = (shape[0] / response.shape[0], shape[1] / response.shape[1])
    smooth = np.maximum(zoom(response.astype(np.float64), factors, order=1, grid_mode=True, mode="nearest"), 0.0)
    return smooth / smooth.max() if smooth.max() > 0 else np.ones(shape[:2])


def _window_sums(values: Floats, side: int) -> Floats:
    """Sums over every side × side square, by its upper left corner."""
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    sums[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    return sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
