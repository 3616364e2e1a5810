"""Which class each picture of an import belongs to, and what says so.

A folder of class folders says it by their names. Where pictures lie side by side, a CSV beside them, their file names
(``cat.0.jpg``, ``dog_12.png``) or the name of the folder itself can say it.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from sxai.errors import ImportFailed
from sxai.images.label_table import TABLES, LabelTable, read_table
from sxai.images.sources import Source

AUTO = "auto"
RULES = {
    "table": "a CSV",
    "folders": "folder names",
    "names": "file names",
    "own": "the folder's own name",
    "none": "nothing",
}
"""What classes can be taken from, in the order in which it is tried by default."""
FEWEST = 2
"""Classes that file names must show, and pictures of each, before they are believed by default."""
_NUMBERED = re.compile(r"([^\W\d_](?:.*[^\W\d_])?)[ ._-]*\(?\d+\)?$")
_MACHINES = frozenset(
    [
        *("dsc", "dscf", "dscn", "download", "file", "frame", "image", "images", "img", "mvi", "p", "photo"),
        *("pic", "picture", "pxl", "sam", "scan", "screenshot", "untitled"),
    ]
)
"""What cameras and programs begin file names with."""


@dataclass(frozen=True)
class Labelled:
    """Sources with their classes, and the rules (of ``RULES``) that gave them, in the order of the places."""

    sources: tuple[Source, ...]
    rules: tuple[str, ...]

    @property
    def classes(self) -> dict[str, int]:
        """Number of pictures of each class."""
        counts = Counter(source.class_name for source in pictures_of(self.sources))
        return {name: counts[name] for name in sorted(name for name in counts if name is not None)}


def label(sources: Sequence[Source], rule: str = AUTO) -> Labelled:
    """Give each picture its class by ``rule``, or by the first that applies to the place where it lies.

    Raises
    ------
    ImportFailed
        when the rule is unknown, or a CSV is asked for and there is none.
    """
    if rule not in (AUTO, *RULES):
        raise ImportFailed(f"unknown rule '{rule}' for classes; use {', '.join((AUTO, *RULES))}.")
    labelled: list[Source] = []
    rules: list[str] = []
    for place in dict.fromkeys(source.place for source in sources):
        found, used = _label_place([source for source in sources if source.place == place], rule)
        labelled += found
        rules.append(used)
    return Labelled(tuple(labelled), tuple(dict.fromkeys(rules)))


def offered(sources: Sequence[Source]) -> dict[str, dict[str, int]]:
    """The classes that each rule would give, with their numbers of pictures; rules that give none are left out."""
    found: dict[str, dict[str, int]] = {}
    for rule in RULES:
        try:
            classes = label(sources, rule).classes
        except ImportFailed:
            continue
        if classes and classes not in found.values():
            found[rule] = classes
    return found


def pictures_of(sources: Sequence[Source]) -> list[Source]:
    """The sources that look like pictures by name; all of them, if none does."""
    return [source for source in sources if source.looks_like_a_picture] or list(sources)


def class_in_name(name: str) -> str | None:
    """The class that the name of a numbered file begins with; None when it has no such beginning.

    >>> class_in_name("cat.0.jpg"), class_in_name("more/german_shepherd_12.png"), class_in_name("IMG_0004.jpg")
    ('cat', 'german_shepherd', None)
    """
    numbered = _NUMBERED.fullmatch(PurePosixPath(name).stem)
    if numbered is None or numbered[1].lower() in _MACHINES:
        return None
    return numbered[1]


def _label_place(sources: Sequence[Source], rule: str) -> tuple[list[Source], str]:
    """The sources of one place with their classes, and the rule that was used."""
    if rule in (AUTO, "table"):
        table = _table_in(sources)
        if table is not None:
            return _by_table(sources, *table), "table"
        if rule == "table":
            raise ImportFailed("there is no CSV with the columns file and class. Put it beside the pictures.")
    used = _first_that_applies(sources) if rule == AUTO else rule
    give = _GIVERS[used]
    return [replace(source, class_name=give(source)) for source in sources], used


def _first_that_applies(sources: Sequence[Source]) -> str:
    pictures = pictures_of(sources)
    if any(source.class_name for source in pictures):
        return "folders"
    named = Counter(class_in_name(source.name) for source in pictures)
    if None not in named and len(named) >= FEWEST and min(named.values()) >= FEWEST:
        return "names"
    return "own" if sources and sources[0].place else "none"


_GIVERS: dict[str, Callable[[Source], str | None]] = {
    "folders": lambda source: source.class_name,
    "names": lambda source: class_in_name(source.name),
    "own": lambda source: source.class_name or source.place or None,
    "none": lambda source: None,
}


def _table_in(sources: Sequence[Source]) -> tuple[LabelTable, Source] | None:
    """The first CSV with columns for file and class that does not lie in a class folder."""
    for source in sources:
        if "/" not in source.name and source.name.lower().endswith(TABLES):
            table = read_table(source.read(), source.name)
            if table is not None:
                return table, source
    return None


def _by_table(sources: Sequence[Source], table: LabelTable, itself: Source) -> list[Source]:
    """Classes and splits as the table says; a row without its picture is reported when it is read."""
    rows = dict(table.rows)
    bare = Counter(PurePosixPath(source.name).name for source in sources)
    found = []
    for source in sources:
        if source is itself:
            continue
        file = PurePosixPath(source.name).name
        key = source.name if source.name in rows or bare[file] > 1 else file
        if key in rows:
            class_name, split = rows.pop(key)
            source = replace(source, class_name=class_name, split=split or source.split)
        found.append(source)
    missing = [Source(name, None, None, partial(_missing, name, table.name)) for name in rows]
    return [*found, *missing]


def _missing(file: str, table: str, most: int | None = None) -> bytes:
    raise ImportFailed(f"{table} names {file}, but there is no such file. Correct the line, or take it out.")
