"""COCO object segmentation: run lengths (plain or compressed) or polygons, one category for each concept."""

import json
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sxai.errors import MaskError
from sxai.masks.annotation_files import text_of
from sxai.masks.formats.marked import Marked, Outgoing, Unread, attempt
from sxai.masks.mask import decode_rle, encode_rle
from sxai.masks.regions import decompress, filled, outlines


def write(masks: Iterable[Outgoing], path: Path, polygons: bool) -> int:
    """Write masks at the size of their pictures as run lengths or, with ``polygons``, as outlines; their number."""
    images: dict[int, dict[str, Any]] = {}
    categories: dict[str, dict[str, Any]] = {}
    annotations: list[dict[str, Any]] = []
    for mask in masks:
        image = mask.image
        images.setdefault(
            image.id,
            {
                "id": image.id,
                "file_name": image.name,
                "width": image.width,
                "height": image.height,
                "sxai": {"sha256": image.sha256},
            },
        )
        category = {"id": len(categories) + 1, "name": mask.label, "supercategory": mask.record.class_name}
        number = categories.setdefault(mask.label, category)["id"]
        annotations.append(
            {
                "id": len(annotations) + 1,
                "image_id": image.id,
                "category_id": number,
                **_shape(mask.region, polygons),
                "sxai": mask.own,
            }
        )
    document = {
        "info": {"description": "Concept masks exported by sxai"},
        "images": list(images.values()),
        "categories": list(categories.values()),
        "annotations": annotations,
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return len(annotations)


def _shape(region: np.ndarray, polygons: bool) -> dict[str, Any]:
    """Segmentation, area and box; COCO marks run lengths as a crowd."""
    rows, columns = (np.flatnonzero(region.any(axis=axis)) for axis in (1, 0))
    box = [columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1]
    drawn: Any = [line.ravel().tolist() for line in outlines(region)] if polygons else encode_rle(region)
    return {
        "segmentation": drawn,
        "area": int(region.sum()),
        "bbox": [int(side) for side in box],
        "iscrowd": int(not polygons),
    }


def read(document: Any) -> Iterator[Marked | Unread]:
    """The masks of a COCO document; annotations without a segmentation (key points) are passed over.

    A category is a concept: ``class.concept``, or a concept's name beside the class as its supercategory, or alone.
    Programs write numbers of images and categories as numbers or as text.
    """
    images = {str(image["id"]): image for image in document["images"]}
    categories = {str(category["id"]): category for category in document["categories"]}
    drawn = [annotation for annotation in document["annotations"] if annotation.get("segmentation")]
    if not drawn and document["annotations"]:
        raise MaskError(
            "the COCO file holds no segmentation; where it holds key points, make masks of them with "
            "'sxai mask from-keypoints'."
        )
    for annotation in drawn:
        image = images.get(str(annotation.get("image_id")), {})
        category = categories.get(str(annotation.get("category_id")), {})
        read_one = partial(_marked, annotation, image, category)
        yield from attempt(str(category.get("name", "?")), str(image.get("file_name", "?")), read_one)


def _marked(annotation: dict[str, Any], image: dict[str, Any], category: dict[str, Any]) -> Iterator[Marked]:
    if not image or not category:
        raise MaskError(
            f"its {'image' if not image else 'category'} {annotation.get('category_id' if image else 'image_id')!r} is "
            "not in the file."
        )
    size = (int(image["height"]), int(image["width"]))
    name, parent = text_of(category["name"]), category.get("supercategory")
    yield Marked(
        label=name,
        parent=text_of(parent) if parent and "." not in name and parent != name else "",
        file=text_of(image["file_name"]),
        size=size,
        draw=partial(region_of, annotation["segmentation"], size),
        sha256=text_of(image.get("sxai", {}).get("sha256", "")),
        own=annotation.get("sxai"),
    )


def region_of(segmentation: Any, size: tuple[int, int]) -> np.ndarray:
    """The region (H, W) of a COCO segmentation: run lengths, compressed run lengths, or polygons."""
    if isinstance(segmentation, list):
        flat = bool(segmentation) and not isinstance(segmentation[0], list)  # one polygon without the list around it
        lines = [segmentation] if flat else segmentation
        return filled([np.asarray(line, dtype=np.float64).reshape(-1, 2) for line in lines], size)
    counts = segmentation["counts"]
    region = decode_rle({**segmentation, "counts": decompress(counts) if isinstance(counts, str) else counts})
    if region.shape != size:
        raise MaskError(f"the segmentation is {region.shape} pixels and its picture {size}; export it again.")
    return region
