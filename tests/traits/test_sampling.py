"""Samples of a class and positions of a map."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sxai.errors import SpaceError
from sxai.traits.sampling import disjoint, grid_positions, sample


def test_draws_are_disjoint_while_the_population_lasts():
    draws = [sample(100, 30, draw) for draw in range(3)]
    assert len(np.unique(np.concatenate(draws))) == 90
    assert disjoint(100, 30, 3)
    assert not disjoint(100, 30, 4)


def test_a_draw_beyond_the_population_is_an_independent_one():
    beyond = sample(100, 30, 3)
    assert len(np.unique(beyond)) == 30
    assert not np.array_equal(beyond, sample(100, 30, 4))
    np.testing.assert_array_equal(beyond, sample(100, 30, 3))


def test_a_small_first_draw_is_part_of_a_larger_one():
    assert set(sample(100, 10)) <= set(sample(100, 60))


def test_another_seed_draws_others():
    assert not np.array_equal(sample(100, 30, seed=1), sample(100, 30, seed=2))


@pytest.mark.parametrize(("population", "size", "draw"), [(5, 6, 0), (5, 0, 0), (5, 2, -1)])
def test_impossible_samples_are_refused(population, size, draw):
    with pytest.raises(SpaceError, match=r"asked for|counted from 0"):
        sample(population, size, draw)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 200), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_a_grid_is_regular_within_its_bound_and_covers_the_map(height, width, most, seed):
    positions = grid_positions(height, width, most, seed)
    assert 1 <= len(positions) <= most
    rows, columns = np.unique(positions // width), np.unique(positions % width)
    assert len(positions) == len(rows) * len(columns)
    assert rows.max() < height
    assert len({*np.diff(rows)} | {*np.diff(columns)}) <= 1
    if height * width <= most:
        assert len(positions) == height * width


def test_the_grid_of_an_early_layer_of_the_papers_network():
    assert len(grid_positions(224, 224, 1024)) == 1024


def test_the_grid_begins_where_the_seed_says():
    starts = {int(grid_positions(56, 56, 50, seed)[0]) for seed in range(20)}
    assert len(starts) > 5


def test_no_positions_cannot_be_had():
    with pytest.raises(SpaceError, match="0 positions of a 4 × 4 map"):
        grid_positions(4, 4, 0)
