"""Export and import of a project's masks, in any of the formats."""

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace as changed
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from data_store.records import ImageRecord
from sxai.errors import MaskError, SxaiError
from sxai.masks.annotation_files import UNUSABLE, read_json
from sxai.masks.formats import coco, cvat, label_studio, native, png
from sxai.masks.formats.marked import Marked, joined, outgoing
from sxai.masks.mask import ConceptMask
from sxai.masks.verbs.from_annotations import Candidate, MaskResult, check_concepts, collect
from sxai.names import split_name
from sxai.progress import Progress, silent
from sxai.project.project import Project

FORMATS = {
    "sxai": "sxai: everything, for another project",
    "coco": "COCO: run lengths or polygons",
    "png": "PNG: one black-and-white picture for each mask",
    "label-studio": "Label Studio: brush masks or polygons",
    "cvat": "CVAT for images 1.1: masks or polygons",
}
"""Formats by name, in words."""

WRITERS = {
    "sxai": native.write,
    "coco": coco.write,
    "png": png.write,
    "label-studio": label_studio.write,
    "cvat": cvat.write,
}
DOCUMENTS = {"sxai": native.read, "coco": coco.read, "label-studio": label_studio.read}
FILES = {"png": png.read_file, "cvat": cvat.read_file}

BROKEN = (*UNUSABLE, OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
"""Errors that reading a malformed file may raise."""

Placed = dict[str, list[Marked]]
"""Masks of a file by concept, ``class.concept``."""


def export_masks(
    project: Project, path: Path | str, concept: str | None = None, format: str = "sxai", polygons: bool = False
) -> int:
    """Write all masks (of one concept) in one of :data:`FORMATS`; their number.

    :func:`import_masks` reads each back without loss, also in the project they came from. ``polygons`` writes outlines
    instead of pixels where the format knows both; they run along the borders of pixels, so nothing is lost either.

    Raises
    ------
    MaskError
        for an unknown format.
    """
    write = WRITERS[_known(format)]
    class_name, part = split_name(concept) if concept else (None, None)
    records = project.catalogue.masks(class_name=class_name, concept=part)
    images = {image.id: image for image in project.catalogue.images(ids=[record.image_id for record in records])}
    return write(outgoing(records, images), Path(path), polygons)


def import_masks(
    project: Project,
    path: Path | str,
    author: str = "import",
    format: str | None = None,
    replace: bool = False,
    progress: Progress = silent,
) -> list[MaskResult]:
    """Import masks from any of :data:`FORMATS`, recognised from the file when ``format`` is None.

    Images are matched by content hash where the file has one, then by a name that only one image has. Labels are
    ``class.concept``, or a concept's name, which then belongs to the image's class. Shapes of one label in one picture
    make one mask. Points become the superpixels that hold them. Existing masks stay, or with ``replace`` become earlier
    versions. ``author`` is for masks whose annotator the file does not name.

    Raises
    ------
    MaskError
        when the file or any entry of it is not usable; UnknownName for a class that the project lacks. Nothing is
        stored then.
    """
    placed, lost = read_marked(project, path, format, author)
    candidates = {concept: [_candidate(mask, author) for mask in masks] for concept, masks in placed.items()}
    done = [
        collect(project, concept, candidates[concept], None, progress, True, replace) for concept in sorted(candidates)
    ]
    return [*done, *(MaskResult(label, 0, 0, tuple(skipped)) for label, skipped in lost.items())]


def read_marked(
    project: Project, path: Path | str, format: str | None = None, author: str = "import"
) -> tuple[Placed, dict[str, list[dict[str, str]]]]:
    """The checked masks of a file by concept, and by label those whose picture the project lacks."""
    file = Path(path)
    chosen, reading = _opened(file, format)
    masks = list(_checked(file, reading, author))
    placed, lost = _placed(project, masks if chosen == "sxai" else joined(masks))
    check_concepts(project, sorted(placed))
    return placed, lost


def _known(format: str) -> str:
    if format not in WRITERS:
        raise MaskError(f"'{format}' is no format of masks; choose one of {', '.join(WRITERS)}.")
    return format


def _opened(file: Path, format: str | None) -> tuple[str, Iterator[Marked]]:
    """The format of a file and its masks, one by one."""
    if not file.exists():
        raise MaskError(f"{file} cannot be read (No such file or directory); check the name of the file.")
    try:
        if format is None and (file.is_dir() or file.suffix in (".zip", ".xml")):
            format = "cvat" if file.suffix == ".xml" or _holds_annotations(file) else "png"
        if format in FILES:
            return format, iter(FILES[format](file))
        document = read_json(file)
        chosen = _known(format) if format else _told(document)
        return chosen, _each(DOCUMENTS[chosen], document)
    except BROKEN as error:
        raise MaskError(
            f"{file} is no file of masks that can be read ({error!r}); formats are {', '.join(FORMATS)}, and "
            "'sxai mask export' writes each."
        ) from error


def _holds_annotations(file: Path) -> bool:
    if file.is_dir():
        return False
    with zipfile.ZipFile(file) as archive:
        return cvat.ANNOTATIONS in archive.namelist()


def _told(document: Any) -> str:
    """The format of a JSON document, recognised from its keys."""
    if isinstance(document, list):
        return "label-studio"
    return "coco" if "annotations" in document and "masks" not in document else "sxai"


def _each(read: Callable[[Any], Iterator[Marked]], document: Any) -> Iterator[Marked]:
    yield from read(document)


def _checked(file: Path, masks: Iterator[Marked], author: str) -> Iterator[Marked]:
    """Draw every mask once as a check; MaskError names the first that cannot be drawn."""
    at, name = 1, ""
    try:
        for mask in masks:
            name = f" ({mask.file!r:.80})"
            if not mask.draw().any() and mask.points is None:
                raise ValueError("it marks no pixel")
            mask.origin(author)
            yield mask
            at, name = at + 1, ""
    except (*BROKEN, SxaiError) as error:
        why = str(error) if isinstance(error, SxaiError) else repr(error)
        raise MaskError(
            f"entry {at} of {file}{name} is not a mask ({why}); nothing was imported: mend the entry, or write the "
            "file again with 'sxai mask export'."
        ) from error


def _placed(project: Project, masks: Sequence[Marked]) -> tuple[Placed, dict[str, list[dict[str, str]]]]:
    """Each mask by ``class.concept``: the class that its label names, else its picture's."""
    names: dict[str, list[ImageRecord]] = {}
    if any(mask.stem or "." not in mask.label for mask in masks):
        names = _by_name(project.catalogue.images())
    placed: Placed = {}
    lost: dict[str, list[dict[str, str]]] = {}
    for mask in masks:
        images = names.get(mask.sha256) or names.get(mask.file) or names.get(PurePosixPath(mask.file).name, [])
        classes = {image.class_name for image in images if image.class_name}
        label = mask.label.strip()
        if mask.stem and len(images) == 1:
            mask = changed(mask, file=images[0].name, sha256=images[0].sha256)
        if "." in label:
            placed.setdefault(label, []).append(mask)
        elif len(classes) == 1 and label:
            placed.setdefault(f"{classes.pop()}.{label}", []).append(mask)
        else:
            why = "several images have this name" if images else "the project has no such image"
            lost.setdefault(label, []).append({"file": mask.file, "reason": why})
    return placed, lost


def _by_name(images: Iterable[ImageRecord]) -> dict[str, list[ImageRecord]]:
    """Images by content hash, by whole name and by bare file name, the latter with and without suffix."""
    by_name: dict[str, list[ImageRecord]] = {}
    for image in images:
        path = PurePosixPath(image.name)
        keys = {image.sha256, image.name, str(path.with_suffix("")), path.name, path.stem}
        for key in keys:
            by_name.setdefault(key, []).append(image)
    return by_name


def _candidate(mask: Marked, author: str) -> Candidate:
    return Candidate(
        file=mask.file,
        make=partial(_made, mask),
        sha256=mask.sha256,
        largest=1.0,  # a person may have had reasons for a large mask
        **mask.origin(author),
    )


def _made(mask: Marked, _: ImageRecord, pixels: np.ndarray) -> ConceptMask | str:
    return mask.mask(pixels)
