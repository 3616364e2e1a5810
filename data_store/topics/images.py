"""Data sets, classes and images."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from data_store.columns import iso, utc_now
from data_store.engine import Store
from data_store.errors import CatalogueError, NotFound
from data_store.records import ClassRecord, DatasetRecord, ImageRecord, NewImage
from data_store.tables import SPLITS, ClassLabel, Concept, Dataset, Image, Mark
from data_store.topics.lookup import among, chunks, class_ids, found

LONGEST_NAME = 768
"""Letters that the column of names holds."""


class Images(Store):
    """Data sets, classes and images."""

    def add_dataset(self, name: str, source: str) -> int:
        """The id of the data set called ``name``, made when it is new; ``source`` says where it came from."""
        with self.write() as session:
            known = session.scalar(select(Dataset).where(Dataset.name == name))
            if known is None:
                known = Dataset(name=name, source=source)
                session.add(known)
                session.flush()
            return known.id

    def datasets(self) -> list[DatasetRecord]:
        """All data sets with the number of their images, oldest first."""
        query = (
            select(Dataset, func.count(Image.id))
            .outerjoin(Image, Image.dataset_id == Dataset.id)
            .group_by(Dataset.id)
            .order_by(Dataset.id)
        )
        with self.read() as session:
            return [
                DatasetRecord(row.id, row.name, row.source, n, iso(row.created) or "")
                for row, n in session.execute(query)
            ]

    def classes(self) -> list[ClassRecord]:
        """All classes in the order they were added, with their number of images per split."""
        counts = (
            select(Image.class_id, Image.split, func.count())
            .where(Image.class_id.is_not(None))
            .group_by(Image.class_id, Image.split)
        )
        with self.read() as session:
            records = {id: ClassRecord(id, name, {}) for id, name in session.execute(_ALL_CLASSES)}
            for class_id, split, n in session.execute(counts):
                if class_id in records:
                    records[class_id].images[split] = n
        return list(records.values())

    def image_census(self) -> list[tuple[str | None, str, int, int, int]]:
        """Class, split, number of images, largest id and sum of ids of each class and split: other when any changed."""
        query = (
            select(ClassLabel.name, Image.split, func.count(), func.max(Image.id), func.sum(Image.id))
            .outerjoin(ClassLabel, Image.class_id == ClassLabel.id)
            .group_by(ClassLabel.name, Image.split)
            .order_by(ClassLabel.name, Image.split)
        )
        with self.read() as session:
            return [(name, split, n, last, int(total)) for name, split, n, last, total in session.execute(query)]

    def add_image(
        self,
        dataset_id: int,
        class_name: str | None,
        split: str,
        sha256: str,
        artefact: str,
        name: str,
        width: int,
        height: int,
        format: str,
    ) -> tuple[int, bool]:
        """Add one image: its id, and False when a picture with this hash was there already (left as it is).

        Raises
        ------
        CatalogueError
            unknown split or data set, or a size that is not positive.
        """
        image = NewImage(dataset_id, class_name, split, sha256, artefact, name, width, height, format)
        return self.add_images([image])[0]

    def add_images(self, images: Iterable[NewImage]) -> list[tuple[int, bool]]:
        """Add many images in one transaction; results as :meth:`add_image`'s, in the same order."""
        with self.write() as session:
            return [result for part in chunks(images) for result in _add(session, part)]

    def images(
        self,
        class_name: str | None = None,
        split: str | None = None,
        ids: Sequence[int] | None = None,
        dataset: str | None = None,
        mark: str | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[ImageRecord]:
        """Images that meet all filters given; ``offset`` and ``limit`` cut out a page.

        In the order they were added; with ``ids``, in the order of ``ids`` (unknown ones are left out).
        """
        with self.read() as session:
            query = _filtered(select(Image.id), session, class_name, split, ids, dataset, mark)
            if ids is None:
                return _records(session, query.order_by(Image.id).offset(offset).limit(limit))
            records = {record.id: record for record in _records(session, query)}
        ordered = [records[id] for id in dict.fromkeys(ids) if id in records]
        return ordered[offset : None if limit is None else offset + limit]

    def count_images(
        self,
        class_name: str | None = None,
        split: str | None = None,
        ids: Sequence[int] | None = None,
        dataset: str | None = None,
        mark: str | None = None,
    ) -> int:
        """How many images :meth:`images` has under the same filters."""
        with self.read() as session:
            query = select(func.count()).select_from(Image)
            return session.scalar(_filtered(query, session, class_name, split, ids, dataset, mark)) or 0

    def image(self, id: int) -> ImageRecord:
        """One image.

        Raises
        ------
        NotFound
            no image has this id.
        """
        with self.read() as session:
            records = _records(session, select(Image.id).where(Image.id == id))
        if not records:
            raise NotFound(f"no image has the id {id!r}: it was removed, or the id is from another project")
        return records[0]

    def set_split(self, ids: Sequence[int], split: str) -> None:
        """Move images to another split.

        Raises
        ------
        CatalogueError
            no such split.
        """
        _check_split(split)
        with self.write() as session:
            session.execute(
                update(Image).where(among(session, Image.id, ids)).values(split=split),
                execution_options={"synchronize_session": False},
            )

    def set_class(self, ids: Sequence[int], class_name: str | None) -> None:
        """Move images to another class (made when it is new), or to none."""
        with self.write() as session:
            class_id = None if class_name is None else class_ids(session, [class_name])[class_name]
            session.execute(
                update(Image).where(among(session, Image.id, ids)).values(class_id=class_id),
                execution_options={"synchronize_session": False},
            )

    def rename_image(self, id: int, name: str) -> None:
        """Give an image another name.

        Raises
        ------
        NotFound
            no image has this id.
        CatalogueError
            the name is empty or longer than 768 letters.
        """
        if not 0 < len(name.strip()) <= LONGEST_NAME:
            raise CatalogueError(f"an image cannot be called {name[:40]!r}: give a name of 1 to {LONGEST_NAME} letters")
        with self.write() as session:
            found(session, Image, id).name = name.strip()

    def drop_empty_classes(self) -> list[str]:
        """Remove the classes that have neither images nor concepts; their names."""
        images = select(Image.id).where(Image.class_id == ClassLabel.id).exists()
        concepts = select(Concept.id).where(Concept.class_id == ClassLabel.id).exists()
        with self.write() as session:
            empty = dict(session.execute(select(ClassLabel.id, ClassLabel.name).where(~images, ~concepts)).all())
            session.execute(
                delete(ClassLabel).where(among(session, ClassLabel.id, list(empty))),
                execution_options={"synchronize_session": False},
            )
            return list(empty.values())

    def remove_images(self, ids: Sequence[int]) -> int:
        """Remove images with their masks, features, parts and marks; returns how many there were."""
        with self.write() as session:
            gone = len(session.scalars(select(Image.id).where(among(session, Image.id, ids))).all())
            session.execute(
                delete(Image).where(among(session, Image.id, ids)), execution_options={"synchronize_session": False}
            )
            return gone


_ALL_CLASSES = select(ClassLabel.id, ClassLabel.name).order_by(ClassLabel.id)


def _check_split(split: str) -> None:
    if split not in SPLITS:
        raise CatalogueError(f"{split!r} is not a split: choose one of {', '.join(SPLITS)}")


def _add(session: Session, images: list[NewImage]) -> list[tuple[int, bool]]:
    """Add those whose hash is new; a hash that comes twice in the list counts as new once."""
    for image in images:
        _check_split(image.split)
    for id in {image.dataset_id for image in images}:
        found(session, Dataset, id)
    hashes = [image.sha256 for image in images]
    of_hash = select(Image.sha256, Image.id).where(Image.sha256.in_(hashes))
    known = dict(session.execute(of_hash).all())
    fresh: dict[str, NewImage] = {}
    for image in images:
        if image.sha256 not in known:
            fresh.setdefault(image.sha256, image)
    if fresh:
        session.execute(insert(Image), _rows(session, list(fresh.values())))
        known |= dict(session.execute(of_hash).all())
    return [(known[hash], fresh.pop(hash, None) is not None) for hash in hashes]


def _rows(session: Session, images: list[NewImage]) -> list[dict[str, Any]]:
    classes = class_ids(session, (image.class_name for image in images if image.class_name is not None))
    rows = []
    for image in images:
        row = asdict(image)
        class_name = row.pop("class_name")
        rows.append(row | {"class_id": classes.get(class_name), "created": utc_now()})
    return rows


def _filtered(
    query: Select[int],
    session: Session,
    class_name: str | None = None,
    split: str | None = None,
    ids: Sequence[int] | None = None,
    dataset: str | None = None,
    mark: str | None = None,
) -> Select[int]:
    """Conditions on image columns alone, so that the indexes serve them and a page needs no joins."""
    conditions: list[ColumnElement[bool]] = []
    if class_name is not None:
        of_class = select(ClassLabel.id).where(ClassLabel.name == class_name).scalar_subquery()
        conditions.append(Image.class_id == of_class)
    if split is not None:
        conditions.append(Image.split == split)
    if ids is not None:
        conditions.append(among(session, Image.id, ids))
    if dataset is not None:
        of_set = select(Dataset.id).where(Dataset.name == dataset).scalar_subquery()
        conditions.append(Image.dataset_id == of_set)
    if mark is not None:
        conditions.append(Image.id.in_(select(Mark.image_id).where(Mark.kind == mark)))
    return query.where(*conditions)


def _records(session: Session, page: Select[int]) -> list[ImageRecord]:
    """The records of the images whose ids ``page`` selects, by id; joins are done for the page only."""
    query = (
        select(
            Image.id,
            Image.name,
            ClassLabel.name,
            Image.split,
            Image.sha256,
            Image.artefact,
            Image.width,
            Image.height,
            Image.format,
            Dataset.name,
        )
        .join(Dataset, Dataset.id == Image.dataset_id)
        .outerjoin(ClassLabel, ClassLabel.id == Image.class_id)
        .where(Image.id.in_(select(page.subquery().c.id)))
        .order_by(Image.id)
    )
    rows: Sequence[Sequence[Any]] = session.execute(query).all()
    return [ImageRecord(*row) for row in rows]
