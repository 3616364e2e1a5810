"""Verdicts on semantic spaces, kept where they are made and looked up wherever a space is used.

A verdict belongs to one extraction of a space. It is that of the last scoring: what images are known to show since
then counts once the space is scored again.
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
    """How far a space can be trusted, as it was scored last; ``auc`` is None where too little is known of images."""

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
    """Keep the verdict on one extraction of a space, with the interval of its AUC from ``draws`` bootstrap draws."""
    result = {"verdict": verdict.verdict, "why": verdict.why, "auc": verdict.auc, "interval": interval}
    keep(project, record, KIND, {**_identity(space), "draws": draws}, result, {})


def verdicts(project: Project, model: str | None = None) -> dict[str, StoredVerdict]:
    """What is known of the spaces of the named (or active) network by name; nothing is computed.

    A space that was never scored, or is another one since, is not there; another fit of P leaves its verdict.
    """
    if model is None and not project.catalogue.models():
        return {}
    record = model_record(project, model)
    return verdicts_of(project, record, usable_spaces(project, record))


def verdicts_of(project: Project, record: ModelRecord, spaces: Sequence[SpaceRecord]) -> dict[str, StoredVerdict]:
    """The same of spaces that were read already."""
    last = {_key(stored.parameters): stored for stored in kept_all(project, record, KIND)}
    keys = [_key(_identity(space)) for space in spaces]
    return {key[0]: _restored(key[0], last[key].result) for key in keys if key in last}


def poor_spaces(project: Project, model: str | None = None) -> dict[str, str]:
    """Why each space whose P says little of its part got that verdict, by name."""
    return why_poor(verdicts(project, model))


def why_poor(scored: Mapping[str, StoredVerdict]) -> dict[str, str]:
    """The poor ones among verdicts: why, by name."""
    return {name: verdict.why for name, verdict in scored.items() if verdict.verdict == "poor"}


def _identity(space: SpaceRecord) -> dict[str, Any]:
    """A verdict belongs to one direction, whatever distribution P is read from: of another it says nothing."""
    return {"space": space.full_name, "estimator": space.estimator, "artefact": space.artefact}


def _key(identity: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(identity.get(part) for part in ("space", "estimator", "artefact"))


def _restored(name: str, result: Mapping[str, Any]) -> StoredVerdict:
    return StoredVerdict(name, result["verdict"], str(result["why"]), result["auc"])
