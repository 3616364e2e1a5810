"""A network removed with all that rests on it."""

from dataclasses import dataclass

from sxai.networks.verbs.networks import ACTIVE, model_record
from sxai.project.model_settings import forget_model_settings
from sxai.project.project import Project


@dataclass(frozen=True)
class RemovedModel:
    """A network that was removed: how many spaces went with it, and the features of how many images."""

    model: str
    spaces: tuple[str, ...]
    features: int


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
