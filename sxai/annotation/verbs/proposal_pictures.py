"""Small pictures of what is proposed, to be judged and mended at a glance."""

from dataclasses import dataclass

import numpy as np

from sxai.annotation.verbs.suggest import Suggestion
from sxai.images.verbs.stored import find_image, thumbnail
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.save import segmented
from sxai.project.project import Project


@dataclass(frozen=True, eq=False)
class ProposalPicture:
    """``jpeg`` of an image and the superpixel ``labels`` (h, w) int32 that its pixels belong to at that size."""

    jpeg: bytes
    labels: np.ndarray


def proposal_picture(project: Project, found: Suggestion, size: int = 220) -> ProposalPicture:
    """The image of a proposal with its superpixels, the longer side at most ``size`` pixels."""

    def draw() -> ProposalPicture:
        pixels, labels = segmented(project, find_image(project, found.image_id), SlicParameters(count=found.count))
        return ProposalPicture(thumbnail(pixels, size), _shrunk(labels, size))

    shown: ProposalPicture = project.remember(("proposal", found.image_id, found.count, size), draw)
    return shown


def _shrunk(labels: np.ndarray, size: int) -> np.ndarray:
    """The label nearest to each pixel of a smaller picture."""
    scale = min(1.0, size / max(labels.shape))
    rows, columns = (
        np.minimum((np.arange(max(1, round(side * scale))) + 0.5) / scale, side - 1).astype(int)
        for side in labels.shape
    )
    return labels[np.ix_(rows, columns)]
