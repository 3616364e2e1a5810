"""Small searches that several topics share. All work inside the caller's transaction."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Integer, bindparam, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from data_store.columns import to_json
from data_store.errors import CatalogueError, NotFound
from data_store.tables import ClassLabel, Concept, Dataset, Table

T = TypeVar("T")
R = TypeVar("R", bound=Table)


def among(session: Session, column: InstrumentedAttribute[int], ids: Sequence[int]) -> ColumnElement[bool]:
    """``column IN ids`` for any number of ids: databases limit how many parameters a statement has."""
    if len(ids) <= 500:
        return column.in_(ids)
    if session.get_bind().dialect.name == "sqlite":
        values = func.json_each(to_json([int(id) for id in ids])).table_valued("value")
        return column.in_(select(cast(values.c.value, Integer)))
    written_out: BindParameter[int] = bindparam(None, list(ids), expanding=True, literal_execute=True)
    return column.in_(written_out)


def chunks(items: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """``items`` in lists of at most ``size``."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def found(session: Session, table: type[R], id: int) -> R:
    """The row of ``table`` with this id.

    Raises
    ------
    NotFound
        there is none.
    """
    row = session.get(table, id)
    if row is None:
        raise NotFound(f"no {table.__tablename__.replace('_', ' ')} has the id {id!r}")
    return row


def class_ids(session: Session, names: Iterable[str]) -> dict[str, int]:
    """Ids of classes by name; those that are new are made."""
    wanted = list(dict.fromkeys(names))
    known = dict(session.execute(select(ClassLabel.name, ClassLabel.id)).all())
    for name in wanted:
        if name not in known:
            label = ClassLabel(name=_worth(name, "class"))
            session.add(label)
            session.flush()
            known[name] = label.id
    return {name: known[name] for name in wanted}


def concept_id(session: Session, class_name: str, concept: str, make: bool = False) -> int:
    """The id of a concept of a class; with ``make``, one that is new is added.

    Raises
    ------
    NotFound
        the class is not known, or the concept is not and ``make`` is False.
    """
    class_id = session.scalar(select(ClassLabel.id).where(ClassLabel.name == class_name))
    if class_id is None:
        known = session.scalars(select(ClassLabel.name).order_by(ClassLabel.name).limit(10)).all()
        raise NotFound(f"no class is called {class_name!r}: there are {', '.join(known) or 'none yet'}")
    where = (Concept.class_id == class_id, Concept.name == concept)
    id = session.scalar(select(Concept.id).where(*where))
    if id is not None:
        return id
    if not make:
        known = session.scalars(select(Concept.name).where(Concept.class_id == class_id)).all()
        raise NotFound(f"{class_name!r} has no concept {concept!r}: it has {', '.join(known) or 'none yet'}")
    check_concept_name(concept)
    row = Concept(class_id=class_id, name=concept)
    session.add(row)
    session.flush()
    return row.id


def _worth(name: str, what: str) -> str:
    """``class.concept`` is taken apart at its last dot, so a concept's name has none."""
    if not name.strip() or (what == "concept" and "." in name):
        raise CatalogueError(f"{name!r} cannot name a {what}: give a name that is not empty, without dots")
    return name


def check_concept_name(name: str) -> None:
    """Whether a concept may have this name.

    Raises
    ------
    CatalogueError
        the name is empty or holds a dot.
    """
    if not name.strip():
        raise CatalogueError("the concept has no name: say which part or property it is, e.g. eyes")
    if "." in name:
        raise CatalogueError(f"{name!r} cannot name a concept, because it holds a dot: leave the dot out")


def split_name(full_name: str) -> tuple[str, str]:
    """``cat.eyes`` as ``("cat", "eyes")``; a class may hold dots itself.

    Raises
    ------
    NotFound
        there is no dot in it.
    """
    class_name, dot, concept = full_name.rpartition(".")
    if not dot:
        raise NotFound(f"{full_name!r} is not a concept's full name: write class.concept, e.g. cat.eyes")
    return class_name, concept


def dataset_id(session: Session, name: str) -> int | None:
    """The id of a data set by its name."""
    return session.scalar(select(Dataset.id).where(Dataset.name == name))


def plain(value: Any) -> Any:
    """Mappings and sequences as dicts and lists, for JSON columns; None stays None."""
    if value is None or isinstance(value, (str, int, float, dict)):
        return value
    return dict(value) if hasattr(value, "keys") else list(value)
