"""Results on disk: figures, tables and the numbers of each item as JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data_store.columns import to_json
from sxai.images.decode import encode
from sxai.plot.export import Drawing, draw, write_html
from sxai.plot.table import harmless
from sxai.plot.theme import alt_text
from sxai.reproduction.paper import PRINTED
from sxai.reproduction.study import ItemResult


class Writer:
    """Writes items as they come; SVG and PNG of all charts are drawn at the end by one browser (:meth:`draw`).

    ``items`` and ``files`` (names within ``out``) are by item name.
    """

    def __init__(self, out: Path, formats: Sequence[str], made: Mapping[str, Any]) -> None:
        self.out, self.formats, self.made = out, formats, made
        self.items: dict[str, ItemResult] = {}
        self.files: dict[str, list[str]] = {}
        out.mkdir(parents=True, exist_ok=True)

    def write(self, item: ItemResult) -> None:
        """Write one item's tables, pages and contact sheets, and its numbers as JSON."""
        self._clear(item.name)
        self.items[item.name] = item
        files = [self._table(f"{item.name}-{name}.csv", rows) for name, rows in item.tables.items()]
        if "html" in self.formats:
            files += [
                write_html(figure, self.out / f"{name}.html", f"{PRINTED[item.name].where}: {item.title}").name
                for name, figure in item.figures.items()
            ]
        files += [self._picture(f"{item.name}-{name}.png", pixels) for name, pixels in item.pictures.items()]
        self.files[item.name] = files
        self._numbers(item)

    def draw(self) -> str | None:
        """Draw all charts as SVG and PNG; the reason when that is not possible, else None."""
        formats = [kind for kind in self.formats if kind != "html"]
        drawings = [
            Drawing(figure, self.out / f"{name}.{kind}", item.width)
            for item in self.items.values()
            for name, figure in item.figures.items()
            for kind in formats
        ]
        drawn = draw(drawings)
        written = {path.name for path in drawn.files}
        for item in self.items.values():
            mine = [f"{name}.{kind}" for name in item.figures for kind in formats]
            self.files[item.name] += [name for name in mine if name in written]
            self._numbers(item)
        return drawn.left_out

    def _clear(self, name: str) -> None:
        """Remove what a former run wrote for the item."""
        numbers = self.out / f"{name}.json"
        if numbers.exists():
            for file in json.loads(numbers.read_text(encoding="utf-8")).get("files", []):
                (self.out / Path(file).name).unlink(missing_ok=True)

    def _table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> str:
        harmless(pd.DataFrame(rows)).to_csv(self.out / name, index=False)
        return name

    def _picture(self, name: str, pixels: np.ndarray) -> str:
        (self.out / name).write_bytes(encode(pixels, "png"))
        return name

    def _numbers(self, item: ItemResult) -> None:
        printed = PRINTED[item.name]
        document = {
            "name": item.name,
            "where": printed.where,
            "title": printed.title,
            "says": printed.says,
            "paper": dict(printed.values),
            "ours": item.ours,
            "note": item.note,
            "figures": {name: alt_text(figure) for name, figure in item.figures.items()},
            "tables": item.tables,
            "files": self.files[item.name],
            "made": dict(self.made),
        }
        (self.out / f"{item.name}.json").write_text(to_json(document) + "\n", encoding="utf-8")


def read_items(folder: Path) -> list[dict[str, Any]]:
    """The items written to a folder by this or former runs, in the order of the paper."""
    paths = (folder / f"{name}.json" for name in PRINTED)
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]
