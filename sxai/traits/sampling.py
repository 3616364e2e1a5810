"""Seeded samples of a class's images and of a map's positions, the same on every machine."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from sxai.errors import SpaceError

Indices = NDArray[np.intp]


def sample(population: int, size: int, draw: int = 0, seed: int = 0) -> Indices:
    """Indices (size,) of the ``draw``-th random sample of 0 … population − 1, ascending.

    Draws are consecutive pieces of one seeded shuffle, hence disjoint, as long as the population lasts; a draw
    beyond its end is an independent one, which overlaps the others. See :func:`disjoint`. Draw 0 of a smaller size
    is part of draw 0 of a larger one.

    >>> sorted({*sample(6, 3, 0), *sample(6, 3, 1)}) == list(range(6))
    True
    """
    if not 1 <= size <= population:
        raise SpaceError(f"a sample of {size} was asked for: there are {population} to choose from")
    if draw < 0:
        raise SpaceError(f"draw {draw}: draws are counted from 0")
    shuffled = np.random.default_rng(seed).permutation(population)
    if disjoint(population, size, draw + 1):
        chosen = shuffled[draw * size : (draw + 1) * size]
    else:
        chosen = np.random.default_rng([seed, size, draw]).choice(population, size, replace=False)
    return np.sort(chosen).astype(np.intp)


def disjoint(population: int, size: int, draws: int) -> bool:
    """Whether the first ``draws`` samples of that size share nothing."""
    return size * draws <= population


def grid_positions(height: int, width: int, most: int, seed: int = 0) -> Indices:
    """Flat indices (P ≤ most,) of a regular grid over an H × W map: every position when there are at most ``most``.

    The grid takes every s-th row and column, s as small as ``most`` allows; it begins at a seeded offset, so that
    no corner is preferred.

    >>> grid_positions(2, 3, most=6).tolist()
    [0, 1, 2, 3, 4, 5]
    """
    if min(height, width, most) < 1:
        raise SpaceError(f"{most} positions of a {height} × {width} map were asked for: all must be at least 1")
    step = 1
    while ceil(height / step) * ceil(width / step) > most:
        step += 1
    random = np.random.default_rng([seed, height, width])
    top, left = (int(random.integers(min(step, side))) for side in (height, width))
    rows, columns = np.arange(top, height, step), np.arange(left, width, step)
    return (rows[:, None] * width + columns).ravel().astype(np.intp)
