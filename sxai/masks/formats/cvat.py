"""CVAT for images 1.1: an XML document, alone or in a zip, with masks, polygons, boxes and points."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np

from sxai.errors import MaskError
from sxai.masks.formats.marked import Draw, Marked, Outgoing, Unread, attempt, empty
from sxai.masks.regions import ellipse, filled, outlines, row_runs, turned, undo_row_runs

ANNOTATIONS = "annotations.xml"
MAX_BYTES = 500 * 2**20
MAX_ELEMENTS = 700_000
"""Shapes in one document; so many take 0.9 GiB while they are read."""


def write(masks: Iterable[Outgoing], path: Path, polygons: bool) -> int:
    """Write masks at the size of their pictures, as runs or polygons, into a zip for a ``.zip`` name; their number."""
    root = Xml.Element("annotations")
    Xml.SubElement(root, "version").text = "1.1"
    meta = Xml.SubElement(root, "meta")
    pictures: dict[int, Xml.Element] = {}
    own: dict[str, dict[str, Any]] = {}
    number = 0
    for number, mask in enumerate(masks, 1):  # noqa: B007  the last one is the count
        image = mask.image
        if image.id not in pictures:
            pictures[image.id] = Xml.Element(
                "image", id=str(len(pictures)), name=image.name, width=str(image.width), height=str(image.height)
            )
        own.setdefault(image.name, {"sha256": image.sha256})[mask.label] = mask.own
        _add_shapes(pictures[image.id], mask, polygons)
    _add_meta(meta, sorted({label for known in own.values() for label in known if label != "sha256"}), own)
    root.extend(pictures.values())
    data = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(ANNOTATIONS, data)
    else:
        path.write_bytes(data)
    return number


def _add_meta(meta: Xml.Element, labels: Iterable[str], own: dict[str, dict[str, Any]]) -> None:
    """Write the labels of the task, and this program's own metadata in an element that CVAT ignores."""
    task = Xml.SubElement(Xml.SubElement(meta, "task"), "labels")
    for label in labels:
        Xml.SubElement(Xml.SubElement(task, "label"), "name").text = label
    Xml.SubElement(meta, "sxai").text = json.dumps(own)


def _add_shapes(picture: Xml.Element, mask: Outgoing, polygons: bool) -> None:
    common = {"label": mask.label, "source": "manual", "occluded": "0", "z_order": "0"}
    if polygons:
        for line in outlines(mask.region):
            Xml.SubElement(picture, "polygon", common, points=";".join(f"{x:.2f},{y:.2f}" for x, y in line))
        return
    rows, columns = (np.flatnonzero(mask.region.any(axis=axis)) for axis in (1, 0))
    part = mask.region[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    place = {"left": columns[0], "top": rows[0], "width": part.shape[1], "height": part.shape[0]}
    runs = ", ".join(map(str, row_runs(part)))
    Xml.SubElement(picture, "mask", common, rle=runs, **{key: str(value) for key, value in place.items()})


class _Counted(Xml.TreeBuilder):
    """Builds the tree of a document; one of more elements than anybody draws is refused before it fills the memory."""

    count = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Xml.Element:
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise MaskError(f"the XML file has more than {MAX_ELEMENTS:,} elements; export fewer pictures.")
        return super().start(tag, attrs)


def read_file(path: Path) -> list[Marked | Unread]:
    """The masks of an XML file or of the zip that CVAT exports."""
    if path.suffix != ".zip":
        if path.stat().st_size > MAX_BYTES:
            raise MaskError(f"{path} is larger than {MAX_BYTES:,} bytes; export fewer pictures.")
        return read(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo(ANNOTATIONS).file_size > MAX_BYTES:
            raise MaskError(f"{ANNOTATIONS} in {path} is larger than {MAX_BYTES:,} bytes; export fewer pictures.")
        return read(archive.read(ANNOTATIONS))


def read(data: bytes) -> list[Marked | Unread]:
    """The masks of an XML document, and the shapes that have no area; tags of whole pictures are passed over."""
    text = data.decode("utf-8")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise MaskError("the XML file defines entities, which CVAT never does and may harm; export it again.")
    try:
        root = Xml.fromstring(text, Xml.XMLParser(target=_Counted()))
    except Xml.ParseError as error:
        raise MaskError(f"the XML file is damaged ({error}); export it again.") from error
    own = json.loads(root.findtext("meta/sxai") or "{}")
    if root.find("image") is None and root.find("track") is not None:
        raise MaskError("the file holds tracks of a video, without names of pictures; export it as 'CVAT for images'.")
    return [mask for picture in root.iter("image") for mask in _marked(picture, own)]


def _marked(picture: Xml.Element, own: dict[str, dict[str, Any]]) -> Iterator[Marked | Unread]:
    file = picture.attrib.get("name", "?")
    known = own.get(file, {})
    for shape in picture:
        if shape.tag == "tag":  # says something of the whole picture
            continue
        parts = list(shape) if shape.tag == "skeleton" else [shape]
        for part in parts:
            if part.attrib.get("outside") != "1":  # a point of a skeleton that is not in the picture
                label = part.attrib.get("label", "")
                yield from attempt(label, file, partial(_shape, part, picture, known))


def _shape(shape: Xml.Element, picture: Xml.Element, known: dict[str, Any]) -> Iterator[Marked | Unread]:
    label, file = shape.attrib.get("label", ""), picture.attrib["name"]
    size = (int(picture.attrib["height"]), int(picture.attrib["width"]))
    points = _points(shape) if shape.tag == "points" else None
    draw = empty(size) if points is not None else _draw(shape, size)
    if draw is None:
        yield Unread(label, file, f"a {shape.tag} has no area; draw a polygon or a mask")
        return
    yield Marked(label, file, size, draw, points, sha256=known.get("sha256", ""), own=known.get(label))


def _draw(shape: Xml.Element, size: tuple[int, int]) -> Draw | None:
    """The function that draws a shape; None for a shape without area."""
    if shape.tag == "polygon":
        return partial(filled, [_points(shape)], size)
    if shape.tag == "box":
        left, top, right, bottom = (float(shape.attrib[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        return partial(filled, [turned(corners, corners.mean(axis=0), _rotation(shape))], size)
    if shape.tag == "ellipse":
        x, y, width, height = (float(shape.attrib[key]) for key in ("cx", "cy", "rx", "ry"))
        return partial(filled, [ellipse(np.array([x, y]), np.array([width, height]), _rotation(shape))], size)
    if shape.tag == "mask":
        return partial(_placed, dict(shape.attrib), size)
    return None


def _rotation(shape: Xml.Element) -> float:
    """Degrees clockwise."""
    return float(shape.attrib.get("rotation") or 0)


def _points(shape: Xml.Element) -> np.ndarray:
    return np.asarray([[float(side) for side in point.split(",")] for point in shape.attrib["points"].split(";")])


def _placed(values: dict[str, str], size: tuple[int, int]) -> np.ndarray:
    """The region of a CVAT mask, whose run lengths start at its box, in the whole picture."""
    left, top, width, height = (int(float(values[key])) for key in ("left", "top", "width", "height"))
    region = np.zeros(size, dtype=bool)
    if min(left, top, width, height) < 0 or left + width > size[1] or top + height > size[0]:
        raise MaskError(f"a mask reaches beyond its picture of {size[1]} × {size[0]} pixels; export it again.")
    part = undo_row_runs([int(count) for count in values["rle"].split(",")], (height, width))
    region[top : top + height, left : left + width] = part
    return region
