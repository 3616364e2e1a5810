"""Stored verdicts on semantic spaces, shown wherever a space is used.

A verdict belongs to one extraction of a space and comes from its last scoring; later labels count once the space is
scored again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from data_store.records import ModelRecord, SpaceRecord
from sxai.networks.verbs.networks import model_record
from sxai.project.analyses import keep, kept_all
from sxai.project.project import Project
from sxai.spaces.verbs.stored import usable_spaces

Verdict = Literal["good", "weak", "poor", "unknown"]

KIND = "score"


@dataclass(frozen=True)
class StoredVerdict:
    """The verdict on a space from its last scoring; ``auc`` is None when too few images are labelled."""

    name: str
    verdict: Verdict
    why: str
    auc: float | None


def keep_verdict(
    project: Project,
    record: ModelRecord,
    space: SpaceRecord,
    draws: int,
    verdict: StoredVerdict,
    interval: tuple[float, float] | None,
) -> None:
    """Store the verdict on one extraction of a space, with the interval of its AUC from ``draws`` bootstrap draws."""
    result = {"verdict": verdict.verdict, "why": verdict.why, "auc": verdict.auc, "interval": interval}
    keep(project, record, KIND, {**_identity(space), "draws": draws}, result, {})


def verdicts(project: Project, model: str | None = None) -> dict[str, StoredVerdict]:
    """The stored verdicts on the spaces in use of the named (or active) network, by name; nothing is computed.

    A space that was not scored since its extraction is missing; a refit of P keeps its verdict.
    """
    if model is None and not project.catalogue.models():
        return {}
    record = model_record(project, model)
    return verdicts_of(project, record, usable_spaces(project, record))


def verdicts_of(project: Project, record: ModelRecord, spaces: Sequence[SpaceRecord]) -> dict[str, StoredVerdict]:
    """The stored verdicts on the given space records, by name; nothing is computed."""
    last = {_key(stored.parameters): stored for stored in kept_all(project, record, KIND)}
    keys = [_key(_identity(space)) for space in spaces]
    return {key[0]: _restored(key[0], last[key].result) for key in keys if key in last}


def poor_spaces(project: Project, model: str | None = None) -> dict[str, str]:
    """The reason of each verdict "poor", by name of the space."""
    return why_poor(verdicts(project, model))


def why_poor(scored: Mapping[str, StoredVerdict]) -> dict[str, str]:
    """The reason of each verdict "poor" in ``scored``, by name of the space."""
    return {name: verdict.why for name, verdict in scored.items() if verdict.verdict == "poor"}


def _identity(space: SpaceRecord) -> dict[str, Any]:
    """Key of one direction: a verdict is valid for no other, but for any reference distribution."""
    return {"space": space.full_name, "estimator": space.estimator, "artefact": space.artefact}


def _key(identity: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(identity.get(part) for part in ("space", "estimator", "artefact"))


def _restored(name: str, result: Mapping[str, Any]) -> StoredVerdict:
    return StoredVerdict(name, result["verdict"], str(result["why"]), result["auc"])
