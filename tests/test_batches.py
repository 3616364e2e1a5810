"""Items in batches, and work done ahead of its turn."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.batches import ahead, in_batches


@given(st.lists(st.integers(), max_size=40), st.integers(1, 12))
def test_batches_put_together_are_the_items(items, size):
    batches = list(in_batches(items, size))
    assert [item for batch in batches for item in batch] == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(1 <= len(batch) <= size for batch in batches)


@given(st.lists(st.integers(), max_size=30), st.integers(1, 4), st.integers(1, 8))
def test_working_ahead_keeps_the_order(items, threads, window):
    assert list(ahead(lambda item: item * 2, items, threads, window)) == [item * 2 for item in items]


def test_working_ahead_never_holds_more_than_its_window():
    taken, used, most = 0, 0, 0

    def items():
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    for _ in ahead(lambda item: item, items(), threads=3, window=7):
        most = max(most, taken - used)
        used += 1
    assert (used, most <= 8) == (100, True)


def test_an_error_while_working_ahead_comes_out_in_its_place():
    def half(item):
        if item == 3:
            raise ValueError("three")
        return item

    results = ahead(half, range(10))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_leaving_early_does_not_wait_for_all_that_was_planned():
    done = []

    def slow(item):
        time.sleep(0.02)
        done.append(item)
        return item

    results = ahead(slow, range(64), threads=2)
    assert next(results) == 0
    results.close()
    assert len(done) < 16
