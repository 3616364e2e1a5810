"""Where the images of concepts come from: the project's classes, its saved searches, or any folder of class folders."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data_store.records import ImageRecord, ModelRecord
from sxai.batches import in_batches
from sxai.errors import ImageError, SpaceError, UnknownName
from sxai.images.decode import canvas, decode, pixel_hash
from sxai.images.sources import Source, find_sources
from sxai.images.verbs.stored import read_canvases
from sxai.networks.features import extract, feature_maps
from sxai.networks.network import Network
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network
from sxai.progress import Progress, shifted, silent, tracked
from sxai.project.analyses import Outcome, kept
from sxai.project.project import Project
from sxai.search.verbs.search import saved_searches, search

CLASSES, SEARCHES = "classes", "searches"
GAP = "GAP"
LEAST = 2
BLOCK = 32
MOST_ENTRIES = 300_000_000
"""Values of a spatial layer that are held at once at most (half a gigabyte at half precision)."""

PICTURES = "vector pictures"
RANKING = "patterns"
"""The measure that compares images with vectors; sets stored with another one are computed again."""


@dataclass(frozen=True)
class ConceptImages:
    """The images of one concept: those that its vector is ``made`` from and those ``held`` out to test it."""

    name: str
    made: tuple[ImageRecord | Source, ...]
    held: tuple[ImageRecord | Source, ...]


def concept_images(
    project: Project, source: str, dataset: str | None, n: int, model: str | None, progress: Progress = silent
) -> list[ConceptImages]:
    """The images of every concept of ``source``: "classes", "searches", or the path of a folder (or zip).

    Of the project's images those in val are held out; of a folder every second by name, unless its folders name splits.
    At most ``n`` of each kind are drawn for a concept, seeded by the project. Concepts with fewer than two images to
    make them from are left out.

    Raises
    ------
    SpaceError, UnknownName, ImportFailed
        when no concept is left, the data set is unknown, or the folder cannot be read.
    """
    if source == CLASSES:
        concepts = _classes(project, dataset)
    elif source == SEARCHES:
        concepts = _searches(project, model, progress)
    else:
        concepts = _folder(Path(source))
    chosen = [_at_most(concept, n, project.seed) for concept in concepts if len(concept.made) >= LEAST]
    if not chosen:
        raise SpaceError(f"no concept of {source} has {LEAST} images to make a vector from; import or save more.")
    return chosen


def _classes(project: Project, dataset: str | None) -> list[ConceptImages]:
    known = [record.name for record in project.catalogue.datasets()]
    if dataset is not None and dataset not in known:
        raise UnknownName(f"there is no data set '{dataset}'; this project has {', '.join(known) or 'none yet'}.")
    names = [record.name for record in project.catalogue.classes()]
    return [_parted(name, project.catalogue.images(class_name=name, dataset=dataset)) for name in names]


def _searches(project: Project, model: str | None, progress: Progress) -> list[ConceptImages]:
    concepts = []
    for record in reversed(saved_searches(project)):
        hits = search(project, record.query, limit=None, model=model, progress=progress).hits
        images = project.catalogue.images(ids=[hit.image_id for hit in hits])
        concepts.append(_parted(str(record.name), images))
    return concepts


def _parted(name: str, images: Iterable[ImageRecord]) -> ConceptImages:
    every = list(images)
    made = tuple(image for image in every if image.split != "val")
    return ConceptImages(name, made, tuple(image for image in every if image.split == "val"))


def _folder(path: Path) -> list[ConceptImages]:
    groups: dict[str, list[Source]] = {}
    for source in find_sources(path.expanduser()):
        if source.class_name is not None:
            groups.setdefault(source.class_name, []).append(source)
    return [_halved(name, files) for name, files in sorted(groups.items())]


def _halved(name: str, files: Sequence[Source]) -> ConceptImages:
    if any(file.split for file in files):
        held = tuple(file for file in files if file.split in ("val", "test"))
    else:
        held = tuple(files[1::2])
    return ConceptImages(name, tuple(file for file in files if file not in held), held)


def _at_most(images: ConceptImages, n: int, seed: int) -> ConceptImages:
    def drawn(every: Sequence[ImageRecord | Source]) -> tuple[ImageRecord | Source, ...]:
        order = np.random.default_rng(seed).permutation(len(every))[:n]
        return tuple(every[at] for at in sorted(order.tolist()))

    return ConceptImages(images.name, drawn(images.made), drawn(images.held))


def identity(images: Sequence[ConceptImages]) -> str:
    """A hash (64 hexadecimal digits) of exactly these images under these concepts."""
    lines = [
        f"{image.name}\t{kind}\t{picture.sha256 if isinstance(picture, ImageRecord) else _content(picture)}"
        for image in images
        for kind, pictures in (("made", image.made), ("held", image.held))
        for picture in pictures
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _content(source: Source) -> str:
    """A hash of a file's bytes; of one that cannot be read, its name."""
    try:
        return hashlib.sha256(source.read()).hexdigest()
    except ImageError:
        return source.name


def values_of(
    project: Project,
    record: ModelRecord,
    pictures: Sequence[ImageRecord | Source],
    tap: str | None,
    progress: Progress = silent,
) -> np.ndarray:
    """Values (n, D) of the units: GAP features (``tap`` None), or a layer's maps with every position a unit of its own.

    GAP features of the project's images are stored with the network; those of a folder's files by content hash.

    Raises
    ------
    SpaceError, ModelError, ImageError
        when a spatial layer would be too large, there is no such layer, or a file cannot be read.
    """
    network = load_network(project, record)
    records = [picture for picture in pictures if isinstance(picture, ImageRecord)]
    if tap is None:
        if len(records) == len(pictures):
            return features_of(project, record, network, records, progress).features
        return _kept_features(project, record, network, pictures, progress)
    return _positions(project, network, pictures, tap, progress)


def _kept_features(
    project: Project,
    record: ModelRecord,
    network: Network,
    pictures: Sequence[ImageRecord | Source],
    progress: Progress,
) -> np.ndarray:
    blocks, done = [np.empty((0, network.channels), dtype=np.float32)], 0
    for block in in_batches(pictures, BLOCK):
        canvases = list(canvases_of(project, block))
        parameters = {"pictures": [pixel_hash(pixels) for pixels in canvases]}
        report = shifted(progress, "features", done, len(pictures))

        def make(canvases: list[np.ndarray] = canvases, report: Progress = report) -> Outcome:
            return {}, {"features": extract(network, canvases, device=project.device, progress=report).features}

        blocks.append(kept(project, record, PICTURES, parameters, make).arrays["features"])
        done += len(block)
        progress("features", done, len(pictures))
    return np.concatenate(blocks)


def _positions(
    project: Project, network: Network, pictures: Sequence[ImageRecord | Source], tap: str, progress: Progress
) -> np.ndarray:
    rows: list[np.ndarray] = []
    for block in tracked(in_batches(pictures, BLOCK), "maps", -(-len(pictures) // BLOCK), progress):
        maps = feature_maps(network, list(canvases_of(project, block)), tap, device=project.device)
        if maps[0].size * len(pictures) > MOST_ENTRIES:
            raise SpaceError(
                f"{tap} has {maps[0].size:,} units, too many for {len(pictures):,} images at once; take fewer images "
                "or a deeper layer."
            )
        rows.append(maps.reshape(len(maps), -1).astype(np.float16))
    return np.concatenate(rows) if rows else np.empty((0, 0), dtype=np.float16)


def canvases_of(project: Project, pictures: Sequence[ImageRecord | Source]) -> Iterator[np.ndarray]:
    """The canvases of images of the project or of a folder, in their order."""
    for picture in pictures:
        if isinstance(picture, ImageRecord):
            yield from read_canvases(project, [picture])
        else:
            yield canvas(decode(picture.read()).pixels)


def shown_source(source: str) -> str:
    """The name of a source in results: for a folder its last part.

    >>> shown_source("/data/textures/"), shown_source("classes")
    ('textures', 'classes')
    """
    return source if source in (CLASSES, SEARCHES) else Path(source).name


def image_ids(pictures: Sequence[ImageRecord | Source]) -> list[int]:
    """Numbers of the project's images; −1 for files of a folder."""
    return [picture.id if isinstance(picture, ImageRecord) else -1 for picture in pictures]


def picture_names(pictures: Sequence[ImageRecord | Source]) -> list[str]:
    """Names of images and files."""
    return [picture.name for picture in pictures]


def provenance(
    project: Project, source: str, dataset: str | None, n: int, level: float, tap: str | None
) -> dict[str, Any]:
    """The parameters of a vector set, as they are stored."""
    return {
        "source": shown_source(source),
        "dataset": dataset,
        "n": n,
        "level": level,
        "tap": tap or GAP,
        "seed": project.seed,
        "ranking": RANKING,
    }
