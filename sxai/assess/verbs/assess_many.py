"""Assessment of many pictures from anywhere: read ahead, in batches through the network, one failure at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from data_store.records import ImageRecord
from sxai.assess.familiarity import strangers
from sxai.assess.verbs.assess import Assessor, record_assessments
from sxai.assess.verdict import ImageAssessment
from sxai.batches import ahead, in_batches
from sxai.errors import ImportFailed, SxaiError
from sxai.images.decode import canvas, decode, pixel_hash
from sxai.images.sources import FileFailure, Read, find_sources
from sxai.images.verbs.stored import thumbnail, thumbnail_path
from sxai.progress import Progress, shifted, silent
from sxai.project.analyses import kept
from sxai.project.project import Project

BLOCK = 64
"""Pictures assessed and recorded together: what an interrupted run loses at most."""

TILE = 192
"""Longer side of a thumbnail, in pixels."""


@dataclass(frozen=True)
class Strangers:
    """The files that are unlike anything the network learned from.

    Of those listed, at most a share ``rate`` are wrong on average (Benjamini and Hochberg), however many were assessed.
    """

    rate: float
    files: tuple[str, ...]


@dataclass(frozen=True)
class AssessResult:
    """The images that were assessed, in order, the files that could not be, and the strangers among the images.

    ``strangers`` is None where familiarity was not asked, or too few pictures are kept aside.
    """

    images: tuple[ImageAssessment, ...]
    failed: tuple[FileFailure, ...]
    strangers: Strangers | None = None


def strangers_among(images: Sequence[ImageAssessment]) -> Strangers | None:
    """The unfamiliar ones among many pictures, with their share of wrong alarms kept below the chosen rate."""
    reported = strangers([image.familiarity for image in images])
    rates = [image.familiarity.rate for image in images if image.familiarity is not None]
    if reported is None:
        return None
    return Strangers(rates[0], tuple(image.file for image, stranger in zip(images, reported, strict=True) if stranger))


@dataclass(frozen=True)
class Judged:
    """One picture of many: its assessment, and a function that makes its thumbnail (JPEG)."""

    said: ImageAssessment
    thumbnail: Callable[[], bytes]


@dataclass(frozen=True)
class Picture:
    """A picture to assess: its ``name``, and ``read()`` that gives its canvas uint8 (H, W, 3) or says why not."""

    name: str
    read: Callable[[], np.ndarray]


def assess_files(
    project: Project, paths: Iterable[Path | str], model: str | None = None, progress: Progress = silent
) -> AssessResult:
    """Assess pictures from anywhere, in folders and zips too; those that cannot be read are listed."""
    assessor = Assessor.of(project, model, progress)
    found = list(judge_pictures(project, assessor, pictures_at(paths), progress))
    images = tuple(item.said for item in found if isinstance(item, Judged))
    failed = tuple(item for item in found if isinstance(item, FileFailure))
    return AssessResult(images, failed, strangers_among(images))


def pictures_at(paths: Iterable[Path | str]) -> list[Picture]:
    """Every picture in files, folders and zips, those of a folder ordered by name; nothing is read yet."""
    pictures: list[Picture] = []
    for path in (Path(path).expanduser() for path in paths):
        if not path.is_dir() and path.suffix.lower() != ".zip":
            pictures.append(Picture(str(path), partial(_decoded, path)))
            continue
        try:
            pictures += [Picture(f"{path}/{one.name}", partial(_from_source, one.read)) for one in find_sources(path)]
        except ImportFailed as error:
            pictures.append(Picture(str(path), partial(_refuse, error)))
    return pictures


def _decoded(source: Path | bytes) -> np.ndarray:
    return canvas(decode(source).pixels)


def _from_source(read: Read) -> np.ndarray:
    return _decoded(read())


def _refuse(error: ImportFailed) -> np.ndarray:
    raise error


def judge_pictures(
    project: Project, assessor: Assessor, pictures: Sequence[Picture], progress: Progress = silent, resume: bool = False
) -> Iterator[Judged | FileFailure]:
    """Assess ``pictures`` in their order, a block at a time; ``progress`` has the stage "assess".

    What was said is recorded block by block. With ``resume`` the features of each block are kept, so that going
    over the same pictures again costs no forward pass.
    """
    total, done = len(pictures), 0
    progress("assess", 0, total)
    for block in in_batches(ahead(_read, pictures), BLOCK):
        seen = [(name, pixels) for name, pixels in block if isinstance(pixels, np.ndarray)]
        features = _features(project, assessor, seen, resume, shifted(progress, "assess", done, total))
        said = iter(assessor.assess_all([name for name, _ in seen], features))
        items = [
            Judged(next(said), partial(thumbnail, pixels, TILE)) if isinstance(pixels, np.ndarray) else pixels
            for _, pixels in block
        ]
        record_assessments(project, assessor, [item.said for item in items if isinstance(item, Judged)])
        done += len(block)
        progress("assess", done, total)
        yield from items


def _read(picture: Picture) -> tuple[str, np.ndarray | FileFailure]:
    try:
        return picture.name, picture.read()
    except (SxaiError, OSError) as error:
        return picture.name, FileFailure(picture.name, str(error))


def _features(
    project: Project, assessor: Assessor, seen: Sequence[tuple[str, np.ndarray]], resume: bool, progress: Progress
) -> np.ndarray:
    """Features (n, ·) of the canvases of one block; looked up first when they may be kept."""
    canvases = [pixels for _, pixels in seen]

    def make() -> tuple[dict[str, object], dict[str, np.ndarray]]:
        return {}, {"features": assessor.reader.pictures(canvases, progress)}

    if not resume or not canvases:
        return make()[1]["features"]
    parameters = {"pictures": [pixel_hash(pixels) for pixels in canvases], **assessor.reader.identity}
    return kept(project, assessor.record, "picture-features", parameters, make).arrays["features"]


def judge_images(
    project: Project, assessor: Assessor, images: Sequence[ImageRecord], progress: Progress = silent
) -> Iterator[Judged]:
    """Assess images of the project in their order, from their stored features; nothing is recorded."""
    for done, block in enumerate(in_batches(images, BLOCK)):
        report = shifted(progress, "assess", done * BLOCK, len(images))
        features = assessor.reader.images(block, report)
        said = assessor.assess_all([image.name for image in block], features, [image.id for image in block])
        yield from (Judged(one, partial(_stored_thumbnail, project, one.image_id or 0)) for one in said)
    progress("assess", len(images), len(images))


def _stored_thumbnail(project: Project, image_id: int) -> bytes:
    return thumbnail_path(project, image_id, TILE).read_bytes()
