"""Recommendation of the best estimator for each concept, among those with a stored space."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_store.records import ModelRecord, SpaceRecord
from sxai.errors import UnknownName
from sxai.networks.network import Network
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.presence_auc import presence_auc
from sxai.spaces.verbs.labels import unmasked_truth
from sxai.spaces.verbs.reader import Reader, pair_arrays
from sxai.spaces.verbs.score import LEAST
from sxai.spaces.verbs.stored import newest_spaces, space_of, usable_spaces


@dataclass(frozen=True)
class EstimatorScore:
    """Presence AUC of a concept's space by one estimator, with its 95 % interval."""

    estimator: str
    auc: float
    auc_interval: tuple[float, float]


@dataclass(frozen=True)
class Recommendation:
    """The estimators of one concept by falling AUC; ``best`` is None when too few images are labelled.

    All are tested on the same ``n_visible`` and ``n_hidden`` images, none of them masked for the concept.
    """

    name: str
    in_use: str
    best: str | None
    scores: tuple[EstimatorScore, ...]
    n_visible: int
    n_hidden: int


@dataclass(frozen=True)
class Recommendations:
    """The recommended estimator for each concept of a network."""

    model: str
    concepts: tuple[Recommendation, ...]


def recommend_estimators(
    project: Project,
    names: Sequence[str] | None = None,
    model: str | None = None,
    draws: int = 1000,
    progress: Progress = silent,
) -> Recommendations:
    """Compare every estimator's newest space of the concepts ``names`` (None: all) on the same labelled images.

    Only extracted spaces are compared; the space in use does not change.

    Raises
    ------
    UnknownName
        for a concept without a space of the network's present weights.
    """
    record = model_record(project, model)
    used = {space.full_name: space for space in usable_spaces(project, record)}
    wanted = list(names or used)
    for name in wanted:
        if name not in used:
            raise UnknownName(f"there is no semantic space '{name}'; there are {', '.join(used) or 'none yet'}.")
    network, every = load_network(project, record), newest_spaces(project, record)
    recommendations = []
    for done, name in enumerate(wanted):
        progress("estimators", done, len(wanted), {"concept": name})
        mine = [space for space in every if space.full_name == name]
        recommendations.append(_compared(project, record, network, used[name], mine, draws))
    progress("estimators", len(wanted), len(wanted))
    return Recommendations(record.name, tuple(recommendations))


def _compared(
    project: Project,
    record: ModelRecord,
    network: Network,
    used: SpaceRecord,
    spaces: Sequence[SpaceRecord],
    draws: int,
) -> Recommendation:
    made_from = {image_id for space in spaces for image_id in pair_arrays(project, space)["image_ids"].tolist()}
    known = unmasked_truth(project, used.class_name, used.concept, made_from)
    visible = np.fromiter(known.values(), dtype=bool)
    n_visible, n_hidden = int(visible.sum()), int((~visible).sum())
    scores: list[EstimatorScore] = []
    if min(n_visible, n_hidden) >= LEAST:
        images = project.catalogue.images(ids=list(known))
        for space in spaces:
            rows = Reader.of(project, record, network, [space]).images(images)
            auc = presence_auc(space_of(space, project).activation(rows), visible, draws, project.seed)
            scores.append(EstimatorScore(space.estimator, auc.value, (auc.low, auc.high)))
    scores.sort(key=lambda score: -score.auc)
    best = scores[0].estimator if scores else None
    return Recommendation(used.full_name, used.estimator, best, tuple(scores), n_visible, n_hidden)
