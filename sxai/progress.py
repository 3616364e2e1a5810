"""Progress of long work: one callable, passed down, that may also stop it."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Called as ``progress(stage, done, total)``.

    An implementation may raise :class:`sxai.errors.Cancelled`; work must be in a state it can resume from
    whenever it calls. ``detail`` carries early results (plain JSON values), e.g. the accuracy of an epoch.
    """

    def __call__(self, stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None: ...


def silent(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
    """A progress callback that ignores all reports."""


def tracked(items: Iterable[T], stage: str, total: int, progress: Progress) -> Iterator[T]:
    """Yield ``items``, reporting before the first and after each one.

    >>> seen = []
    >>> list(tracked("ab", "spell", 2, lambda stage, done, total, detail=None: seen.append((done, total))))
    ['a', 'b']
    >>> seen
    [(0, 2), (1, 2), (2, 2)]
    """
    progress(stage, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        progress(stage, done, total)


def shifted(progress: Progress, whole: str, before: int, all_items: int) -> Progress:
    """Progress of a part of the stage ``whole`` that begins after ``before`` of ``all_items`` items.

    >>> shifted(lambda stage, done, total, detail=None: print(stage, done, total), "features", 256, 1000)("x", 4, 9)
    features 260 1000
    """

    def report(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
        progress(whole, before + done, all_items, detail)

    return report
