"""Export of charts: HTML that needs no network, and SVG and PNG drawn by one browser.

SVG and PNG are made by kaleido, which drives a Chrome or Chromium that it finds (or that ``SXAI_CHROMIUM`` names).
Without one nothing fails: everything else is written, and the outcome says what is missing and how to get it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import kaleido
import plotly.graph_objects as go
from kaleido.errors import BrowserClosedError, BrowserFailedError, ChromeNotFoundError
from plotly.offline import get_plotlyjs

from sxai.plot.theme import config

BROWSER = "SXAI_CHROMIUM"
"""The environment variable that names the browser's program."""

DEFAULT_WIDTH = 760
SCALE = 2
"""Pixels of a PNG for each pixel of the page."""

TIMEOUT_SECONDS = 300
"""Largest time in which one chart is drawn."""

ADVICE = (
    "SVG and PNG were left out, because no Chrome or Chromium was found or it did not start. Install one (for example "
    "with: kaleido_get_chrome), or name it in the variable SXAI_CHROMIUM, and run the same again."
)


@dataclass(frozen=True, eq=False)
class Drawing:
    """One chart to be written to ``path``, whose suffix (``.svg`` or ``.png``) is the format; ``width`` in pixels."""

    figure: go.Figure
    path: Path
    width: int = DEFAULT_WIDTH


@dataclass(frozen=True)
class Drawn:
    """The files that were written, and the reason why others were not (None when all were)."""

    files: tuple[Path, ...]
    left_out: str | None = None


def draw(drawings: Sequence[Drawing]) -> Drawn:
    """Write every chart as SVG or PNG on a white ground, all with one browser.

    Charts that a browser cannot draw are left out and named; without a browser all are, with :data:`ADVICE`.
    """
    if not drawings:
        return Drawn(())
    for drawing in drawings:
        drawing.path.parent.mkdir(parents=True, exist_ok=True)
        drawing.path.unlink(missing_ok=True)
    try:
        errors = kaleido.write_fig_from_object_sync([_order(drawing) for drawing in drawings], kopts=_browser())
    except (ChromeNotFoundError, BrowserFailedError, BrowserClosedError, FileNotFoundError, TimeoutError):
        return Drawn((), ADVICE)
    files = tuple(drawing.path for drawing in drawings if drawing.path.exists())
    missing = [drawing.path.name for drawing in drawings if drawing.path not in files]
    reason = f"{', '.join(missing)} could not be drawn: {errors[0]}" if missing and errors else None
    return Drawn(files, reason)


def write_html(figure: go.Figure, path: Path, title: str) -> Path:
    """Write a chart as a page of its own; plotly's script lies once beside all pages of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = config(title, "svg")
    page = figure.to_html(full_html=True, include_plotlyjs="directory", config=settings, div_id="chart")
    script = path.parent / "plotly.min.js"
    if not script.exists():
        script.write_text(get_plotlyjs(), encoding="utf-8")
    path.write_text(page.replace("<head>", f"<head><title>{_safe(title)}</title>", 1), encoding="utf-8")
    return path


def on_white(figure: go.Figure) -> go.Figure:
    """A copy of a chart on a white ground, for files that are looked at anywhere."""
    copy = go.Figure(figure)
    copy.update_layout(paper_bgcolor="white", plot_bgcolor="white")
    return copy


def _order(drawing: Drawing) -> dict[str, object]:
    """Kaleido's options of one chart."""
    kind = drawing.path.suffix.removeprefix(".")
    size = {"width": drawing.width, "height": int(drawing.figure.layout.height or 400)}
    return {
        "fig": on_white(drawing.figure).to_dict(),
        "path": drawing.path,
        "opts": {"format": kind, "scale": SCALE if kind == "png" else 1, **size},
    }


def _browser() -> dict[str, object]:
    """How kaleido starts its browser; formulas need no MathJax here, which would be fetched from the internet."""
    named = os.environ.get(BROWSER)
    return {"mathjax": False, "timeout": TIMEOUT_SECONDS, **({"path": named} if named else {})}


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
