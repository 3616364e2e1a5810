"""What people found: assessments, searches and marks."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, select

from data_store.columns import iso
from data_store.engine import Store
from data_store.records import AssessmentRecord, MarkRecord, SearchRecord
from data_store.tables import Assessment, Image, Mark, Model, Search
from data_store.topics.lookup import among, found


class Findings(Store):
    """Assessments, searches and marks."""

    def add_assessments(
        self, model_id: int, said: Iterable[tuple[int | None, str | None, Mapping[str, Any]]]
    ) -> list[int]:
        """Keep what was said about many images (id, file, result) at once; the ids, in the same order.

        Raises
        ------
        NotFound
            no such model or image; nothing is kept then.
        """
        rows = [
            Assessment(model_id=model_id, image_id=image_id, file=file, result=dict(result))
            for image_id, file, result in said
        ]
        with self.write() as session:
            found(session, Model, model_id)
            wanted = {row.image_id for row in rows if row.image_id is not None}
            known = set(session.scalars(select(Image.id).where(among(session, Image.id, list(wanted)))))
            for image_id in sorted(wanted - known):
                found(session, Image, image_id)
            session.add_all(rows)
            session.flush()
            return [row.id for row in rows]

    def assessments(
        self, limit: int | None = 50, image_id: int | None = None, level: str | None = None
    ) -> list[AssessmentRecord]:
        """The last assessments (of an image, with a level, if given), newest first."""
        query = select(Assessment, Model.name).join(Model, Model.id == Assessment.model_id)
        if image_id is not None:
            query = query.where(Assessment.image_id == image_id)
        if level is not None:
            told = (Assessment.result[key].as_string() for key in ("level", "assessment"))  # one before the gates
            query = query.where(func.coalesce(*told) == level)
        with self.read() as session:
            rows = session.execute(query.order_by(Assessment.id.desc()).limit(limit))
            return [
                AssessmentRecord(
                    row.id, row.model_id, model, row.image_id, row.file, row.result, iso(row.created) or ""
                )
                for row, model in rows
            ]

    def add_search(
        self, query: str, total: int, parameters: Mapping[str, Any] | None = None, name: str | None = None
    ) -> int:
        """Keep a query and how many images it found; a ``name`` saves it on purpose. Returns its id."""
        with self.write() as session:
            row = Search(query=query, total=total, parameters=dict(parameters or {}), name=name)
            session.add(row)
            session.flush()
            return row.id

    def searches(self, limit: int | None = None, named: bool = False) -> list[SearchRecord]:
        """Searches, newest first; with ``named`` only those that were saved on purpose."""
        query = select(Search).order_by(Search.id.desc()).limit(limit)
        if named:
            query = query.where(Search.name.is_not(None))
        with self.read() as session:
            return [
                SearchRecord(row.id, row.name, row.query, row.total, row.parameters, iso(row.created) or "")
                for row in session.scalars(query)
            ]

    def remove_search(self, id: int) -> None:
        """Forget a search.

        Raises
        ------
        NotFound
            no search has this id.
        """
        with self.write() as session:
            session.delete(found(session, Search, id))

    def mark_image(self, image_id: int, kind: str, note: str = "") -> None:
        """Put a mark on an image; marking it the same way again changes the note.

        Raises
        ------
        NotFound
            no image has this id.
        """
        with self.write() as session:
            found(session, Image, image_id)
            mark = session.scalar(select(Mark).where(Mark.image_id == image_id, Mark.kind == kind))
            if mark is None:
                session.add(Mark(image_id=image_id, kind=kind, note=note))
            else:
                mark.note = note

    def unmark_image(self, image_id: int, kind: str) -> None:
        """Take a mark off an image; fine when there is none."""
        with self.write() as session:
            session.execute(delete(Mark).where(Mark.image_id == image_id, Mark.kind == kind))

    def marks(self, image_id: int | None = None, kind: str | None = None) -> list[MarkRecord]:
        """Marks (on an image, of a kind, if given), oldest first."""
        wanted = {Mark.image_id: image_id, Mark.kind: kind}
        query = (
            select(Mark, Image.name)
            .join(Image, Image.id == Mark.image_id)
            .where(*(column == value for column, value in wanted.items() if value is not None))
            .order_by(Mark.id)
        )
        with self.read() as session:
            return [
                MarkRecord(row.id, row.image_id, name, row.kind, row.note, iso(row.created) or "")
                for row, name in session.execute(query)
            ]
