"""Concepts renamed and removed with all that rests on them."""

from sqlalchemy import delete, func, select, update

from data_store.engine import Store
from data_store.errors import CatalogueError
from data_store.tables import Concept, Mask, Space
from data_store.topics.lookup import check_concept_name, concept_id


class Concepts(Store):
    """What is done to a concept as a whole; masks and spaces refer to it by number and follow."""

    def rename_concept(self, class_name: str, concept: str, new: str) -> None:
        """Give a concept another name within its class.

        Raises
        ------
        NotFound
            no such concept.
        CatalogueError
            the new name is empty, holds a dot, or is taken.
        """
        check_concept_name(new)
        with self.write() as session:
            id = concept_id(session, class_name, concept)
            of_class = select(Concept.class_id).where(Concept.id == id).scalar_subquery()
            taken = select(Concept.id).where(Concept.class_id == of_class, Concept.name == new, Concept.id != id)
            if session.scalar(taken) is not None:
                raise CatalogueError(f"{class_name!r} has a concept {new!r} already: choose another name")
            session.execute(update(Concept).where(Concept.id == id).values(name=new))

    def remove_concept(self, class_name: str, concept: str) -> tuple[int, int]:
        """Remove a concept with its masks, their history and its spaces; how many masks and spaces there were.

        Raises
        ------
        NotFound
            no such concept.
        """
        with self.write() as session:
            id = concept_id(session, class_name, concept)
            masks = session.scalar(select(func.count(Mask.id)).where(Mask.concept_id == id)) or 0
            spaces = session.scalar(select(func.count(Space.id)).where(Space.concept_id == id)) or 0
            session.execute(delete(Concept).where(Concept.id == id), execution_options={"synchronize_session": False})
            return masks, spaces
