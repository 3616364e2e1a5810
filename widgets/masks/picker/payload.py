"""Messages to and from the browser as plain JSON values; what the browser sends is always validated."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from sxai.annotation.verbs.suggest import Suggestion
from sxai.errors import MaskError
from sxai.masks.superpixels import Pieces
from sxai.masks.verbs.save import MaskCanvas

LADDER = (10, 15, 20, 30, 45, 70, 100, 150)


@dataclass(frozen=True)
class Edit:
    """The full mask of one picture as the person made it.

    ``base`` is the stored version that the browser last saw; ``region`` the runs of a free-hand mask (then
    ``selected`` is empty); ``count`` the number of superpixels asked for.
    """

    seq: int
    image_id: int
    concept: str
    count: int
    base: int
    selected: frozenset[int]
    fill_label: int | None
    region: str | None


@dataclass(frozen=True)
class Command:
    """What the person asks of the page.

    ``kind`` "go" with ``to`` "next", "previous" or "skip" (``shown`` is the picture that the browser shows already),
    "open" the picture ``image_id``, "detail" with a new ``count``, or "levels" for the coarse and fine superpixels.
    """

    seq: int
    kind: str
    image_id: int
    to: str = ""
    count: int = 0
    shown: int = 0


@dataclass(frozen=True)
class Outbox:
    """Changes of a browser tab (``client``) that are not acknowledged as saved yet, in their order.

    ``project`` is the home of the project whose pictures it is about: image numbers are valid only there.
    """

    client: str
    project: str
    entries: tuple[Edit | Command, ...]


def runs(values: np.ndarray) -> str:
    """Run lengths of ``values`` (H, W) in 0…65535: base64 of little-endian uint16 pairs (value, length).

    No run goes past the end of its row.

    >>> undo_runs(runs(np.array([[3, 3], [3, 7]])), (2, 2)).tolist()
    [[3, 3], [3, 7]]
    """
    height, width = values.shape
    flat = values.ravel().astype("<u2")
    begins = np.ones((height, width), dtype=bool)
    begins[:, 1:] = values[:, 1:] != values[:, :-1]
    starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(starts, flat.size))
    return base64.b64encode(np.stack([flat[starts], lengths], axis=1).astype("<u2").tobytes()).decode("ascii")


def undo_runs(text: str, shape: tuple[int, int]) -> np.ndarray:
    """The uint16 array of ``shape`` (H, W) of a text by :func:`runs`; MaskError when the runs do not fill it."""
    try:
        pairs = np.frombuffer(base64.b64decode(text, validate=True), dtype="<u2").reshape(-1, 2)
    except ValueError as error:
        raise MaskError(f"the browser sent a damaged mask ({error}). Reload the page.") from error
    if int(pairs[:, 1].sum(dtype=np.int64)) != shape[0] * shape[1]:
        raise MaskError(f"the browser sent a mask that is not {shape[0]} × {shape[1]} pixels. Reload the page.")
    return np.repeat(pairs[:, 0], pairs[:, 1]).reshape(shape)


@lru_cache(maxsize=16)
def _picture(pieces: Pieces) -> Mapping[str, Any]:
    """The picture and its superpixels, the same after every click; ``sums`` are exact, so that fill colours agree."""
    areas = np.bincount(pieces.labels.ravel())
    return {
        "width": pieces.labels.shape[1],
        "height": pieces.labels.shape[0],
        "jpeg": base64.b64encode(pieces.jpeg).decode("ascii"),
        "runs": runs(pieces.labels),
        "sums": np.rint(pieces.colours * areas[:, None]).astype(int).tolist(),
    }


@lru_cache(maxsize=16)
def level_payload(pieces: Pieces) -> dict[str, Any]:
    """The fine pieces of all superpixels, with their parents and exact sums of colours, and the coarse groups."""
    fine, parents = pieces.nested.fine, pieces.nested.parents
    flat = pieces.pixels.reshape(-1, 3)
    sums = [np.bincount(fine.ravel(), weights=flat[:, channel], minlength=len(parents)) for channel in range(3)]
    return {
        "fine": runs(fine),
        "parents": parents.tolist(),
        "fine_sums": np.stack(sums, axis=1).astype(int).tolist(),
        "groups": pieces.nested.groups.tolist(),
    }


def canvas_payload(canvas: MaskCanvas, levels: bool = False) -> dict[str, Any]:
    """The picture, its superpixels and the stored mask; with the other two levels when asked for or needed."""
    levels = levels or any(label >= canvas.pieces.count for label in canvas.selected)
    return {
        "levels": level_payload(canvas.pieces) if levels else None,
        **_picture(canvas.pieces),
        "name": canvas.name,
        "image": canvas.image_id,
        "count": canvas.slic.count,
        "counts": sorted({*LADDER, canvas.slic.count}),
        "version": canvas.version,
        "region_fill": list(canvas.fill) if canvas.fill else None,
        "state": stored_state(canvas),
    }


def stored_state(canvas: MaskCanvas) -> dict[str, Any]:
    """The stored mask as superpixels if these cover it exactly, else as a region."""
    if canvas.region is None:
        return {"selected": [], "fill": None, "region": None}
    selected = sorted(canvas.selected)
    if np.array_equal(canvas.pieces.covers(selected), canvas.region):
        return {"selected": selected, "fill": canvas.fill_label, "region": None}
    return {"selected": [], "fill": None, "region": runs(canvas.region)}


def suggestion_payload(canvas: MaskCanvas, suggestion: Suggestion | None) -> dict[str, Any] | None:
    """The suggestion for this picture; None if it is for other superpixels."""
    if suggestion is None or suggestion.image_id != canvas.image_id or suggestion.count != canvas.slic.count:
        return None
    sure = suggestion.sure and bool(suggestion.labels)
    return {"labels": list(suggestion.labels), "ranked": list(suggestion.ranked), "sure": sure}


def read_outbox(value: object) -> Outbox | None:
    """The browser's outbox; None when there is none or it is not valid."""
    if not isinstance(value, Mapping):
        return None
    try:
        entries = tuple(sorted((_entry(item) for item in value["entries"]), key=lambda entry: entry.seq))
        return Outbox(str(value["client"])[:64], str(value["project"]), entries)
    except (KeyError, TypeError, ValueError):
        return None


def _entry(item: Mapping[str, Any]) -> Edit | Command:
    if item["kind"] != "mask":
        to, count = str(item.get("to", "")), int(item.get("count", 0))
        image, shown = int(item["image"]), int(item.get("shown", 0))
        return Command(int(item["seq"]), str(item["kind"]), image, to, min(count, LADDER[-1]), shown)
    return Edit(
        seq=int(item["seq"]),
        image_id=int(item["image"]),
        concept=str(item["concept"]),
        count=int(item["count"]),
        base=int(item["base"]),
        selected=frozenset(int(label) for label in item["selected"]),
        fill_label=None if item["fill"] is None else int(item["fill"]),
        region=None if item["region"] is None else str(item["region"]),
    )
