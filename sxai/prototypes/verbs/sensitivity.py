"""Sensitivity of automatic concepts to hue, brightness, contrast, saturation, shape and texture (AS-XAI, S.1)."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from sxai.images.verbs.stored import read_canvases
from sxai.networks.verbs.maps import maps_of, maps_of_pictures
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import Analysis, AnalysisVerb, Kept, Outcome
from sxai.project.project import Project
from sxai.prototypes.concepts import Prototypes
from sxai.prototypes.perception import CHANGES
from sxai.prototypes.training import similarity_maps
from sxai.prototypes.verbs.names import named_groups
from sxai.prototypes.verbs.train import prototypes_in_use

KIND = "sensitivity"
IMAGES = 24


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Fall of the largest similarity, ``falls[concept][change]`` (n,), when a class's pictures are changed."""

    model: str
    falls: dict[str, dict[str, np.ndarray]]
    images: int

    def summary(self) -> dict[str, Any]:
        """Medians as plain JSON."""
        medians = {
            concept: {change: float(np.median(values)) for change, values in row.items()}
            for concept, row in self.falls.items()
        }
        return {"model": self.model, "images": self.images, "median_fall": medians}


@AnalysisVerb
def perceptual_sensitivity(
    project: Project, model: str | None = None, n: int = IMAGES, progress: Progress = silent
) -> Analysis[Sensitivity]:
    """Change ``n`` training images of each class in six ways and measure the fall of each named concept's similarity.

    Stored until the prototypes or their names change. Unnamed concepts are left out unless none has a name.
    """
    prototypes = prototypes_in_use(project, model)
    record = model_record(project, prototypes.model)

    def make() -> Outcome:
        return {"images": n}, _measured(project, prototypes, n, progress)

    names = {concept.id: concept.name for concept in prototypes.concepts}
    return Analysis(record, KIND, {"of": prototypes.key, "names": names, "n": n}, make, partial(_read, record.name, n))


def _read(model: str, n: int, stored: Kept) -> Sensitivity:
    falls: dict[str, dict[str, np.ndarray]] = {}
    for key, values in stored.arrays.items():
        concept, _, change = key.rpartition("/")
        falls.setdefault(concept, {})[change] = values
    return Sensitivity(model, falls, n)


def _measured(project: Project, prototypes: Prototypes, n: int, progress: Progress) -> dict[str, np.ndarray]:
    record = model_record(project, prototypes.model)
    network = load_network(project, record)
    groups = named_groups(prototypes) or {
        concept.id.replace(":", "."): [concept] for concept in prototypes.concepts if concept.name != ""
    }
    falls: dict[str, np.ndarray] = {}
    total = len(prototypes.classes) * len(CHANGES)
    for at, class_name in enumerate(prototypes.classes):
        images = project.catalogue.images(ids=prototypes.parameters["image_ids"][class_name][:n])
        plain = similarity_maps(prototypes.proto, maps_of(project, record, network, images, prototypes.reading))
        mine = {name: members for name, members in groups.items() if members[0].class_name == class_name}
        for number, (change, apply) in enumerate(CHANGES.items()):
            progress("changed pictures", at * len(CHANGES) + number, total)
            pictures = [apply(pixels) for pixels in read_canvases(project, images)]
            changed = similarity_maps(
                prototypes.proto, maps_of_pictures(project, network, pictures, prototypes.reading)
            )
            for name, members in mine.items():
                before, after = (
                    np.max([prototypes.maps(member, maps).max(axis=(1, 2)) for member in members], axis=0)
                    for maps in (plain, changed)
                )
                falls[f"{name}/{change}"] = before - after
    progress("changed pictures", total, total)
    return falls
