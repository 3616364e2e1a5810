"""Items in batches, and results computed ahead of their use."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")


def ahead(function: Any, items: Iterable[T], threads: int | None = None, window: int = 64) -> Iterator[Any]:
    """Map ``function`` over ``items`` in order, keeping at most ``window`` results waiting."""
    waiting = iter(items)
    with ThreadPoolExecutor(threads or min(8, os.cpu_count() or 1)) as pool:
        pending = [pool.submit(function, item) for item in islice(waiting, window)]
        try:
            while pending:
                yield pending.pop(0).result()
                pending.extend(pool.submit(function, item) for item in islice(waiting, 1))
        finally:
            for future in pending:
                future.cancel()


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of ``size`` items, the last one shorter.

    >>> list(in_batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch
