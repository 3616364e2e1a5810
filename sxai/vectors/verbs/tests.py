"""Tests of semantic vectors: effect of perturbations on the class's probability, and the role of colour."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from data_store.records import ImageRecord, ModelRecord
from sxai.errors import SpaceError
from sxai.networks.features import extract
from sxai.networks.network import Network
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record, probabilities_of
from sxai.progress import Progress, silent
from sxai.project.analyses import kept
from sxai.project.project import Project
from sxai.vectors.perturbation import WAYS, Shift, mean_shift, probability_shifts
from sxai.vectors.vectors import patterns, semantic_vector, similarities
from sxai.vectors.verbs.sources import GAP, canvases_of
from sxai.vectors.verbs.vectors import VectorSet

SHIFTS, COLOUR = "vector shifts", "vector colour"
LUMA = (299, 587, 114)
"""Thousandths of red, green and blue in brightness (ITU-R BT.601)."""


@dataclass(frozen=True)
class PerturbationTable:
    """Mean rise of the own class's probability by way (SeVec, Table 1), over held-out images and by class."""

    model: str
    threshold: float
    kept: float
    total: dict[str, Shift]
    classes: dict[str, dict[str, Shift]]
    before: float


@dataclass(frozen=True)
class ColourRow:
    """One class on held-out images: accuracy in colour and in grey, and how its vector changes.

    ``same`` is the cosine of the class's vectors from colour and from grey images, ``other`` that of its colour vector
    with the nearest other class's: colour matters little where ``same`` is far above ``other``.
    """

    name: str
    accuracy: float
    grey_accuracy: float
    same: float
    other: float | None


@dataclass(frozen=True)
class ColourRole:
    """The role of colour: accuracy with and without it, over all held-out images and by class."""

    model: str
    accuracy: float
    grey_accuracy: float
    n: int
    classes: tuple[ColourRow, ...]


def perturbation_table(
    project: Project, vectors: VectorSet, threshold: float | None = None, progress: Progress = silent
) -> PerturbationTable:
    """Change the features of held-out images in the paper's four ways and by steps: how far P(class) rises.

    The changed representation is the one after pooling, which the head reads. ``threshold`` of the gate defaults to
    the set's.

    Raises
    ------
    SpaceError
        when the vectors are of a layer's positions, or no concept is a class of the network with held-out images.
    """
    record, groups = _classes(project, vectors)
    gate = vectors.threshold if threshold is None else threshold
    network = load_network(project, record)
    parameters = set_identity(vectors, record) | {"threshold": gate, "ways": WAYS}

    def make() -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        values = {
            name: features_of(project, record, network, images, progress).features for name, images in groups.items()
        }
        chosen = {name: vectors.concept(name) for name in groups}
        rises = probability_shifts(
            values, chosen, record.classes, lambda rows: probabilities_of(network, rows), gate, project.seed
        )
        before = [_own(record, network, values[name], name) for name in groups]
        return {"sizes": {name: len(rows) for name, rows in values.items()}}, {
            "before": np.concatenate(before),
            **{way: rises[way] for way in WAYS},
        }

    outcome = kept(project, record, SHIFTS, parameters, make)
    sizes: dict[str, int] = outcome.result["sizes"]
    ends = np.cumsum(list(sizes.values()))[:-1]
    parts = {way: np.split(outcome.arrays[way], ends) for way in WAYS}
    return PerturbationTable(
        record.name,
        gate,
        float(np.mean([vectors.concept(name).gate(gate).mean() for name in sizes])),
        {way: mean_shift(outcome.arrays[way]) for way in WAYS},
        {name: {way: mean_shift(parts[way][at]) for way in WAYS} for at, name in enumerate(sizes)},
        float(outcome.arrays["before"].mean()),
    )


def _own(record: ModelRecord, network: Network, values: np.ndarray, name: str) -> np.ndarray:
    return probabilities_of(network, values)[:, list(record.classes).index(name)]


def _classes(project: Project, vectors: VectorSet) -> tuple[ModelRecord, dict[str, list[ImageRecord]]]:
    """The network and the held-out images of every concept that is one of its classes."""
    record = model_record(project, vectors.model)
    if vectors.tap != GAP:
        raise SpaceError(f"these vectors read {vectors.tap}; the head reads {GAP}: make vectors without --tap.")
    groups: dict[str, list[ImageRecord]] = {}
    for at, name in enumerate(vectors.words):
        rows = (vectors.labels == at) & ~vectors.made & (vectors.image_ids >= 0)
        if name in record.classes and rows.any():
            groups[name] = project.catalogue.images(ids=vectors.image_ids[rows].tolist())
    if not groups:
        raise SpaceError(
            f"none of {', '.join(vectors.words)} is a class of {record.name} with held-out images; train the network "
            "on these classes, with images in val."
        )
    return record, groups


def set_identity(vectors: VectorSet, record: ModelRecord) -> dict[str, Any]:
    """The key of a test of a set: the set itself, and the network's head."""
    return {**{key: value for key, value in vectors.parameters.items() if key != "network"}, "head": record.artefact}


def grey(pixels: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) uint8 without colour: its brightness in all three channels."""
    brightness = (pixels.astype(np.uint32) @ np.asarray(LUMA, dtype=np.uint32) + 500) // 1000
    return np.repeat(brightness[..., None].astype(np.uint8), 3, axis=2)


def colour_role(project: Project, vectors: VectorSet, progress: Progress = silent) -> ColourRole:
    """Accuracy and semantic vectors on held-out images turned grey, against the same in colour (SeVec, Sec. 3.1).

    Raises
    ------
    SpaceError
        as :func:`perturbation_table` does.
    """
    record, groups = _classes(project, vectors)
    outcome = kept(
        project,
        record,
        COLOUR,
        set_identity(vectors, record),
        lambda: (_colour(project, record, vectors, groups, progress), {}),
    )
    return ColourRole(
        record.name,
        outcome.result["accuracy"],
        outcome.result["grey_accuracy"],
        outcome.result["n"],
        tuple(ColourRow(**row) for row in outcome.result["classes"]),
    )


def _colour(
    project: Project, record: ModelRecord, vectors: VectorSet, groups: dict[str, list[ImageRecord]], progress: Progress
) -> dict[str, Any]:
    network = load_network(project, record)
    images = [image for chosen in groups.values() for image in chosen]
    labels = np.repeat(list(groups), [len(chosen) for chosen in groups.values()])
    tables = {
        "colour": features_of(project, record, network, images, progress).features,
        "grey": _grey_features(project, network, images, progress),
    }
    right = {kind: _right(record, network, table, labels) for kind, table in tables.items()}
    by_kind = {
        kind: np.stack([semantic_vector(name, patterns(table[labels == name], vectors.zero)).vector for name in groups])
        for kind, table in tables.items()
    }
    cosines = similarities(by_kind["colour"], by_kind["grey"]).diagonal()
    among = similarities(by_kind["colour"], by_kind["colour"]) - 2 * np.eye(len(groups))
    rows = [
        ColourRow(
            name,
            float(right["colour"][labels == name].mean()),
            float(right["grey"][labels == name].mean()),
            float(cosines[at]),
            float(among[at].max()) if len(groups) > 1 else None,
        )
        for at, name in enumerate(groups)
    ]
    return {
        "accuracy": float(right["colour"].mean()),
        "grey_accuracy": float(right["grey"].mean()),
        "n": len(images),
        "classes": [asdict(row) for row in rows],
    }


def _grey_features(project: Project, network: Network, images: Sequence[ImageRecord], progress: Progress) -> np.ndarray:
    canvases = (grey(pixels) for pixels in canvases_of(project, images))
    return extract(network, canvases, device=project.device, progress=progress, total=len(images)).features


def _right(record: ModelRecord, network: Network, table: np.ndarray, labels: np.ndarray) -> np.ndarray:
    predicted = probabilities_of(network, table).argmax(axis=1)
    return np.asarray(record.classes)[predicted] == labels
