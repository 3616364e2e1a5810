"""An example as it is shown: a picture assessed, its parts outlined, and pictures like it.

Each example is complete in itself, pictures included, so that one that comes with the package can be shown before any
project is ready. Importing this loads nothing heavy.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import resources

PACKAGED = "showcase.json"


@dataclass(frozen=True)
class Part:
    """A part that is outlined: its concept, P, and the colour of its line."""

    concept: str
    probability: float
    colour: str


@dataclass(frozen=True)
class Check:
    """What one gate found: passed or not (None: it could not be asked), and why."""

    name: str
    passed: bool | None
    why: str


@dataclass(frozen=True)
class Example:
    """One assessed picture as it is shown.

    Attributes
    ----------
    image_id
        the project's image; None for a picture from elsewhere.
    picture
        JPEG of the picture with its parts outlined.
    alike
        JPEG of each picture like it: the hits of ``query``, or the nearest known pictures where that is empty.
    alike_ids
        their image ids.
    total
        how many hits the query has.
    """

    image_id: int | None
    level: str
    verdict: str
    gates: tuple[Check, ...]
    cnn_line: str
    parts: tuple[Part, ...]
    picture: bytes
    query: str
    total: int
    alike: tuple[bytes, ...]
    alike_ids: tuple[int, ...]


def to_json(examples: Sequence[Example]) -> str:
    """The examples as JSON, their pictures as base 64."""
    rows = []
    for one in examples:
        row = asdict(one)
        row["picture"] = base64.b64encode(one.picture).decode()
        row["alike"] = [base64.b64encode(picture).decode() for picture in one.alike]
        rows.append(row)
    return json.dumps(rows, indent=1)


def from_json(text: str) -> tuple[Example, ...]:
    """The examples that :func:`to_json` wrote."""
    return tuple(
        Example(
            **{
                **row,
                "gates": tuple(Check(**gate) for gate in row["gates"]),
                "parts": tuple(Part(**part) for part in row["parts"]),
                "picture": base64.b64decode(row["picture"]),
                "alike": tuple(base64.b64decode(picture) for picture in row["alike"]),
                "alike_ids": tuple(row["alike_ids"]),
            }
        )
        for row in json.loads(text)
    )


@lru_cache(maxsize=1)
def packaged_examples() -> tuple[Example, ...]:
    """The examples of the demo that come with the package: one that is sure, one of an animal it has never seen."""
    return from_json((resources.files("sxai.demo") / PACKAGED).read_text(encoding="utf-8"))
