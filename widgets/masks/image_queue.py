"""The image queue: the order in which a person masks the pictures of a concept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

Queue = Callable[[], Sequence[int]]
"""The pictures that still wait for a mask, most useful first; asked for only when it is needed."""


@dataclass
class ImageQueue:
    """The image queue: visited pictures, the present position, skipped pictures, and the number of superpixels.

    ``pieces`` is the number of superpixels last asked for (None: as the picture was masked, or the usual); ``levels``
    whether the coarse and fine ones are wanted too.
    """

    concept: str
    visited: list[int] = field(default_factory=list)
    at: int = 0
    skipped: set[int] = field(default_factory=set)
    chosen: dict[int, int] = field(default_factory=dict)
    pieces: int | None = None
    levels: bool = False

    def here(self, queue: Queue) -> int | None:
        """The picture to show; None when none is left."""
        if self.at >= len(self.visited):
            following = self._following(queue)
            if following is None:
                return None
            self.visited.append(following)
            self.at = len(self.visited) - 1
        return self.visited[self.at]

    def coming(self, queue: Queue, count: int) -> tuple[int, ...]:
        """The pictures that "next" would show from here on, at most ``count``."""
        ahead = self.visited[self.at + 1 :][:count]
        if len(ahead) < count:
            seen = self.seen
            fresh = (image_id for image_id in queue() if image_id not in seen)
            ahead += islice(fresh, count - len(ahead))
        return tuple(ahead)

    @property
    def seen(self) -> set[int]:
        """Every picture that was visited or skipped."""
        return self.skipped.union(self.visited)

    def go(self, to: str, image_id: int, shown: int | None = None) -> None:
        """Go from ``image_id`` to the "next" or "previous" picture, or "skip" it; ignored if another one is shown.

        ``shown`` is the picture that the browser shows already: a next one that is not chosen yet will be this one.
        """
        if self.at >= len(self.visited) or self.visited[self.at] != image_id:
            return
        if to == "skip":
            self.skipped.add(image_id)
        if to == "previous":
            self.at = max(0, self.at - 1)
            return
        self.at += 1
        if self.at == len(self.visited) and shown is not None and shown not in self.seen:
            self.visited.append(shown)

    def back(self) -> None:
        """Go to the previous picture, also from the end of the queue."""
        self.at = max(0, self.at - 1)

    def open(self, image_id: int) -> None:
        """Show this picture now; "next" goes on from there."""
        if image_id in self.visited:
            self.at = self.visited.index(image_id)
            return
        self.visited.append(image_id)
        self.at = len(self.visited) - 1

    def look_through(self, images: Sequence[int]) -> None:
        """Queue these pictures, beginning with the first."""
        self.visited, self.at = list(images), 0

    def cut(self, image_id: int, pieces: int) -> None:
        """Set the number of superpixels for this picture and those that follow."""
        self.chosen[image_id] = self.pieces = pieces

    def _following(self, queue: Queue) -> int | None:
        seen = self.seen
        return next((image_id for image_id in queue() if image_id not in seen), None)
