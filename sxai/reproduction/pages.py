"""The page of all reproduced items, as HTML and as Markdown: our values beside the paper's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sxai.reproduction.writing import read_items

Document = Mapping[str, Any]


def write_index(folder: Path) -> None:
    """Write ``index.html`` and ``README.md`` of all items in the folder."""
    items = read_items(folder)
    (folder / "index.html").write_text(_page(items), encoding="utf-8")
    (folder / "README.md").write_text(_markdown(items), encoding="utf-8")


def shown(value: Any) -> str:
    """A value as a table shows it: three digits after the point.

    >>> shown(0.97123), shown(300), shown("none"), shown(None)
    ('0.971', '300', 'none', '–')
    """
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def compared(item: Document) -> list[tuple[str, str, str]]:
    """Rows (quantity, paper, ours) of an item: the paper's quantities first, then our additional ones."""
    names = [*item["paper"], *(name for name in item["ours"] if name not in item["paper"])]
    return [(name, shown(item["paper"].get(name)), shown(item["ours"].get(name))) for name in names]


def cell(text: str) -> str:
    """Text escaped for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def images_of(item: Document) -> list[tuple[str, str]]:
    """(file, description) of the pictures of an item: charts as SVG (or PNG), then contact sheets."""
    files, images = item["files"], []
    for name, words in item["figures"].items():
        drawn = next((f"{name}.{kind}" for kind in ("svg", "png") if f"{name}.{kind}" in files), None)
        images += [(drawn, words)] if drawn else []
    charts = {f"{name}.png" for name in item["figures"]}
    sheets = [name for name in files if name.endswith(".png") and name not in charts]
    return [*images, *((name, name.removesuffix(".png").replace("-", " ")) for name in sheets)]


def made_with(items: Sequence[Document]) -> str:
    """What the results were made with, in a sentence."""
    if not items:
        return "Nothing was reproduced yet."
    provenance = items[-1]["made"]
    images = ", ".join(f"{count} of {name}" for name, count in provenance["images"].items())
    brief = " In short form: few samples and steps, to see that everything runs." if provenance["short"] else ""
    return (
        f"Network {provenance['model']} ({provenance['backbone']}), images: {images}, seed {provenance['seed']}, "
        f"sxai {provenance['version']}.{brief} The JSON of each item holds all parameters."
    )


def _markdown(items: Sequence[Document]) -> str:
    parts = ["# The paper reproduced\n", f"{made_with(items)} Written by `sxai reproduce`.\n"]
    for item in items:
        parts.append(f"## {item['where']}: {item['title']}\n\nPaper: {item['says']}\n")
        rows = [f"| {cell(name)} | {cell(theirs)} | {cell(ours)} |" for name, theirs, ours in compared(item)]
        parts.append("\n".join(["| | paper | ours |", "| --- | --- | --- |", *rows]) + "\n")
        parts += [f"{item['note']}\n"] if item["note"] else []
        parts += [f"![{words}]({name})\n" for name, words in images_of(item)]
    return "\n".join(parts)


def _page(items: Sequence[Document]) -> str:
    """All items as one HTML page that refers only to files in its own folder."""
    loader = PackageLoader("sxai.reproduction", ".")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    filled = [
        {
            **item,
            "rows": compared(item),
            "images": [(file, words, _page_of(file, item)) for file, words in images_of(item)],
            "files": [f"{item['name']}.json", *item["files"]],
        }
        for item in items
    ]
    return environment.get_template("reproduction.html").render(items=filled, made=made_with(items))


def _page_of(file: str, item: Document) -> str:
    """The interactive page of a chart if it exists, otherwise the file itself."""
    page = f"{Path(file).stem}.html"
    return page if page in item["files"] else file
