"""Regions of automatic concepts in a picture: from the network's maps to the picture's pixels."""

from collections.abc import Sequence

import numpy as np

from sxai.images.verbs.stored import read_canvas
from sxai.networks.verbs.maps import maps_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.project.project import Project
from sxai.prototypes.concepts import AutoConcept, Prototypes
from sxai.prototypes.regions import cut_of, outlined, region, upsampled
from sxai.prototypes.training import similarity_maps
from sxai.prototypes.verbs.outlines import seen_box

DIMMED = 0.25
"""Brightness of a picture outside a shown region."""


def concept_map(
    prototypes: Prototypes, concept: AutoConcept, maps: np.ndarray, shape: tuple[int, int], fit: str
) -> np.ndarray:
    """Map of a concept over a picture (H, W), from the network's maps (C, h, w); −1 outside the network's view.

    By the concept's outline, or else by the similarity of its prototypes.
    """
    outline = prototypes.outline(concept)
    seen = outline.map(maps) if outline else prototypes.maps(concept, similarity_maps(prototypes.proto, maps[None]))[0]
    return spread(seen, shape, fit)


def spread(similarity: np.ndarray, shape: tuple[int, int], fit: str) -> np.ndarray:
    """A map (h, w) over a picture (H, W): over all of it, or over the central square that ``fit="crop"`` takes."""
    whole, box = np.full(shape, -1.0, dtype=np.float32), seen_box(shape, fit)
    whole[box] = upsampled(similarity, whole[box].shape)
    return whole


def concept_region(
    prototypes: Prototypes, concept: AutoConcept, maps: np.ndarray, pixels: np.ndarray, fit: str
) -> np.ndarray:
    """Region, bool (H, W), of a concept in a picture uint8 (H, W, 3), from its maps (C, h, w); empty without it."""
    grown = concept_map(prototypes, concept, maps, pixels.shape[:2], fit)
    seen = outlined(grown, pixels) if prototypes.rule.outlines else grown
    outline = prototypes.outline(concept)
    where = (outline.threshold, prototypes.rule, outline.cut) if outline else (concept.threshold, prototypes.rule)
    return region(seen, cut_of(seen, *where), prototypes.rule)


def peak_of(similarity: np.ndarray, shape: tuple[int, int], fit: str = "squash") -> tuple[int, int]:
    """Row and column of the highest pixel of a map (h, w) spread over a picture (H, W)."""
    row, column = np.unravel_index(int(spread(similarity, shape, fit).argmax()), shape)
    return int(row), int(column)


def highlighted(pixels: np.ndarray, regions: Sequence[np.ndarray]) -> np.ndarray:
    """A copy of a picture uint8 (H, W, 3), grey outside the regions bool (H, W); as it is when none are given."""
    if not len(regions):
        return pixels.copy()
    inside = np.any(regions, axis=0)
    grey = (DIMMED * pixels.mean(axis=2, keepdims=True) + 255 * DIMMED).astype(np.uint8)
    shown: np.ndarray = np.where(inside[..., None], pixels, grey)
    return shown


def concept_examples(project: Project, prototypes: Prototypes, id: str, most: int = 6) -> list[np.ndarray]:
    """Pictures uint8 (H, W, 3) of the training images that show a concept most clearly, grey outside it."""
    concept, record = prototypes.concept(id), model_record(project, prototypes.model)
    network = load_network(project, record)
    images = project.catalogue.images(ids=concept.examples[:most])
    shown = []
    for image, maps in zip(images, maps_of(project, record, network, images, prototypes.reading), strict=True):
        pixels = read_canvas(project, image)
        shown.append(
            highlighted(pixels, [concept_region(prototypes, concept, maps, pixels, network.preprocessing.fit)])
        )
    return shown
