"""Black-and-white PNG masks in a folder or zip: ``class.concept/name of the picture.png``."""

import json
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from sxai.errors import MaskError
from sxai.images.decode import decode, encode
from sxai.masks.formats.marked import Marked, Outgoing, safe_parts

LIST = "masks.json"
"""Name of the list with the metadata of the masks; without it folders name concepts and files pictures."""

MAX_BYTES = 200 * 2**20

Read = Callable[[], bytes]


def write(masks: Iterable[Outgoing], path: Path, polygons: bool) -> int:
    """Write each mask at the size of its picture, white where the concept is; their number.

    A ``.zip`` name gives a zip, any other a folder. The list is written last, so that it never names a missing file.
    """
    entries: list[dict[str, Any]] = []
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            _write(masks, entries, archive.writestr)
        return len(entries)
    _write(masks, entries, partial(_put, path))
    return len(entries)


def _write(masks: Iterable[Outgoing], entries: list[dict[str, Any]], put: Callable[[str, bytes], Any]) -> None:
    for mask in masks:
        parts = [*safe_parts(mask.image.name)]
        name = "/".join(["_".join(safe_parts(mask.label)), *parts[:-1], f"{parts[-1]}.png"])
        grey = np.repeat(np.where(mask.region, 255, 0).astype(np.uint8)[..., None], 3, axis=2)
        put(name, encode(grey, "png"))
        entries.append(
            {"mask": name, "label": mask.label, "file": mask.image.name, "sha256": mask.image.sha256, "own": mask.own}
        )
    put(LIST, json.dumps({"masks": entries}).encode())


def _put(folder: Path, name: str, data: bytes) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def read_file(path: Path) -> list[Marked]:
    """The masks of a folder or zip, its list first; without a list, folders are concepts and files pictures."""
    files = _in_zip(path) if path.is_file() else _in_folder(path)
    if LIST in files:
        entries = json.loads(files[LIST]())["masks"]
        return [_listed(entry, files) for entry in entries]
    pictures = [name for name in sorted(files) if name.lower().endswith(".png")]
    nested = [PurePosixPath(name) for name in pictures if len(PurePosixPath(name).parts) > 1]
    if not nested:
        raise MaskError(f"{path} holds no masks: they are expected as CONCEPT/NAME.png, for example cat.eyes/1.png.")
    return [_named(name, files[str(name)]) for name in nested]


def _in_folder(folder: Path) -> dict[str, Read]:
    inside = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink()]
    return {file.relative_to(folder).as_posix(): file.read_bytes for file in inside}


def _in_zip(path: Path) -> dict[str, Read]:
    with zipfile.ZipFile(path) as archive:
        return {item.filename: partial(_unzipped, path, item) for item in archive.infolist() if not item.is_dir()}


def _unzipped(path: Path, item: zipfile.ZipInfo) -> bytes:
    if item.file_size > MAX_BYTES:
        raise MaskError(f"{item.filename} in {path} is larger than {MAX_BYTES:,} bytes; leave it out.")
    with zipfile.ZipFile(path) as archive:
        return archive.read(item)


def _listed(entry: dict[str, Any], files: dict[str, Read]) -> Marked:
    draw = partial(_region, files[entry["mask"]])
    height, width = draw().shape
    return Marked(entry["label"], entry["file"], (height, width), draw, sha256=entry["sha256"], own=entry["own"])


def _named(name: PurePosixPath, read: Read) -> Marked:
    """A mask in a folder named after the concept, its file named after the picture, with suffix or without."""
    draw = partial(_region, read)
    height, width = draw().shape
    picture = str(PurePosixPath(*name.parts[1:]).with_suffix(""))
    return Marked(name.parts[0], picture, (height, width), draw, stem=True)


def _region(read: Read) -> np.ndarray:
    return decode(read()).pixels[..., 0] > 127
