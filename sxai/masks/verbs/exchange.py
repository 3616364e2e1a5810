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
from sxai.masks.annotation_files import UNUSABLE, read_json, reason_of
from sxai.masks.formats import coco, cvat, label_studio, native, png
from sxai.masks.formats.marked import Marked, Unread, joined, outgoing
from sxai.masks.mask import ConceptMask
from sxai.masks.matching import name_keys, normal
from sxai.masks.verbs.from_annotations import Candidate, MaskResult, collect
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
FILES: dict[str, Callable[[Path], Iterable[Marked | Unread]]] = {"png": png.read_file, "cvat": cvat.read_file}

BROKEN = (*UNUSABLE, OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
"""Errors that reading a malformed file may raise."""

SHOWN = 5
"""Reasons that an error names."""
LARGEST = 100_000_000
"""Pixels of an annotated picture; more than any picture that is imported has."""

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
    strict: bool = False,
) -> list[MaskResult]:
    """Import masks from any of :data:`FORMATS`, recognised from the file when ``format`` is None.

    Images are matched by content hash where the file has one, then by a name that only one image has. Labels are
    ``class.concept``, or a concept's name, which then belongs to the image's class. Shapes of one label in one picture
    make one mask. Points become the superpixels that hold them. Existing masks stay, or with ``replace`` become earlier
    versions. ``author`` is for masks whose annotator the file does not name. What cannot be used is listed with its
    reason, and the rest is imported; ``strict`` imports all or nothing.

    Raises
    ------
    MaskError
        when the file cannot be read, or gives no mask at all; with ``strict`` when anything in it is not usable.
        Nothing is stored then.
    """
    placed, lost = read_marked(project, path, format, author, strict)
    candidates = {concept: [_candidate(mask, author) for mask in masks] for concept, masks in placed.items()}
    done = [
        collect(project, concept, candidates[concept], None, progress, True, replace) for concept in sorted(candidates)
    ]
    results = [*done, *(MaskResult(label, 0, 0, tuple(skipped)) for label, skipped in lost.items())]
    _check_any(Path(path), results)
    return results


def _check_any(file: Path, results: Sequence[MaskResult]) -> None:
    """MaskError with the reasons when no mask came of a file."""
    skipped = [item for result in results for item in result.skipped]
    if any(result.masks for result in results):
        return
    why = "; ".join(f"{item['file']}: {item['reason']}" for item in skipped[:SHOWN])
    more = f"; and {len(skipped) - SHOWN} more" if len(skipped) > SHOWN else ""
    raise MaskError(f"no mask came of {file}: {why or 'it holds none'}{more}")


def read_marked(
    project: Project, path: Path | str, format: str | None = None, author: str = "import", strict: bool = False
) -> tuple[Placed, dict[str, list[dict[str, str]]]]:
    """The checked masks of a file by concept, and by label what cannot be used, with reasons."""
    file = Path(path)
    chosen, reading = _opened(file, format)
    unread: list[Unread] = []
    ours = chosen == "sxai"  # written by a program, not by a person: whole, or damaged
    masks = list(_checked(file, reading, author, None if ours else unread))
    placed, lost = _placed(project, masks if ours else joined(masks))
    for item in unread:
        lost.setdefault(item.label, []).append({"file": item.file, "reason": item.reason})
    if strict and lost:
        label, items = next(iter(lost.items()))
        raise MaskError(f"{label} on {items[0]['file']} in {file}: {items[0]['reason']}. Nothing was imported.")
    return placed, lost


def _known(format: str) -> str:
    if format not in WRITERS:
        raise MaskError(f"'{format}' is no format of masks; choose one of {', '.join(WRITERS)}.")
    return format


def _opened(file: Path, format: str | None) -> tuple[str, Iterator[Marked | Unread]]:
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
            f"{file} is no file of masks that can be read ({reason_of(error)}); formats are {', '.join(FORMATS)}, and "
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


def _each(read: Callable[[Any], Iterator[Marked | Unread]], document: Any) -> Iterator[Marked | Unread]:
    yield from read(document)


def _checked(
    file: Path, masks: Iterator[Marked | Unread], author: str, unread: list[Unread] | None
) -> Iterator[Marked]:
    """Draw every mask once as a check; those that cannot be drawn join the ``unread`` ones.

    Raises
    ------
    MaskError
        when the file as a whole is no file of masks; without a list also for the first that cannot be drawn.
    """
    at = 1
    try:
        for mask in masks:
            problem = mask if isinstance(mask, Unread) else _problem(mask, author)
            if problem is None and isinstance(mask, Marked):
                yield mask
            elif problem is not None and unread is not None:
                unread.append(problem)
            elif problem is not None:
                raise MaskError(f"({problem.file!r:.80}) {problem.reason}")
            at += 1
    except (*BROKEN, SxaiError) as error:
        if unread is not None and isinstance(error, SxaiError):
            raise
        raise MaskError(
            f"entry {at} of {file} is not a mask ({reason_of(error)}); nothing was imported: write the file again, for "
            "instance with 'sxai mask export'."
        ) from error


def _problem(mask: Marked, author: str) -> Unread | None:
    """Why a mask cannot be used, if so."""
    height, width = mask.size
    try:
        if not (height > 0 and width > 0 and height * width <= LARGEST):
            raise MaskError(f"it is annotated on {width} × {height} pixels, which no picture has.")
        if not mask.draw().any() and mask.points is None:
            raise MaskError("it marks no pixel.")
        mask.origin(author)
    except (*BROKEN, MemoryError, SxaiError) as error:
        return Unread(mask.label, mask.file, reason_of(error))
    return None


def _placed(project: Project, masks: Sequence[Marked]) -> tuple[Placed, dict[str, list[dict[str, str]]]]:
    """Each mask by ``class.concept``: the class that its label names, else its picture's."""
    classes = {normal(record.name): record.name for record in project.catalogue.classes()}
    names = _by_name(project.catalogue.images()) if any(_needs_image(mask, classes) for mask in masks) else {}
    placed: Placed = {}
    lost: dict[str, list[dict[str, str]]] = {}
    for mask in masks:
        found = next((names[key] for key in (mask.sha256, *name_keys(mask.file)) if key in names), [])
        if mask.stem and len(found) == 1:
            mask = changed(mask, file=found[0].name, sha256=found[0].sha256)
        owners = {image.class_name for image in found if image.class_name}
        named = _named_class(mask, classes)
        if named is not None:
            placed.setdefault(".".join(named), []).append(mask)
        elif len(owners) == 1 and mask.label.strip() and "." not in mask.label:
            placed.setdefault(f"{owners.pop()}.{mask.label.strip()}", []).append(mask)
        else:
            reason = _why_not(mask, list(classes.values()), bool(found))
            lost.setdefault(mask.label, []).append({"file": mask.file, "reason": reason})
    return placed, lost


def _needs_image(mask: Marked, classes: dict[str, str]) -> bool:
    return mask.stem or _named_class(mask, classes) is None


def _named_class(mask: Marked, classes: dict[str, str]) -> tuple[str, str] | None:
    """Class and concept that the label itself names, if it does."""
    label = normal(f"{mask.parent}.{mask.label}" if mask.parent else mask.label).strip()
    owners = [owner for owner in classes if label.startswith(f"{owner}.") and len(label) > len(owner) + 1]
    if not owners:
        return None
    owner = max(owners, key=len)  # names of classes may hold dots
    return classes[owner], label[len(owner) + 1 :]


def _why_not(mask: Marked, classes: Sequence[str], found: bool) -> str:
    """Why a mask belongs to no concept."""
    if "." in mask.label:
        has = ", ".join(classes) or "no images yet"
        return f"there is no class '{mask.label.strip().partition('.')[0]}'; this project has {has}"
    return "several images have this name" if found else "the project has no such image"


def _by_name(images: Iterable[ImageRecord]) -> dict[str, list[ImageRecord]]:
    """Images by content hash, by whole name and by bare file name, the latter with and without suffix."""
    by_name: dict[str, list[ImageRecord]] = {}
    for image in images:
        path = PurePosixPath(normal(image.name))
        keys = {image.sha256, str(path), str(path.with_suffix("")), path.name, path.stem}
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
