"""Stored semantic spaces of a project: those in use, their references, and a summary of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np

from data_store.records import ModelRecord, ReferenceRecord, SpaceRecord
from sxai.errors import SpaceError, UnknownName
from sxai.names import split_name
from sxai.networks.verbs.networks import model_record
from sxai.plot.notebook import card, table
from sxai.project.model_settings import model_setting, set_model_setting
from sxai.project.project import Project
from sxai.spaces.defaults import SPATIALS, Fit
from sxai.spaces.distribution import ReferenceDistribution
from sxai.spaces.empirical import Reference, fit_empirical
from sxai.spaces.estimators import check_estimator
from sxai.spaces.parameters import SpaceParameters
from sxai.spaces.space import SemanticSpace

SETTING = "estimators in use"
SHOWN_CHANNELS = 5


@dataclass(frozen=True)
class ReferenceFit:
    """The normal distribution fitted to A_s over images of the class; ``r2`` and ``ks`` are its goodness of fit."""

    n: int
    mean: float
    std: float
    min: float
    max: float
    r2: float
    ks: float

    @classmethod
    def of(cls, stored: ReferenceRecord) -> Self:
        """The fit of a catalogue record."""
        return cls(stored.n, stored.mean, stored.std, stored.minimum, stored.maximum, stored.r2, stored.ks)

    @property
    def distribution(self) -> ReferenceDistribution:
        """The normal distribution itself."""
        return ReferenceDistribution(self.n, self.mean, self.std, self.min, self.max, self.r2, self.ks)


@dataclass(frozen=True)
class MaskedEffect:
    """Effect of masking on P_s over the space's own pairs; None where it was not measured.

    Attributes
    ----------
    p_unmasked, p_masked
        mean P_s with the concept visible and filled in.
    share_lower
        share of images whose P_s falls.
    share_lower_held_out
        share of images whose P_s falls, for images held out from the space (five folds).
    """

    p_unmasked: float | None = None
    p_masked: float | None = None
    share_lower: float | None = None
    share_lower_held_out: float | None = None


@dataclass(frozen=True)
class FirstRatios:
    """Information ratio of the first component with the concept visible and filled in."""

    unmasked: float | None = None
    masked: float | None = None


@dataclass(frozen=True)
class SpaceSummary:
    """The summary of a semantic space, as lists show it.

    Attributes
    ----------
    channels, delta
        the semantically sensitive neurons and their signed differences.
    fit
        the reference distribution that gives probabilities: "normal" or "empirical".
    stale
        whether its masks or its network changed since the extraction.
    """

    name: str
    model: str
    estimator: str
    channels: tuple[int, ...]
    delta: tuple[float, ...]
    n_masks: int
    reference: ReferenceFit
    masked: MaskedEffect
    ratios: FirstRatios
    created: str
    parameters: SpaceParameters
    stale: bool
    fit: Fit = "normal"


class SpaceList(list[SpaceSummary]):
    """Summaries of semantic spaces, which a notebook shows as a table."""

    def _repr_html_(self) -> str:
        """One row a space."""
        head = ("space", "network", "estimator", "masks", "R²", "channels", "up to date")
        rows = [
            (
                *(one.name, one.model, one.estimator, one.n_masks, one.reference.r2),
                *(" ".join(map(str, one.channels[:SHOWN_CHANNELS])), "no" if one.stale else "yes"),
            )
            for one in self
        ]
        return card(f"{len(self)} semantic space{'' if len(self) == 1 else 's'}", (), [table(head, rows)])


def summarise(project: Project, record: SpaceRecord) -> SpaceSummary:
    """The summary of one stored space."""
    fit = record.reference
    if fit is None:
        raise SpaceError(f"{record.full_name} has no reference distribution; extract it again.")
    return SpaceSummary(
        name=record.full_name,
        model=record.model,
        estimator=record.estimator,
        channels=record.channels,
        delta=record.delta,
        n_masks=record.n_masks,
        reference=ReferenceFit.of(fit),
        masked=MaskedEffect(**(record.masking or {})),
        ratios=FirstRatios(**(record.ratios or {})),
        created=record.created,
        parameters=parameters_of(record),
        stale=_is_stale(project, record),
        fit=fit_used(record),
    )


def parameters_of(record: SpaceRecord) -> SpaceParameters:
    """What a stored space was made with."""
    return cast(SpaceParameters, {**record.parameters, "version": record.version})


def _is_stale(project: Project, record: SpaceRecord) -> bool:
    """Whether its network was changed, or a mask of its concept was added, edited or removed since."""
    with project.catalogue.read():
        model = project.catalogue.model(record.model)
        if model is None or model.sha256 != parameters_of(record).get("network"):
            return True
        made_with = project.catalogue.space_masks(record.id)
        now = {concept.full_name: concept.masks for concept in project.catalogue.concepts()}
    return len(made_with) != now[record.full_name] or any(
        mask.mask_version != mask.current_version for mask in made_with
    )


def space_of(record: SpaceRecord, project: Project, column: int = 0) -> SemanticSpace:
    """The semantic space of a catalogue record, with the reference distribution in use.

    An empirical distribution is made from the stored activations. A spatial space reads the ``column``-th column that
    its probe appends to the network's channels.
    """
    reference = _reference_of(record, project)
    if record.estimator in SPATIALS:
        at = parameters_of(record)["channels"] + column
        return SemanticSpace(record.full_name, (at,), (1.0,), record.estimator, reference)
    return SemanticSpace(record.full_name, record.channels, record.delta, record.estimator, reference)


def spaces_of(records: Iterable[SpaceRecord], project: Project) -> tuple[SemanticSpace, ...]:
    """The spaces of ``records``; each spatial one reads its own column of :class:`Reader`'s rows for all of them."""
    spaces: list[SemanticSpace] = []
    for record in records:
        spaces.append(space_of(record, project, sum(space.estimator in SPATIALS for space in spaces)))
    return tuple(spaces)


def _reference_of(record: SpaceRecord, project: Project) -> Reference | None:
    if record.reference is None:
        return None
    if fit_used(record) == "empirical":
        return fit_empirical(reference_values(project, record)[0])
    return ReferenceFit.of(record.reference).distribution


def fit_used(record: SpaceRecord) -> Fit:
    """Where the probabilities of a stored space are read: "normal" (all of earlier versions) or "empirical"."""
    return parameters_of(record).get("fit", "normal")


def reference_values(project: Project, record: SpaceRecord) -> tuple[np.ndarray, list[int]]:
    """The stored A_s (n,) of the reference images, and the images; SpaceError when none are stored."""
    if record.reference is None or record.reference.artefact is None:
        raise SpaceError(f"{record.full_name} has no reference distribution; extract it again.")
    stored = project.artefacts.read_arrays(record.reference.artefact)
    return stored["values"], stored["image_ids"].tolist()


def spaces_in_use(
    project: Project, record: ModelRecord, settings: Mapping[str, Any] | None = None
) -> list[SpaceRecord]:
    """One space for each concept of a network, in the order of classes and concepts.

    It is the space of the estimator chosen by :func:`use_estimator`, else the one extracted last. The project's
    ``settings`` are read here where they are not given.
    """
    if settings is None:
        with project.catalogue.read():
            return spaces_in_use(project, record, project.catalogue.settings())
    every, chosen = project.catalogue.spaces(model_id=record.id), _chosen(project, record, settings)
    by_rank = sorted(every, key=lambda space: (space.estimator == chosen.get(space.full_name), space.id))
    used = {space.full_name: space.id for space in by_rank}
    return [space for space in every if used[space.full_name] == space.id]


def use_estimator(
    project: Project, names: Sequence[str], estimator: str, model: str | None = None
) -> list[SpaceSummary]:
    """Use the stored space of ``estimator`` for each concept of ``names`` from now on; returns these spaces.

    Nothing is computed. Extracting a concept again puts the new space in use.

    Raises
    ------
    UnknownName
        for an unknown estimator, or when a concept has no space of it; nothing is changed then.
    """
    check_estimator(estimator)
    record = model_record(project, model)
    stored = {space.full_name: space for space in newest_spaces(project, record) if space.estimator == estimator}
    for name in names:
        if name not in stored:
            raise UnknownName(
                f"{name} has no space by '{estimator}'; make it with: sxai space extract {name} --estimator {estimator}"
            )
    with project.catalogue.write():
        chosen = _chosen(project, record) | dict.fromkeys(names, estimator)
        set_model_setting(project, record, SETTING, chosen)
    return [summarise(project, stored[name]) for name in names]


@dataclass(frozen=True)
class RemovedSpace:
    """A removed space, and the estimator of the space now in use for its concept (None: there is none)."""

    name: str
    model: str
    estimator: str
    now: str | None


def remove_space(project: Project, name: str, model: str | None = None) -> RemovedSpace:
    """Remove the space in use for a concept; its masks stay, and another estimator's space is used if stored.

    Raises
    ------
    UnknownName
        when the named (or active) network has no space of that concept.
    """
    with project.catalogue.write():
        network, space = model_record(project, model), space_record(project, name, model)
        project.catalogue.remove_space(space.id)
        use_newest(project, network, name)
        left = [other.estimator for other in spaces_in_use(project, network) if other.full_name == name]
        return RemovedSpace(name, network.name, space.estimator, left[0] if left else None)


def use_newest(project: Project, record: ModelRecord, name: str) -> None:
    """Forget which estimator was chosen for a concept: its space extracted last is in use."""
    chosen = _chosen(project, record)
    if chosen.pop(name, None) is not None:
        set_model_setting(project, record, SETTING, chosen)


def _chosen(project: Project, record: ModelRecord, settings: Mapping[str, Any] | None = None) -> dict[str, str]:
    """The estimator that was chosen for each concept that one was chosen for."""
    return dict(model_setting(project, record, SETTING, {}, settings))


def usable_spaces(
    project: Project, record: ModelRecord, settings: Mapping[str, Any] | None = None
) -> list[SpaceRecord]:
    """The spaces in use of the network's present weights: those made with earlier weights mean nothing now."""
    spaces = spaces_in_use(project, record, settings)
    return [space for space in spaces if parameters_of(space)["network"] == record.sha256]


def newest_spaces(project: Project, record: ModelRecord) -> list[SpaceRecord]:
    """For each concept and estimator the last space of the network's present weights, in use or not."""
    every = sorted(project.catalogue.spaces(model_id=record.id), key=lambda space: space.id)
    present = [space for space in every if parameters_of(space)["network"] == record.sha256]
    return list({(space.full_name, space.estimator): space for space in present}.values())


def stored_estimators(project: Project, model: str | None = None) -> dict[str, dict[str, str]]:
    """For each concept, the estimators of its stored spaces with the network's present weights, and their dates."""
    estimators: dict[str, dict[str, str]] = {}
    for space in newest_spaces(project, model_record(project, model)):
        estimators.setdefault(space.full_name, {})[space.estimator] = space.created
    return estimators


def list_spaces(project: Project, model: str | None = None) -> SpaceList:
    """All spaces of the named (or active) network; none when the project has no network yet."""
    with project.catalogue.read():
        if model is None and not project.catalogue.models():
            return SpaceList()
        return SpaceList(summarise(project, record) for record in spaces_in_use(project, model_record(project, model)))


def space_record(project: Project, name: str, model: str | None = None) -> SpaceRecord:
    """The stored space ``class.concept`` of the named (or active) network."""
    network = model_record(project, model)
    split_name(name)
    known = {space.full_name: space for space in spaces_in_use(project, network)}
    if name not in known:
        raise UnknownName(
            f"there is no semantic space '{name}' for the network {network.name}; it has "
            f"{', '.join(known) or 'none yet'}. Extract it with: sxai space extract {name}"
        )
    return known[name]
