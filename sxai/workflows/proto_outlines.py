"""Learning what outlines each automatic concept, from the pictures of its class."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from data_store.records import ImageRecord
from sxai.models.network import Network
from sxai.progress import Progress, silent
from sxai.spaces.prototypes import RegionRule, learn_outlines
from sxai.workflows.workspace import Workspace, read_canvases

LEARNED = 60
"""Pictures of a class that outlines are learned from at most."""


def add_outlines(
    ws: Workspace, network: Network, images: Sequence[ImageRecord], maps: np.ndarray, own: np.ndarray,
    made: Sequence[dict[str, Any]], rule: RegionRule, progress: Progress = silent,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Put its outline into each concept of a class that has one; the weights (C,) of each, as they are kept.

    ``maps`` (n, C, h, w) and similarity ``own`` (n, M, h, w) are those of the class's ``images``.
    """
    few = slice(0, LEARNED)
    pictures = [seen_part(pixels, network.preprocessing.fit) for pixels in read_canvases(ws, images[few])]
    similarity = [own[few, list(one["members"])].max(axis=1) for one in made]
    outlines = learn_outlines(maps[few], pictures, similarity, [one["threshold"] for one in made], rule, progress)
    weights = {}
    for one, outline in zip(made, outlines, strict=True):
        if outline:
            found = asdict(outline)
            weights[f"outline.{one['id']}"] = found.pop("weights")
            one["outline"] = found
    return weights


def seen_part(pixels: np.ndarray, fit: str) -> np.ndarray:
    """What a network looks at of a picture (H, W, 3): all of it, or the central square that ``fit="crop"`` takes."""
    if fit != "crop":
        return pixels
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return pixels[top : top + side, left : left + side]
