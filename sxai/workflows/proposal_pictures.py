"""Small pictures of what is proposed, to be judged at a glance."""

import numpy as np
from skimage.segmentation import find_boundaries

from sxai.images.superpixels import SlicParameters
from sxai.workflows.masking import segmented
from sxai.workflows.suggesting import Suggestion
from sxai.workflows.workspace import Workspace, find_image, thumbnail

TINT, EDGE = np.array([0, 114, 178]), np.array([240, 228, 66])


def proposal_thumbnail(ws: Workspace, found: Suggestion, size: int = 220) -> bytes:
    """JPEG of the image with what is proposed in blue inside a yellow line; the longer side ``size`` pixels."""

    def draw() -> bytes:
        slic = SlicParameters(count=found.count)
        pixels, labels = segmented(ws, find_image(ws, found.image_id), slic)
        region = np.isin(labels, found.labels)
        picture = pixels.copy()
        picture[region] = (0.65 * pixels[region] + 0.35 * TINT).astype(np.uint8)
        picture[find_boundaries(region, mode="thick")] = EDGE
        return thumbnail(picture, size)

    shown: bytes = ws.remember(("proposal", found.concept, found.image_id, found.teacher, size), draw)
    return shown
