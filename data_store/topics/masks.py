"""Concepts and their masks. No edit is lost: who saves says which version was read; every edit is kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data_store.columns import iso, utc_now
from data_store.engine import Store
from data_store.errors import CatalogueError, Conflict, NotFound
from data_store.records import ConceptRecord, MaskEdit, MaskEventRecord, MaskRecord
from data_store.tables import MASK_SOURCES, ClassLabel, Concept, Image, Mask, MaskEvent
from data_store.topics.lookup import concept_id, found, plain
from data_store.topics.mask_history import remember_refused

Existing = Literal["conflict", "skip", "replace"]
CONTENT = ("labels", "slic", "fill_label", "fill", "rle", "source", "author", "note", "version")


class Masks(Store):
    """Concepts and the masks that say where they are."""

    def add_concept(self, class_name: str, concept: str) -> int:
        """The id of a concept of a class, made when it is new.

        Raises
        ------
        NotFound
            no such class.
        CatalogueError
            the concept's name is empty or holds a dot.
        """
        with self.write() as session:
            return concept_id(session, class_name, concept, make=True)

    def concepts(self) -> list[ConceptRecord]:
        """All concepts with their number of masks, in the order of classes, then of concepts."""
        query = (
            select(Concept.id, ClassLabel.name, Concept.name, func.count(Mask.id))
            .join(ClassLabel, ClassLabel.id == Concept.class_id)
            .outerjoin(Mask, Mask.concept_id == Concept.id)
            .group_by(Concept.id, ClassLabel.id, ClassLabel.name, Concept.name)
            .order_by(ClassLabel.id, Concept.id)
        )
        with self.read() as session:
            return [ConceptRecord(*row) for row in session.execute(query)]

    def save_mask(
        self,
        image_id: int,
        class_name: str,
        concept: str,
        labels: Sequence[int] | None,
        slic: Mapping[str, Any] | None,
        fill_label: int | None,
        fill: Sequence[int] | None,
        rle: Mapping[str, Any],
        source: str,
        author: str,
        expected_version: int | None = None,
        note: str = "",
        restored: int | None = None,
    ) -> MaskRecord:
        """Save the mask of a concept (made when it is new) in an image, and remember the edit.

        ``expected_version`` is the version that was read; None: there was no mask. The record returned has
        the version to expect next time. ``restored`` is the earlier version whose contents these are, if any.

        Raises
        ------
        Conflict
            somebody else saved or deleted it meanwhile; the mask stays, ``stored`` is theirs, and the
            refused edit is remembered for both (``mask_conflicts``).
        NotFound
            no such image or class.
        """
        edit = MaskEdit(
            image_id,
            class_name,
            concept,
            labels,
            slic,
            fill_label,
            fill,
            rle,
            source,
            author,
            expected_version,
            note,
            restored,
        )
        return self.save_masks([edit])[0]

    def save_masks(self, edits: Iterable[MaskEdit], existing: Existing = "conflict") -> list[MaskRecord]:
        """Save many masks in one transaction: all or none.

        ``existing`` says what to do where there is a mask already: ``conflict`` keeps to each edit's
        ``expected_version``, ``skip`` leaves the stored one (and returns it), ``replace`` saves over it.

        Raises
        ------
        Conflict, NotFound
            as :meth:`save_mask`.
        """
        with self.write():
            try:
                return self._saved(edits, existing)
            except Conflict as conflict:
                self._remember_refused(conflict)
                refused = conflict
        raise refused

    def _saved(self, edits: Iterable[MaskEdit], existing: Existing) -> list[MaskRecord]:
        """All edits stored, or none."""
        concepts: dict[tuple[str, str], int] = {}
        with self.write() as session:
            saved = []
            for edit in edits:
                name = (edit.class_name, edit.concept)
                if name not in concepts:
                    concepts[name] = concept_id(session, *name, make=True)
                saved.append(_save(session, edit, concepts[name], existing))
            return saved

    def delete_mask(
        self,
        image_id: int,
        class_name: str,
        concept: str,
        author: str,
        expected_version: int | None,
        restored: int | None = None,
    ) -> None:
        """Delete a mask and remember that; ``restored`` 0: to bring back that there was none.

        Raises
        ------
        Conflict
            it is not at ``expected_version``, or was deleted already.
        """
        with self.write() as session:
            id = concept_id(session, class_name, concept)
            before = _stored(session, image_id, id)
            where = (Mask.image_id == image_id, Mask.concept_id == id, Mask.version == expected_version)
            gone = session.scalars(delete(Mask).where(*where).returning(Mask.id)).all()
            if before is not None and gone:
                _remember(session, id, "deleted", author, before.version + 1, before, before, None, restored)
                return
            refused = _conflict(f"{class_name}.{concept}", image_id, expected_version, before)
            remember_refused(session, image_id, id, author, expected_version, None)
        raise refused

    def mask(self, image_id: int, class_name: str, concept: str) -> MaskRecord | None:
        """The mask of a concept in an image, None when there is none."""
        where = (Mask.image_id == image_id, ClassLabel.name == class_name, Concept.name == concept)
        with self.read() as session:
            row = session.execute(_SELECT.where(*where)).one_or_none()
            return None if row is None else _record(*row)

    def masked_among(self, class_name: str, concept: str, image_ids: Sequence[int]) -> set[int]:
        """Those of these few images that have a mask of the concept."""
        with self.read() as session:
            where = (Mask.concept_id == concept_id(session, class_name, concept), Mask.image_id.in_(image_ids))
            return set(session.scalars(select(Mask.image_id).where(*where)))

    def masks(
        self,
        class_name: str | None = None,
        concept: str | None = None,
        source: str | None = None,
        image_id: int | None = None,
    ) -> list[MaskRecord]:
        """Masks that meet all filters given, by concept, then image."""
        wanted = {ClassLabel.name: class_name, Concept.name: concept, Mask.source: source, Mask.image_id: image_id}
        where = [column == value for column, value in wanted.items() if value is not None]
        with self.read() as session:
            rows = session.execute(_SELECT.where(*where).order_by(Mask.concept_id, Mask.image_id))
            return [_record(*row) for row in rows]

    def _remember_refused(self, conflict: Conflict) -> None:
        """Keep an edit that was refused; one of an image or concept that is not there has nobody to show it to."""
        edit = conflict.attempt
        if edit is None:
            return
        with self.write() as session:
            try:
                id = concept_id(session, edit.class_name, edit.concept)
                found(session, Image, edit.image_id)
            except NotFound:
                return
            attempt = {name: plain(getattr(edit, name)) for name in CONTENT if name != "version"}
            remember_refused(session, edit.image_id, id, edit.author, edit.expected_version, attempt)

    def mask_events(
        self, image_id: int | None = None, class_name: str | None = None, concept: str | None = None
    ) -> list[MaskEventRecord]:
        """Every edit that meets the filters given, oldest first; edits of deleted masks stay."""
        wanted = {MaskEvent.image_id: image_id, ClassLabel.name: class_name, Concept.name: concept}
        query = (
            select(MaskEvent)
            .join(Concept, Concept.id == MaskEvent.concept_id)
            .join(ClassLabel, ClassLabel.id == Concept.class_id)
            .where(*(column == value for column, value in wanted.items() if value is not None))
            .order_by(MaskEvent.id)
        )
        with self.read() as session:
            return [_event(row) for row in session.scalars(query)]


_SELECT: Select[Mask, str, str, str] = (
    select(Mask, Image.name, ClassLabel.name, Concept.name)
    .join(Image, Image.id == Mask.image_id)
    .join(Concept, Concept.id == Mask.concept_id)
    .join(ClassLabel, ClassLabel.id == Concept.class_id)
    .execution_options(populate_existing=True)
)


def _record(row: Mask, image_name: str, class_name: str, concept: str) -> MaskRecord:
    return MaskRecord(
        id=row.id,
        image_id=row.image_id,
        image_name=image_name,
        class_name=class_name,
        concept=concept,
        labels=None if row.labels is None else tuple(row.labels),
        slic=row.slic,
        fill_label=row.fill_label,
        fill=None if row.fill is None else (row.fill[0], row.fill[1], row.fill[2]),
        rle=row.rle,
        source=row.source,
        author=row.author,
        version=row.version,
        updated=iso(row.updated) or "",
        note=row.note,
    )


def _event(row: MaskEvent) -> MaskEventRecord:
    return MaskEventRecord(
        row.id,
        row.mask_id,
        row.image_id,
        row.author,
        row.action,
        row.version,
        row.before,
        row.after,
        iso(row.created) or "",
        row.restored,
    )


def _stored(session: Session, image_id: int, concept: int) -> MaskRecord | None:
    row = session.execute(_SELECT.where(Mask.image_id == image_id, Mask.concept_id == concept)).one_or_none()
    return None if row is None else _record(*row)


def _save(session: Session, edit: MaskEdit, concept: int, existing: Existing) -> MaskRecord:
    if edit.source not in MASK_SOURCES:
        raise CatalogueError(f"{edit.source!r} is no source of masks: choose one of {', '.join(MASK_SOURCES)}")
    before = _stored(session, edit.image_id, concept)
    if before is not None and existing == "skip":
        return before
    expected = edit.expected_version
    if existing == "replace":
        expected = None if before is None else before.version
    stored = _create(session, edit, concept) if expected is None else _change(session, edit, concept, expected)
    after = _stored(session, edit.image_id, concept)
    if not stored or after is None:
        raise _conflict(f"{edit.class_name}.{edit.concept}", edit.image_id, expected, after, edit)
    action = "created" if expected is None else "changed"
    _remember(session, concept, action, edit.author, after.version, after, before, after, edit.restored)
    return after


def _create(session: Session, edit: MaskEdit, concept: int) -> bool:
    """Insert the first mask; False when there is one.

    The version goes on where a deleted mask's ended, so that nobody takes the new one for the old.
    """
    found(session, Image, edit.image_id)
    last = session.scalar(
        select(func.max(MaskEvent.version)).where(MaskEvent.image_id == edit.image_id, MaskEvent.concept_id == concept)
    )
    row = {"image_id": edit.image_id, "concept_id": concept, "version": (last or 0) + 1, "created": utc_now()}
    try:
        with session.begin_nested():
            session.execute(insert(Mask), [row | _content(edit)])
    except IntegrityError:
        return False
    return True


def _change(session: Session, edit: MaskEdit, concept: int, expected: int) -> bool:
    """Compare and swap: False when the stored version is not ``expected``."""
    where = (Mask.image_id == edit.image_id, Mask.concept_id == concept, Mask.version == expected)
    change = update(Mask).where(*where).values(version=expected + 1, **_content(edit)).returning(Mask.id)
    return bool(session.scalars(change, execution_options={"synchronize_session": False}).all())


def _content(edit: MaskEdit) -> dict[str, Any]:
    values = {name: getattr(edit, name) for name in ("fill_label", "source", "author", "note")}
    structures = {name: plain(getattr(edit, name)) for name in ("labels", "slic", "fill", "rle")}
    return values | structures | {"updated": utc_now()}


def _remember(
    session: Session,
    concept: int,
    action: str,
    author: str,
    version: int,
    mask: MaskRecord,
    before: MaskRecord | None,
    after: MaskRecord | None,
    restored: int | None = None,
) -> None:
    event = {
        "mask_id": mask.id,
        "image_id": mask.image_id,
        "concept_id": concept,
        "author": author,
        "action": action,
        "version": version,
        "restored": restored,
        "before": None if before is None else {name: getattr(before, name) for name in CONTENT},
        "after": None if after is None else {name: getattr(after, name) for name in CONTENT},
        "created": utc_now(),
    }
    session.execute(insert(MaskEvent), [event])


def _conflict(
    full_name: str, image_id: int, expected: int | None, stored: MaskRecord | None, attempt: MaskEdit | None = None
) -> Conflict:
    read = "there was none" if expected is None else f"version {expected} was read"
    now = "there is none now" if stored is None else f"{stored.author} saved version {stored.version}"
    told = f"the mask {full_name} of image {image_id} changed: {read}, {now}; look at it again"
    return Conflict(told, stored, attempt)
