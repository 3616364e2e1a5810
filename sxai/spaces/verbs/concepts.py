"""Concepts renamed and removed, with their masks and in every network."""

from dataclasses import dataclass

from data_store.records import ModelRecord
from sxai.names import split_name
from sxai.project.model_settings import model_setting, set_model_setting
from sxai.project.project import Project
from sxai.spaces.verbs.stored import SETTING


@dataclass(frozen=True)
class RenamedConcept:
    """A concept's full names before and after."""

    name: str
    now: str


@dataclass(frozen=True)
class RemovedConcept:
    """A removed concept, and how many masks and spaces went with it."""

    name: str
    masks: int
    spaces: int


def rename_concept(project: Project, name: str, new: str) -> RenamedConcept:
    """Rename ``class.concept``; ``new`` is the concept's name alone. Masks and spaces follow.

    Saved searches and exported files keep the former name.

    Raises
    ------
    SpaceError
        when ``name`` is not class.concept.
    CatalogueError
        when there is no such concept, or the new name is taken, empty or holds a dot.
    """
    class_name, concept = _split(project, name)
    now = f"{class_name}.{new.strip()}"
    with project.catalogue.write():
        project.catalogue.rename_concept(class_name, concept, new.strip())
        for record in project.catalogue.models():
            _follow(project, record, name, now)
    return RenamedConcept(name, now)


def remove_concept(project: Project, name: str) -> RemovedConcept:
    """Remove ``class.concept`` with its masks, their history, and its spaces in every network.

    Raises
    ------
    SpaceError
        when ``name`` is not class.concept.
    CatalogueError
        when there is no such concept.
    """
    class_name, concept = _split(project, name)
    with project.catalogue.write():
        masks, spaces = project.catalogue.remove_concept(class_name, concept)
        for record in project.catalogue.models():
            _follow(project, record, name, None)
    return RemovedConcept(name, masks, spaces)


def _split(project: Project, name: str) -> tuple[str, str]:
    return split_name(name, (record.name for record in project.catalogue.classes()))


def _follow(project: Project, record: ModelRecord, name: str, now: str | None) -> None:
    """The estimator that was chosen for a concept goes with it."""
    chosen = dict(model_setting(project, record, SETTING, {}))
    if name in chosen:
        estimator = chosen.pop(name)
        set_model_setting(project, record, SETTING, chosen if now is None else {**chosen, now: estimator})
