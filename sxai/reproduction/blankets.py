"""White blankets drawn by code: something soft without any animal in it (Extended Data Fig. 1)."""

import numpy as np
from scipy.ndimage import gaussian_filter

SIDE = 256
COUNT = 32


def blankets(seed: int = 0, count: int = COUNT) -> list[np.ndarray]:
    """``count`` pictures (256, 256, 3) uint8 of folded whitish cloth, the same for the same seed."""
    return [blanket(np.random.default_rng([seed, at])) for at in range(count)]


def blanket(random: np.random.Generator) -> np.ndarray:
    """One blanket: folds along a random direction, a weave, light from one side, a warm or cool white."""
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    turn = random.uniform(0, np.pi)
    along = across * np.cos(turn) + down * np.sin(turn)
    bent = along + 0.12 * _soft(random, 40) + 0.04 * _soft(random, 14)
    folds = np.sin(2 * np.pi * random.uniform(1.5, 4.0) * bent + random.uniform(0, 6))
    height = 0.7 * folds + 0.5 * _soft(random, 22)
    light = np.gradient(gaussian_filter(height, 2), axis=int(random.integers(2))) * random.uniform(0.8, 5.0)
    weave = random.normal(0, random.uniform(0.01, 0.05), (SIDE, SIDE))
    bright = np.clip(random.uniform(0.68, 0.86) + light + gaussian_filter(weave, 0.7), 0.3, 1.0)
    tint = 1.0 + np.array([1.0, 0.3, -1.0]) * random.uniform(-0.03, 0.08)
    return (np.clip(bright[..., None] * tint, 0, 1) * 255).round().astype(np.uint8)


def _soft(random: np.random.Generator, size: float) -> np.ndarray:
    """A smooth random field (256, 256) of unit deviation that changes over ``size`` pixels."""
    field = gaussian_filter(random.normal(size=(SIDE, SIDE)), size, mode="wrap")
    smooth: np.ndarray = field / field.std()
    return smooth
