"""The pairs of pictures that spaces were made from, with and without the concept, as any spaces read them."""

from collections.abc import Sequence

import numpy as np

from data_store.records import SpaceRecord
from sxai.errors import SpaceError
from sxai.images.verbs.stored import find_image
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.defaults import SPATIALS
from sxai.spaces.verbs.reader import Reader


def pair_arrays(project: Project, record: SpaceRecord) -> dict[str, np.ndarray]:
    """What a stored space was made from: features of its pairs, scores, difference, image ids."""
    if record.artefact is None:
        raise SpaceError(f"{record.full_name} has lost its arrays; extract it again.")
    return dict(project.artefacts.read_arrays(record.artefact))


def pair_rows(
    project: Project, record: SpaceRecord, spaces: Sequence[SpaceRecord], progress: Progress = silent
) -> tuple[np.ndarray, np.ndarray]:
    """What ``spaces`` read of the pairs that a space was made from: (n, ·) unmasked and masked.

    Spatial ones read the pictures as they are masked now, so pairs whose mask was removed since are left out then.
    """
    stored = pair_arrays(project, record)
    if all(space.estimator not in SPATIALS for space in spaces):
        return stored["unmasked"], stored["masked"]
    network = model_record(project, record.model)
    reader = Reader.of(project, network, load_network(project, network), spaces)
    now = {
        mask.image_id: mask for mask in project.catalogue.masks(class_name=record.class_name, concept=record.concept)
    }
    rows = [row for row, image_id in enumerate(stored["image_ids"].tolist()) if image_id in now]
    masks = [now[image_id] for image_id in stored["image_ids"][rows].tolist()]
    images = [find_image(project, mask.image_id) for mask in masks]
    masked = [stored["masked"][rows, : network.channels], reader.masked(masks, progress)]
    return reader.images(images, progress), np.concatenate(masked, axis=1)
