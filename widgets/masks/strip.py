"""The thumbnail strip above the picker: the pictures around the present one, with what became of them."""

import base64

from sxai.images.verbs.stored import find_image, thumbnail_path
from sxai.names import split_name
from sxai.project.project import Project
from widgets.masks.image_queue import ImageQueue

BEFORE, AFTER, SIZE = 5, 8, 96
"""Pictures before and after the present one, and the longer side of each in pixels."""


def strip(project: Project, concept: str, queue: ImageQueue, coming: tuple[int, ...]) -> list[dict[str, object]]:
    """The pictures around the present one: image, name, state ("masked", "skipped", "open"), JPEG."""
    before = queue.visited[max(0, queue.at - BEFORE) : queue.at]
    here = queue.visited[queue.at]
    shown = (*before, here, *coming[:AFTER])
    masked = project.catalogue.masked_among(*split_name(concept), shown)
    return [
        {**_picture(project, image_id), "state": _state(queue, masked, image_id), "now": image_id == here}
        for image_id in shown
    ]


def _state(queue: ImageQueue, masked: set[int], image_id: int) -> str:
    if image_id in masked:
        return "masked"
    return "skipped" if image_id in queue.skipped else "open"


def _picture(project: Project, image_id: int) -> dict[str, object]:
    """Name and thumbnail, kept in memory."""

    def draw() -> dict[str, object]:
        jpeg = base64.b64encode(thumbnail_path(project, image_id, SIZE).read_bytes()).decode("ascii")
        return {"image": image_id, "name": find_image(project, image_id).name, "jpeg": jpeg}

    drawn: dict[str, object] = project.remember(("strip", image_id), draw)
    return drawn
