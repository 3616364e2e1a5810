"""Choice of one image among thousands: search by words, with only the neighbourhood listed."""

from dataclasses import dataclass

from data_store.records import ImageRecord
from sxai.project.project import Project

MOST = 80
"""Number of images listed around the chosen one, small enough for a fast select box."""


@dataclass(frozen=True)
class Nearby:
    """The ``chosen`` image among ``total`` that match, the ``listed`` ones around it, and its neighbours' numbers."""

    chosen: ImageRecord | None
    listed: tuple[ImageRecord, ...]
    total: int
    place: int
    before: int | None
    after: int | None


def nearby(project: Project, words: str = "", current: int | None = None, most: int = MOST) -> Nearby:
    """The image ``current`` among those that match ``words``; the first of them where it does not.

    Every word must be part of the image's name, class or split, whatever its case.
    """
    wanted = words.casefold().split()
    images = [image for image in project.catalogue.images() if _matches(image, wanted)]
    if not images:
        return Nearby(None, (), 0, 0, None, None)
    place = next((at for at, image in enumerate(images) if image.id == current), 0)
    first = min(max(0, place - most // 2), max(0, len(images) - most))
    return Nearby(
        chosen=images[place],
        listed=tuple(images[first : first + most]),
        total=len(images),
        place=place,
        before=images[place - 1].id if place else None,
        after=images[place + 1].id if place + 1 < len(images) else None,
    )


def _matches(image: ImageRecord, wanted: list[str]) -> bool:
    told = f"{image.name} {image.class_name or ''} {image.split}".casefold()
    return all(word in told for word in wanted)
