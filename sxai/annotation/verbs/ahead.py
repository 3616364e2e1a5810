"""Suggestions made ahead of the person, in one thread of the process: nobody waits for them.

The latest wish counts. It names the picture that is looked at and those that come next: their superpixels are cut, the
rule is learned, their suggestions are stored, the queue is put in order. A newer wish interrupts an older one between
two steps; what was computed until then is kept.
"""

import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from data_store.errors import CatalogueError
from data_store.records import ModelRecord
from sxai.annotation.clearness import sharpness
from sxai.annotation.suggestion_rule import MIN_MASKS
from sxai.annotation.verbs.record import Order, SuggestionRecord, UsefulQueue, suggestion_record, useful_queue
from sxai.annotation.verbs.suggest import SuggestionModel, suggestion_by, suggestion_model, suggestions
from sxai.errors import SxaiError
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.save import mask_queue, pieces_of
from sxai.networks.verbs.networks import model_record
from sxai.project.project import Project

AT_ONCE = 32
"""Pictures whose sharpness is measured before the first one is shown."""
CHUNK = 16
"""Pictures whose sharpness is measured between two looks for a newer wish."""
POOL = 24
"""Pictures that wait and are looked at ahead, the sharpest first, so that the clearest really come first."""
LEVEL = 5
"""Niceness of the thread: pages go first."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """The ``images`` of a concept at ``count`` superpixels: the one looked at, then those that come next.

    ``levels`` asks for the coarse and fine superpixels too.
    """

    concept: str
    count: int
    images: tuple[int, ...]
    order: Order = "strong"
    suggest: bool = True
    levels: bool = False


class _Newer(Exception):
    """A newer wish came while the rule was learned."""


@dataclass
class Ahead:
    """The thread that works ahead in a project; :func:`ahead_of` gives the project's one."""

    project: Project
    lock: Any = field(default_factory=threading.Lock)
    wish: Wish | None = None
    running: bool = False
    answered: Wish | None = None
    orders: dict[tuple[str, Order], UsefulQueue] = field(default_factory=dict)
    records: dict[str, SuggestionRecord] = field(default_factory=dict)
    rules: dict[tuple[str | None, str, int], SuggestionModel] = field(default_factory=dict)
    sharp: dict[int, float] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        """A cache of its own: pages may ask the same network meanwhile, at another size of its input."""
        self.own = replace(self.project, cache={}, lock=threading.RLock())

    def ask(self, wish: Wish) -> None:
        """Work on this wish next; returns at once, and does nothing when it is the wish already."""
        with self.lock:
            if wish == self.wish:
                return
            self.wish = wish
            if self.running:
                return
            self.running = True
            self.thread = threading.Thread(target=self._work, name="suggestions", daemon=True)
        self.thread.start()

    def busy(self, concept: str, image_id: int) -> bool:
        """Whether a suggestion for the picture may still come."""
        wish = self.wish
        asked = wish is not None and wish.suggest and wish.concept == concept and wish.images[:1] == (image_id,)
        return asked and wish != self.answered

    def queue(self, concept: str, order: Order, fresh: bool = False) -> UsefulQueue:
        """The image queue as last put in order; put in order now when it never was, or for a ``fresh`` one."""
        if fresh or (concept, order) not in self.orders:
            if order != "project":
                self._measure(mask_queue(self.project, concept)[:AT_ONCE])
            self._arrange(concept, order)
        return self.orders[concept, order]

    def settle(self, timeout: float | None = None) -> None:
        """Wait until the thread rests."""
        if self.thread is not None:
            self.thread.join(timeout)

    def _work(self) -> None:
        _yield_to_pages()
        while (wish := self.wish) is not None:
            try:
                for _ in self._steps(wish):
                    if self.wish != wish:
                        break
            except _Newer:
                pass
            except (SxaiError, CatalogueError) as error:
                self.problems[wish.concept] = str(error)
                _log.info("no suggestion ahead: %s", error)
            except (OSError, RuntimeError, ValueError):
                _log.exception("the thread that works ahead gave up on %s", wish)
            with self.lock:
                if self.wish == wish:
                    self.answered, self.running = wish, False
                    return

    def _steps(self, wish: Wish) -> Iterator[None]:
        """Everything that can be done for a wish, the most urgent first, in steps that may be the last."""
        for image_id in wish.images:
            pieces = pieces_of(self.project, find_image(self.project, image_id), SlicParameters(count=wish.count))
            if wish.levels:
                _ = pieces.nested
            yield
        teachable = wish.suggest and self._teachable(wish.concept)
        if teachable:
            yield from self._suggest(wish, model_record(self.project))
        self.answered = wish
        self._arrange(wish.concept, wish.order)
        yield
        if wish.order == "project":
            return
        yield from self._measure_all(wish)
        if teachable:
            yield from self._look_ahead(wish, model_record(self.project))

    def _teachable(self, concept: str) -> bool:
        masks = next((record.masks for record in self.project.catalogue.concepts() if record.full_name == concept), 0)
        return masks >= MIN_MASKS and bool(self.project.catalogue.models())

    def _suggest(self, wish: Wish, record: ModelRecord) -> Iterator[None]:
        """Suggestions by the rule at hand first, since learning a new one takes long; then by the new one."""
        about = (record.sha256, wish.concept, wish.count)
        before = self.rules.get(about)
        if before is not None:
            self._suggest_missing(wish, record, before, wish.images[:1])
            self.answered = wish
            yield

        def interruptible(stage: str, done: int, total: int, detail: dict[str, Any] | None = None) -> None:
            if before is not None and self.wish != wish:
                raise _Newer

        rule = suggestion_model(self.own, wish.concept, wish.count, record.name, interruptible)
        self.rules[about] = rule
        self.problems.pop(wish.concept, None)
        self._suggest_missing(wish, record, rule, wish.images[:1])
        self.answered = wish
        yield
        for image_id in wish.images[1:]:
            suggestion_by(self.own, record, rule, find_image(self.project, image_id))
            yield
        self.records[wish.concept] = suggestion_record(self.own, wish.concept, record.name)

    def _suggest_missing(self, wish: Wish, record: ModelRecord, rule: SuggestionModel, images: Sequence[int]) -> None:
        """A sure suggestion, which a person may be looking at, stays as it is."""
        known = suggestions(self.project, record, wish.concept, images)
        for image_id in images:
            if image_id not in known or known[image_id].count != wish.count or not known[image_id].sure:
                suggestion_by(self.own, record, rule, find_image(self.project, image_id))

    def _measure_all(self, wish: Wish) -> Iterator[None]:
        waiting = [image for image in self.orders[wish.concept, wish.order].images if image not in self.sharp]
        for begin in range(0, len(waiting), CHUNK):
            self._measure(waiting[begin : begin + CHUNK])
            yield
        if waiting:
            self._arrange(wish.concept, wish.order)

    def _measure(self, images: Sequence[int]) -> None:
        missing = [image for image in images if image not in self.sharp]
        for image in self.project.catalogue.images(ids=missing) if missing else []:
            self.sharp[image.id] = sharpness(read_canvas(self.project, image))

    def _look_ahead(self, wish: Wish, record: ModelRecord) -> Iterator[None]:
        """Suggestions for the first pictures of the queue that have none yet."""
        rule = self.rules[record.sha256, wish.concept, wish.count]
        known = suggestions(self.project, record, wish.concept)
        waiting = [image for image in self.orders[wish.concept, wish.order].images if image not in known]
        for image_id in waiting[:POOL]:
            suggestion_by(self.own, record, rule, find_image(self.project, image_id))
            yield
        self._arrange(wish.concept, wish.order)

    def _arrange(self, concept: str, order: Order) -> None:
        self.orders[concept, order] = useful_queue(self.project, concept, order, sharpness=self.sharp)


def ahead_of(project: Project) -> Ahead:
    """The thread that works ahead in this project, the same for every session of the process."""
    ahead: Ahead = project.remember(("ahead",), lambda: Ahead(project))
    return ahead


def _yield_to_pages() -> None:
    """Lower the priority of this thread, where the system knows priorities of threads."""
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEVEL)
