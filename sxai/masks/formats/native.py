"""This program's own file of masks: JSON with everything that is stored."""

import json
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sxai.masks.annotation_files import entry_mask, text_of
from sxai.masks.formats.marked import Marked, Outgoing, digest
from sxai.masks.mask import decode_rle
from sxai.names import split_name


def write(masks: Iterable[Outgoing], path: Path, polygons: bool) -> int:
    """Write masks on their canvases; their number. This format has no outlines."""
    entries = [
        {"concept": mask.label, "file": mask.image.name, "sha256": mask.image.sha256, "rle": mask.record.rle}
        | {key: value for key, value in mask.own.items() if key not in ("size", "pixels")}
        for mask in masks
    ]
    document = {"format": "sxai-masks", "version": 1, "masks": entries}
    path.write_text(json.dumps(document), encoding="utf-8")
    return len(entries)


def read(document: Any) -> Iterator[Marked]:
    """The masks of a document, one by one."""
    return map(_marked, document["masks"])


def _marked(entry: dict[str, Any]) -> Marked:
    region = entry_mask(entry).pixels
    split_name(text_of(entry["concept"]))  # says so when it names no class
    return Marked(
        label=text_of(entry["concept"]),
        file=text_of(entry["file"]),
        size=(region.shape[0], region.shape[1]),
        draw=partial(decode_rle, entry["rle"]),
        sha256=text_of(entry["sha256"]),
        own={**entry, "size": list(region.shape), "pixels": digest(region)},
    )
