"""Charts of the hits of a query: margins and probabilities."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from sxai.plot.theme import NEUTRAL, OKABE_ITO, class_colour, concept_marker, digits, finish, translucent

_HIT = OKABE_ITO[0]


def margin_plot(margins: ArrayLike, names: Sequence[str], query: str, total: int, dark: bool = False) -> go.Figure:
    """Margins (n,) of the hits by rank, best first; a margin is how far the query is met (in units of P)."""
    values = np.asarray(margins, dtype=float)
    finite = np.where(np.isfinite(values), values, np.nan)
    fig = go.Figure(
        go.Scatter(
            x=np.arange(1, values.size + 1),
            y=finite,
            text=list(names),
            name="hits",
            mode="markers",
            marker={"color": translucent(_HIT, 0.8), "size": 6},
            hovertemplate="%{text}<br>rank %{x}<br>margin %{y:.3f}<extra></extra>",
        )
    )
    fig.add_hline(y=0, line={"color": NEUTRAL, "width": 1, "dash": "dash"})
    fig.update_xaxes(title_text="rank", dtick=1 if values.size <= 10 else None)
    fig.update_yaxes(title_text="margin (in units of P)")
    alt = f"Margins of {values.size} of {total} hits for the query {query}."
    return finish(fig, "How clearly the hits meet the query", alt, _clear(finite, total), height=280, dark=dark)


def probability_histograms(
    values: Mapping[str, ArrayLike],
    classes: Sequence[str],
    everything: Mapping[str, ArrayLike] | None = None,
    dark: bool = False,
) -> go.Figure:
    """P_s of the hits by space, as outlines over bins of [0, 1]; ``everything`` adds all images, dotted."""
    edges = np.linspace(0, 1, 21)
    fig = go.Figure()
    for name in values:
        colour = class_colour(name, classes)
        fig.add_trace(_outline(values[name], edges, name, colour, "solid", concept_marker(name, list(values))))
        if everything and name in everything:
            fig.add_trace(_outline(everything[name], edges, f"{name}, all images", colour, "dot", None))
    fig.update_xaxes(title_text="semantic probability P<sub>s</sub> (clipped to 0 … 1)", range=[0, 1])
    fig.update_yaxes(title_text="share of images", tickformat=".0%", rangemode="tozero")
    alt = f"Histograms of Pₛ over the hits for {', '.join(values) or 'no space'}."
    medians = ", ".join(f"{name} {digits(_median(found), 2)}" for name, found in values.items())
    caption = f"Medians among the hits: {medians}." if medians else "The query names no semantic space."
    return finish(fig, "Where the hits lie", alt, caption, height=300, dark=dark)


def _outline(values: ArrayLike, edges: np.ndarray, name: str, colour: str, dash: str, symbol: str | None) -> go.Scatter:
    found = np.asarray(values, dtype=float)
    found = np.clip(found[np.isfinite(found)], 0, 1)
    counts, _ = np.histogram(found, bins=edges)
    return go.Scatter(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts / max(found.size, 1),
        name=name,
        mode="lines+markers" if symbol else "lines",
        line={"color": colour, "dash": dash, "width": 2, "shape": "hvh"},
        marker={"symbol": symbol or "circle", "size": 6},
        hovertemplate="P<sub>s</sub> around %{x:.3f}<br>%{y:.1%} of the images<extra>" + name + "</extra>",
    )


def _median(values: ArrayLike) -> float:
    found = np.asarray(values, dtype=float)
    found = found[np.isfinite(found)]
    return float(np.median(found)) if found.size else float("nan")


def _clear(margins: np.ndarray, total: int) -> str:
    known = margins[np.isfinite(margins)]
    if total == 0:
        return "No image meets the query."
    if known.size == 0:
        return "The query asks for labels only, so every hit meets it fully."
    close = float((known < 0.05).mean())
    best = digits(float(known.max()), 2)
    return f"The best hit lies {best} inside the bound; {close:.0%} of those shown are within 0.05 of it."
