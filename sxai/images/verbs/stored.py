"""Stored images of a project: lookup by number or name, canvases, and thumbnails."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from threading import get_ident
from typing import TypeVar

import numpy as np
from PIL import Image

from data_store.errors import NotFound
from data_store.records import ImageRecord, MaskRecord
from sxai.batches import ahead
from sxai.errors import ProjectError, UnknownName
from sxai.images.decode import canvas, decode
from sxai.project.project import Project

T = TypeVar("T")


def find_image(project: Project, image_id: int) -> ImageRecord:
    """The image with that number; UnknownName when there is none."""
    try:
        return project.catalogue.image(image_id)
    except NotFound as error:
        raise _removed(image_id) from error


def images_of(project: Project, masks: Iterable[MaskRecord]) -> list[ImageRecord]:
    """The image of each mask, in the order of ``masks``, by one query; UnknownName when one was removed."""
    wanted = [mask.image_id for mask in masks]
    images = {image.id: image for image in project.catalogue.images(ids=wanted)}
    for image_id in wanted:
        if image_id not in images:
            raise _removed(image_id)
    return [images[image_id] for image_id in wanted]


def _removed(image_id: int) -> UnknownName:
    return UnknownName(f"there is no image {image_id} in this project; it may have been removed.")


def image_named(project: Project, text: str) -> ImageRecord:
    """The image that a number, a name, or a bare file name means; UnknownName for none, or for several."""
    return images_named(project, [text])[0]


def images_named(project: Project, texts: Iterable[str]) -> list[ImageRecord]:
    """The image that each number, name or bare file name means, by one query; UnknownName for none, or for several."""
    numbers: dict[str, ImageRecord] = {}
    names: dict[str, list[ImageRecord]] = {}
    bare: dict[str, list[ImageRecord]] = {}
    for image in project.catalogue.images():
        numbers[str(image.id)] = image
        names.setdefault(image.name, []).append(image)
        bare.setdefault(image.name.rpartition("/")[2], []).append(image)
    return [_named(numbers, names, bare, text) for text in texts]


def _named(
    numbers: Mapping[str, ImageRecord],
    names: Mapping[str, Sequence[ImageRecord]],
    bare: Mapping[str, Sequence[ImageRecord]],
    text: str,
) -> ImageRecord:
    if text.isdecimal():
        number = str(int(text))
        if number not in numbers:
            raise _removed(int(text))
        return numbers[number]
    named = names.get(text) or bare.get(text) or ()
    if len(named) != 1:
        what = f"{len(named)} images are called" if named else "there is no image called"
        raise UnknownName(f"{what} '{text}' in this project; give its number, as 'sxai search' tells it.")
    return named[0]


def chosen_images(
    project: Project, texts: Sequence[str] = (), mark: str | None = None, unclassed: bool = False
) -> list[str]:
    """The numbers of images by their names, their mark, or for having no class, as text; each once.

    Raises
    ------
    UnknownName
        for an unknown image.
    ProjectError
        when no image is meant.
    """
    images = images_named(project, texts) if texts else []
    if mark is not None:
        images += project.catalogue.images(mark=mark)
    if unclassed:
        images += [image for image in project.catalogue.images() if image.class_name is None]
    if not images:
        raise ProjectError("no image is meant; name images, a mark that some have, or those without a class.")
    return [str(number) for number in dict.fromkeys(image.id for image in images)]


def read_canvas(project: Project, image: ImageRecord) -> np.ndarray:
    """The image on its canvas, uint8 (H, W, 3): the size at which superpixels, masks and networks see it."""
    return canvas(decode(project.artefacts.path(image.artefact)).pixels)


def read_canvases(project: Project, images: Iterable[ImageRecord]) -> Iterator[np.ndarray]:
    """The canvases of ``images`` in their order, decoded ahead by a few threads, never all in memory."""
    return ahead(lambda image: read_canvas(project, image), images)


def thumbnail_path(project: Project, image_id: int, size: int = 160) -> Path:
    """A JPEG of the image with its longer side ``size`` pixels, made once and kept under the project's cache."""
    image = find_image(project, image_id)
    path = project.home / "cache" / "thumbnails" / image.sha256[:2] / f"{image.sha256}-{size}.jpg"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}-{get_ident()}.part")
        temporary.write_bytes(thumbnail(read_canvas(project, image), size))
        temporary.replace(path)
    return path


def thumbnail(pixels: np.ndarray, size: int) -> bytes:
    """JPEG bytes of ``pixels`` (H, W, 3) shrunk to a longer side of at most ``size``."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((size, size))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
