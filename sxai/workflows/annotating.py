"""Masks without clicking: from part keypoints, from known part regions, and from another project's files."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from data_store.records import ImageRecord
from sxai.errors import MaskError, SxaiError, UnknownName
from sxai.images.decode import decode
from sxai.images.masks import ConceptMask, decode_rle, mask_from_labels, mask_from_pixels
from sxai.images.superpixels import SlicParameters, superpixels, touching
from sxai.progress import Progress, silent
from sxai.spaces.direction import split_name
from sxai.workflows.masking import add_concept, mask_fields
from sxai.workflows.workspace import Workspace, read_canvas

MAX_SHARE = 0.6
"""A selection that covers more of the picture than this hides the animal, not the part: the image is skipped."""


@dataclass(frozen=True)
class MaskResult:
    """How many masks a concept gained, and which images were skipped and why."""

    concept: str
    masks: int
    skipped: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class KeypointImage:
    """One annotated picture: its file name, its annotated size, and the visible points by part (each (n, 2) xy)."""

    file: str
    width: int
    height: int
    points: dict[str, list[tuple[float, float]]]


def read_keypoints(path: Path | str, class_name: str) -> list[KeypointImage]:
    """The pictures of ``class_name`` in a COCO keypoints file, with their visible points.

    Part names are the file's; points of several animals in one picture are put together.

    Raises
    ------
    MaskError
        when the file is not COCO keypoints; UnknownName when it has no such class.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        names = {category["name"]: category for category in document["categories"]}
        images = {image["id"]: image for image in document["images"]}
        if class_name not in names:
            raise UnknownName(f"{path} has no class '{class_name}'; it has {', '.join(sorted(names))}.")
        return list(_annotated(document["annotations"], names[class_name], images))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MaskError(
            f"{path} is not a COCO keypoints file ({error!r}); see cocodataset.org/#format-data."
        ) from error


def _annotated(
    annotations: Iterable[dict[str, Any]], category: dict[str, Any], images: dict[int, dict[str, Any]]
) -> Iterator[KeypointImage]:
    """One entry for each picture of the category, in the order in which pictures first appear."""
    found: dict[int, dict[str, list[tuple[float, float]]]] = {}
    for annotation in annotations:
        if annotation["category_id"] != category["id"]:
            continue
        points = found.setdefault(annotation["image_id"], {})
        triples = np.asarray(annotation["keypoints"], dtype=np.float64).reshape(-1, 3)
        for name, (x, y, visibility) in zip(category["keypoints"], triples, strict=True):
            if visibility > 0:
                points.setdefault(name, []).append((float(x), float(y)))
    for image_id, points in found.items():
        image = images[image_id]
        yield KeypointImage(image["file_name"], int(image["width"]), int(image["height"]), points)


def masks_from_keypoints(
    ws: Workspace,
    file: Path | str,
    class_name: str,
    concept: str,
    points: Iterable[str],
    n: int = 100,
    count: int = 20,
    require: str = "any",
    author: str = "keypoints",
    progress: Progress = silent,
) -> MaskResult:
    """Mask a concept on the first ``n`` pictures that show any of ``points`` (all of them with ``require="all"``).

    The superpixels that hold the visible points are selected and filled with the colour of their surroundings.
    Pictures masked before count; files are found by name among the project's images of the class.
    """
    wanted = [name.strip() for name in points if name.strip()]
    if not wanted:
        raise MaskError("no part points were named; give --points, for example left_eye,right_eye.")
    annotated = read_keypoints(file, class_name)
    _check_parts(file, wanted, {part for image in annotated for part in image.points})

    def mask_of(image: KeypointImage, pixels: np.ndarray) -> ConceptMask | str:
        seen = [name for name in wanted if name in image.points]
        if not seen or (require == "all" and len(seen) < len(wanted)):
            return "the part is not visible"
        spots = [spot for name in seen for spot in image.points[name]]
        slic = SlicParameters(count=count)
        labels = superpixels(pixels, slic)
        scale = (pixels.shape[1] / image.width, pixels.shape[0] / image.height)
        chosen = touching(labels, np.asarray(spots) * scale)
        return mask_from_labels(pixels, labels, chosen, slic) if chosen else "the points lie outside the picture"

    candidates = ((image.file, partial(mask_of, image)) for image in annotated)
    return _collect(ws, f"{class_name}.{concept}", candidates, len(annotated), n, "keypoints", author, progress)


def _check_parts(file: Path | str, wanted: list[str], available: set[str]) -> None:
    unknown = [name for name in wanted if name not in available]
    if unknown:
        raise UnknownName(f"{file} has no part '{unknown[0]}'; it has {', '.join(sorted(available))}.")


MaskMaker = Callable[[np.ndarray], ConceptMask | str]


def _collect(
    ws: Workspace,
    concept: str,
    candidates: Iterable[tuple[str, MaskMaker]],
    total: int,
    n: int | None,
    source: str,
    author: str,
    progress: Progress,
) -> MaskResult:
    """Make and store masks for named files until ``n`` images of the concept have one; say why others were skipped."""
    add_concept(ws, concept)
    class_name, part = split_name(concept)
    images = _by_name(ws.catalogue.images(class_name=class_name))
    masked = {record.image_id for record in ws.catalogue.masks(class_name=class_name, concept=part)}
    skipped: list[dict[str, str]] = []
    for done, (file, make) in enumerate(candidates):
        if n is not None and len(masked) >= n:
            break
        progress("masks", done, total, {"masks": len(masked)})
        image = images.get(file) or images.get(PurePosixPath(file).name)
        if image is None or image.id not in masked:
            outcome = _mask_one(ws, image, make) if image else "the project has no such image"
            if isinstance(outcome, str):
                skipped.append({"file": file, "reason": outcome})
            elif image is not None:
                ws.catalogue.save_mask(
                    image_id=image.id, class_name=class_name, concept=part, source=source, author=author,
                    expected_version=None, **mask_fields(outcome),
                )  # fmt: skip
                masked.add(image.id)
    progress("masks", total, total, {"masks": len(masked)})
    return MaskResult(concept, len(masked), tuple(skipped))


def _by_name(images: Iterable[ImageRecord]) -> dict[str, ImageRecord]:
    """Images by their whole name and by their file name alone (the first of that name)."""
    found: dict[str, ImageRecord] = {}
    for image in images:
        found.setdefault(PurePosixPath(image.name).name, image)
        found[image.name] = image
    return found


def _mask_one(ws: Workspace, image: ImageRecord, make: MaskMaker) -> ConceptMask | str:
    try:
        mask = make(read_canvas(ws, image))
    except SxaiError as error:
        return str(error)
    if isinstance(mask, ConceptMask) and mask.pixels.mean() > MAX_SHARE:
        return f"the selection covers {mask.pixels.mean():.0%} of the picture"
    return mask


def masks_from_parts(
    ws: Workspace,
    file: Path | str,
    n: int | None = None,
    author: str = "parts",
    progress: Progress = silent,
) -> list[MaskResult]:
    """Mask concepts on pictures whose part regions are known.

    ``file`` is JSON: ``{"images": [{"file": "a.png", "class": "cat", "parts": {"eyes": REGION, …}}]}``; a region is
    a COCO run-length code or the name of a black-and-white image beside the file. Regions are scaled to the canvas.
    """
    folder = Path(file).parent
    entries = _part_entries(Path(file))
    concepts = sorted({f"{entry['class']}.{part}" for entry in entries for part in entry["parts"]})
    results = []
    for concept in concepts:
        class_name, part = split_name(concept)
        showing = [entry for entry in entries if entry["class"] == class_name and entry["parts"].get(part)]
        candidates = ((entry["file"], partial(_from_region, folder, entry["parts"][part])) for entry in showing)
        results.append(_collect(ws, concept, candidates, len(showing), n, "parts", author, progress))
    return results


def _part_entries(file: Path) -> list[dict[str, Any]]:
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))["images"]
        return [
            {"file": str(entry["file"]), "class": str(entry["class"]), "parts": dict(entry["parts"])}
            for entry in entries
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MaskError(
            f"{file} is not a list of part regions ({error!r}); see 'sxai mask from-parts --help'."
        ) from error


def _from_region(folder: Path, region: dict[str, Any] | str, pixels: np.ndarray) -> ConceptMask:
    if isinstance(region, str):
        path = (folder / region).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise MaskError(f"the region '{region}' lies outside {folder}; put it beside the file.")
        plane = decode(path).pixels[..., 0] > 127
    else:
        plane = decode_rle(region)
    return mask_from_pixels(pixels, to_canvas(plane, pixels.shape[:2]))


def to_canvas(region: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A boolean region (h, w) scaled to the canvas (H, W) by nearest pixel."""
    if region.shape == tuple(shape):
        return region
    scaled = Image.fromarray(region.astype(np.uint8) * 255).resize((shape[1], shape[0]), Image.Resampling.NEAREST)
    return np.asarray(scaled) > 127


def import_masks(
    ws: Workspace, path: Path | str, author: str = "import", progress: Progress = silent
) -> list[MaskResult]:
    """Import masks that :func:`export_masks` wrote; images are matched by content, then by name."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        entries = [dict(entry) for entry in document["masks"]]
        concepts = sorted({str(entry["concept"]) for entry in entries})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MaskError(f"{path} is not an export of masks ({error!r}); make one with 'sxai mask export'.") from error
    by_hash = {image.sha256: image.name for image in ws.catalogue.images()}
    results = []
    for concept in concepts:
        chosen = [entry for entry in entries if entry["concept"] == concept]
        candidates = ((by_hash.get(entry["sha256"], str(entry["file"])), partial(_imported, entry)) for entry in chosen)
        results.append(_collect(ws, concept, candidates, len(chosen), None, "import", author, progress))
    return results


def _imported(entry: dict[str, Any], pixels: np.ndarray) -> ConceptMask:
    region = decode_rle(entry["rle"])
    if region.shape != pixels.shape[:2]:
        return mask_from_pixels(pixels, to_canvas(region, pixels.shape[:2]))
    red, green, blue = (int(value) for value in entry["fill"])
    return ConceptMask(
        pixels=region,
        labels=tuple(entry["labels"]) if entry["labels"] is not None else None,
        slic=SlicParameters(**entry["slic"]) if entry["slic"] else None,
        fill_label=entry["fill_label"],
        fill=(red, green, blue),
    )


def export_masks(ws: Workspace, path: Path | str, concept: str | None = None) -> int:
    """Write all masks (of one concept) as JSON that :func:`import_masks` reads back without loss; their number."""
    class_name, part = split_name(concept) if concept else (None, None)
    records = ws.catalogue.masks(class_name=class_name, concept=part)
    hashes = {image.id: image.sha256 for image in ws.catalogue.images(ids=[record.image_id for record in records])}
    masks = [
        {
            "concept": record.full_name, "file": record.image_name, "sha256": hashes[record.image_id],
            "labels": record.labels, "slic": record.slic, "fill_label": record.fill_label, "fill": record.fill,
            "rle": record.rle, "source": record.source, "author": record.author,
        }
        for record in records
    ]  # fmt: skip
    Path(path).write_text(json.dumps({"format": "sxai-masks", "version": 1, "masks": masks}), encoding="utf-8")
    return len(masks)
