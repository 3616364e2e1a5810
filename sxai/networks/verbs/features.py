"""GAP features of a project's images under one network: computed once, kept in files, read back as one matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data_store.records import FeatureRow, ImageRecord, ModelRecord
from sxai.batches import in_batches
from sxai.errors import ModelError
from sxai.images.verbs.stored import read_canvases
from sxai.networks.features import extract
from sxai.networks.network import Network
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, shifted, silent
from sxai.project.project import Project

BLOCK = 256
"""Images per stored file: what an interrupted run loses at most."""


@dataclass(frozen=True)
class FeatureTable:
    """Features (n, C) float32, row by row for ``images``."""

    images: tuple[ImageRecord, ...]
    features: np.ndarray


def features_of(
    project: Project, record: ModelRecord, network: Network, images: Sequence[ImageRecord], progress: Progress = silent
) -> FeatureTable:
    """GAP features (n, C) of ``images``, computing and storing those that are missing.

    Rows come in the order of ``images``. Each block of 256 images is stored when it is done, so an interrupted
    run resumes where it was.

    Raises
    ------
    ModelError
        when the network's weights were changed meanwhile, so that its features were dropped.
    """
    rows = _rows(project, record, images)
    missing = [image for image in images if image.id not in rows]
    progress("features", len(images) - len(missing), len(images))
    done = len(images) - len(missing)
    for block in in_batches(missing, BLOCK):
        report = shifted(progress, "features", done, len(images))
        batch = extract(
            network, read_canvases(project, block), total=len(block), device=project.device, progress=report
        )
        artefact = project.artefacts.write_arrays("features", features=batch.features)
        _keep(project, record, artefact, block)
        done += len(block)
    if missing:
        rows = _rows(project, record, images)
    return FeatureTable(tuple(images), _stored(project, record, rows, images))


def _rows(project: Project, record: ModelRecord, images: Sequence[ImageRecord]) -> dict[int, FeatureRow]:
    """Where the features of ``images`` are stored, by image; ModelError when the network has other weights now."""
    with project.catalogue.read():
        _unchanged(project, record)
        return {row.image_id: row for row in project.catalogue.feature_rows(record.id, [image.id for image in images])}


def _keep(project: Project, record: ModelRecord, artefact: str, block: Sequence[ImageRecord]) -> None:
    """Store a block, unless the network got other weights meanwhile: rows are told apart by model alone."""
    with project.catalogue.write():
        _unchanged(project, record)
        project.catalogue.add_feature_block(record.id, artefact, [image.id for image in block])


def _unchanged(project: Project, record: ModelRecord) -> None:
    now = project.catalogue.model(record.name)
    if now is None or now.sha256 != record.sha256:
        raise ModelError(f"the network {record.name} was changed while its features were computed; do it again.")


def _stored(
    project: Project, record: ModelRecord, rows: Mapping[int, FeatureRow], images: Sequence[ImageRecord]
) -> np.ndarray:
    """The stored ``rows`` of ``images``, stacked in their order; the same image may come twice."""
    lost = sum(image.id not in rows for image in images)
    if lost:
        raise ModelError(
            f"the network {record.name} was changed while its features were read ({lost} of {len(images)} are gone); "
            "do it again."
        )
    stacked = np.empty((len(images), record.channels), dtype=np.float32)
    places: dict[str, list[tuple[int, int]]] = {}
    for index, image in enumerate(images):
        places.setdefault(rows[image.id].artefact, []).append((index, rows[image.id].row))
    for artefact, pairs in places.items():
        to, origin = np.array(pairs).T
        stacked[to] = _block(project, artefact)[origin]
    return stacked


def _block(project: Project, artefact: str) -> np.ndarray:
    """One stored block (n, C); content-addressed, so it may stay in memory for as long as the project is open."""
    block: np.ndarray = project.remember(
        ("block", artefact), lambda: project.artefacts.read_arrays(artefact)["features"]
    )
    return block


def compute_features(project: Project, model: str | None = None, progress: Progress = silent) -> int:
    """Compute and store the features of every image that lacks them; the number of images."""
    record = model_record(project, model)
    return len(features_of(project, record, load_network(project, record), project.catalogue.images(), progress).images)
