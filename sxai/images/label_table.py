"""Tables of labels: a CSV that says the class, and perhaps the split, of each picture by its file name."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sxai.errors import ImportFailed

SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "eval": "val",
    "evaluation": "val",
    "test": "test",
    "testing": "test",
    "reference": "reference",
}
"""Common spellings of the splits."""
TABLES = (".csv", ".tsv")
FILE_COLUMNS = ("file", "filename", "file_name", "image", "path", "name")
CLASS_COLUMNS = ("class", "label", "class_name", "category")
SPLIT_COLUMNS = ("split", "set", "subset")
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class LabelTable:
    """The rows of a table: class and split (None when it says none) by file name, as written in it."""

    name: str
    rows: Mapping[str, tuple[str | None, str | None]]


def read_table(data: bytes, name: str) -> LabelTable | None:
    """The table in the bytes of a CSV, or None when its first line names no columns for file and class.

    The columns may be called file, filename, image or path; class, label or category; split, set or subset; they are
    separated by commas, semicolons or tabs.

    Raises
    ------
    ImportFailed
        when it is not text in UTF-8, or a row has no file or an unknown split.
    """
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ImportFailed(f"{name} is not text in UTF-8 ({error.reason}). Save it as CSV in UTF-8.") from error
    if not lines:
        return None
    delimiter = max(_DELIMITERS, key=lines[0].count)
    header, *rows = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    columns = [_column(header, names) for names in (FILE_COLUMNS, CLASS_COLUMNS, SPLIT_COLUMNS)]
    if columns[0] is None or columns[1] is None:
        return None
    found = {}
    for number, row in enumerate(rows, start=2):
        if any(cell.strip() for cell in row):
            file, class_name, split = (_cell(row, column) for column in columns)
            found[_file(file, name, number)] = (class_name, _split(split, name, number))
    return LabelTable(name, found)


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    lowered = [cell.strip().lower() for cell in header]
    return next((lowered.index(name) for name in names if name in lowered), None)


def _cell(row: Sequence[str], column: int | None) -> str | None:
    return None if column is None or column >= len(row) else row[column].strip() or None


def _file(file: str | None, table: str, line: int) -> str:
    if file is None:
        raise ImportFailed(f"{table} names no file in line {line}. Write one, or take the line out.")
    return file.replace("\\", "/").removeprefix("./")


def _split(split: str | None, table: str, line: int) -> str | None:
    if split is None:
        return None
    if split.lower() not in SPLITS:
        raise ImportFailed(f"{table} has the unknown split '{split}' in line {line}; use train, val or reference.")
    return SPLITS[split.lower()]
