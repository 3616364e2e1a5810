"""Exhaustive search: every combination, for at most 16 superpixels."""

from collections.abc import Iterator

import numpy as np

from sxai.errors import SpaceError
from sxai.traits.search.settings import MAX_EXHAUSTIVE, Climb

BLOCK = 256


def exhaustive(genes: int) -> Climb:
    """All 2^N_sp genomes, the untouched picture first.

    Raises
    ------
    SpaceError
        above 16 superpixels.
    """
    yield from blocks(genes)


def blocks(genes: int) -> Iterator[np.ndarray]:
    """All genomes in blocks of at most 256.

    >>> [block.tolist() for block in blocks(1)]
    [[[True], [False]]]
    """
    if genes > MAX_EXHAUSTIVE:
        raise SpaceError(
            f"{genes} superpixels have too many combinations to try all; ask for at most {MAX_EXHAUSTIVE} superpixels, "
            "or search with method 'flips'"
        )
    everything = 2**genes
    for start in range(0, everything, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, everything))
        yield (numbers[:, None] >> np.arange(genes)) & 1 == 0
