"""Maps of a project's images by position: computed once, kept in the cache image by image, read as a stack."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from data_store.records import ImageRecord, ModelRecord
from sxai.batches import in_batches
from sxai.errors import SpaceError
from sxai.images.verbs.stored import read_canvases
from sxai.networks.features import feature_maps
from sxai.networks.network import Network
from sxai.networks.reading import RESOLUTIONS, Reading, Resolution, default_reading, position_features
from sxai.progress import Progress, silent
from sxai.project.project import Project

FINEST = 28
GROUP = 16


def map_reading(network: Network, resolution: Resolution) -> Reading:
    """What is read at each position of a network's own input.

    "maps": the maps before pooling alone, as the paper does. "fine": with them the last layers of the deepest three
    resolutions, on a grid twice as fine, which finds small parts.
    """
    if resolution not in RESOLUTIONS:
        raise SpaceError(f"maps cannot be read at '{resolution}'; choose one of {', '.join(RESOLUTIONS)}.")
    size = network.preprocessing.size
    blank = np.zeros((size, size, 3), dtype=np.uint8)
    side = int(feature_maps(network, [blank], device="cpu").shape[-1])
    if resolution == "maps":
        return Reading((), size, side)
    return Reading(default_reading(network).taps, size, max(side, min(2 * side, FINEST)))


def maps_of(
    project: Project,
    record: ModelRecord,
    network: Network,
    images: Sequence[ImageRecord],
    reading: Reading,
    progress: Progress = silent,
) -> np.ndarray:
    """Maps float16 (n, C, h, w) of ``images``; what an interrupted run has read is not read again."""
    folder = _folder(project, record, reading)
    missing = [image for image in images if not _file(folder, image).exists()]
    done = len(images) - len(missing)
    progress("maps", done, len(images))
    for group in in_batches(missing, GROUP):
        rows = maps_of_pictures(project, network, list(read_canvases(project, group)), reading)
        for image, one in zip(group, rows, strict=True):
            _write(_file(folder, image), one)
        done += len(group)
        progress("maps", done, len(images))
    return np.stack([np.load(_file(folder, image)) for image in images])


def maps_of_pictures(
    project: Project, network: Network, canvases: Sequence[np.ndarray], reading: Reading
) -> np.ndarray:
    """Maps float16 (n, C, h, w) of pictures uint8 (H, W, 3)."""
    rows = np.concatenate(list(position_features(network, canvases, reading, device=project.device)))
    return np.ascontiguousarray(rows.transpose(0, 3, 1, 2)).astype(np.float16)


def _folder(project: Project, record: ModelRecord, reading: Reading) -> Path:
    key = hashlib.sha256(json.dumps([record.sha256, asdict(reading)]).encode()).hexdigest()[:32]
    folder = project.home / "cache" / "maps" / key
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file(folder: Path, image: ImageRecord) -> Path:
    return folder / f"{image.sha256}.npy"


def _write(path: Path, maps: np.ndarray) -> None:
    """In one step, so that an interrupted run leaves no half file."""
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        np.save(file, maps)
    temporary.replace(path)
