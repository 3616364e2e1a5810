"""Stored analyses: results kept with all that determines them, so that nothing is computed twice.

An outcome belongs to a network's weights: after training or with new weights it is computed again. The body's weights
count, which give the features; outcomes that depend on the head are deleted when the head changes (BY_HEAD).
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import numpy as np

from data_store.errors import ArtefactError
from data_store.records import AnalysisRecord, ModelRecord
from sxai.errors import ModelError
from sxai.project.project import Project
from sxai.version import __version__

P = ParamSpec("P")
R = TypeVar("R")

Outcome = tuple[dict[str, Any], dict[str, np.ndarray]]

BY_HEAD = (
    *("combination", "evidence", "spread", "traits"),
    *("vector checks", "vector colour", "vector pointing", "vector shifts"),
)
"""Kinds that may depend on the head without naming it in their parameters: a new head deletes them."""


@dataclass(frozen=True, eq=False)
class Kept:
    """A stored outcome: ``result`` (JSON), ``arrays``, parameters, version; ``fresh`` if it was computed just now."""

    parameters: dict[str, Any]
    result: dict[str, Any]
    arrays: dict[str, np.ndarray]
    version: str
    created: str
    fresh: bool


@dataclass(frozen=True, eq=False)
class Analysis(Generic[R]):
    """One question put to a network: what determines the answer, how it is computed, and how it is read.

    Attributes
    ----------
    record
        The network. An outcome belongs to its weights.
    kind
        The name of the analysis in the catalogue.
    parameters
        JSON: all that determines the outcome besides the weights.
    compute
        Computes the outcome: a result (JSON) and arrays.
    read
        Makes the answer from the stored outcome.
    """

    record: ModelRecord
    kind: str
    parameters: Mapping[str, Any]
    compute: Callable[[], Outcome]
    read: Callable[[Kept], R]


class AnalysisVerb(Generic[P, R]):
    """A verb whose outcome is kept: calling it computes what is missing, ``known`` only looks it up.

    Decorates a function that takes the project and gives the :class:`Analysis`.
    """

    def __init__(self, describe: Callable[Concatenate[Project, P], Analysis[R]]) -> None:
        self.describe = describe
        update_wrapper(self, describe)

    def __call__(self, project: Project, /, *args: P.args, **kwargs: P.kwargs) -> R:
        analysis = self.describe(project, *args, **kwargs)
        return analysis.read(kept(project, analysis.record, analysis.kind, analysis.parameters, analysis.compute))

    def known(self, project: Project, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        """The stored result of a call with the same arguments, if there is one; nothing is computed."""
        analysis = self.describe(project, *args, **kwargs)
        [outcome] = kept_many(project, analysis.record, analysis.kind, [analysis.parameters])
        return analysis.read(outcome) if outcome else None


def document(result: Any) -> dict[str, Any]:
    """The fields of a result as plain JSON: arrays are left out, ``class_name`` is called ``class``."""
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    return {
        "class" if name == "class_name" else name: _plain(value)
        for name, value in values.items()
        if not isinstance(value, np.ndarray)
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def digest(parameters: Mapping[str, Any]) -> str:
    """A hash (64 hexadecimal digits) of ``parameters``, independent of their order.

    >>> digest({"n": 3, "seed": 0}) == digest({"seed": 0, "n": 3})
    True
    """
    text = json.dumps(parameters, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def kept(
    project: Project,
    record: ModelRecord,
    kind: str,
    parameters: Mapping[str, Any],
    make: Callable[[], Outcome],
    again: bool = False,
) -> Kept:
    """The outcome of ``kind`` with ``parameters`` under the network's present weights, computed if missing.

    ``parameters`` are JSON and hold all that determines the outcome; ``make`` gives its result and arrays. ``again``
    computes it anew.
    """
    [known] = [None] if again else kept_many(project, record, kind, [parameters])
    return known or keep(project, record, kind, parameters, *make())


def kept_many(
    project: Project, record: ModelRecord, kind: str, wanted: Sequence[Mapping[str, Any]]
) -> list[Kept | None]:
    """The stored outcome for each of the parameters ``wanted``; None where there is none, or its file is missing."""
    keys = [digest(_complete(record, parameters)) for parameters in wanted]
    rows = project.catalogue.analyses(record.id, kind, keys)
    return [_read(project, rows[key]) if key in rows else None for key in keys]


def kept_all(project: Project, record: ModelRecord, kind: str) -> list[Kept]:
    """Every stored outcome of ``kind`` under the network's present weights, the latest last."""
    rows = project.catalogue.analyses(record.id, kind).values()
    outcomes = [_read(project, row) for row in rows if row.parameters.get("network") == record.sha256]
    return [outcome for outcome in outcomes if outcome is not None]


def keep(
    project: Project,
    record: ModelRecord,
    kind: str,
    parameters: Mapping[str, Any],
    result: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    created: str | None = None,
) -> Kept:
    """Store one outcome; ``created`` (ISO 8601) is when it was made, by default now.

    Raises
    ------
    ModelError
        when the network's weights were changed while the outcome was made.
    """
    artefact = project.artefacts.write_arrays("analyses", **arrays) if arrays else None
    complete = _complete(record, parameters)
    with project.catalogue.write():
        now = project.catalogue.model(record.name)
        other_head = now is not None and kind in BY_HEAD and now.artefact != record.artefact
        if now is None or now.sha256 != record.sha256 or other_head:
            raise ModelError(f"the network {record.name} was changed while it was analysed; do it again.")
        row = project.catalogue.save_analysis(
            record.id, kind, digest(complete), complete, result, artefact, __version__, created
        )
    return Kept(row.parameters, row.result, dict(arrays), row.version, row.created, fresh=True)


def forget_head(project: Project, record: ModelRecord) -> None:
    """Delete every outcome that may depend on the head of that network."""
    for kind in BY_HEAD:
        project.catalogue.remove_analyses(record.id, kind)


def _complete(record: ModelRecord, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as JSON has them (tuples are lists there), with the network's weights."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(parameters), allow_nan=False))
    return {**plain, "network": record.sha256}


def _read(project: Project, row: AnalysisRecord) -> Kept | None:
    try:
        arrays = project.artefacts.read_arrays(row.artefact) if row.artefact else {}
    except ArtefactError:
        return None
    return Kept(row.parameters, row.result, dict(arrays), row.version, row.created, fresh=False)
