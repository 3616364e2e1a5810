"""Annotation files of other programs: read, and checked entry by entry."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from sxai.errors import MaskError
from sxai.masks.mask import ConceptMask, decode_rle
from sxai.masks.superpixels import SlicParameters

UNUSABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
"""Errors of reading foreign JSON."""

ANOTHER_SHAPE = "the annotation is for a picture of another shape"
MAX_SKEW = 0.02
"""Largest relative difference of aspect ratios; above it an annotation belongs to another or a cropped picture."""


def read_json(path: Path | str) -> Any:
    """The JSON document in a file; MaskError when the file cannot be read, ValueError when it is not JSON."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise MaskError(f"{path} cannot be read ({error.strerror or error}); check the name of the file.") from error
    return json.loads(data)


LONGEST = 200
"""Characters of an error's text that are passed on; it may quote the file."""


def reason_of(error: Exception) -> str:
    """An error of reading a foreign file, in words, without the content of the file.

    >>> reason_of(KeyError("x")), reason_of(ValueError("it marks no pixel"))
    ("it has no 'x'", 'it marks no pixel')
    >>> reason_of(UnicodeDecodeError("utf-8", b"secret", 0, 1, "invalid start byte"))
    'it is not text in utf-8'
    """
    if isinstance(error, UnicodeError):
        return f"it is not text in {getattr(error, 'encoding', 'a known encoding')}"
    text = f"it has no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def part_entries(file: Path) -> list[dict[str, Any]]:
    """The pictures of a list of part regions: ``file``, ``class`` and ``parts``; MaskError for any other document."""
    try:
        entries = read_json(file)["images"]
        return [
            {"file": str(entry["file"]), "class": str(entry["class"]), "parts": dict(entry["parts"])}
            for entry in entries
        ]
    except UNUSABLE as error:
        raise MaskError(
            f"{file} is not a list of part regions ({reason_of(error)}); see 'sxai mask from-parts --help'."
        ) from error


def entry_mask(entry: dict[str, Any]) -> ConceptMask:
    """The mask that an entry describes; an error of :data:`UNUSABLE`, or MaskError, when it describes no mask."""
    region = decode_rle(entry["rle"])
    if not region.any():
        raise ValueError("rle marks no pixel")
    labels, fill_label, slic = entry["labels"], entry["fill_label"], entry["slic"]
    red, green, blue = (_whole(value, 255) for value in entry["fill"])
    return ConceptMask(
        pixels=region,
        labels=None if labels is None else tuple(_whole(label) for label in labels),
        slic=None if slic is None else _slic(slic),
        fill_label=None if fill_label is None else _whole(fill_label),
        fill=(red, green, blue),
    )


def _slic(values: dict[str, Any]) -> SlicParameters:
    if not np.isfinite([float(value) for value in values.values()]).all():
        raise ValueError(f"slic {values!r} is not finite")
    _whole(values.get("count", 1))
    return SlicParameters(**values)


def _whole(value: Any, largest: int = 2**31 - 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= largest:
        raise ValueError(f"{value!r} is not a whole number from 0 to {largest}")
    return value


def text_of(value: Any) -> str:
    """The value when it is text that can be stored; TypeError or ValueError otherwise."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    value.encode()  # half a surrogate pair, which JSON can hold, cannot be stored
    return value


def skewed(size: tuple[int, int], annotated: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) differ in aspect ratio."""
    return abs(size[0] * annotated[1] - size[1] * annotated[0]) > MAX_SKEW * size[1] * annotated[0]
