"""Which concepts does the network need for a class? The loss of score under its occluder, attributed to concepts."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from data_store.records import ModelRecord, SpaceRecord
from sxai.errors import SpaceError
from sxai.networks.network import Network
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.occluders.attribution import Attribution, ConceptShare, Loss, attribute, score_loss, strongest
from sxai.occluders.effects import ClassOccluder
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.defaults import SPATIALS
from sxai.spaces.verbs.reader import pair_arrays
from sxai.spaces.verbs.stored import newest_spaces, space_of, spaces_in_use
from sxai.vectors.verbs.sources import CLASSES, GAP
from sxai.vectors.verbs.vectors import stored_vectors

SPACE, VECTOR = "semantic space", "semantic vector"
CHANNELS = 12


@dataclass(frozen=True)
class RankedConcept:
    """One concept's share of its class's loss of score under the occluder.

    Attributes
    ----------
    kind
        "semantic space" or "semantic vector".
    made
        the estimator, or the set of vectors.
    before, after
        mean P_s of the class's images, clean and occluded; None for a vector.
    when_masked
        loss of the class's score when the concept is masked (S-XAI's own test); None for a vector.
    """

    share: ConceptShare
    kind: str
    made: str
    before: float | None = None
    after: float | None = None
    when_masked: float | None = None

    @property
    def name(self) -> str:
        """The concept."""
        return self.share.name


@dataclass(frozen=True)
class RankedChannel:
    """A channel whose activation fell: its importance in units of the class's score, and the spaces that read it."""

    channel: int
    importance: float
    spaces: tuple[str, ...]


@dataclass(frozen=True)
class ConceptRanking:
    """Concepts of a class by their share of the loss under its occluder: spaces, then vectors, the largest first.

    Attributes
    ----------
    loss, away
        mean loss of the class's score over n unseen images, and the part of it through removed activation.
    together
        share within the span of all its semantic spaces; NaN without any.
    agreement
        Spearman's correlation of the spaces' shares with the loss when they are masked; None below three spaces.
    """

    model: str
    class_name: str
    epsilon: float
    loss: float
    away: float
    n: int
    together: float
    concepts: tuple[RankedConcept, ...]
    channels: tuple[RankedChannel, ...]
    agreement: float | None

    def of_kind(self, kind: str) -> tuple[RankedConcept, ...]:
        """Only the semantic spaces, or only the vectors."""
        return tuple(concept for concept in self.concepts if concept.kind == kind)

    def summary(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        concepts = [
            {
                **asdict(concept.share),
                "kind": concept.kind,
                "made": concept.made,
                "before": concept.before,
                "after": concept.after,
                "when_masked": concept.when_masked,
            }
            for concept in self.concepts
        ]
        return {
            "model": self.model,
            "class": self.class_name,
            "epsilon": self.epsilon,
            "loss": self.loss,
            "away": self.away,
            "images": self.n,
            "together": None if np.isnan(self.together) else self.together,
            "concepts": concepts,
            "channels": [asdict(channel) for channel in self.channels],
            "agreement": self.agreement,
        }


def rank_concepts(project: Project, occluder: ClassOccluder, progress: Progress = silent) -> ConceptRanking:
    """The concepts of a class by their share of the loss of score under its occluder.

    Measured on images that the occluder was not learned on. Concepts are the class's semantic spaces that read pooled
    features, and the semantic vectors of kept sets; each is compared with random directions.

    Raises
    ------
    SpaceError
        when there is no concept yet, or the class loses nothing under the occluder.
    """
    record = model_record(project, occluder.model)
    network = load_network(project, record)
    class_name = occluder.class_name
    before, after = _features(project, record, network, occluder, progress)
    loss = score_loss(network, before, after, record.classes.index(class_name))
    spaces = _spaces(project, record, class_name)
    vectors = _vectors(project, record, class_name)
    if not spaces and not vectors:
        raise SpaceError(
            f"{class_name} has no semantic space that reads pooled features, and there are no semantic vectors; run: "
            "sxai space extract --all, or: sxai vector make"
        )
    ranked, together = _ranked_spaces(project, network, loss, spaces, (before, after), record.classes.index(class_name))
    shares = attribute(loss, {name: vector for name, (_, vector) in vectors.items()}, project.seed) if vectors else None
    also = [RankedConcept(share, VECTOR, vectors[share.name][0]) for share in shares.concepts] if shares else []
    return ConceptRanking(
        model=record.name,
        class_name=class_name,
        epsilon=occluder.settings.epsilon,
        loss=float(loss.total.mean()),
        away=float(loss.away.mean()),
        n=len(before),
        together=together,
        concepts=(*ranked, *also),
        channels=_channels(loss, spaces),
        agreement=_agreement(ranked),
    )


def _features(
    project: Project, record: ModelRecord, network: Network, occluder: ClassOccluder, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, C) of unseen images of the class, clean and occluded; images removed since are left out."""
    ids = occluder.image_ids["val"]
    known = {image.id: image for image in project.catalogue.images(ids=list(ids))}
    rows = [row for row, image_id in enumerate(ids) if image_id in known]
    if not rows:
        raise SpaceError(
            f"the images that the occluder of {occluder.class_name} was tested on are gone; learn it again."
        )
    images = [known[ids[row]] for row in rows]
    return features_of(project, record, network, images, progress).features, occluder.features["val"][rows]


def _spaces(project: Project, record: ModelRecord, class_name: str) -> dict[str, SpaceRecord]:
    """Each concept's space in use, or where that one reads positions, its newest that reads pooled features."""
    pooled = {one.full_name: one for one in newest_spaces(project, record) if one.estimator not in SPATIALS}
    used = {one.full_name: one for one in spaces_in_use(project, record) if one.estimator not in SPATIALS}
    return {name: one for name, one in {**pooled, **used}.items() if one.class_name == class_name}


def _direction(project: Project, space: SpaceRecord, channels: int) -> np.ndarray:
    """A space as a direction (C,): Δ on the channels that it reads, 0 elsewhere."""
    semantic = space_of(space, project)
    direction = np.zeros(channels)
    direction[list(semantic.channels)] = semantic.delta
    return direction


def _vectors(project: Project, record: ModelRecord, class_name: str) -> dict[str, tuple[str, np.ndarray]]:
    """Vectors of pooled features, the newest of each name: the class's own, and all of sets that are not of classes."""
    vectors: dict[str, tuple[str, np.ndarray]] = {}
    for vector_set in reversed(stored_vectors(project, record.name)):
        for concept in vector_set.concepts:
            own = vector_set.parameters["source"] != CLASSES or concept.name == class_name
            if vector_set.tap == GAP and own and len(concept.vector) == record.channels:
                vectors[concept.name] = (vector_set.source, concept.vector)
    return vectors


def _ranked_spaces(
    project: Project,
    network: Network,
    loss: Loss,
    spaces: dict[str, SpaceRecord],
    features: tuple[np.ndarray, np.ndarray],
    target: int,
) -> tuple[list[RankedConcept], float]:
    if not spaces:
        return [], float("nan")
    shared: Attribution = attribute(
        loss, {name: _direction(project, space, network.channels) for name, space in spaces.items()}, project.seed
    )
    ranked = []
    for share in shared.concepts:
        record = spaces[share.name]
        space = space_of(record, project)
        before, after = (float(np.clip(space.probability(table), 0, 1).mean()) for table in features)
        pair = pair_arrays(project, record)
        shown, masked = (pair[key][:, : network.channels] for key in ("unmasked", "masked"))
        cost = float(score_loss(network, shown, masked, target).total.mean())
        ranked.append(RankedConcept(share, SPACE, record.estimator, before, after, cost))
    return ranked, shared.together


def _channels(loss: Loss, spaces: dict[str, SpaceRecord]) -> tuple[RankedChannel, ...]:
    importance = loss.by_channel
    fell = np.flatnonzero(loss.fallen.mean(axis=0) > 0)
    return tuple(
        RankedChannel(
            channel,
            float(importance[channel]),
            tuple(name for name, space in spaces.items() if channel in space.channels),
        )
        for channel in fell[strongest(importance[fell], CHANNELS)].tolist()
    )


def _agreement(ranked: list[RankedConcept]) -> float | None:
    pairs = [(concept.share.share, concept.when_masked) for concept in ranked]
    if len(pairs) < 3 or any(len({pair[side] for pair in pairs}) == 1 for side in (0, 1)):
        return None
    return float(spearmanr(*zip(*pairs, strict=True)).statistic)
