"""Visualisations as pictures of an item, and photographs of the project."""

from collections.abc import Sequence
from typing import cast

import numpy as np

from sxai.images.verbs.stored import find_image, read_canvas
from sxai.plot.contact_sheets import Tile, enlarged
from sxai.reproduction.study import Study
from sxai.visualisation.crops import Crop
from sxai.visualisation.settings import Method
from sxai.visualisation.verbs.visualise import Visual, stored_visuals, visualise

PRIOR = "deep-image-prior"


def inverted(
    study: Study, targets: Sequence[str], method: str | None = None, search: str | None = "as asked"
) -> dict[str, Visual]:
    """The visualisations of ``targets``, made where they are missing; ``search`` None: traits of whole images."""
    amounts = study.amounts
    chosen = cast(Method, method or amounts.method)
    steps = amounts.prior_steps if chosen == PRIOR else amounts.steps
    how = amounts.search if search == "as asked" else search
    visualise(study.project, targets, study.model, chosen, steps, amounts.n, how, study.progress)
    found = stored_visuals(study.project, targets, study.model, chosen, steps, amounts.n, how)
    return {name: one for name, one in zip(targets, found, strict=True) if one is not None}


def box(crop: Crop) -> tuple[int, int, int, int]:
    """A crop as left, top, right, bottom."""
    return crop.left, crop.top, crop.left + crop.side, crop.top + crop.side


def tiles(found: Visual, title: str) -> list[Tile]:
    """A visualisation with its clearest parts framed, and each of these enlarged."""
    boxes = tuple(box(crop) for crop in found.crops)
    notes = (f"loss {found.summary.loss:.1f} (blank {found.summary.blank_loss:.1f})",)
    parts = [Tile(enlarged(found.picture, one), f"part {at}") for at, one in enumerate(boxes, start=1)]
    return [Tile(found.picture, title, notes, boxes), *parts]


def curve_row(name: str, found: Visual) -> dict[str, object]:
    """A visualisation as a row of a table."""
    said = found.summary
    return {
        "target": name,
        "method": said.method,
        "loss": said.loss,
        "misfit": said.misfit,
        "variation": said.variation,
        "blank loss": said.blank_loss,
        "passes": said.steps,
        "seconds": said.seconds,
        "batch": said.batch,
    }


def photograph(study: Study, image_id: int) -> np.ndarray:
    """An image of the project."""
    return read_canvas(study.project, find_image(study.project, image_id))
