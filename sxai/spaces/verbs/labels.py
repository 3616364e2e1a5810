"""Presence labels of images: from part points or by a person, and read back for the scoreboard.

The label of a concept is stored under its name, e.g. "eyes", with each image; the demo's pictures all have one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_store.records import ImageRecord
from sxai.errors import SpaceError
from sxai.images.verbs.stored import find_image
from sxai.masks.annotation_files import ANOTHER_SHAPE, skewed
from sxai.masks.verbs.from_annotations import Album, KeypointImage, points_asked
from sxai.masks.verbs.save import known_class
from sxai.names import split_name
from sxai.progress import Progress, silent
from sxai.project.project import Project

TWICE = "the file has another annotation for the same image"
DRAWN = "the region of the part is known already"


@dataclass(frozen=True)
class TruthResult:
    """The numbers of images that this call labelled as visible and hidden, and the skipped ones with reasons."""

    concept: str
    visible: int
    hidden: int
    skipped: tuple[dict[str, str], ...]


def truth_from_keypoints(
    project: Project,
    file: Path | str,
    class_name: str,
    concept: str,
    points: Iterable[str],
    require: str = "any",
    progress: Progress = silent,
) -> TruthResult:
    """Store for every picture of a class in a COCO keypoints file whether it shows any of ``points``.

    With ``require="all"`` a picture shows the part when all of them are annotated. Files are matched as
    :func:`.masks_from_keypoints` does. Earlier labels are replaced, except where the region of the part is known. All
    or nothing is stored.

    Raises
    ------
    MaskError
        when the file cannot be read, no points are named or ``require`` is neither; UnknownName for a class or a
        point that there is not.
    """
    known_class(project, class_name)
    annotated, wanted, needed = points_asked(file, class_name, points, require)
    album = Album.of(project, class_name)
    shown: dict[int, bool] = {}
    skipped: list[dict[str, str]] = []
    with project.catalogue.write():
        for done, drawn in enumerate(annotated):
            progress("visibility", done, len(annotated), {"visible": sum(shown.values())})
            image = _meant(project, album, drawn, concept, shown)
            if isinstance(image, str):
                skipped.append({"file": drawn.file, "reason": image})
                continue
            shown[image.id] = sum(name in drawn.points for name in wanted) >= needed
            project.catalogue.set_part(image.id, concept, shown[image.id])
    progress("visibility", len(annotated), len(annotated))
    visible = sum(shown.values())
    return TruthResult(f"{class_name}.{concept}", visible, len(shown) - visible, tuple(skipped))


def _meant(
    project: Project, album: Album, drawn: KeypointImage, concept: str, shown: dict[int, bool]
) -> ImageRecord | str:
    """The image that an annotation belongs to, or the reason why it is skipped."""
    image = album.find(drawn.file)
    if isinstance(image, str):
        return image
    if image.id in shown:
        return TWICE
    if skewed((image.width, image.height), (drawn.width, drawn.height)):
        return ANOTHER_SHAPE
    known = project.catalogue.parts(image.id).get(concept)
    return DRAWN if known is not None and known.rle is not None else image


def label_visible(project: Project, image_id: int, concept: str, visible: bool | None) -> None:
    """Label whether an image shows a concept such as "cat.eyes"; None removes the label.

    A later label replaces an earlier one.

    Raises
    ------
    UnknownName
        when there is no such image or class, and SpaceError when the image is of another class.
    """
    class_name, part = split_name(concept, [record.name for record in project.catalogue.classes()])
    known_class(project, class_name)
    image = find_image(project, image_id)
    if image.class_name != class_name:
        raise SpaceError(
            f"image {image_id} is of class {image.class_name}, not {class_name}; label images of {class_name}."
        )
    project.catalogue.set_part(image_id, part, visible)


def known_visibility(project: Project, class_name: str, concept: str) -> dict[int, bool]:
    """The presence labels of a class: for each labelled image, whether it shows the concept ("eyes")."""
    return project.catalogue.part_presence(concept, class_name)


def unmasked_truth(project: Project, class_name: str, concept: str, also: Iterable[int] = ()) -> dict[int, bool]:
    """Presence labels of images without a mask of the concept and not in ``also``: held-out data for its space."""
    masked = {mask.image_id for mask in project.catalogue.masks(class_name=class_name, concept=concept)} | set(also)
    known = known_visibility(project, class_name, concept)
    return {image_id: seen for image_id, seen in known.items() if image_id not in masked}


def images_to_label(project: Project, class_name: str, concept: str, limit: int | None = None) -> list[int]:
    """Images of a class without a presence label of ``concept`` ("eyes"), at most ``limit``.

    In a seeded random order that answers do not change; those masked for the concept come last, since a scoreboard
    leaves them out.
    """
    known = known_visibility(project, class_name, concept)
    masked = {record.image_id for record in project.catalogue.masks(class_name=class_name, concept=concept)}
    drawn = _shuffled([image.id for image in project.catalogue.images(class_name=class_name)], project.seed)
    unknown = [image_id for image_id in drawn if image_id not in known]
    return sorted(unknown, key=lambda image_id: image_id in masked)[:limit]


def _shuffled(ids: Sequence[int], seed: int) -> list[int]:
    return [ids[at] for at in np.random.default_rng(seed).permutation(len(ids))]
