"""Precision and recall of suggestions against saved masks, and the most useful pictures to mask next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from data_store.records import ModelRecord
from sxai.annotation.clearness import clearness, sharpness_ranks
from sxai.annotation.verbs.suggest import Suggestion, held, refusals, suggestions
from sxai.errors import MaskError
from sxai.images.verbs.stored import images_of
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.save import mask_queue
from sxai.names import split_name
from sxai.networks.verbs.networks import model_record
from sxai.project.project import Project

Order = Literal["strong", "uncertain", "project"]
"""Order of the queue: the clearest pictures first, the most uncertain first, or the project's order."""


@dataclass(frozen=True)
class SuggestionRecord:
    """Precision and recall of a concept's suggestions against the saved masks.

    ``precision`` is the share of suggested superpixels that were kept, ``recall`` the share of kept ones that had been
    suggested (None before anything was); ``unchanged`` pictures were kept exactly as suggested; rejected proposals
    count as suggested and not kept.
    """

    concept: str
    pictures: int
    unchanged: int
    rejected: int
    precision: float | None
    recall: float | None


def suggestion_record(project: Project, concept: str, model: str | None = None) -> SuggestionRecord:
    """Compare the last suggestion for each picture with the mask that was saved after it."""
    record = model_record(project, model)
    refused = refusals(project, record, concept)
    judged = [(set(suggestion.labels), held) for suggestion, held in _kept_of(project, record, concept)]
    masked = {mask.image_id for mask in project.catalogue.masks(*split_name(concept))}
    judged += [(set(told["labels"]), set()) for image, told in refused.items() if image not in masked]
    hits = sum(len(labels & held) for labels, held in judged)
    suggested = sum(len(labels) for labels, _ in judged)
    held = sum(len(held) for _, held in judged)
    return SuggestionRecord(
        concept=concept,
        pictures=len(judged),
        unchanged=sum(labels == held for labels, held in judged),
        rejected=sum(image not in masked for image in refused),
        precision=hits / suggested if suggested else None,
        recall=hits / held if held else None,
    )


def _kept_of(project: Project, record: ModelRecord, concept: str) -> list[tuple[Suggestion, set[int]]]:
    """Each suggestion that a mask followed, with the superpixels of that mask."""
    masks = project.catalogue.masks(*split_name(concept))
    last = suggestions(project, record, concept, [mask.image_id for mask in masks])
    answered = [mask for mask in masks if mask.image_id in last and mask.updated >= last[mask.image_id].created]
    return [
        (last[image.id], set(held(project, image, mask, SlicParameters(count=last[image.id].count))))
        for mask, image in zip(answered, images_of(project, answered), strict=True)
    ]


@dataclass(frozen=True)
class UsefulQueue:
    """Images to mask, the most useful first; in those of ``left_out`` the concept seems not to be visible."""

    images: tuple[int, ...]
    left_out: tuple[int, ...]


def useful_queue(
    project: Project,
    concept: str,
    order: Order = "strong",
    model: str | None = None,
    sharpness: Mapping[int, float] | None = None,
) -> UsefulQueue:
    """The images that wait for a mask, ordered by what was suggested for them; others follow.

    "strong": the concept is clearest, and the sharpest come first among the others (``sharpness`` of images, see
    :func:`.clearness.sharpness`); "uncertain": the suggestion is least sure, so that a mask teaches most.
    """
    if order not in get_args(Order):
        raise MaskError(f"'{order}' is no order of pictures; give {', '.join(get_args(Order))}.")
    usual = mask_queue(project, concept)
    if order == "project":
        return UsefulQueue(tuple(usual), ())
    ranks = dict(zip(usual, sharpness_ranks(usual, sharpness or {}), strict=True))
    known, out = _suggested_before(project, concept, model, usual)
    first = [image for image in usual if image in known and image not in out]
    strengths = np.array([known[image].strength for image in first])
    clear = -clearness(strengths, np.array([ranks[image] for image in first]))
    cost = clear if order == "strong" else [known[image].sureness for image in first]
    ranked = [first[at] for at in np.argsort(cost, kind="stable")]
    visible = project.catalogue.part_presence(*reversed(split_name(concept)))
    rest = [image for image in usual if image not in known and image not in out]
    rest.sort(key=lambda image: (not visible.get(image, False), -ranks[image]))
    return UsefulQueue(tuple(ranked + rest), tuple(image for image in usual if image in out))


def _suggested_before(
    project: Project, concept: str, model: str | None, images: Sequence[int]
) -> tuple[dict[int, Suggestion], set[int]]:
    """The last suggestions, and those of ``images`` that were rejected or where nothing could be suggested."""
    if not project.catalogue.models():
        return {}, set()
    record = model_record(project, model)
    known, refused = suggestions(project, record, concept), refusals(project, record, concept)
    return known, {image for image in images if image in refused or (image in known and not known[image].labels)}
