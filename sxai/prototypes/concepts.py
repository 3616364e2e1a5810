"""Automatic concepts: groups of prototypes, and the trained Proto-CNN that they belong to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

import numpy as np

from sxai.errors import UnknownName
from sxai.networks.reading import Reading, Resolution
from sxai.prototypes.network import ProtoCNN
from sxai.prototypes.outlines import Outline
from sxai.prototypes.regions import RegionRule
from sxai.prototypes.settings import ProtoSettings
from sxai.spaces.distribution import ReferenceDistribution


@dataclass(frozen=True)
class AutoConcept:
    """A group of prototypes of one class.

    Attributes
    ----------
    id
        such as ``cat:2``, unique within a training; ``name``: what a person called it, None before, "" if dropped.
    members
        its prototypes among the class's M.
    threshold
        similarity above which a pixel belongs to it; ``reference``: the normal fitted to the
        largest similarity over the class's training images.
    patches
        the images its prototypes were put on, each with the map position and its cosine.
    examples
        the training images in which it is seen most clearly.
    importance
        R_s, and ``share`` its share of the class's; ``filters`` how many filters follow it.
    outline
        offset, cut, threshold and fit of its :class:`Outline`; None when regions are cut by another rule.
    """

    id: str
    class_name: str
    name: str | None
    members: tuple[int, ...]
    threshold: float
    reference: ReferenceDistribution
    patches: tuple[tuple[int, int, int, float], ...]
    examples: tuple[int, ...]
    importance: float
    share: float
    filters: int
    outline: Mapping[str, float] | None = None


class ProtoParameters(TypedDict):
    """All that determines a training, as it is stored.

    Attributes
    ----------
    image_ids
        the images of each class that were trained on.
    settings, reading, rule
        those of :class:`Prototypes` as JSON.
    network
        hash of the weights.
    """

    classes: list[str]
    settings: Mapping[str, object]
    reading: Mapping[str, object]
    rule: Mapping[str, object]
    resolution: Resolution
    image_ids: dict[str, list[int]]
    network: str


@dataclass(frozen=True, eq=False)
class Prototypes:
    """A trained Proto-CNN of one network with its concepts.

    ``accuracy``: "train" and "val" of the prototypes and "network", the plain network's on val; ``off_diagonal``: mean
    |cosine| between basis vectors of a class; ``redundant``: filters of each class that follow no concept.
    """

    key: str
    model: str
    classes: tuple[str, ...]
    settings: ProtoSettings
    reading: Reading
    rule: RegionRule
    concepts: tuple[AutoConcept, ...]
    history: tuple[dict[str, float], ...]
    accuracy: dict[str, float | None]
    off_diagonal: float
    redundant: dict[str, int]
    images: int
    proto: ProtoCNN
    arrays: Mapping[str, np.ndarray]
    parameters: ProtoParameters
    version: str
    created: str

    def of_class(self, class_name: str) -> list[AutoConcept]:
        """The concepts of a class that were not dropped, in their order."""
        return [concept for concept in self.concepts if concept.class_name == class_name and concept.name != ""]

    def concept(self, id: str) -> AutoConcept:
        """The concept with that id; UnknownName otherwise."""
        match = next((candidate for candidate in self.concepts if candidate.id == id), None)
        if match is None:
            known = ", ".join(candidate.id for candidate in self.concepts)
            raise UnknownName(f"there is no automatic concept '{id}'; there are {known}.")
        return match

    @property
    def named_as(self) -> tuple[str | None, ...]:
        """The name of each concept, in their order."""
        return tuple(concept.name for concept in self.concepts)

    def columns(self, concept: AutoConcept) -> list[int]:
        """The columns of a concept's prototypes among all K·M."""
        start = self.classes.index(concept.class_name) * self.settings.per_class
        return [start + member for member in concept.members]

    def ranks(self, class_name: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Of a class: effective rank (C,) of each filter's map, the concept (C,) it follows (−1: none), their ids."""
        label = self.classes.index(class_name)
        ids = [concept.id for concept in self.concepts if concept.class_name == class_name]
        return self.arrays[f"rank.{label}.effective"], self.arrays[f"rank.{label}.assigned"], ids

    def basis(self) -> np.ndarray:
        """All basis vectors (K·M, D), class after class."""
        vectors: np.ndarray = self.arrays["net.basis"].reshape(-1, self.settings.width)
        return vectors

    def maps(self, concept: AutoConcept, similarity: np.ndarray) -> np.ndarray:
        """A concept's map (n, h, w): the largest similarity (n, K·M, h, w) of its prototypes."""
        peaks: np.ndarray = similarity[:, self.columns(concept)].max(axis=1)
        return peaks

    def outline(self, concept: AutoConcept) -> Outline | None:
        """The outline of a concept in the network's maps; None where regions are cut from its similarity alone."""
        return Outline(self.arrays[f"outline.{concept.id}"], **concept.outline) if concept.outline else None

    def summary(self) -> dict[str, Any]:
        """The prototypes without their arrays, as plain JSON."""
        return {
            "model": self.model,
            "classes": list(self.classes),
            "images": self.images,
            "accuracy": self.accuracy,
            "off_diagonal": self.off_diagonal,
            "redundant": self.redundant,
            "reading": asdict(self.reading),
            "history": list(self.history),
            "concepts": [asdict(concept) for concept in self.concepts],
            "parameters": self.parameters,
            "version": self.version,
            "created": self.created,
        }
