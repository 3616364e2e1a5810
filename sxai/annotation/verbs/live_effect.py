"""Live effect of a mask on the network's output while it is being made: one forward pass."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.mask import apply_mask
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.save import mask_of, masked_preview, pieces_of
from sxai.names import split_name
from sxai.networks.features import extract
from sxai.networks.verbs.networks import load_network, model_record
from sxai.project.project import Project
from sxai.spaces.verbs.reader import Reader
from sxai.spaces.verbs.stored import spaces_of, usable_spaces


@dataclass(frozen=True)
class LiveEffect:
    """Probabilities of a picture without and with its mask, each a pair (before, after).

    ``concept_probability`` is P_s of the masked concept, None while it has no space; ``class_probability`` that of the
    concept's class, None while the network has no trained head for it.
    """

    concept: str
    model: str
    concept_probability: tuple[float, float] | None
    class_probability: tuple[float, float] | None


def live_effect(
    project: Project,
    image_id: int,
    concept: str,
    labels: Iterable[int] | None = None,
    count: int = 20,
    model: str | None = None,
) -> LiveEffect:
    """The effect of filling superpixels ``labels`` (of ``count`` asked for), or of the stored mask when None.

    Raises
    ------
    ModelError
        when the project has no network.
    """
    record = model_record(project, model)
    image, network = find_image(project, image_id), load_network(project, record)
    spaces = [space for space in usable_spaces(project, record) if space.full_name == concept]
    reader = Reader.of(project, record, network, spaces)

    def look(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        batch = extract(network, [pixels], device=project.device)
        return reader.beside(batch.features, lambda: [pixels]), batch.logits

    key = ("live", image.sha256, record.sha256, record.artefact, tuple(space.id for space in spaces))
    before = project.remember(key, lambda: look(read_canvas(project, image)))
    after = look(_masked(project, image_id, concept, labels, count))
    read = spaces_of(spaces, project)
    class_name = split_name(concept)[0]
    at = record.classes.index(class_name) if record.trained and class_name in record.classes else None
    return LiveEffect(
        concept=concept,
        model=record.name,
        concept_probability=_pair(lambda seen: read[0].probability(seen[0])[0], before, after) if read else None,
        class_probability=None if at is None else _pair(lambda seen: softmax(seen[1][0])[at], before, after),
    )


def _pair(told: Callable[[Any], float], before: Any, after: Any) -> tuple[float, float]:
    return float(told(before)), float(told(after))


def _masked(project: Project, image_id: int, concept: str, labels: Iterable[int] | None, count: int) -> np.ndarray:
    if labels is None:
        return masked_preview(project, image_id, concept)
    slic = SlicParameters(count=count)
    pieces, chosen = pieces_of(project, find_image(project, image_id), slic), tuple(labels)
    return apply_mask(pieces.pixels, mask_of(pieces, chosen, slic)) if chosen else pieces.pixels
