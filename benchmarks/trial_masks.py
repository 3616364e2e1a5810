"""Other masks than a project's own, on the same photographs: features of image pairs, kept in the project."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.real_photographs import MASKS, POINTS
from data_store.records import ImageRecord, ModelRecord
from sxai.images.verbs.stored import read_canvas
from sxai.masks.mask import apply_mask, mask_from_labels
from sxai.masks.superpixels import SlicParameters, superpixels, touching
from sxai.masks.verbs.from_annotations import MAX_SHARE, KeypointImage, read_keypoints
from sxai.networks.features import extract
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network
from sxai.project.analyses import kept
from sxai.project.project import Project
from sxai.spaces.verbs.stored import space_record


@lru_cache(maxsize=2)
def annotated(file: Path, class_name: str) -> dict[str, KeypointImage]:
    """Annotated photographs of a class by bare file name."""
    return {Path(image.file).name: image for image in read_keypoints(file, class_name)}


def trial_pair(
    project: Project, record: ModelRecord, name: str, keypoints: Path, draw: int, count: int
) -> tuple[np.ndarray, np.ndarray, set[int]]:
    """Features (n, C) of up to 100 photographs as they are and with the concept filled, and who may be among them.

    ``draw`` 0: the photographs of the project's masks; from 1 on: 100 others, shuffled by that seed. ``count``
    superpixels are asked for. The outcome is kept in the project.
    """
    images = _drawn(project, name, keypoints, draw)

    def make() -> tuple[dict[str, object], dict[str, np.ndarray]]:
        made = list(_masked(project, name, keypoints, images, count))
        network = load_network(project, record)
        chosen = [image for image, _ in made]
        unmasked = features_of(project, record, network, chosen).features
        masked = extract(network, (pixels for _, pixels in made), total=len(made), device=project.device).features
        return {"images": len(made)}, {"unmasked": unmasked, "masked": masked}

    asked = {"space": name, "draw": draw, "count": count, "images": [image.id for image in images]}
    outcome = kept(project, record, "trial pair", asked, make)
    return outcome.arrays["unmasked"], outcome.arrays["masked"], {image.id for image in images}


def _drawn(project: Project, name: str, keypoints: Path, draw: int) -> list[ImageRecord]:
    """The photographs that may be masked, in their order; more than are needed."""
    stored = project.artefacts.read_arrays(space_record(project, name).artefact or "", ["image_ids"])[
        "image_ids"
    ].tolist()
    if draw == 0:
        return project.catalogue.images(ids=stored)
    class_name, concept = name.split(".")
    drawn = annotated(keypoints, class_name)
    images = [
        image
        for image in project.catalogue.images(class_name=class_name, dataset="animals")
        if image.id not in stored
        and (points := drawn.get(Path(image.name).name)) is not None
        and any(point in points.points for point in POINTS[concept])
    ]
    order = np.random.default_rng(draw).permutation(len(images))[: MASKS + MASKS // 2]
    return [images[index] for index in order]


def _masked(
    project: Project, name: str, keypoints: Path, images: list[ImageRecord], count: int
) -> Iterator[tuple[ImageRecord, np.ndarray]]:
    """The first 100 photographs on which the concept can be masked, each with its masked pixels."""
    class_name, concept = name.split(".")
    made = 0
    for image in images:
        pixels = read_canvas(project, image)
        drawn = annotated(keypoints, class_name)[Path(image.name).name]
        scale = pixels.shape[1] / drawn.width, pixels.shape[0] / drawn.height
        spots = [spot for point in POINTS[concept] for spot in drawn.points.get(point, [])]
        labels = superpixels(pixels, SlicParameters(count=count))
        chosen = touching(labels, np.asarray(spots) * scale)
        if not chosen or np.isin(labels, list(chosen)).mean() > MAX_SHARE:
            continue
        yield image, apply_mask(pixels, mask_from_labels(pixels, labels, chosen, SlicParameters(count=count)))
        made += 1
        if made == MASKS:
            return
