"""Settings of one network, kept by its id: another of the same name does not inherit them, a new name keeps them."""

from collections.abc import Mapping
from typing import Any

from data_store.records import ModelRecord
from sxai.project.project import Project

EARLIER_KEYS = {
    "detection rule": "detection rule: {name}",
    "probability": "probability: {name}",
    "estimators in use": "estimators in use: {id}",
    "prototypes in use": "prototypes in use {id}",
}
"""Where earlier versions kept a setting; read where it was not set anew since."""


def model_setting(
    project: Project, model: ModelRecord, key: str, default: Any = None, settings: Mapping[str, Any] | None = None
) -> Any:
    """The value of ``key`` for that network; ``default`` when it was never set.

    The project's ``settings`` are read here where they are not given.
    """
    stored = project.catalogue.settings() if settings is None else settings
    return next((stored[name] for name in _keys(model, key) if name in stored), default)


def set_model_setting(project: Project, model: ModelRecord, key: str, value: Any) -> None:
    """Store a JSON value as ``key`` of that network."""
    present, *earlier = _keys(model, key)
    with project.catalogue.write():
        project.catalogue.set_setting(present, value)
        for name in earlier:
            project.catalogue.drop_setting(name)


def forget_model_setting(project: Project, model: ModelRecord, key: str) -> None:
    """Forget ``key`` of that network; fine when it was never set."""
    with project.catalogue.write():
        for name in _keys(model, key):
            project.catalogue.drop_setting(name)


def forget_model_settings(project: Project, model: ModelRecord) -> None:
    """Forget every setting of that network."""
    own, earlier = _prefix(model), {name for key in EARLIER_KEYS for name in _keys(model, key)}
    with project.catalogue.write():
        for name in project.catalogue.settings():
            if name.startswith(own) or name in earlier:
                project.catalogue.drop_setting(name)


def _keys(model: ModelRecord, key: str) -> list[str]:
    """Where a setting may be, its present place first."""
    earlier = [EARLIER_KEYS[key].format(id=model.id, name=model.name)] if key in EARLIER_KEYS else []
    return [_prefix(model) + key, *earlier]


def _prefix(model: ModelRecord) -> str:
    return f"model {model.id}: "
