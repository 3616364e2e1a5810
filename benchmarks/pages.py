"""Results of benchmarks written down: numbers as JSON, a page from its template, charts as SVG."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined

RESULTS = Path(__file__).resolve().parent.parent / "build" / "results"
"""Where results go by default; a page and the charts that it shows are copied to ``docs/results`` to be committed."""


def save_figure(figure: go.Figure, folder: Path, name: str) -> str:
    """Write a chart as SVG on a white ground; its file name."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = go.Figure(figure)
    copy.update_layout(paper_bgcolor="white", plot_bgcolor="white", width=760)
    copy.write_image(folder / f"{name}.svg")
    return f"{name}.svg"


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of equal keys as a Markdown table; numbers with three digits after the point."""
    if not rows:
        return "(none)"
    head = list(rows[0])
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(cell(row[key]) for key in head) + " |" for row in rows)])


def cell(value: Any) -> str:
    """A value in a table: numbers with three digits after the point, a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value).replace("|", "\\|")


def hundredths(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its numbers to two decimals, without the sign of a negative zero."""
    return {key: f"{round(value, 2) + 0.0:.2f}" if isinstance(value, float) else value for key, value in row.items()}


def four_digits(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its numbers to four digits, or whole from 10,000 on."""
    forms = {key: ",.4g" if value < 1e4 else ",.0f" for key, value in row.items() if isinstance(value, float)}
    return {key: f"{value:{forms[key]}}" if key in forms else value for key, value in row.items()}


def span(values: Iterable[float]) -> str:
    """The lowest and the highest of some values."""
    ordered = sorted(values)
    return f"{ordered[0]:.3f} to {ordered[-1]:.3f}"


def fixed(value: float, form: str) -> str:
    """A number in one of Python's formats, such as ".1%"."""
    return f"{value:{form}}"


TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
TEMPLATES.filters |= {each.__name__: each for each in (table, cell, hundredths, four_digits, span, fixed)}


def render(name: str, **values: Any) -> str:
    """The page of ``templates/NAME.md.jinja`` with these values."""
    return TEMPLATES.get_template(f"{name}.md.jinja").render(values)


def write_json(path: Path, document: Any) -> None:
    """A result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False, default=float) + "\n", encoding="utf-8")


def write_page(path: Path, text: str) -> None:
    """A page, also printed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(text)
