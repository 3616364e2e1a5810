"""Learning the outline of each automatic concept from the pictures of its class."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from data_store.records import ImageRecord
from sxai.images.verbs.stored import read_canvases
from sxai.networks.network import Network
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.prototypes.outlines import learn_outlines
from sxai.prototypes.regions import RegionRule

LEARNED = 60
"""Pictures of a class that outlines are learned from at most."""


def add_outlines(
    project: Project,
    network: Network,
    images: Sequence[ImageRecord],
    maps: np.ndarray,
    own: np.ndarray,
    concepts: Sequence[dict[str, Any]],
    rule: RegionRule,
    progress: Progress = silent,
) -> dict[str, np.ndarray]:
    """Add the learned outline to each concept of a class; the weights (C,) of each, as they are stored.

    ``maps`` (n, C, h, w) and similarity ``own`` (n, M, h, w) are those of the class's ``images``.
    """
    few = slice(0, LEARNED)
    fit = network.preprocessing.fit
    pictures = [pixels[seen_box(pixels.shape, fit)] for pixels in read_canvases(project, images[few])]
    similarity = [own[few, list(concept["members"])].max(axis=1) for concept in concepts]
    outlines = learn_outlines(
        maps[few], pictures, similarity, [concept["threshold"] for concept in concepts], rule, progress
    )
    weights = {}
    for concept, outline in zip(concepts, outlines, strict=True):
        if outline:
            fields = asdict(outline)
            weights[f"outline.{concept['id']}"] = fields.pop("weights")
            concept["outline"] = fields
    return weights


def seen_box(shape: tuple[int, ...], fit: str) -> tuple[slice, slice]:
    """Rows and columns of a picture (H, W, …) that a network looks at: all, or the central square of ``fit="crop"``."""
    height, width = shape[:2]
    if fit != "crop":
        return slice(0, height), slice(0, width)
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return slice(top, top + side), slice(left, left + side)
