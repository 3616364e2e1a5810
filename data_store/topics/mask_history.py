"""What happened to masks: every edit in a line, and the edits that were refused because another came between."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from data_store.columns import iso, utc_now
from data_store.engine import Store
from data_store.records import MaskConflictRecord, MaskLogRecord
from data_store.tables import ClassLabel, Concept, Image, MaskConflict, MaskEvent


class MaskHistory(Store):
    """The log of edits and the conflicts between annotators."""

    def mask_log(
        self,
        class_name: str | None = None,
        concept: str | None = None,
        image_id: int | None = None,
        author: str | None = None,
        limit: int | None = None,
    ) -> list[MaskLogRecord]:
        """Edits that meet all filters given, newest first (at most ``limit``), without the masks' contents."""
        columns = (
            MaskEvent.id,
            MaskEvent.image_id,
            Image.name.label("image_name"),
            ClassLabel.name.label("class_name"),
            Concept.name.label("concept"),
            MaskEvent.author,
            MaskEvent.action,
            MaskEvent.version,
            MaskEvent.restored,
            MaskEvent.created,
        )
        wanted = {
            ClassLabel.name: class_name,
            Concept.name: concept,
            MaskEvent.image_id: image_id,
            MaskEvent.author: author,
        }
        query = _joined(select(*columns), MaskEvent).where(*_equal(wanted)).order_by(MaskEvent.id.desc()).limit(limit)
        with self.read() as session:
            return [
                MaskLogRecord(**{**row, "created": iso(row["created"]) or ""})
                for row in session.execute(query).mappings()
            ]

    def mask_conflicts(
        self,
        class_name: str | None = None,
        concept: str | None = None,
        image_id: int | None = None,
        author: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[MaskConflictRecord]:
        """Refused edits that meet all filters given, newest first; ``author`` on either side, ``after`` an id."""
        wanted = {ClassLabel.name: class_name, Concept.name: concept, MaskConflict.image_id: image_id}
        where = [*_equal(wanted), MaskConflict.id > after]
        if author is not None:
            where.append(or_(MaskConflict.author == author, MaskConflict.stored_author == author))
        query = select(MaskConflict, Image.name, ClassLabel.name, Concept.name)
        query = _joined(query, MaskConflict).where(*where).order_by(MaskConflict.id.desc()).limit(limit)
        with self.read() as session:
            return [_conflict(*row) for row in session.execute(query)]


def remember_refused(
    session: Session,
    image_id: int,
    concept: int,
    author: str,
    expected_version: int | None,
    attempt: Mapping[str, Any] | None,
) -> None:
    """Keep an edit that was refused, with the latest edit of that mask, which it ran into."""
    where = (MaskEvent.image_id == image_id, MaskEvent.concept_id == concept)
    last = session.scalar(select(MaskEvent).where(*where).order_by(MaskEvent.id.desc()).limit(1))
    row = {
        "image_id": image_id,
        "concept_id": concept,
        "author": author,
        "expected_version": expected_version,
        "attempt": attempt,
        "stored_author": last.author if last else "",
        "stored_version": last.version if last else 0,
        "created": utc_now(),
    }
    session.execute(insert(MaskConflict), [row])


def _joined(query: Any, table: type[MaskEvent] | type[MaskConflict]) -> Any:
    return (
        query.join(Image, Image.id == table.image_id)
        .join(Concept, Concept.id == table.concept_id)
        .join(ClassLabel, ClassLabel.id == Concept.class_id)
    )


def _equal(wanted: Mapping[Any, Any]) -> list[Any]:
    return [column == value for column, value in wanted.items() if value is not None]


def _conflict(row: MaskConflict, image_name: str, class_name: str, concept: str) -> MaskConflictRecord:
    return MaskConflictRecord(
        row.id,
        row.image_id,
        image_name,
        class_name,
        concept,
        row.author,
        row.expected_version,
        row.attempt,
        row.stored_author,
        row.stored_version,
        iso(row.created) or "",
    )
