"""Records that all mask formats share: one concept's mask in one picture, exported or imported.

Other programs keep pixels (or outlines) and a label. This program's own metadata (superpixels, fill, source, author)
goes along as :func:`own_of`, with a hash of the pixels: it is ignored when another program changed the pixels.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from data_store.records import MASK_SOURCES, ImageRecord, MaskRecord
from sxai.errors import MaskError, SxaiError
from sxai.masks.annotation_files import ANOTHER_SHAPE, UNUSABLE, entry_mask, reason_of, skewed, text_of
from sxai.masks.mask import ConceptMask, decode_rle, encode_rle, mask_from_labels, mask_from_pixels
from sxai.masks.regions import resized
from sxai.masks.superpixels import SlicParameters, superpixels, touching

Draw = Callable[[], np.ndarray]
"""Makes a boolean region (h, w), the size at which the file was annotated."""


@dataclass(frozen=True, eq=False)
class Outgoing:
    """A stored mask to write: ``region`` (H, W) bool at the size of the picture, ``own`` made by :func:`own_of`."""

    record: MaskRecord
    image: ImageRecord
    region: np.ndarray
    own: dict[str, Any]

    @property
    def label(self) -> str:
        """``class.concept``."""
        return self.record.full_name


@dataclass(frozen=True)
class Unread:
    """An item of a file that is no mask: its label, the name of its picture, and why."""

    label: str
    file: str
    reason: str


def attempt(label: str, file: str, read: Callable[[], Iterable["Marked | Unread"]]) -> Iterator["Marked | Unread"]:
    """The masks of one item; what is wrong with it does not stop the others."""
    try:
        yield from list(read())
    except (*UNUSABLE, SxaiError) as error:
        yield Unread(label, file, reason_of(error))


@dataclass(frozen=True, eq=False)
class Marked:
    """A mask in a file: the name of its picture (and its content hash, if given), and how to draw it.

    ``label`` is ``class.concept``, or a concept alone, which then belongs to the picture's class. ``points`` (n, 2) x,
    y in pixels of the annotated ``size`` (height, width) stand for the superpixels that hold them; with ``stem`` the
    picture's name has no suffix. ``parent`` may be the label's class, if the project has a class of that name.
    """

    label: str
    file: str
    size: tuple[int, int]
    draw: Draw
    points: np.ndarray | None = None
    author: str = ""
    sha256: str = ""
    own: Mapping[str, Any] | None = None
    stem: bool = False
    parent: str = ""

    def mask(self, pixels: np.ndarray) -> ConceptMask | str:
        """The mask on a canvas (H, W, 3), or the reason why there is none."""
        shape = (pixels.shape[0], pixels.shape[1])
        if skewed((shape[1], shape[0]), (self.size[1], self.size[0])):
            return ANOTHER_SHAPE
        region = self.draw()
        trusted = self.own_mask(region)
        if trusted is not None and trusted.pixels.shape == shape:
            return trusted
        if self.points is None:
            return mask_from_pixels(pixels, resized(region, shape))
        return _around_points(pixels, resized(region, shape), self.points * (shape[1] / self.size[1]))

    def own_mask(self, region: np.ndarray) -> ConceptMask | None:
        """The mask as this program exported it; None for other files, or when the pixels were changed since."""
        if self.own is None:
            return None
        height, width = (int(side) for side in self.own["size"])
        small = resized(region, (height, width))
        if digest(small) != self.own["pixels"]:
            return None
        return entry_mask({**self.own, "rle": encode_rle(small)})

    def origin(self, default: str) -> dict[str, str]:
        """Source, author and note to store: the exported ones if the pixels are unchanged, else the annotator's."""
        own = self.own if self.own is not None and self.own_mask(self.draw()) is not None else {}
        source = own.get("source", "import")
        if source not in MASK_SOURCES:
            raise ValueError(f"source {source!r} is none of {', '.join(MASK_SOURCES)}")
        author = text_of(own.get("author") or self.author or default)
        return {"source": source, "author": author[:255], "note": text_of(own.get("note", ""))}


def _around_points(pixels: np.ndarray, region: np.ndarray, points: np.ndarray) -> ConceptMask | str:
    """The superpixels that hold the points; together with what was drawn besides, as pixels."""
    slic = SlicParameters()
    labels = superpixels(pixels, slic)
    inside = touching(labels, points)
    if not inside:
        return "the points lie outside the picture"
    if region.any():
        return mask_from_pixels(pixels, region | np.isin(labels, inside))
    return mask_from_labels(pixels, labels, inside, slic)


def own_of(record: MaskRecord, region: np.ndarray) -> dict[str, Any]:
    """Metadata of a mask for a file, with a hash of its pixels ``region`` (h, w) on the canvas."""
    return {
        "labels": record.labels,
        "slic": record.slic,
        "fill_label": record.fill_label,
        "fill": record.fill,
        "source": record.source,
        "author": record.author,
        "note": record.note,
        "size": list(region.shape),
        "pixels": digest(region),
    }


def outgoing(records: Iterable[MaskRecord], images: Mapping[int, ImageRecord]) -> Iterator[Outgoing]:
    """Stored masks at the size of their pictures, so that other programs can overlay them."""
    for record in records:
        image, region = images[record.image_id], decode_rle(record.rle)
        yield Outgoing(record, image, resized(region, (image.height, image.width)), own_of(record, region))


def digest(region: np.ndarray) -> str:
    """A hash (hexadecimal) of a boolean region (H, W)."""
    return hashlib.sha256(repr(region.shape).encode() + np.packbits(region).tobytes()).hexdigest()[:32]


def joined(masks: Iterable[Marked]) -> list[Marked]:
    """One mask for each label and picture: the union of all shapes with that label."""
    groups: dict[tuple[str, str, str, str], list[Marked]] = {}
    for mask in masks:
        groups.setdefault((mask.label, mask.parent, mask.file, mask.sha256), []).append(mask)
    return [_together(group) for group in groups.values()]


def _together(marks: list[Marked]) -> Marked:
    first = marks[0]
    if len(marks) == 1:
        return first
    other = next((mark.size for mark in marks if mark.size != first.size), None)
    if other is not None:
        raise MaskError(f"shapes on {first.file} are for pictures of {first.size} and {other} pixels; mend that.")
    points = [mark.points for mark in marks if mark.points is not None]
    return replace(
        first,
        draw=partial(_union, [mark.draw for mark in marks]),
        points=np.concatenate(points) if points else None,
        own=next((mark.own for mark in marks if mark.own), None),
        author=next((mark.author for mark in marks if mark.author), ""),
    )


def _union(draws: list[Draw]) -> np.ndarray:
    """Everything that is drawn, drawn one after the other: a picture may have thousands of shapes."""
    region = draws[0]()
    for draw in draws[1:]:
        region = region | draw()
    return region


def empty(size: tuple[int, int]) -> Draw:
    """A shape without area, of points only."""
    return lambda: np.zeros(size, dtype=bool)


def safe_parts(name: str) -> tuple[str, ...]:
    """The parts of a name that may become a path below a folder."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return tuple(part for part in parts if part.strip(". ") and part != "/") or ("unnamed",)
