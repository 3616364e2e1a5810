"""The paper beside several networks: ``python -m benchmarks.reproduction [FOLDER]``.

Each subfolder of FOLDER (default ``build/results/reproduction``) is what ``sxai reproduce --charts-only --out`` wrote
for one network; the page that puts them side by side is written to ``FOLDER/README.md``. Explanations of differences
that were tested stand in ``benchmarks/remarks.json`` by item name, and are printed under the item.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sxai.reproduction.pages import cell, made_with, shown
from sxai.reproduction.paper import PRINTED
from sxai.reproduction.writing import read_items

DEFAULT = Path(__file__).resolve().parent.parent / "build" / "results" / "reproduction"
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
    """The whole page: how it was made, a summary of every number, then item by item."""
    parts = [
        "# The paper beside ours\n",
        "Figures and tables of S-XAI and its supplement, reproduced with `sxai reproduce` on real photographs of "
        "cats and dogs. The paper's network is VGG-19, fine-tuned on Kaggle's 25,000 images; ours are named in the "
        "columns. Charts and photographs are left out here; `sxai reproduce` makes them. "
        "[How to run it](../../reproduction.md).\n",
        *(f"- **{name}**: {made_with(list(items.values()))}" for name, items in runs.items()),
        "",
        *missing(runs),
    ]
    for name in PRINTED:
        parts += section(name, runs, remarks.get(name, ""))
    return "\n".join(parts)


def missing(runs: Runs) -> list[str]:
    """A line with the items of S-XAI that no network was run for; none when all are there."""
    own = {name: printed.where for name, printed in PRINTED.items() if not name.startswith(OTHER_PAPERS)}
    left = [where for name, where in own.items() if not any(name in items for items in runs.values())]
    return [f"Not run for this page: {', '.join(left)}.\n"] if left else []


def section(name: str, runs: Runs, remark: str) -> list[str]:
    """One item: its numbers in one table, and what must be known."""
    having = {network: items[name] for network, items in runs.items() if name in items}
    if not having:
        return []
    printed = PRINTED[name]
    lines = [f"## {printed.where}: {printed.title}\n", f"Paper: {printed.says}\n", comparison(name, having)]
    lines += [f"{remark}\n"] if remark else []
    for network, item in having.items():
        lines += [f"*{network}*: {item['note']}\n"] if item["note"] else []
    return lines


def comparison(name: str, having: Mapping[str, Mapping[str, Any]]) -> str:
    """A table of every quantity: the paper's, then each network's."""
    quantities = list(PRINTED[name].values)
    quantities += [key for item in having.values() for key in item["ours"] if key not in quantities]
    rows = []
    for quantity in dict.fromkeys(quantities):
        ours = [shown(item["ours"].get(quantity)) for item in having.values()]
        rows.append(row([quantity, shown(PRINTED[name].values.get(quantity)), *ours]))
    head = row(["", "paper", *having])
    return "\n".join([head, "|" + " --- |" * (2 + len(having)), *rows]) + "\n"


def row(cells: Sequence[str]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(cell(text) for text in cells) + " |"


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
