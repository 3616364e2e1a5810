"""Naming automatic concepts, and turning them into masks like any other (``source="auto"``).

A person names the concepts. Names are proposed when regions of parts or masks are known, from the regions that hold the
concept's peaks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from data_store.records import ImageRecord, MaskEdit
from sxai.errors import MaskError, SpaceError
from sxai.images.verbs.stored import read_canvas
from sxai.masks.mask import decode_rle, mask_from_pixels
from sxai.masks.verbs.save import mask_fields
from sxai.networks.verbs.maps import maps_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.prototypes.concepts import AutoConcept, Prototypes
from sxai.prototypes.training import similarity_maps
from sxai.prototypes.verbs.regions import concept_region, peak_of
from sxai.prototypes.verbs.train import keep_names, prototypes_in_use

PREFIX = "auto-"
"""Prefix of the names of automatic concepts, which separates them from those masked by hand."""

MASKS = 100
POINTED = 60
"""Largest number of images of a class for a proposal."""

LEAST_SHARE, LEAST_LIFT = 0.4, 3.0
"""A name is proposed if the part holds the concept's peak in this share of images, and so many times chance."""


@dataclass(frozen=True)
class Proposal:
    """A proposed name: the share of ``images`` in which the part holds the concept's peak, and that by ``chance``."""

    id: str
    name: str
    share: float
    chance: float
    images: int


@dataclass(frozen=True)
class AutoMasks:
    """Masks that were stored for each concept, and the concepts that got none and why."""

    masks: dict[str, int]
    skipped: tuple[tuple[str, str], ...]


def name_concepts(project: Project, names: Mapping[str, str], model: str | None = None) -> Prototypes:
    """Name concepts by id; "" drops one. Concepts of a class with the same name are merged.

    Raises
    ------
    UnknownName, SpaceError
        for an unknown id, or a name with a dot.
    """
    prototypes = prototypes_in_use(project, model)
    for id, name in names.items():
        prototypes.concept(id)
        if "." in name:
            raise SpaceError(f"'{name}' cannot name a concept: a dot parts the class from the concept.")
    known = {concept.id: concept.name for concept in prototypes.concepts if concept.name is not None}
    keep_names(project, prototypes, {**known, **{id: name.strip() for id, name in names.items()}})
    return prototypes_in_use(project, model)


def propose_names(project: Project, model: str | None = None, progress: Progress = silent) -> list[Proposal]:
    """For each concept the part that most often holds its peak, if regions of parts or masks are known.

    Automatic masks do not count. A concept without a clear part gets no proposal.
    """
    prototypes = prototypes_in_use(project, model)
    fit, proposals = load_network(project, model_record(project, prototypes.model)).preprocessing.fit, []
    for done, class_name in enumerate(prototypes.classes):
        progress("names", done, len(prototypes.classes))
        known = _known_regions(project, class_name)
        if not known:
            continue
        images = project.catalogue.images(ids=list(known)[:POINTED])
        similarity = similarity_maps(prototypes.proto, _maps(project, prototypes, images, progress))
        for concept in prototypes.of_class(class_name):
            best = _best(prototypes, concept, similarity, [known[image.id] for image in images], fit)
            if best is not None:
                proposals.append(best)
    progress("names", len(prototypes.classes), len(prototypes.classes))
    return proposals


def _known_regions(project: Project, class_name: str) -> dict[int, dict[str, np.ndarray]]:
    """Regions by part for each image of a class that has any."""
    known: dict[int, dict[str, np.ndarray]] = {}
    for mask in project.catalogue.masks(class_name=class_name):
        if mask.source != "auto":
            known.setdefault(mask.image_id, {})[mask.concept] = decode_rle(mask.rle)
    return known


def _maps(project: Project, prototypes: Prototypes, images: Iterable[ImageRecord], progress: Progress) -> np.ndarray:
    record = model_record(project, prototypes.model)
    network = load_network(project, record)
    return maps_of(project, record, network, list(images), prototypes.reading, progress)


def _best(
    prototypes: Prototypes, concept: AutoConcept, similarity: np.ndarray, known: list[dict[str, np.ndarray]], fit: str
) -> Proposal | None:
    """The part whose regions hold the peak of a concept most often, if that is clear."""
    maps = prototypes.maps(concept, similarity)
    best: Proposal | None = None
    for part in sorted({name for regions in known for name in regions}):
        rows = [at for at, regions in enumerate(known) if part in regions]
        inside = [bool(known[at][part][peak_of(maps[at], known[at][part].shape, fit)]) for at in rows]
        share, chance = float(np.mean(inside)), float(np.mean([known[at][part].mean() for at in rows]))
        clear = share >= LEAST_SHARE and share >= LEAST_LIFT * chance
        if clear and (best is None or share > best.share):
            best = Proposal(concept.id, part, share, chance, len(rows))
    return best


def named_groups(prototypes: Prototypes) -> dict[str, list[AutoConcept]]:
    """Concepts by full name such as ``cat.eyes``, merged by name; unnamed ones are left out."""
    grouped: dict[str, list[AutoConcept]] = {}
    for concept in prototypes.concepts:
        if concept.name:
            grouped.setdefault(f"{concept.class_name}.{concept.name}", []).append(concept)
    return grouped


def masks_from_prototypes(
    project: Project, model: str | None = None, n: int = MASKS, prefix: str = PREFIX, progress: Progress = silent
) -> AutoMasks:
    """Mask each named concept on the ``n`` images of its class that show it most clearly, as ``class.auto-name``.

    Automatic masks of a concept are replaced; those that a person made are never touched.

    Raises
    ------
    SpaceError
        when no concept has a name yet.
    """
    prototypes = prototypes_in_use(project, model)
    wanted = named_groups(prototypes)
    if not wanted:
        raise SpaceError("no automatic concept has a name yet; name them first: sxai proto name --propose")
    stored: dict[str, int] = {}
    skipped: list[tuple[str, str]] = []
    for done, (full_name, members) in enumerate(wanted.items()):
        progress("automatic masks", done, len(wanted), {"concept": full_name})
        class_name, name = members[0].class_name, f"{prefix}{members[0].name}"
        others = [
            mask for mask in project.catalogue.masks(class_name=class_name, concept=name) if mask.source != "auto"
        ]
        if others:
            skipped.append((f"{class_name}.{name}", f"it has {len(others)} masks that were not found automatically"))
            continue
        stored[f"{class_name}.{name}"] = _mask(project, prototypes, members, name, n, progress)
    progress("automatic masks", len(wanted), len(wanted))
    return AutoMasks(stored, tuple(skipped))


def _mask(
    project: Project, prototypes: Prototypes, members: list[AutoConcept], name: str, n: int, progress: Progress
) -> int:
    """Store the masks of one concept; how many there are now."""
    class_name = members[0].class_name
    images = project.catalogue.images(ids=prototypes.parameters["image_ids"][class_name])
    maps = _maps(project, prototypes, images, progress)
    similarity = similarity_maps(prototypes.proto, maps)
    clear = np.max(
        [prototypes.maps(member, similarity).max(axis=(1, 2)) - member.threshold for member in members], axis=0
    )
    edits: list[MaskEdit] = []
    for at in np.argsort(-clear, kind="stable").tolist():
        if len(edits) >= n or clear[at] <= 0:
            break
        edit = _edit(project, prototypes, members, images[at], maps[at], name)
        if edit is not None:
            edits.append(edit)
    with project.catalogue.write():
        for old in project.catalogue.masks(class_name=class_name, concept=name, source="auto"):
            project.catalogue.delete_mask(old.image_id, class_name, name, "auto", old.version)
        project.catalogue.save_masks(edits, existing="replace")
    return len(edits)


def _edit(
    project: Project,
    prototypes: Prototypes,
    members: list[AutoConcept],
    image: ImageRecord,
    maps: np.ndarray,
    name: str,
) -> MaskEdit | None:
    pixels = read_canvas(project, image)
    network = load_network(project, model_record(project, prototypes.model))
    regions = [concept_region(prototypes, member, maps, pixels, network.preprocessing.fit) for member in members]
    region = np.any(regions, axis=0)
    try:
        mask = mask_from_pixels(pixels, region)
    except MaskError:
        return None  # nothing exceeds the threshold, or the whole picture does
    return MaskEdit(image.id, members[0].class_name, name, source="auto", author="auto", **mask_fields(mask))
