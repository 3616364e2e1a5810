"""Known ground truth about the parts in an image."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update

from data_store.engine import Store
from data_store.records import PartRecord
from data_store.tables import ClassLabel, Image, Part
from data_store.topics.lookup import found, plain


class Parts(Store):
    """Which parts an image is known to show, for data whose truth is known."""

    def set_parts(self, image_id: int, parts: Mapping[str, tuple[bool, Mapping[str, Any] | None]]) -> None:
        """Replace what is known about an image: part name to (visible, run-length mask or None).

        Raises
        ------
        NotFound
            no image has this id.
        """
        rows = [
            {"image_id": image_id, "name": name, "visible": bool(visible), "rle": plain(rle)}
            for name, (visible, rle) in parts.items()
        ]
        with self.write() as session:
            found(session, Image, image_id)
            session.execute(delete(Part).where(Part.image_id == image_id))
            if rows:
                session.execute(insert(Part), rows)

    def set_part(self, image_id: int, name: str, visible: bool | None) -> None:
        """Say of one part of an image whether it shows, or (None) that nothing is known; a known region is kept.

        Raises
        ------
        NotFound
            no image has this id.
        """
        mine = (Part.image_id == image_id, Part.name == name)
        with self.write() as session:
            found(session, Image, image_id)
            if visible is None:
                session.execute(delete(Part).where(*mine))
            elif session.scalar(select(Part.name).where(*mine)) is not None:
                session.execute(update(Part).where(*mine).values(visible=visible))
            else:
                session.execute(insert(Part), [{"image_id": image_id, "name": name, "visible": visible, "rle": None}])

    def parts(self, image_id: int) -> dict[str, PartRecord]:
        """What is known about the parts of an image, by part name; empty when nothing is."""
        query = select(Part.name, Part.visible, Part.rle).where(Part.image_id == image_id).order_by(Part.name)
        with self.read() as session:
            return {name: PartRecord(visible, rle) for name, visible, rle in session.execute(query)}

    def part_names(self, class_name: str | None = None) -> list[str]:
        """Names of the parts that something is known about, sorted; of one class's images if given."""
        query = select(Part.name).distinct().order_by(Part.name)
        if class_name is not None:
            query = query.join(Image).join(ClassLabel).where(ClassLabel.name == class_name)
        with self.read() as session:
            return list(session.scalars(query))

    def part_presence(self, name: str, class_name: str | None = None) -> dict[int, bool]:
        """For each image (of a class, if given) that it is known for: does it show the part?"""
        query = select(Part.image_id, Part.visible).where(Part.name == name).order_by(Part.image_id)
        if class_name is not None:
            query = query.join(Image).join(ClassLabel).where(ClassLabel.name == class_name)
        with self.read() as session:
            return dict(session.execute(query).all())
