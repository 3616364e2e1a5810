"""Proposals for a whole class: masks suggested for every image, to be accepted, rejected or mended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from data_store.records import ImageRecord
from sxai.annotation.verbs.suggest import REFUSED, Suggestion, refusals, suggestion_by, suggestion_model, suggestions
from sxai.errors import UnknownName
from sxai.images.verbs.stored import find_image, thumbnail
from sxai.masks.mask import mask_from_labels
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.save import SavedMask, segmented, store_mask
from sxai.names import split_name
from sxai.networks.verbs.networks import model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import keep
from sxai.project.project import Project

ProposalState = Literal["accept", "reject", "open"]
"""State of a proposal: accepted (the image has a mask), rejected, or open."""


@dataclass(frozen=True)
class PropagateResult:
    """Numbers of pictures examined, with the concept probably visible, and probably not visible."""

    concept: str
    looked_at: int
    proposed: int
    not_visible: int
    taught_by: int


def propagate(
    project: Project,
    concept: str,
    count: int = 20,
    limit: int | None = None,
    model: str | None = None,
    progress: Progress = silent,
) -> PropagateResult:
    """Propose masks of ``concept`` for every image of its class that has none (``limit`` of them at most).

    Each proposal is kept as it is made, so that an interrupted run goes on where it was. Nothing is masked yet: see
    :func:`proposals`, :func:`accept_proposal` and :func:`reject_proposal`.
    """
    record = model_record(project, model)
    rule_model = suggestion_model(project, concept, count, record.name, progress)
    images = _unmasked(project, concept)[:limit]
    shown = 0
    for done, image in enumerate(images):
        progress("proposals", done, len(images), {"proposed": shown})
        shown += bool(suggestion_by(project, record, rule_model, image).labels)
    progress("proposals", len(images), len(images), {"proposed": shown})
    return PropagateResult(concept, len(images), shown, len(images) - shown, rule_model.masks)


def _unmasked(project: Project, concept: str) -> list[ImageRecord]:
    """Images of the concept's class without a mask of it, except those known not to show it."""
    class_name, part = split_name(concept)
    masked = {mask.image_id for mask in project.catalogue.masks(class_name, part)}
    known = project.catalogue.part_presence(part, class_name)
    images = project.catalogue.images(class_name=class_name)
    return [image for image in images if image.id not in masked and known.get(image.id, True)]


def proposals(project: Project, concept: str, model: str | None = None) -> list[Suggestion]:
    """Proposals without a verdict: the last suggestion for each image without a mask, the surest first.

    Best guesses, where no superpixel alone is likely, come last.
    """
    record = model_record(project, model)
    refused = refusals(project, record, concept)
    waiting = {image.id for image in _unmasked(project, concept)} - refused.keys()
    open_ones = [
        proposal
        for proposal in suggestions(project, record, concept).values()
        if proposal.image_id in waiting and proposal.labels
    ]
    return sorted(open_ones, key=lambda proposal: (proposal.strength <= 0.5, -proposal.sureness, proposal.image_id))


def proposal_states(
    project: Project, concept: str, images: Sequence[int], model: str | None = None
) -> dict[int, ProposalState]:
    """The state of the proposal for each of ``images``."""
    masked = {image for image in images if project.catalogue.mask(image, *split_name(concept)) is not None}
    aside = refusals(project, model_record(project, model), concept, images).keys()
    return {image: "accept" if image in masked else "reject" if image in aside else "open" for image in images}


def accept_proposal(
    project: Project,
    concept: str,
    image_id: int,
    author: str = "me",
    model: str | None = None,
    labels: Iterable[int] | None = None,
) -> SavedMask:
    """Store the proposed mask of an image, or the corrected superpixels ``labels``.

    Raises
    ------
    EditConflict
        when somebody masked the image meanwhile; UnknownName without proposal; MaskError without superpixels.
    """
    proposal = _proposal(project, concept, image_id, model)
    slic = SlicParameters(count=proposal.count)
    chosen = proposal.labels if labels is None else tuple(sorted({int(label) for label in labels}))
    mask = mask_from_labels(*segmented(project, find_image(project, image_id), slic), chosen, slic)
    source = "auto" if chosen == proposal.labels else "manual"
    return store_mask(project, image_id, concept, mask, source, author, expected_version=0)


def reject_proposal(
    project: Project, concept: str, image_id: int, author: str = "me", refused: bool = True, model: str | None = None
) -> None:
    """Reject a proposal, or with ``refused=False`` make it pending again."""
    proposal, record = _proposal(project, concept, image_id, model), model_record(project, model)
    told = {"refused": refused, "author": author, "labels": list(proposal.labels), "count": proposal.count}
    keep(project, record, REFUSED, {"concept": concept, "image": image_id}, told, {})


def _proposal(project: Project, concept: str, image_id: int, model: str | None) -> Suggestion:
    proposal = suggestions(project, model_record(project, model), concept, [image_id]).get(image_id)
    if proposal is None or not proposal.labels:
        raise UnknownName(f"nothing is proposed for {concept} on image {image_id}; run: sxai mask propagate {concept}")
    return proposal


@dataclass(frozen=True, eq=False)
class ProposalPicture:
    """``jpeg`` of an image and the superpixel ``labels`` (h, w) int32 that its pixels belong to at that size."""

    jpeg: bytes
    labels: np.ndarray


def proposal_picture(project: Project, proposal: Suggestion, size: int = 220) -> ProposalPicture:
    """The image of a proposal with its superpixels, the longer side at most ``size`` pixels."""

    def draw() -> ProposalPicture:
        pixels, labels = segmented(
            project, find_image(project, proposal.image_id), SlicParameters(count=proposal.count)
        )
        return ProposalPicture(thumbnail(pixels, size), _shrunk(labels, size))

    shown: ProposalPicture = project.remember(("proposal", proposal.image_id, proposal.count, size), draw)
    return shown


def _shrunk(labels: np.ndarray, size: int) -> np.ndarray:
    """The label nearest to each pixel of a smaller picture."""
    scale = min(1.0, size / max(labels.shape))
    rows, columns = (
        np.minimum((np.arange(max(1, round(side * scale))) + 0.5) / scale, side - 1).astype(int)
        for side in labels.shape
    )
    return labels[np.ix_(rows, columns)]
