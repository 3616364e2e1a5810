"""The paper beside several networks: ``python -m benchmarks.reproduction [FOLDER]``.

Each subfolder of FOLDER (default ``build/results/reproduction``) is what ``sxai reproduce --charts-only --out`` wrote
for one network; the page that puts them side by side is written to ``FOLDER/README.md``. Explanations of differences
that were tested stand in ``benchmarks/remarks.json`` by item name, and are printed under the item.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.pages import RESULTS, render
from sxai.reproduction.pages import cell, made_with, shown
from sxai.reproduction.paper import PRINTED
from sxai.reproduction.writing import read_items

DEFAULT = RESULTS / "reproduction"
REMARKS = Path(__file__).with_name("remarks.json")
OTHER_PAPERS = ("as-", "sevec-")
"""How the items of the other papers begin: this page is about one of them."""

Runs = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""What was reproduced: by network (the folder's name), then by item."""


def read_runs(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """All that the subfolders hold, in the order of their names."""
    found = {
        path.name: {item["name"]: item for item in read_items(path)}
        for path in sorted(folder.iterdir())
        if path.is_dir()
    }
    return {name: items for name, items in found.items() if items}


def page(runs: Runs, remarks: Mapping[str, str]) -> str:
    """The whole page: how it was made, then item by item with every number."""
    own = {name: printed.where for name, printed in PRINTED.items() if not name.startswith(OTHER_PAPERS)}
    return render(
        "reproduction",
        made={name: made_with(list(items.values())) for name, items in runs.items()},
        missing=[where for name, where in own.items() if not any(name in items for items in runs.values())],
        items=[item for name in PRINTED for item in _item(name, runs, remarks.get(name, ""))],
    )


def _item(name: str, runs: Runs, remark: str) -> list[dict[str, Any]]:
    """One item as the template takes it; none where no network was run for it."""
    having = {network: items[name] for network, items in runs.items() if name in items}
    if not having:
        return []
    printed = PRINTED[name]
    return [
        {
            "where": printed.where,
            "title": printed.title,
            "says": printed.says,
            "rows": comparison(name, having),
            "remark": remark,
            "notes": {network: item["note"] for network, item in having.items()},
        }
    ]


def comparison(name: str, having: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """A row of every quantity: its name, the paper's value, then each network's."""
    theirs = PRINTED[name].values
    quantities = dict.fromkeys([*theirs, *(key for item in having.values() for key in item["ours"])])
    return [
        [cell(each), *(cell(shown(values.get(each))) for values in (theirs, *(one["ours"] for one in having.values())))]
        for each in quantities
    ]


def main() -> None:
    """Write the page of the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT)
    folder = parser.parse_args().folder
    if not folder.is_dir() or not (runs := read_runs(folder)):
        parser.exit(
            1, f"nothing was reproduced in {folder}; run: sxai reproduce --charts-only --out {folder}/NETWORK\n"
        )
    remarks = json.loads(REMARKS.read_text(encoding="utf-8"))
    (folder / "README.md").write_text(page(runs, remarks), encoding="utf-8")
    print(f"{folder / 'README.md'}: {', '.join(runs)}")


if __name__ == "__main__":
    main()
