"""Corrections after an import: images moved to another class or split, or removed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from data_store.records import ImageRecord
from sxai.errors import ProjectError, UnknownName
from sxai.images.verbs.import_ import SPLITS
from sxai.images.verbs.stored import images_named
from sxai.project.project import Project


@dataclass(frozen=True)
class SortedImages:
    """The moved or removed images and their masks.

    Attributes
    ----------
    images
        the numbers of the images.
    masks
        how many masks these images have, by concept: removed with them, or still counted for their former class.
    before
        class and split of each image before it was moved; empty after a removal.
    """

    images: tuple[int, ...]
    masks: dict[str, int]
    before: tuple[tuple[str | None, str], ...] = ()


def move_images(
    project: Project, names: Sequence[str], class_name: str | None = None, split: str | None = None, new: bool = False
) -> SortedImages:
    """Move images, each given by number or name, to another class, another split, or both.

    Masks stay with the concepts that they were made for; features stay as they are. ``new`` allows a class that the
    project does not have yet. A class that loses its last image and has no concepts is forgotten.
    :func:`move_back` undoes it.

    Raises
    ------
    ProjectError
        when neither a class nor a split is given, or a new class has no name.
    UnknownName
        for an unknown image, class or split; nothing is moved then.
    """
    if class_name is None and split is None:
        raise ProjectError("images are moved to a class or to a split; give one of them.")
    if split is not None and split not in SPLITS:
        raise UnknownName(f"there is no split '{split}'; choose one of {', '.join(SPLITS)}.")
    with project.catalogue.write():
        if class_name is not None:
            _check_class(project, class_name, new)
        images = images_named(project, names)
        before = tuple((image.class_name, image.split) for image in images)
        ids = [image.id for image in images]
        _place(project, ids, class_name, split)
        return SortedImages(tuple(ids), _masks(project, ids), before)


def _check_class(project: Project, class_name: str, new: bool) -> None:
    known = [record.name for record in project.catalogue.classes()]
    if not class_name.strip():
        raise ProjectError("the class has no name. Say what the images show, for example cat.")
    if class_name not in known and not new:
        raise UnknownName(
            f"there is no class '{class_name}'; this project has {', '.join(known) or 'none yet'}. "
            "Say that it is new, or correct the name."
        )


def _place(project: Project, ids: Sequence[int], class_name: str | None, split: str | None) -> None:
    if class_name is not None:
        project.catalogue.set_class(ids, class_name.strip())
        project.catalogue.drop_empty_classes()
    if split is not None:
        project.catalogue.set_split(ids, split)


def move_back(project: Project, moved: SortedImages) -> None:
    """Give images the class and split that they had before they were moved; those removed since are passed over."""
    groups: dict[tuple[str | None, str], list[int]] = {}
    for image_id, place in zip(moved.images, moved.before, strict=True):
        groups.setdefault(place, []).append(image_id)
    with project.catalogue.write():
        for (class_name, split), ids in groups.items():
            project.catalogue.set_class(ids, class_name)
            project.catalogue.set_split(ids, split)
        project.catalogue.drop_empty_classes()


def rename_image(project: Project, name: str, new: str) -> ImageRecord:
    """Give one image another name; what it is called inside the project, no file is touched.

    Raises
    ------
    UnknownName
        for an unknown image.
    CatalogueError
        for a name that is empty or too long.
    """
    with project.catalogue.write():
        image = images_named(project, [name])[0]
        project.catalogue.rename_image(image.id, new)
        return project.catalogue.image(image.id)


def remove_images(project: Project, names: Sequence[str], masks: bool = False) -> SortedImages:
    """Remove images, each given by number or name, with their features, marks and known parts.

    Raises
    ------
    ProjectError
        when an image has masks and ``masks`` does not say that these go too; nothing is removed then.
    UnknownName
        for an unknown image.
    """
    with project.catalogue.write():
        ids = [image.id for image in images_named(project, names)]
        removed = SortedImages(tuple(ids), _masks(project, ids))
        if removed.masks and not masks:
            told = ", ".join(f"{concept} {count}" for concept, count in removed.masks.items())
            raise ProjectError(f"these images have masks ({told}), which would be lost: say that masks go too.")
        project.catalogue.remove_images(ids)
        return removed


def _masks(project: Project, ids: Sequence[int]) -> dict[str, int]:
    chosen = set(ids)
    return dict(Counter(mask.full_name for mask in project.catalogue.masks() if mask.image_id in chosen))
