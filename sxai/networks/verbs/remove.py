"""A network renamed, or removed with all that rests on it."""

from dataclasses import dataclass

from sxai.errors import ModelError
from sxai.networks.verbs.networks import ACTIVE, ModelSummary, check_model_name, model_record, summarise
from sxai.project.model_settings import EARLIER_KEYS, forget_model_settings, model_setting, set_model_setting
from sxai.project.project import Project


@dataclass(frozen=True)
class RemovedModel:
    """A network that was removed: how many spaces went with it, and the features of how many images."""

    model: str
    spaces: tuple[str, ...]
    features: int


def rename_model(project: Project, name: str, new: str) -> ModelSummary:
    """Give a network another name; its features, spaces and settings go with it.

    Raises
    ------
    UnknownName
        when there is no network of that name.
    ModelError
        when the new name is taken or cannot name a network.
    """
    check_model_name(new)
    with project.catalogue.write():
        record = model_record(project, name)
        if new != record.name and project.catalogue.model(new) is not None:
            raise ModelError(f"there is already a network '{new}' in this project; choose another name.")
        settings = {key: model_setting(project, record, key) for key in EARLIER_KEYS}
        active = project.catalogue.get_setting(ACTIVE) == record.name
        for key, value in settings.items():
            if value is not None:  # earlier versions kept some of them under the name
                set_model_setting(project, record, key, value)
        renamed = project.catalogue.update_model(record.id, name=new)
        if active:
            project.catalogue.set_setting(ACTIVE, new)
        return summarise(project, renamed)


def remove_model(project: Project, name: str) -> RemovedModel:
    """Remove a network with its features, spaces, assessments and outcomes; UnknownName when there is none.

    If it was the active one, the one added last is active from then on.
    """
    with project.catalogue.write():
        record = model_record(project, name)
        removed = RemovedModel(
            record.name,
            tuple(space.full_name for space in project.catalogue.spaces(model_id=record.id)),
            len(project.catalogue.feature_rows(record.id)),
        )
        project.catalogue.remove_model(record.id)
        forget_model_settings(project, record)
        if project.catalogue.get_setting(ACTIVE) == record.name:
            project.catalogue.drop_setting(ACTIVE)
    project.forget("network")
    project.forget("block")
    return removed
