"""Corrections after an import: images moved to another class or split, or removed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
    """

    images: tuple[int, ...]
    masks: dict[str, int]


def move_images(
    project: Project, names: Sequence[str], class_name: str | None = None, split: str | None = None
) -> SortedImages:
    """Move images, each given by number or name, to another class, another split, or both.

    Masks stay with the concepts that they were made for; features stay as they are.

    Raises
    ------
    ProjectError
        when neither a class nor a split is given.
    UnknownName
        for an unknown image, class or split; nothing is moved then.
    """
    if class_name is None and split is None:
        raise ProjectError("images are moved to a class or to a split; give one of them.")
    if split is not None and split not in SPLITS:
        raise UnknownName(f"there is no split '{split}'; choose one of {', '.join(SPLITS)}.")
    with project.catalogue.write():
        known = [record.name for record in project.catalogue.classes()]
        if class_name is not None and class_name not in known:
            raise UnknownName(f"there is no class '{class_name}'; this project has {', '.join(known) or 'none yet'}.")
        ids = [image.id for image in images_named(project, names)]
        if class_name is not None:
            project.catalogue.set_class(ids, class_name)
        if split is not None:
            project.catalogue.set_split(ids, split)
        return SortedImages(tuple(ids), _masks(project, ids))


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
