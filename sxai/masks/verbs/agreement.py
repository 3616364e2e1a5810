"""Inter-annotator agreement: IoU and Cohen's κ, from the log of edits or against a file of another person's masks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np

from data_store.records import MaskEventRecord
from sxai.errors import MaskError
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.agreement import iou, kappa
from sxai.masks.mask import decode_rle
from sxai.masks.superpixels import SlicParameters, covered
from sxai.masks.verbs.exchange import read_marked
from sxai.masks.verbs.from_annotations import Album
from sxai.masks.verbs.save import segmented
from sxai.names import split_name
from sxai.progress import Progress, silent, tracked
from sxai.project.project import Project

DRAWS = 1000
"""Bootstrap draws of images for the interval of the mean overlap."""


@dataclass(frozen=True)
class ImageAgreement:
    """How far two people agree on one image: overlap of pixels (IoU), and superpixels chosen by both, one or none."""

    image_id: int
    image_name: str
    iou: float
    both: int
    only_first: int
    only_second: int
    neither: int


@dataclass(frozen=True)
class Agreement:
    """How far two people agree on a concept.

    ``iou``: mean over ``images`` with its 95 % interval (bootstrap over images); ``kappa``: Cohen's κ over the
    superpixels of all images (None where it is undefined). On ``edited`` of the images one person started from the
    other's mask, which biases agreement upwards. ``worst`` lists the images of least agreement first.
    """

    first: str
    second: str
    images: int
    edited: int
    iou: float
    interval: tuple[float, float]
    kappa: float | None
    worst: tuple[ImageAgreement, ...]


@dataclass(frozen=True)
class AgreementResult:
    """Every pair of people who marked the same images, those with the most images first."""

    concept: str
    pairs: tuple[Agreement, ...]


@dataclass
class _Sides:
    """Each person's last mask on each image as a region (H, W), and the images started from another's mask."""

    regions: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)
    edited: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    slic: dict[int, SlicParameters] = field(default_factory=dict)


def mask_agreement(
    project: Project, concept: str, against: Path | str | None = None, worst: int = 10, progress: Progress = silent
) -> AgreementResult:
    """How far people agree where a concept is: the last mask that each saved on an image, pair by pair.

    ``against`` compares the project's masks with those in a file instead, in any format that masks are imported from;
    nothing of it is stored. This is how two people mark the same images without seeing each other's masks.

    Raises
    ------
    MaskError
        when there is nothing to compare, or the file is not usable.
    """
    sides = _from_log(project, concept) if against is None else _from_file(project, concept, Path(against))
    names = sorted(sides.regions)
    shared = [
        (first, second, sorted(sides.regions[first].keys() & sides.regions[second].keys()))
        for first, second in combinations(names, 2)
    ]
    wanted = [pair for pair in shared if pair[2]]
    if not wanted:
        raise MaskError(
            f"no two people marked {concept} on the same image; let somebody else mark some again, or compare with "
            "their file: sxai mask agreement CONCEPT --against FILE."
        )
    steps = tracked(wanted, "annotators", len(wanted), progress)
    pairs = [_agreement(project, sides, first, second, images, worst) for first, second, images in steps]
    return AgreementResult(concept, tuple(sorted(pairs, key=lambda pair: -pair.images)))


def _from_log(project: Project, concept: str) -> _Sides:
    """The last mask of each author on each image, from the log of edits."""
    sides = _Sides()
    for event in project.catalogue.mask_events(None, *split_name(concept)):
        _add(sides, event)
    return sides


def _add(sides: _Sides, event: MaskEventRecord) -> None:
    mine = sides.regions.setdefault(event.author, {})
    if event.image_id not in mine and event.before is not None and event.before["author"] != event.author:
        sides.edited.setdefault(event.author, set()).add((event.image_id, event.before["author"]))
    if event.after is None:
        mine.pop(event.image_id, None)
        return
    mine[event.image_id] = decode_rle(event.after["rle"])
    if event.after["slic"]:
        sides.slic[event.image_id] = SlicParameters(**event.after["slic"])


def _from_file(project: Project, concept: str, file: Path) -> _Sides:
    """The two sides of a comparison with a file: the project's masks and the file's."""
    class_name, part = split_name(concept)
    ours = {mask.image_id: mask for mask in project.catalogue.masks(class_name, part)}
    album, theirs = Album.of(project, class_name), {}
    for mask in read_marked(project, file)[0].get(concept, []):
        image = album.find(mask.file, mask.sha256)
        if isinstance(image, str) or image.id not in ours:
            continue
        drawn = mask.mask(read_canvas(project, image))
        if not isinstance(drawn, str):
            theirs[image.id] = drawn.pixels
    slic = {image_id: SlicParameters(**mask.slic) for image_id, mask in ours.items() if mask.slic}
    regions = {"this project": {image_id: decode_rle(mask.rle) for image_id, mask in ours.items()}, file.name: theirs}
    return _Sides(regions, slic=slic)


def _agreement(
    project: Project, sides: _Sides, first: str, second: str, images: Iterable[int], worst: int
) -> Agreement:
    agreements = [
        agreement
        for image_id in images
        if (
            agreement := _on_image(
                project, sides, image_id, sides.regions[first][image_id], sides.regions[second][image_id]
            )
        )
    ]
    if not agreements:
        raise MaskError(f"the masks of {first} and {second} are of other sizes than their pictures; make them again.")
    overlaps = np.array([agreement.iou for agreement in agreements])
    draws = np.random.default_rng(project.seed).integers(0, len(agreements), (DRAWS, len(agreements)))
    low, high = np.quantile(overlaps[draws].mean(axis=1), (0.025, 0.975))
    edited = {image for image, other in sides.edited.get(first, set()) if other == second}
    edited |= {image for image, other in sides.edited.get(second, set()) if other == first}
    return Agreement(
        first=first,
        second=second,
        images=len(agreements),
        edited=sum(agreement.image_id in edited for agreement in agreements),
        iou=float(overlaps.mean()),
        interval=(float(low), float(high)),
        kappa=_kappa(agreements),
        worst=tuple(sorted(agreements, key=lambda agreement: agreement.iou)[:worst]),
    )


def _on_image(
    project: Project, sides: _Sides, image_id: int, first: np.ndarray, second: np.ndarray
) -> ImageAgreement | None:
    image = find_image(project, image_id)
    _, labels = segmented(project, image, sides.slic.get(image_id, SlicParameters()))
    if labels.shape != first.shape or first.shape != second.shape:
        return None
    a, b = covered(labels, first), covered(labels, second)
    counts = (int(both.sum()) for both in (a & b, a & ~b, ~a & b, ~a & ~b))
    return ImageAgreement(image_id, image.name, iou(first, second), *counts)


def _kappa(agreements: Iterable[ImageAgreement]) -> float | None:
    """Cohen's κ over the superpixels of all images; None where it is undefined."""
    counts = [
        (agreement.both, agreement.only_first, agreement.only_second, agreement.neither) for agreement in agreements
    ]
    both, first, second, neither = np.sum(counts, axis=0).tolist()
    return kappa(
        [True] * (both + first) + [False] * (second + neither),
        [True] * both + [False] * first + [True] * second + [False] * neither,
    )
