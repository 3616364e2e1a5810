"""Benchmarks written down: charts as SVG, and one page of Markdown tables."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

PAPER = {
    "accuracy": "97.5 % (VGG-19)",
    "r2": "all above 0.97",
    "ratio": "about 0.5, with the genetic search",
    "masking": "a marked decrease",
}


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
        return "(none)\n"
    head = list(rows[0])
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_cell(row[key]) for key in head) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value).replace("|", "\\|")


def hundredths(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its numbers to two digits, without a minus before nothing."""
    return {key: f"{round(value, 2) + 0.0:.2f}" if isinstance(value, float) else value for key, value in row.items()}


def markdown(results: Iterable[Mapping[str, Any]], flags: Mapping[str, str]) -> str:
    """The whole report: one section a network, the paper's figures beside ours, and what the flags mean."""
    results = list(results)
    parts = [
        "# The paper's path on real photographs\n",
        "Written by `python -m benchmarks.real_photographs`. The network is trained to tell 1,250 cats from 1,250 dogs "
        "(one in five held out, by content); each concept is masked on 100 photographs of another collection with "
        "annotated part points; reference distributions are taken over all photographs of the class in the first "
        "collection. No photograph is shown here.\n",
        table([_headline(result) for result in results]),
        f"Paper (VGG-19): accuracy {PAPER['accuracy']}; q-q R² {PAPER['r2']}; first-component ratio {PAPER['ratio']}; "
        f"masking lowers P: {PAPER['masking']}.\n",
        *(section(result) for result in results),
        "## Flags\n",
        "\n".join(f"- **{name}**: {text}" for name, text in flags.items()) + "\n",
    ]
    return "\n".join(parts)


def _headline(result: Mapping[str, Any]) -> dict[str, Any]:
    spaces = result["spaces"]
    column = {key: [row[key] for row in spaces] for key in spaces[0]}
    return {
        "network": result["network"],
        "accuracy, held out": result["model"]["accuracy"]["val"],
        "R², lowest": min(column["R²"]),
        "R², highest": max(column["R²"]),
        "P unmasked": sum(column["P unmasked"]) / len(spaces),
        "P masked": sum(column["P masked"]) / len(spaces),
        "share lowered, held out": sum(column["share lowered, held out"]) / len(spaces),
        "presence AUC": sum(column["presence AUC"]) / len(spaces),
    }


def section(result: Mapping[str, Any]) -> str:
    """One network's tables and charts."""
    names = result["crosstalk"]["names"]
    crosstalk = [
        {"masked": name, **{column: f"{value:+.2f}" for column, value in zip(names, row, strict=True)}}
        for name, row in zip(names, result["crosstalk"]["change of P"], strict=True)
    ]
    network = result["network"]
    pictures = [
        f"### {name}\n\n"
        + " ".join(f"![{kind} of {name}](charts/{network}-{name}-{kind}.svg)" for kind in KINDS)
        + "\n"
        for name in names
    ]
    return "\n".join(
        [
            f"## {network}\n",
            f"Head trained in {result['model']['parameters']['best_epoch']} passes over the features; confusion on the "
            f"held-out photographs (rows true, columns said, cat then dog): {result['confusion']}. About "
            f"{result['superpixels']} superpixels an image.\n",
            "### Semantic spaces\n",
            table(result["spaces"]),
            "“Share lowered, held out” counts pairs that the space was not made from. “Presence AUC” "
            "asks whether a high "
            "P means that the part is visible, on photographs that were never masked; the paper does not measure it.\n",
            "### Mean change of P when a concept is masked\n",
            table(crosstalk),
            "### 20 assessments\n",
            table([hundredths(row) for row in result["assessments"]]),
            "### Searches\n",
            table(result["searches"]),
            *pictures,
        ]
    )


KINDS = ("distribution", "qq", "masked", "difference")
