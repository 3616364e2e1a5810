"""The generalised pointing game: localisation accuracy of saliency maps (SeVec, Sec. 5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from sxai.errors import ModelError

SHARES = tuple(share / 100 for share in (0, 1, 2, 5, *range(10, 100, 10), 95, 100))
"""Kept energy m at which the game is played, from the single largest pixel to everything that is not zero."""

SIDE = 256
"""Side of a composite in pixels."""


@dataclass(frozen=True, eq=False)
class Hits:
    """Hits (len(shares),) of one map: ``every`` kept pixel in the box, or ``most`` of them (more than half)."""

    every: NDArray[np.bool_]
    most: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Gain:
    """Localisation accuracy by share m of two ways over the same maps, and the paired gain with its 95 % interval."""

    plain: NDArray[np.float64]
    gated: NDArray[np.float64]
    gain: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def pointing_hits(heat: ArrayLike, box: ArrayLike, shares: Sequence[float] = SHARES) -> Hits:
    """Play the game on a map (H, W) ≥ 0 with the object's ``box`` (H, W) bool.

    For each share m the fewest pixels are kept, strongest first, that hold m of the map's energy (its sum); at least
    one. A map without energy points nowhere: a miss.
    """
    energy, inside = np.asarray(heat, dtype=np.float64).ravel(), np.asarray(box, dtype=bool).ravel()
    wanted = np.asarray(shares, dtype=np.float64)
    if not energy.any():
        return Hits(np.zeros(len(wanted), bool), np.zeros(len(wanted), bool))
    order = np.argsort(-energy, kind="stable")[: np.count_nonzero(energy)]
    reached = np.cumsum(energy[order])
    kept = np.searchsorted(reached, wanted * reached[-1] * (1 - 1e-12)).clip(0, len(order) - 1)
    within = np.cumsum(inside[order])[kept]
    return Hits(within == kept + 1, within > (kept + 1) / 2)


def localisation_gain(plain: ArrayLike, gated: ArrayLike, draws: int = 2000, seed: int = 0) -> Gain:
    """Localisation accuracy of two methods and the gain, from hits (n, len(shares)) of the same n pictures or groups of
    maps.

    The interval is a bootstrap over the rows, each drawn with the maps of both methods.
    """
    before, after = np.asarray(plain, dtype=np.float64), np.asarray(gated, dtype=np.float64)
    change = after - before
    rng = np.random.default_rng(seed)
    means = np.stack([change[rng.integers(len(change), size=len(change))].mean(axis=0) for _ in range(draws)])
    low, high = np.quantile(means, (0.025, 0.975), axis=0)
    return Gain(before.mean(axis=0), after.mean(axis=0), change.mean(axis=0), low, high)


def composite(
    first: np.ndarray, second: np.ndarray, upright: bool = False, side: int = SIDE
) -> tuple[np.ndarray, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Two pictures uint8 (H, W, 3) on one canvas (side, side, 3), and the box (side, side) of each.

    They stand side by side, or one above the other (``upright``); each is its largest central part of half the
    canvas's proportions.

    Raises
    ------
    ModelError
        for an odd side.
    """
    if side < 2 or side % 2:
        raise ModelError(f"a composite has an even side, not {side}.")
    half = (side, side // 2) if upright else (side // 2, side)
    parts = [_central(pixels, *half) for pixels in (first, second)]
    box = np.zeros((side, side), dtype=bool)
    if upright:
        box[: side // 2] = True
    else:
        box[:, : side // 2] = True
    return np.concatenate(parts, axis=0 if upright else 1), (box, ~box)


def _central(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """The central part of those proportions, resized."""
    rows, columns = pixels.shape[:2]
    scale = min(columns / width, rows / height)
    left, top = (columns - scale * width) / 2, (rows - scale * height) / 2
    box = (left, top, left + scale * width, top + scale * height)
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR, box=box))
