"""Label Studio's JSON: brush masks, polygons, rectangles and key points of image tasks."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sxai.errors import MaskError
from sxai.images.sources import PICTURE_SUFFIXES
from sxai.masks.annotation_files import text_of
from sxai.masks.formats.marked import Draw, Marked, Outgoing, Unread, attempt, empty
from sxai.masks.mask import MAX_PIXELS
from sxai.masks.matching import name_keys
from sxai.masks.regions import ellipse, filled, outlines, turned

HEADER = ((0, 32), (32, 5), (37, 4), (41, 4), (45, 4), (49, 4))
"""Where the numbers of the header begin and how many bits they have."""

LENGTHS = (3, 4, 8, 16)
"""Bits of the four kinds of run lengths that are written; a file says which it uses."""


def write(masks: Iterable[Outgoing], path: Path, polygons: bool) -> int:
    """Write one task for each picture, with brush masks or, with ``polygons``, outlines; the number of masks."""
    tasks: dict[int, dict[str, Any]] = {}
    number = 0
    for number, mask in enumerate(masks, 1):  # noqa: B007  the last one is the count
        image = mask.image
        own = {"sha256": image.sha256, "file": image.name, "masks": {}}
        task = tasks.setdefault(
            image.id,
            {
                "id": image.id,
                "data": {"image": image.name, "sxai": own},
                "annotations": [{"completed_by": {"email": mask.record.author}, "result": []}],
            },
        )
        task["data"]["sxai"]["masks"][mask.label] = mask.own
        task["annotations"][0]["result"] += list(_results(mask, polygons))
    path.write_text(json.dumps(list(tasks.values())), encoding="utf-8")
    return number


def _results(mask: Outgoing, polygons: bool) -> Iterator[dict[str, Any]]:
    height, width = mask.region.shape
    common = {
        "from_name": "label",
        "to_name": "image",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "origin": "manual",
    }
    if not polygons:
        value: dict[str, Any] = {"format": "rle", "rle": pack(mask.region), "brushlabels": [mask.label]}
        yield {**common, "id": f"{mask.record.id}", "type": "brushlabels", "value": value}
        return
    for part, line in enumerate(outlines(mask.region)):
        value = {"points": (line * (100 / width, 100 / height)).tolist(), "closed": True, "polygonlabels": [mask.label]}
        yield {**common, "id": f"{mask.record.id}-{part}", "type": "polygonlabels", "value": value}


def read(document: Any) -> Iterator[Marked | Unread]:
    """The masks of an export (JSON or JSON-MIN): from each task the latest annotation that was not cancelled."""
    if not any(_drawn(task) for task in document) and any(task.get("predictions") for task in document):
        raise MaskError(
            "the file holds predictions only, which nobody has accepted: accept them in Label Studio, and export again."
        )
    for task in document:
        yield from _task(task)


def _drawn(task: dict[str, Any]) -> list[dict[str, Any]]:
    """The annotations that count; of JSON-MIN, which has none, one made of the task's own lists of regions."""
    if "data" not in task and "annotations" not in task:
        regions = [region for value in task.values() if isinstance(value, list) for region in value]
        results = [_result_of(region) for region in regions if isinstance(region, dict)]
        return [{"result": results, "completed_by": task.get("annotator")}] if results else []
    return [annotation for annotation in task.get("annotations", []) if not annotation.get("was_cancelled")]


def _result_of(region: dict[str, Any]) -> dict[str, Any]:
    kind = next((key for key in region if key.endswith("labels")), "")
    return {**region, "type": kind, "value": region}


def _task(task: dict[str, Any]) -> Iterator[Marked | Unread]:
    drawn = _drawn(task)
    if not drawn:
        return
    data = task.get("data", task)
    own = data.get("sxai", {})
    try:
        file = own.get("file") or _picture(data)
    except MaskError as error:
        yield Unread("?", "?", str(error))
        return
    author = _author(drawn[-1].get("completed_by"))
    for result in drawn[-1]["result"]:
        kind = str(result.get("type", ""))
        labels = result.get("value", {}).get(kind, []) if kind.endswith("labels") else []
        for label in labels:
            yield from attempt(str(label), file, partial(_region, result, kind, label, file, author, own))


def _picture(data: dict[str, Any]) -> str:
    """The address of a task's picture: under ``image``, else the first text that ends like one, else the only text."""
    if isinstance(data.get("image"), str):
        return text_of(data["image"])
    texts = [value for value in data.values() if isinstance(value, str)]
    named = [text for text in texts if any(key.lower().endswith(PICTURE_SUFFIXES) for key in name_keys(text))]
    if not named and len(texts) != 1:
        raise MaskError(f"a task names no picture; its data have {', '.join(map(str, data)) or 'nothing'}.")
    return text_of((named or texts)[0])


def _region(
    result: dict[str, Any], kind: str, label: Any, file: str, author: str, own: dict[str, Any]
) -> Iterator[Marked | Unread]:
    size = (int(result["original_height"]), int(result["original_width"]))
    if result.get("image_rotation"):
        raise MaskError("the picture was turned while it was annotated; turn it back, and export again.")
    points = _spot(result["value"], size) if kind == "keypointlabels" else None
    draw = empty(size) if points is not None else _draw(kind, result["value"], size)
    if draw is None:
        yield Unread(str(label), file, f"a region of the kind {kind.removesuffix('labels')} has no area")
        return
    known = own.get("masks", {}).get(label)
    yield Marked(text_of(label), file, size, draw, points, author, text_of(own.get("sha256", "")), known)


def _author(who: Any) -> str:
    if isinstance(who, dict):
        return str(who.get("email") or who.get("username") or who.get("id") or "")
    return "" if who is None else f"annotator {who}"


def _spot(value: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    return np.array([[value["x"] * size[1] / 100, value["y"] * size[0] / 100]], dtype=np.float64)


def _draw(kind: str, value: dict[str, Any], size: tuple[int, int]) -> Draw | None:
    """The function that draws a region; None for a region without area."""
    scale = (size[1] / 100, size[0] / 100)
    if kind == "brushlabels":
        return partial(unpack, value["rle"], size)
    if kind == "polygonlabels":
        return partial(filled, [np.asarray(value["points"], dtype=np.float64) * scale], size)
    if kind == "rectanglelabels":
        x, y, w, h = (float(value[key]) for key in ("x", "y", "width", "height"))
        corners = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]]) * scale
        return partial(filled, [turned(corners, corners[0], float(value.get("rotation") or 0))], size)
    if kind == "ellipselabels":
        centre = np.array([float(value["x"]), float(value["y"])]) * scale
        radii = np.array([float(value["radiusX"]), float(value["radiusY"])]) * scale
        return partial(filled, [ellipse(centre, radii, float(value.get("rotation") or 0))], size)
    return None


def pack(region: np.ndarray) -> list[int]:
    """The bytes of a brush mask: run lengths of the picture's four channels, 255 where the region (H, W) is.

    Header: number of values (32 bits), bits of a value less one (5), bits of each kind of length less one (4 × 4).
    Then runs: 1, the kind of length (2 bits), the length less one, the value.
    """
    flat = np.asarray(region, dtype=bool).ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate(([0], edges))
    lengths = 4 * np.diff(np.concatenate((starts, [flat.size])))
    bits = [f"{4 * flat.size:032b}", f"{7:05b}", *(f"{length - 1:04b}" for length in LENGTHS)]
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        bits += _runs(length, 255 if flat[start] else 0)
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return [int(text[at : at + 8], 2) for at in range(0, len(text), 8)]


def _runs(length: int, value: int) -> Iterator[str]:
    while length:
        part = min(length, 1 << LENGTHS[-1])
        kind = next(kind for kind, size in enumerate(LENGTHS) if part <= 1 << size)
        yield f"1{kind:02b}{part - 1:0{LENGTHS[kind]}b}{value:08b}"
        length -= part


def unpack(rle: Sequence[int], size: tuple[int, int]) -> np.ndarray:
    """The region (H, W) of a brush mask: where its last channel is not 0."""
    bits = np.unpackbits(np.asarray(rle, dtype=np.uint8))
    total, word, *kinds = (_number(bits, at, width) for at, width in HEADER)
    if total != 4 * size[0] * size[1] or total > 4 * MAX_PIXELS:
        raise MaskError(f"a brush mask does not hold {size[1]} × {size[0]} pixels of four channels; export it again.")
    values = np.zeros(total, dtype=np.int64)
    at, done, powers = 53, 0, 1 << np.arange(word, -1, -1)
    while done < total:
        run, width = bits[at], kinds[_number(bits, at + 1, 2)] + 1
        length = _number(bits, at + 3, width) + 1
        at += 3 + width
        words = bits[at : at + (word + 1) * (1 if run else length)].reshape(-1, word + 1) @ powers
        values[done : done + length] = words[: total - done]
        at, done = at + words.size * (word + 1), done + length
    region: np.ndarray = values.reshape(*size, 4)[..., 3] > 0
    return region


def _number(bits: np.ndarray, at: int, width: int) -> int:
    """The next ``width`` bits as a number; MaskError past the end."""
    if at + width > len(bits):
        raise MaskError("a brush mask ends too early; export it again.")
    return int("".join(map(str, bits[at : at + width].tolist())), 2)
