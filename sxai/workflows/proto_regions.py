"""Where an automatic concept is in a picture: from the map that the network sees to the picture's own pixels."""

import numpy as np

from sxai.spaces.prototypes import outlined, region, upsampled
from sxai.workflows.prototyping import AutoConcept, Prototypes


def concept_map(
    found: Prototypes, concept: AutoConcept, similarity: np.ndarray, shape: tuple[int, int], fit: str
) -> np.ndarray:
    """A concept's similarity on a picture (H, W), from all maps (K·M, h, w); −1 where the network does not look."""
    return spread(found.maps(concept, similarity[None])[0], shape, fit)


def spread(similarity: np.ndarray, shape: tuple[int, int], fit: str) -> np.ndarray:
    """A map (h, w) over a picture (H, W): over all of it, or over the central square that ``fit="crop"`` takes."""
    if fit != "crop":
        return upsampled(similarity, shape)
    side = min(shape)
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    whole = np.full(shape, -1.0, dtype=np.float32)
    whole[top : top + side, left : left + side] = upsampled(similarity, (side, side))
    return whole


def concept_region(
    found: Prototypes, concept: AutoConcept, similarity: np.ndarray, pixels: np.ndarray, fit: str
) -> np.ndarray:
    """Bool (H, W): where a concept is in a picture uint8 (H, W, 3); empty where it is not."""
    grown = concept_map(found, concept, similarity, pixels.shape[:2], fit)
    return region(outlined(grown, pixels) if found.rule.outlines else grown, concept.threshold, found.rule)


def peak_of(similarity: np.ndarray, shape: tuple[int, int], fit: str = "squash") -> tuple[int, int]:
    """Row and column of the highest pixel of a map (h, w) spread over a picture (H, W)."""
    row, column = np.unravel_index(int(spread(similarity, shape, fit).argmax()), shape)
    return int(row), int(column)
