"""Semantic vectors of a project: made from classes, saved searches or folders, stored, and their relations."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from data_store.records import ModelRecord
from sxai.errors import SpaceError, UnknownName
from sxai.images.decode import canvas, decode
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.networks.features import extract, feature_maps
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import Analysis, AnalysisVerb, Kept, Outcome, kept_all
from sxai.project.project import Project
from sxai.vectors.defaults import PRECISION_IMAGES, SAMPLES
from sxai.vectors.relations import Correlation, Hierarchy, concept_map, correlation, hierarchy, relevance
from sxai.vectors.vectors import (
    PAPER_RATE,
    SemanticVector,
    margins,
    patterns,
    percentile_rank,
    precision_at,
    quantile_zero,
    semantic_vector,
    similarities,
)
from sxai.vectors.verbs import sources as sources

VECTORS = "vectors"
LEVEL = 0.9
"""Quantile that is the zero of a pooled unit by default: active in one image of ten, as units of fc1 are."""


@dataclass(frozen=True)
class Retrieval:
    """Retrieval of a concept's held-out images by its vector: precision among the first ``k`` of ``of`` images.

    Images are ranked by their margin, how much closer they are to the concept than to any other; ``by_cosine`` is the
    precision when they are ranked by the cosine alone. ``relevant`` images show the concept, so that chance is
    relevant / of.
    """

    name: str
    precision: float
    by_cosine: float
    k: int
    relevant: int
    of: int


@dataclass(frozen=True)
class DiversityRow:
    """A class with its diversity D_c and the network's accuracy on its val images."""

    name: str
    diversity: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class VectorSet:
    """The semantic vectors of m concepts in one network.

    Attributes
    ----------
    concepts
        the vectors, D units each.
    zero
        (D,) value above which a unit counts as active.
    similarity
        (N, m) cosines of every image's pattern with every concept, over the images that made them and those
        held out.
    labels
        (N,) concept of each image; ``made`` (N,) whether its vector was made from it.
    image_ids
        (N,) number in the project, −1 for files of a folder; ``names`` of the files.
    """

    key: str
    model: str
    source: str
    tap: str
    level: float
    concepts: tuple[SemanticVector, ...]
    zero: np.ndarray
    similarity: np.ndarray
    labels: np.ndarray
    made: np.ndarray
    image_ids: np.ndarray
    names: tuple[str, ...]
    parameters: dict[str, Any]
    version: str
    created: str

    @property
    def words(self) -> tuple[str, ...]:
        """The names of the concepts."""
        return tuple(concept.name for concept in self.concepts)

    @property
    def vectors(self) -> np.ndarray:
        """All vectors (m, D)."""
        return np.stack([concept.vector for concept in self.concepts])

    @property
    def threshold(self) -> float:
        """Default threshold of the gate: the paper's 0.5 for its zero, otherwise 1 − level, a unit's overall rate."""
        return PAPER_RATE if self.level == 0 else 1 - self.level

    def concept(self, name: str) -> SemanticVector:
        """The vector of that name; UnknownName otherwise."""
        if name not in self.words:
            raise UnknownName(f"there is no concept '{name}' among these vectors; there are {', '.join(self.words)}.")
        return self.concepts[self.words.index(name)]

    @cached_property
    def margins(self) -> np.ndarray:
        """(N, m) how much closer each image is to a concept than to the nearest other one."""
        return margins(self.similarity)

    @property
    def gates(self) -> bool:
        """Whether they can gate classes of the project: vectors of pooled features, made from its own images."""
        return self.tap == sources.GAP and bool((self.image_ids >= 0).any())

    @property
    def diversity(self) -> list[float]:
        """D_c of every concept."""
        return [concept.diversity for concept in self.concepts]

    def relevance(self, order: Sequence[int] | None = None) -> np.ndarray:
        """Relevance (m, m) of concepts to each other, in an ``order`` of their numbers."""
        return relevance(self.vectors if order is None else self.vectors[list(order)])

    def others(self, name: str) -> list[tuple[str, float]]:
        """Relevance of every other concept to one."""
        row = self.concept(name).vector @ self.vectors.T
        return [(word, float(value)) for word, value in zip(self.words, row, strict=True) if word != name]

    def hierarchy(self) -> Hierarchy:
        """The concepts merged two by two, the closest first."""
        return hierarchy(self.vectors)

    def map(self, method: str = "tsne") -> np.ndarray:
        """Places (m, 2) of the concepts in two dimensions."""
        return concept_map(self.vectors, method, int(self.parameters["seed"]))

    def retrieval(self, k: int = PRECISION_IMAGES) -> list[Retrieval]:
        """Precision among the first ``k`` held-out images by concept; empty when none are held out."""
        held = ~self.made
        rows = []
        for at, concept in enumerate(self.concepts):
            own = self.labels[held] == at
            if own.any():
                value, plain = (precision_at(scores[held, at], own, k) for scores in (self.margins, self.similarity))
                rows.append(Retrieval(concept.name, value, plain, k, int(own.sum()), int(held.sum())))
        return rows

    def nearest(self, name: str, most: int = 12, held: bool = True) -> list[tuple[int, float]]:
        """Images of the project that stand out as a concept, (image id, margin); held-out ones where there are any."""
        self.concept(name)
        at = self.words.index(name)
        allowed = (self.image_ids >= 0) & (~self.made if held and (~self.made).any() else True)
        rows = np.flatnonzero(allowed)
        order = rows[np.argsort(-self.margins[rows, at], kind="stable")][:most]
        return [(int(self.image_ids[row]), float(self.margins[row, at])) for row in order]

    def summary(self) -> dict[str, Any]:
        """All numbers as plain JSON: concepts, relevance, hierarchy, map and retrieval."""
        retrievals = {row.name: row for row in self.retrieval()}
        places = self.map()
        concepts = [
            {
                "name": concept.name,
                "images": concept.n,
                "diversity": concept.diversity,
                "gate": float(concept.gate(self.threshold).mean()),
                "retrieval": asdict(retrievals[concept.name]) if concept.name in retrievals else None,
                "map": places[at].tolist(),
            }
            for at, concept in enumerate(self.concepts)
        ]
        return {
            "model": self.model,
            "source": self.source,
            "tap": self.tap,
            "level": self.level,
            "threshold": self.threshold,
            "units": len(self.zero),
            "concepts": concepts,
            "relevance": self.relevance().tolist(),
            "merges": self.hierarchy().merges.tolist() if len(self.concepts) > 1 else [],
            "parameters": self.parameters,
            "version": self.version,
            "created": self.created,
        }


@AnalysisVerb
def semantic_vectors(
    project: Project,
    source: str = sources.CLASSES,
    dataset: str | None = None,
    n: int = SAMPLES,
    level: float | None = None,
    tap: str | None = None,
    model: str | None = None,
    progress: Progress = silent,
) -> Analysis[VectorSet]:
    """The semantic vector of every concept of ``source`` (SeVec, Eq. 3): "classes", "searches" or a folder's path.

    Parameters
    ----------
    dataset
        takes only the classes' images of one import.
    n
        images of a concept at most, and as many held out.
    level
        quantile over the images above which a unit counts as active; 0 is the paper's zero. Default: 0.9 after global
        average pooling, where hardly any unit is 0, and 0 for the positions of a layer.
    tap
        None reads the features after pooling; a layer's name reads its maps, every position a unit.

    Raises
    ------
    SpaceError, UnknownName, ModelError, ImportFailed
        when there are no concepts to make vectors of, or the layer, data set or folder cannot be used.
    """
    record = model_record(project, model)
    usual = (LEVEL if tap is None else 0.0) if level is None else level
    images = sources.concept_images(project, source, dataset, n, record.name, progress)
    parameters = sources.provenance(project, source, dataset, n, usual, tap) | {"images": sources.identity(images)}
    make = partial(_made, project, record, images, usual, tap, progress)
    return Analysis(record, VECTORS, parameters, make, partial(_set_of, record))


def stored_vectors(project: Project, model: str | None = None) -> list[VectorSet]:
    """All stored sets of the network, the newest first; of sets with the same settings only the newest."""
    record = model_record(project, model)
    newest: dict[tuple[Any, ...], VectorSet] = {}
    for outcome in kept_all(project, record, VECTORS):
        if outcome.parameters.get("ranking") != sources.RANKING:
            continue
        vector_set = _set_of(record, outcome)
        newest[tuple(vector_set.parameters[key] for key in ("source", "dataset", "n", "level", "tap", "seed"))] = (
            vector_set
        )
    return list(reversed(newest.values()))


def _made(
    project: Project,
    record: ModelRecord,
    images: Sequence[sources.ConceptImages],
    level: float,
    tap: str | None,
    progress: Progress,
) -> Outcome:
    pictures = [picture for group in images for part in (group.made, group.held) for picture in part]
    labels = np.repeat(np.arange(len(images)), [len(group.made) + len(group.held) for group in images])
    made = np.concatenate([np.repeat([True, False], [len(group.made), len(group.held)]) for group in images])
    values = sources.values_of(project, record, pictures, tap, progress)
    zero = quantile_zero(values[made], labels[made].tolist(), level)
    vectors = [
        semantic_vector(group.name, patterns(values[made & (labels == at)], zero)) for at, group in enumerate(images)
    ]
    similarity = np.concatenate(
        [
            similarities(patterns(part, zero), [vector.vector for vector in vectors])
            for part in np.array_split(values, max(1, len(values) // 64))
        ]
    )
    result = {
        "concepts": [{"name": vector.name, "diversity": vector.diversity, "n": vector.n} for vector in vectors],
        "names": sources.picture_names(pictures),
    }
    arrays = {
        "vectors": np.stack([vector.vector for vector in vectors]),
        "rates": np.stack([vector.rates for vector in vectors]),
        "zero": zero,
        "similarity": similarity,
        "labels": labels,
        "made": made,
        "image_ids": np.asarray(sources.image_ids(pictures), dtype=np.int64),
    }
    return result, arrays


def _set_of(record: ModelRecord, outcome: Kept) -> VectorSet:
    rows = zip(outcome.result["concepts"], outcome.arrays["vectors"], outcome.arrays["rates"], strict=True)
    return VectorSet(
        key=outcome.parameters["images"],
        model=record.name,
        source=outcome.parameters["dataset"] or outcome.parameters["source"],
        tap=outcome.parameters["tap"],
        level=outcome.parameters["level"],
        concepts=tuple(
            SemanticVector(entry["name"], vector, rates, entry["diversity"], entry["n"])
            for entry, vector, rates in rows
        ),
        **{name: outcome.arrays[name] for name in ("zero", "similarity", "labels", "made", "image_ids")},
        names=tuple(outcome.result["names"]),
        parameters=outcome.parameters,
        version=outcome.version,
        created=outcome.created,
    )


def diversity_accuracy(project: Project, vectors: VectorSet) -> tuple[list[DiversityRow], Correlation]:
    """D_c against the network's accuracy on val images, by class, with Pearson's correlation (SeVec, Table 2).

    Only concepts that are classes of the network count; the list is empty before the network is judged.
    """
    record = model_record(project, vectors.model)
    judged = ((record.evaluation or {}).get("val") or {}).get("confusion")
    counts = np.asarray(judged if judged is not None else np.empty((0, 0)), dtype=np.float64)
    rows = [
        DiversityRow(vector.name, vector.diversity, float(counts[at, at] / counts[at].sum()))
        for at, name in enumerate(record.classes[: len(counts)])
        for vector in vectors.concepts
        if vector.name == name and counts[at].sum()
    ]
    return rows, correlation([row.diversity for row in rows], [row.accuracy for row in rows])


def attributes(
    project: Project, vectors: VectorSet, image: int | bytes | Path, progress: Progress = silent
) -> list[tuple[str, float, float]]:
    """The concepts of a set in one image: (concept, cosine, percentile_rank), the highest rank first.

    ``percentile_rank`` is the share of other concepts' images with a smaller margin: cosines of two concepts cannot be
    compared, since some concepts have a high cosine with every image. It is 0 where the cosine is 0.
    """
    record = model_record(project, vectors.model)
    network = load_network(project, record)
    pixels = (
        read_canvas(project, find_image(project, image)) if isinstance(image, int) else canvas(decode(image).pixels)
    )
    if vectors.tap == sources.GAP:
        values = extract(network, [pixels], device=project.device, progress=progress).features
    else:
        values = feature_maps(network, [pixels], vectors.tap, device=project.device).reshape(1, -1)
    if values.shape[1] != len(vectors.zero):
        raise SpaceError(f"the vectors have {len(vectors.zero)} units, the image {values.shape[1]}; make them again.")
    cosines = similarities(patterns(values, vectors.zero), vectors.vectors)
    shares = percentile_rank(margins(cosines)[0], vectors.margins, vectors.labels)
    # Without a unit in common the margin is 0, which beats most images; the picture is not like the concept at all.
    shares = np.where(cosines[0] > 0, shares, 0.0)
    order = np.lexsort((-cosines[0], -shares))
    return [(vectors.words[at], float(cosines[0, at]), float(shares[at])) for at in order]
