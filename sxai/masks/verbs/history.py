"""History of masks: every edit, restoring of earlier versions, and edit conflicts.

Nothing is ever overwritten: restoring an earlier version is one more edit, and the latest edit can be undone again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from data_store.errors import Conflict
from data_store.records import MaskConflictRecord, MaskEdit, MaskEventRecord, MaskLogRecord
from sxai.errors import MaskError, UnknownName
from sxai.images.verbs.stored import find_image
from sxai.masks.mask import decode_rle
from sxai.masks.verbs.save import SavedMask, edit_conflict
from sxai.names import split_name
from sxai.project.project import Project

PAUSE = 300.0
"""Seconds between two edits above which the interval counts as a pause."""

SEEN_KIND = "mask conflicts seen by "


@dataclass(frozen=True)
class MaskChange:
    """One edit of a mask, as the history shows it.

    ``action`` is created, changed or deleted; ``restored`` the earlier version that it brought back (0: no mask);
    ``pixels`` the mask's area afterwards, ``added`` and ``removed`` how many pixels the edit added and removed.
    """

    version: int
    author: str
    action: str
    restored: int | None
    source: str | None
    pixels: int
    added: int
    removed: int
    created: str


@dataclass(frozen=True)
class Annotator:
    """The work of one annotator.

    ``masks``: current masks by this person; ``images`` they edited; ``restored``: edits that restored an earlier
    version; ``conflicts`` they took part in; ``seconds``: median time between edits, without pauses above five minutes.
    """

    author: str
    masks: int
    images: int
    edits: int
    created: int
    changed: int
    deleted: int
    restored: int
    conflicts: int
    seconds: float | None
    first: str
    last: str


@dataclass(frozen=True)
class EditsMet:
    """An edit conflict: the edit by ``author`` was refused because ``other`` had saved ``version`` first.

    ``settled`` is the version in which the refused author saved that mask afterwards; None if they have not.
    """

    id: int
    concept: str
    image_id: int
    image_name: str
    author: str
    other: str
    version: int
    settled: int | None
    created: str


def mask_edits(
    project: Project, concept: str | None = None, author: str | None = None, limit: int | None = None
) -> list[MaskLogRecord]:
    """The latest edits (of one concept, by one author), newest first, without the masks' contents."""
    class_name, part = split_name(concept) if concept else (None, None)
    return project.catalogue.mask_log(class_name, part, author=author, limit=limit)


def mask_history(project: Project, image_id: int, concept: str) -> list[MaskChange]:
    """Every edit of one mask, oldest first."""
    return [_change(event) for event in project.catalogue.mask_events(image_id, *split_name(concept))]


def _change(event: MaskEventRecord) -> MaskChange:
    sides = [decode_rle(side["rle"]) if side else None for side in (event.before, event.after)]
    shape = next((side.shape for side in reversed(sides) if side is not None), (0, 0))
    before, after = (None if side is None or side.shape != shape else side for side in sides)
    gained = 0 if after is None else int(after.sum() if before is None else (after & ~before).sum())
    lost = 0 if before is None else int(before.sum() if after is None else (before & ~after).sum())
    return MaskChange(
        version=event.version,
        author=event.author,
        action=event.action,
        restored=event.restored,
        source=event.after["source"] if event.after else None,
        pixels=0 if after is None else int(after.sum()),
        added=gained,
        removed=lost,
        created=event.created,
    )


def undo_mask(project: Project, image_id: int, concept: str, author: str = "me") -> SavedMask:
    """Undo the latest edit of a mask that was not undone yet, whoever made it; undoing is an edit as well.

    Raises
    ------
    MaskError
        when there is nothing to undo; EditConflict when somebody changes the mask at this moment.
    """
    class_name, part = split_name(concept)
    path = _standing(project.catalogue.mask_events(image_id, class_name, part))
    if len(path) < 2:
        raise MaskError(f"the mask of {concept} on image {image_id} has no edit left to undo.")
    return restore_mask(project, image_id, concept, path[-2], author)


def _standing(events: Iterable[MaskEventRecord]) -> list[int]:
    """The versions that lead to the present one, without undone ones; 0 is the empty start."""
    path = [0]
    for event in events:
        if event.restored is not None and event.restored in path:
            del path[path.index(event.restored) + 1 :]
        else:
            path.append(event.version)
    return path


def restore_mask(project: Project, image_id: int, concept: str, version: int, author: str = "me") -> SavedMask:
    """Bring back a mask as it was after ``version`` (0, or one that deleted it: no mask), as a new edit.

    Raises
    ------
    UnknownName
        when there was no such version; EditConflict when somebody changes the mask at this moment.
    """
    find_image(project, image_id)
    class_name, part = split_name(concept)
    events = {event.version: event for event in project.catalogue.mask_events(image_id, class_name, part)}
    if version and version not in events:
        known = f"1 to {max(events)}" if events else "none yet"
        raise UnknownName(f"the mask of {concept} on image {image_id} has no version {version}; it has {known}.")
    content = events[version].after if version else None
    stored = project.catalogue.mask(image_id, class_name, part)
    current = stored.version if stored else None
    try:
        if content is not None:
            return _bring_back(
                project,
                MaskEdit(
                    image_id,
                    class_name,
                    part,
                    **{key: content[key] for key in CONTENT},
                    author=author,
                    expected_version=current,
                    restored=version,
                ),
            )
        if stored is not None:
            project.catalogue.delete_mask(image_id, class_name, part, author, current, restored=version)
    except Conflict as conflict:
        raise edit_conflict(image_id, concept) from conflict
    return SavedMask(image_id, concept, 0, (), None, 0)


CONTENT = ("labels", "slic", "fill_label", "fill", "rle", "source", "note")


def _bring_back(project: Project, edit: MaskEdit) -> SavedMask:
    record = project.catalogue.save_masks([edit])[0]
    area = int(decode_rle(record.rle).sum())
    return SavedMask(edit.image_id, record.full_name, record.version, record.labels, record.fill, area)


def annotators(project: Project, concept: str | None = None) -> list[Annotator]:
    """The work of each annotator (on the masks of one concept), those with the most edits first."""
    names = split_name(concept) if concept else (None, None)
    log = project.catalogue.mask_log(*names)
    conflicts = project.catalogue.mask_conflicts(*names)
    owners = [record.author for record in project.catalogue.masks(*names)]
    people = []
    for author in dict.fromkeys([*(entry.author for entry in log), *owners]):
        met = sum(author in (conflict.author, conflict.stored_author) for conflict in conflicts)
        own = [entry for entry in reversed(log) if entry.author == author]
        people.append(_annotator(author, own, owners.count(author), met))
    return sorted(people, key=lambda person: (-person.edits, person.author))


def _annotator(author: str, own: Sequence[MaskLogRecord], masks: int, conflicts: int) -> Annotator:
    actions = [entry.action for entry in own if entry.restored is None]
    return Annotator(
        author=author,
        masks=masks,
        images=len({entry.image_id for entry in own}),
        edits=len(own),
        created=actions.count("created"),
        changed=actions.count("changed"),
        deleted=actions.count("deleted"),
        restored=len(own) - len(actions),
        conflicts=conflicts,
        seconds=pace([entry.created for entry in own]),
        first=own[0].created if own else "",
        last=own[-1].created if own else "",
    )


def pace(moments: Sequence[str]) -> float | None:
    """Median seconds between moments (ISO, in order), pauses left out; None for fewer than two.

    >>> pace(["2026-01-01T10:00:00+00:00", "2026-01-01T10:00:04+00:00", "2026-01-01T12:00:00+00:00"])
    4.0
    """
    times = [datetime.fromisoformat(moment).timestamp() for moment in moments]
    gaps = [later - earlier for earlier, later in pairwise(times) if later - earlier <= PAUSE]
    return median(gaps) if gaps else None


def mask_conflicts(
    project: Project, concept: str | None = None, author: str | None = None, limit: int | None = None
) -> list[EditsMet]:
    """Edit conflicts (of one concept, or with ``author`` on either side), newest first."""
    class_name, part = split_name(concept) if concept else (None, None)
    return _met(project, project.catalogue.mask_conflicts(class_name, part, author=author, limit=limit))


def unseen_conflicts(project: Project, author: str, limit: int = 20) -> list[EditsMet]:
    """The latest conflicts that ``author`` took part in and has not seen yet, newest first."""
    seen = project.catalogue.get_setting(SEEN_KIND + author, 0)
    return _met(project, project.catalogue.mask_conflicts(author=author, after=seen, limit=limit))


def saw_conflicts(project: Project, author: str, last: int) -> None:
    """Record that ``author`` has seen the conflicts up to the number ``last``."""
    with project.catalogue.write():
        project.catalogue.set_setting(
            SEEN_KIND + author, max(last, project.catalogue.get_setting(SEEN_KIND + author, 0))
        )


def _met(project: Project, records: Sequence[MaskConflictRecord]) -> list[EditsMet]:
    pictures = {(record.image_id, record.class_name, record.concept) for record in records}
    logs = {picture: project.catalogue.mask_log(picture[1], picture[2], picture[0]) for picture in pictures}
    return [
        EditsMet(
            record.id,
            record.full_name,
            record.image_id,
            record.image_name,
            record.author,
            record.stored_author,
            record.stored_version,
            _settled(record, logs[record.image_id, record.class_name, record.concept]),
            record.created,
        )
        for record in records
    ]


def _settled(record: MaskConflictRecord, log: Sequence[MaskLogRecord]) -> int | None:
    """The version of the refused author's next edit of that mask."""
    later = [entry for entry in log if entry.author == record.author and entry.version > record.stored_version]
    return min((entry.version for entry in later), default=None)
