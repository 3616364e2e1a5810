"""Masks from annotation files: from part keypoints and from known part regions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from data_store.records import ImageRecord, MaskEdit, MaskRecord
from data_store.topics.masks import Existing
from sxai.errors import MaskError, SxaiError, UnknownName
from sxai.images.decode import decode
from sxai.images.verbs.stored import read_canvas
from sxai.masks.annotation_files import ANOTHER_SHAPE, UNUSABLE, part_entries, read_json, reason_of, skewed
from sxai.masks.mask import ConceptMask, decode_rle, mask_from_labels, mask_from_pixels
from sxai.masks.matching import name_keys, normal
from sxai.masks.regions import resized
from sxai.masks.superpixels import SlicParameters, superpixels, touching
from sxai.masks.verbs.save import add_concept, known_class, mask_fields
from sxai.names import split_name
from sxai.progress import Progress, silent
from sxai.project.project import Project

MAX_SHARE = 0.6
"""A selection that covers more of the picture than this hides the animal, not the part: the image is skipped."""


@dataclass(frozen=True)
class MaskResult:
    """How many masks a concept has now, how many of them this call added or replaced, and what it skipped and why."""

    concept: str
    masks: int
    added: int
    skipped: tuple[dict[str, str], ...]
    replaced: int = 0


@dataclass(frozen=True)
class KeypointImage:
    """One annotated picture: its file name, its annotated size, and the visible points by part (each (n, 2) xy)."""

    file: str
    width: int
    height: int
    points: dict[str, list[tuple[float, float]]]

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise MaskError(
                f"{self.file!r} is annotated as {self.width} × {self.height} pixels; give it the size on which its "
                "points were set."
            )


def read_keypoints(path: Path | str, class_name: str) -> list[KeypointImage]:
    """The pictures of ``class_name`` in a COCO keypoints file, with their visible points.

    Part names are the file's; points of several animals in one picture are put together.

    Raises
    ------
    MaskError
        when the file cannot be read or is not COCO keypoints; UnknownName when it has no such class.
    """
    try:
        document = read_json(path)
        names = {category["name"]: category for category in document["categories"]}
        images = {str(image["id"]): image for image in document["images"]}
        if class_name not in names:
            raise UnknownName(f"{path} has no class '{class_name}'; it has {', '.join(sorted(names))}.")
        return list(_annotated(document["annotations"], names[class_name], images))
    except UNUSABLE as error:
        raise MaskError(
            f"{path} is not a COCO keypoints file ({reason_of(error)}); see cocodataset.org/#format-data."
        ) from error


def _annotated(
    annotations: Iterable[dict[str, Any]], category: dict[str, Any], images: dict[str, dict[str, Any]]
) -> Iterator[KeypointImage]:
    """One entry for each picture of the category, in the order in which pictures first appear."""
    by_image: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for annotation in annotations:
        if annotation["category_id"] != category["id"]:
            continue
        if not annotation.get("keypoints"):  # a box or an outline among the key points
            continue
        points = by_image.setdefault(str(annotation["image_id"]), {})
        numbers = [np.nan if number is None else number for number in annotation["keypoints"]]
        triples = np.asarray(numbers, dtype=np.float64).reshape(-1, 3)
        for name, (x, y, visibility) in zip(category["keypoints"], triples, strict=True):
            if visibility > 0 and np.isfinite((x, y)).all():
                points.setdefault(name, []).append((float(x), float(y)))
    for image_id, points in by_image.items():
        image = images[image_id]
        yield KeypointImage(image["file_name"], int(image["width"]), int(image["height"]), points)


def masks_from_keypoints(
    project: Project,
    file: Path | str,
    class_name: str,
    concept: str,
    points: Iterable[str],
    n: int = 100,
    count: int = 20,
    require: str = "any",
    author: str = "keypoints",
    progress: Progress = silent,
) -> MaskResult:
    """Mask a concept on the first ``n`` pictures that show any of ``points`` (all of them with ``require="all"``).

    The superpixels that hold the visible points are selected and filled with the colour of their surroundings. Pictures
    masked before count towards ``n``. Files are matched by whole name, else by bare file name; a picture of another
    aspect ratio is skipped.
    """
    annotated, wanted, needed = points_asked(file, class_name, points, require)
    make = partial(_from_points, wanted, needed, SlicParameters(count=count))
    candidates = [Candidate(image.file, partial(make, image), "keypoints", author) for image in annotated]
    return collect(project, f"{class_name}.{concept}", candidates, n, progress)


def _from_points(
    wanted: list[str], needed: int, slic: SlicParameters, drawn: KeypointImage, image: ImageRecord, pixels: np.ndarray
) -> ConceptMask | str:
    """The superpixels that hold the visible points among ``wanted``, or why there are none."""
    seen = [name for name in wanted if name in drawn.points]
    if len(seen) < needed:
        return "the part is not visible"
    if skewed((image.width, image.height), (drawn.width, drawn.height)):
        return ANOTHER_SHAPE
    spots = np.asarray([spot for name in seen for spot in drawn.points[name]])
    labels = superpixels(pixels, slic)
    chosen = touching(labels, spots * (pixels.shape[1] / drawn.width, pixels.shape[0] / drawn.height))
    return mask_from_labels(pixels, labels, chosen, slic) if chosen else "the points lie outside the picture"


def points_asked(
    file: Path | str, class_name: str, points: Iterable[str], require: str
) -> tuple[list[KeypointImage], list[str], int]:
    """The pictures of a keypoints file, the names in ``points``, and how many of these a picture must show."""
    if require not in ("any", "all"):
        raise MaskError(f"'{require}' is no way to require points; give any or all.")
    wanted = [name.strip() for name in points if name.strip()]
    if not wanted:
        raise MaskError("no part points were named; give --points, for example left_eye,right_eye.")
    annotated = read_keypoints(file, class_name)
    available = {part for image in annotated for part in image.points}
    if unknown := [name for name in wanted if name not in available]:
        raise UnknownName(f"{file} has no part '{unknown[0]}'; it has {', '.join(sorted(available))}.")
    return annotated, wanted, len(wanted) if require == "all" else 1


@dataclass(frozen=True)
class Candidate:
    """A possible mask: its file, how to draw it, and what is stored with it.

    ``largest`` is the share of the picture that it may cover; ``sha256`` the image's content where it is known.
    """

    file: str
    make: Callable[[ImageRecord, np.ndarray], ConceptMask | str]
    source: str
    author: str
    note: str = ""
    sha256: str = ""
    largest: float = MAX_SHARE


@dataclass(frozen=True)
class Album:
    """The images of one class by whole name and by bare file name, which need not be unique; all images by content."""

    class_name: str
    names: dict[str, list[ImageRecord]]
    files: dict[str, list[ImageRecord]]
    contents: dict[str, ImageRecord]

    @classmethod
    def of(cls, project: Project, class_name: str) -> "Album":
        """The album of a class of the project."""
        album = cls(class_name, {}, {}, {image.sha256: image for image in project.catalogue.images()})
        for image in project.catalogue.images(class_name=class_name):
            name = normal(image.name)
            album.names.setdefault(name, []).append(image)
            album.files.setdefault(PurePosixPath(name).name, []).append(image)
        return album

    def find(self, file: str, sha256: str = "") -> ImageRecord | str:
        """The only image that matches, or the reason why there is none: a guess could mask the wrong photograph."""
        same = self.contents.get(sha256)
        if same is not None:
            return same if same.class_name == self.class_name else f"the project has it in class '{same.class_name}'"
        keys = list(name_keys(file))
        named = next((found for key in keys if (found := self.names.get(key) or self.files.get(key))), [])
        if len(named) > 1:
            return "several images have this name"
        return named[0] if named else "the project has no such image"


def collect(
    project: Project,
    concept: str,
    candidates: Sequence[Candidate],
    n: int | None,
    progress: Progress,
    together: bool = False,
    replace: bool = False,
) -> MaskResult:
    """Make and store masks until ``n`` images of the concept have one; list the skipped ones with reasons.

    Each mask is stored as it is made, so that none is lost when a person cancels; ``together``: all or none. Existing
    masks stay unless ``replace`` is given.
    """
    if not together:
        add_concept(project, concept)
    class_name, part = split_name(concept)
    album = Album.of(project, class_name)
    before = {record.image_id: record for record in project.catalogue.masks(class_name=class_name, concept=part)}
    existing: Existing = "replace" if replace else "skip"
    edits: dict[int, MaskEdit] = {}
    skipped: list[dict[str, str]] = []
    for done, candidate in enumerate(candidates):
        if n is not None and len(before.keys() | edits) >= n:
            break
        progress("masks", done, len(candidates), {"masks": len(before.keys() | edits)})
        image = album.find(candidate.file, candidate.sha256)
        if not isinstance(image, str) and image.id in before and not replace:
            continue
        outcome = image if isinstance(image, str) else _edit(project, image, part, candidate, edits)
        if isinstance(outcome, str):
            skipped.append({"file": candidate.file, "reason": outcome})
        elif not _same(outcome, before.get(outcome.image_id)):
            edits[outcome.image_id] = outcome
            if not together:
                project.catalogue.save_masks([outcome], existing)
    if together and edits:
        add_concept(project, concept)
        project.catalogue.save_masks(edits.values(), existing)
    masks = len(before.keys() | edits)
    progress("masks", len(candidates), len(candidates), {"masks": masks})
    return MaskResult(concept, masks, len(edits.keys() - before), tuple(skipped), len(edits.keys() & before))


def _same(edit: MaskEdit, stored: MaskRecord | None) -> bool:
    """Whether exactly this mask is stored already."""
    return stored is not None and (stored.rle, stored.fill) == (edit.rle, tuple(edit.fill or ()))


def _edit(
    project: Project, image: ImageRecord, part: str, candidate: Candidate, edits: dict[int, MaskEdit]
) -> MaskEdit | str:
    """The mask to store, or the reason why there is none."""
    if image.id in edits:
        return "the file has another mask for the same image"
    try:
        mask = candidate.make(image, read_canvas(project, image))
    except SxaiError as error:
        return str(error)
    if isinstance(mask, str):
        return mask
    if mask.pixels.mean() > candidate.largest:
        return f"the selection covers {mask.pixels.mean():.0%} of the picture"
    return MaskEdit(
        image.id,
        image.class_name or "",
        part,
        **mask_fields(mask),
        source=candidate.source,
        author=candidate.author,
        note=candidate.note,
    )


def masks_from_parts(
    project: Project, file: Path | str, n: int | None = None, author: str = "parts", progress: Progress = silent
) -> list[MaskResult]:
    """Mask concepts on pictures whose part regions are known.

    ``file`` is JSON: ``{"images": [{"file": "a.png", "class": "cat", "parts": {"eyes": REGION, …}}]}``; a region is
    a COCO run-length code or the name of a black-and-white image beside the file. Regions are scaled to the canvas.
    """
    folder = Path(file).parent
    entries = part_entries(Path(file))
    concepts = sorted({f"{entry['class']}.{part}" for entry in entries for part in entry["parts"]})
    check_concepts(project, concepts)
    results = []
    for concept in concepts:
        class_name, part = split_name(concept)
        candidates = [
            Candidate(entry["file"], partial(_from_region, folder, entry["parts"][part]), "parts", author)
            for entry in entries
            if entry["class"] == class_name and entry["parts"].get(part)
        ]
        results.append(collect(project, concept, candidates, n, progress))
    return results


def check_concepts(project: Project, concepts: Iterable[str]) -> None:
    """Refuse a concept that cannot be stored before any mask of another one is."""
    for concept in concepts:
        known_class(project, split_name(concept)[0])


def _from_region(folder: Path, region: dict[str, Any] | str, _: ImageRecord, pixels: np.ndarray) -> ConceptMask:
    if isinstance(region, str):
        path = (folder / region).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise MaskError(f"the region '{region}' lies outside {folder}; put it beside the file.")
        plane = decode(path).pixels[..., 0] > 127
    else:
        plane = decode_rle(region)
    return mask_from_pixels(pixels, resized(plane, pixels.shape[:2]))
