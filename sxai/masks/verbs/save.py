"""Masks that a person makes by superpixels or by hand; every change is stored at once."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from data_store.errors import Conflict
from data_store.records import ImageRecord, MaskRecord
from sxai.errors import EditConflict, MaskError, UnknownName
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.mask import ConceptMask, apply_mask, decode_rle, encode_rle, mask_from_labels, mask_from_pixels
from sxai.masks.superpixels import Pieces, SlicParameters, covered, superpixels
from sxai.names import split_name
from sxai.project.project import Project


@dataclass(frozen=True)
class ConceptSummary:
    """A concept such as ``cat.eyes``: its number of masks, and of images known to show its part."""

    name: str
    class_name: str
    masks: int
    known_parts: int


@dataclass(frozen=True)
class MaskCanvas:
    """What the picker needs for one image and concept.

    ``pieces`` is the picture cut into superpixels; ``selected`` are the chosen labels, ``region`` (H, W) bool the
    stored mask when there is one; ``version`` 0 means that nothing is stored yet.
    """

    image_id: int
    name: str
    pieces: Pieces
    selected: tuple[int, ...]
    fill_label: int | None
    region: np.ndarray | None
    fill: tuple[int, int, int] | None
    version: int
    slic: SlicParameters
    source: str | None

    @property
    def labels(self) -> np.ndarray:
        """The superpixel of each pixel, int32 (H, W)."""
        return self.pieces.labels


@dataclass(frozen=True)
class SavedMask:
    """A mask as it now stands in the catalogue; ``version`` 0 after it was cleared; ``pixels`` its area."""

    image_id: int
    concept: str
    version: int
    labels: tuple[int, ...] | None
    fill: tuple[int, int, int] | None
    pixels: int


def add_concept(project: Project, concept: str) -> ConceptSummary:
    """Create a concept of a class that the project has; creating it twice changes nothing."""
    class_name, part = split_name(concept, [record.name for record in project.catalogue.classes()])
    known_class(project, class_name)
    project.catalogue.add_concept(class_name, part)
    return next(summary for summary in list_concepts(project) if summary.name == f"{class_name}.{part}")


def known_class(project: Project, class_name: str) -> str:
    """``class_name`` when the project has images of it; otherwise UnknownName, which lists the classes."""
    names = [record.name for record in project.catalogue.classes()]
    if class_name not in names:
        raise UnknownName(f"there is no class '{class_name}'; this project has {', '.join(names) or 'no images yet'}.")
    return class_name


def known_concept(project: Project, concept: str) -> tuple[str, str]:
    """Class and part of a concept that the project has; otherwise UnknownName, which lists the concepts."""
    names = [record.full_name for record in project.catalogue.concepts()]
    if concept not in names:
        raise UnknownName(f"there is no concept '{concept}'; this project has {', '.join(names) or 'none yet'}.")
    return split_name(concept)


def list_concepts(project: Project) -> list[ConceptSummary]:
    """Every concept with its number of masks and of images known to show it."""
    return [
        ConceptSummary(
            record.full_name,
            record.class_name,
            record.masks,
            sum(project.catalogue.part_presence(record.name, record.class_name).values()),
        )
        for record in project.catalogue.concepts()
    ]


def canvas_for(
    project: Project, image_id: int, concept: str, count: int | None = None, unmasked: int | None = None
) -> MaskCanvas:
    """Everything the picker needs to show one image: picture, superpixels and what is stored.

    ``count`` asks for that many superpixels (method.md 2); None takes that of the stored mask, else ``unmasked``, by
    default 20. A stored mask made with other superpixels selects the labels that its pixels cover by more than half.
    """
    with project.catalogue.read():
        image, stored = find_image(project, image_id), project.catalogue.mask(image_id, *split_name(concept))
    slic = _slic_for(stored, count, unmasked)
    pieces = pieces_of(project, image, slic)
    region = decode_rle(stored.rle) if stored else None
    return MaskCanvas(
        image_id=image_id,
        name=image.name,
        pieces=pieces,
        selected=_selected(stored, slic, pieces, region),
        fill_label=stored.fill_label if stored and stored.slic == asdict(slic) else None,
        region=region,
        fill=stored.fill if stored else None,
        version=stored.version if stored else 0,
        slic=slic,
        source=stored.source if stored else None,
    )


def segmented(project: Project, image: ImageRecord, slic: SlicParameters) -> tuple[np.ndarray, np.ndarray]:
    """Canvas (H, W, 3) and its superpixel labels (H, W); recent ones are kept in memory."""
    pieces = pieces_of(project, image, slic)
    return pieces.pixels, pieces.labels


def pieces_of(project: Project, image: ImageRecord, slic: SlicParameters) -> Pieces:
    """The picture cut into superpixels; recent ones are kept in memory with their cached properties."""

    key = ("segmented", image.sha256, slic)
    pieces: Pieces | None = project.cache.get(key)
    if pieces is None:  # cut without the lock: a page never waits for the superpixels of another picture
        pixels = read_canvas(project, image)
        pieces = Pieces(pixels, superpixels(pixels, slic))
        with project.lock:
            if sum(key[0] == "segmented" for key in project.cache) > 64:
                project.forget("segmented")
            pieces = project.cache.setdefault(key, pieces)
    return pieces


def prepared(project: Project, image_id: int, count: int | None = None, levels: bool = False) -> bool:
    """Whether the superpixels of a picture (and its other levels) are at hand, so that its canvas costs nothing."""
    slic = SlicParameters() if count is None else SlicParameters(count=count)
    pieces = project.cache.get(("segmented", find_image(project, image_id).sha256, slic))
    return pieces is not None and (not levels or "nested" in vars(pieces))


def _slic_for(stored: MaskRecord | None, count: int | None, unmasked: int | None) -> SlicParameters:
    if count is None and stored and stored.slic:
        return SlicParameters(**stored.slic)
    wanted = count if count is not None else None if stored else unmasked
    return SlicParameters() if wanted is None else SlicParameters(count=wanted)


def _selected(
    stored: MaskRecord | None, slic: SlicParameters, pieces: Pieces, region: np.ndarray | None
) -> tuple[int, ...]:
    """The superpixels that a stored mask covers by more than half; with fine pieces where it was made of these."""
    if stored is None or region is None:
        return ()
    same = stored.slic == asdict(slic)
    if stored.labels is not None and same:
        return tuple(stored.labels)
    if same:
        return tuple(pieces.nested.inside(pieces.labels, region))
    return tuple(np.flatnonzero(covered(pieces.labels, region)).tolist())


def mask_of(pieces: Pieces, labels: Iterable[int], slic: SlicParameters, fill_label: int | None = None) -> ConceptMask:
    """The mask of superpixels and fine pieces; one with fine pieces keeps its pixels and no labels.

    The ring that gives the colour is of whole superpixels, except where a superpixel is split by the selection.
    """
    chosen = pieces.normal(labels)
    cut = pieces.cut([*chosen, *([] if fill_label is None else [fill_label])])
    mask = mask_from_labels(pieces.pixels, cut, chosen, slic, fill_label)
    return mask if cut is pieces.labels else replace(mask, labels=None)


def save_labels(
    project: Project,
    image_id: int,
    concept: str,
    labels: Iterable[int],
    fill_label: int | None = None,
    slic: SlicParameters | None = None,
    author: str = "me",
    expected_version: int | None = None,
) -> SavedMask:
    """Store the chosen superpixels and fine pieces of one image at once; choosing none clears the mask.

    Raises
    ------
    EditConflict
        when ``expected_version`` is given and somebody saved another version meanwhile.
    """
    chosen = sorted({int(label) for label in labels})
    if not chosen:
        return _clear(project, image_id, concept, author, expected_version)
    slic = slic or SlicParameters()
    pieces = pieces_of(project, find_image(project, image_id), slic)
    mask = mask_of(pieces, chosen, slic, fill_label)
    saved = store_mask(project, image_id, concept, mask, "manual", author, expected_version)
    return replace(saved, labels=tuple(pieces.normal(chosen)))


def save_region(
    project: Project,
    image_id: int,
    concept: str,
    region: np.ndarray,
    author: str = "me",
    expected_version: int | None = None,
) -> SavedMask:
    """Store a free-hand mask, ``region`` (H, W) bool on the canvas; an empty one clears the mask."""
    if not region.any():
        return _clear(project, image_id, concept, author, expected_version)
    mask = mask_from_pixels(read_canvas(project, find_image(project, image_id)), region)
    return store_mask(project, image_id, concept, mask, "manual", author, expected_version)


def store_mask(
    project: Project,
    image_id: int,
    concept: str,
    mask: ConceptMask,
    source: str,
    author: str = "me",
    expected_version: int | None = None,
) -> SavedMask:
    """Write one mask; see :func:`save_labels` for the version check."""
    class_name, part = split_name(concept)
    if expected_version is None:
        current = project.catalogue.mask(image_id, class_name, part)
        expected_version = current.version if current else 0
    try:
        record = project.catalogue.save_mask(
            image_id=image_id,
            class_name=class_name,
            concept=part,
            source=source,
            author=author,
            expected_version=expected_version or None,
            **mask_fields(mask),
        )
    except Conflict as conflict:
        raise edit_conflict(image_id, concept) from conflict
    return SavedMask(image_id, concept, record.version, mask.labels, mask.fill, int(mask.pixels.sum()))


def mask_fields(mask: ConceptMask) -> dict[str, Any]:
    """The catalogue's columns of a mask."""
    return {
        "labels": list(mask.labels) if mask.labels is not None else None,
        "slic": asdict(mask.slic) if mask.slic else None,
        "fill_label": mask.fill_label,
        "fill": list(mask.fill),
        "rle": encode_rle(mask.pixels),
    }


def _clear(project: Project, image_id: int, concept: str, author: str, expected_version: int | None) -> SavedMask:
    class_name, part = split_name(concept)
    current = project.catalogue.mask(image_id, class_name, part)
    if current is not None:
        expected = current.version if expected_version is None else expected_version
        try:
            project.catalogue.delete_mask(image_id, class_name, part, author=author, expected_version=expected)
        except Conflict as conflict:
            raise edit_conflict(image_id, concept) from conflict
    return SavedMask(image_id, concept, 0, (), None, 0)


def edit_conflict(image_id: int, concept: str) -> EditConflict:
    """The error for an edit that conflicts with another person's."""
    return EditConflict(
        f"somebody else changed the mask of {concept} on image {image_id} since you opened it; reload to see theirs."
    )


def stored_mask(record: MaskRecord) -> ConceptMask:
    """The mask that a catalogue record holds; MaskError for one without a fill colour."""
    if record.fill is None:
        raise MaskError(f"the mask of {record.full_name} on {record.image_name} has no fill colour; mask it again.")
    return ConceptMask(
        pixels=decode_rle(record.rle),
        labels=tuple(record.labels) if record.labels is not None else None,
        slic=SlicParameters(**record.slic) if record.slic else None,
        fill_label=record.fill_label,
        fill=record.fill,
    )


def masked_preview(project: Project, image_id: int, concept: str) -> np.ndarray:
    """The canvas with the stored mask filled, uint8 (H, W, 3); the plain canvas when nothing is masked."""
    pixels = read_canvas(project, find_image(project, image_id))
    record = project.catalogue.mask(image_id, *split_name(concept))
    return apply_mask(pixels, stored_mask(record)) if record else pixels


def mask_queue(project: Project, concept: str, todo_only: bool = True) -> list[int]:
    """Images of the concept's class in masking order: those known to show it first, without those known not to."""
    class_name, part = split_name(concept)
    masked = {record.image_id for record in project.catalogue.masks(class_name=class_name, concept=part)}
    known = project.catalogue.part_presence(part, class_name)
    images = [image.id for image in project.catalogue.images(class_name=class_name) if known.get(image.id, True)]
    todo = [image_id for image_id in images if image_id not in masked]
    return sorted(todo if todo_only else images, key=lambda image_id: not known.get(image_id, False))
