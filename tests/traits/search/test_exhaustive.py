import numpy as np
import pytest

from sxai.errors import SpaceError
from sxai.traits.search.exhaustive import blocks, exhaustive


@pytest.mark.parametrize("genes", [1, 3, 8, 10])
def test_every_combination_comes_once_the_untouched_picture_first(genes):
    genomes = np.concatenate(list(blocks(genes)))
    assert genomes.shape == (2**genes, genes)
    assert genomes.dtype == bool
    assert genomes[0].all()
    assert len(np.unique(genomes, axis=0)) == 2**genes


def test_a_climb_asks_for_all_blocks_and_ends():
    climb = exhaustive(9)
    first = next(climb)
    assert climb.send(np.zeros(len(first))).shape == (256, 9)
    with pytest.raises(StopIteration):
        climb.send(np.zeros(256))


def test_too_many_superpixels_are_refused():
    with pytest.raises(SpaceError, match="17 superpixels have too many combinations"):
        next(exhaustive(17))
