"""Charts of automatic concepts: bubble rings, similarity, orthogonality, ranks, sensitivity (AS-XAI)."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from sxai.plot.panels import Look, panels
from sxai.plot.theme import (
    MARKERS,
    NEUTRAL,
    OKABE_ITO,
    SEQUENTIAL,
    class_colour,
    class_of,
    concept_of,
    digits,
    finish,
    translucent,
)

MAX_NUMBERED = 12
"""Cells a side up to which a heat map writes its numbers."""


def bubble_rings(
    probabilities: Mapping[str, float], pcs: Mapping[str, float], classes: Sequence[str], dark: bool = False
) -> go.Figure:
    """P of each concept as a bubble on rings from 0 to 1, one direction a concept; its area is PCS, its hue the class.

    Keys are ``class.concept``; P is drawn clipped to [0, 1], and the hover text gives the true value.
    """
    axes = list(dict.fromkeys(concept_of(name) for name in probabilities))
    shown = [name for name in classes if any(class_of(concept) == name for concept in probabilities)]
    largest = max([abs(value) for value in pcs.values()] or [1.0]) or 1.0
    fig = go.Figure()
    for class_name in shown:
        mine = [name for name in probabilities if class_of(name) == class_name]
        colour = class_colour(class_name, classes)
        fig.add_trace(
            go.Scatterpolar(
                r=[min(max(probabilities[name], 0.0), 1.0) for name in mine],
                theta=[concept_of(name) for name in mine],
                mode="markers",
                name=class_name,
                customdata=[[probabilities[name], pcs.get(name, 0.0)] for name in mine],
                marker={
                    "size": [10 + 36 * np.sqrt(max(pcs.get(name, 0.0), 0.0) / largest) for name in mine],
                    "color": translucent(colour, 0.55),
                    "line": {"color": colour, "width": 1.5},
                },
                hovertemplate="%{theta}: P %{customdata[0]:.2f}, PCS %{customdata[1]:.2f}<extra>"
                + class_name
                + "</extra>",
            )
        )
    fig.update_polars(
        radialaxis={"range": [0, 1.08], "tickvals": [0.2, 0.5, 1.0], "angle": 90, "tickangle": 90},
        angularaxis={"categoryorder": "array", "categoryarray": axes, "direction": "clockwise", "rotation": 90},
    )
    best = max(pcs, key=lambda name: pcs[name], default=None)
    conclusion = f"The largest bubble is {best}: PCS {digits(pcs[best])}." if best else "No concept has been found yet."
    alt = "Semantic probability (radius) and PCS (area) of " + ", ".join(
        f"{name} P {digits(value)}" for name, value in probabilities.items()
    )
    return finish(fig, "How vivid, and how important?", alt + ".", conclusion, height=430, dark=dark)


def similarity_bars(
    cosine: Mapping[str, float], with_hsv: Mapping[str, float], classes: Sequence[str], dark: bool = False
) -> go.Figure:
    """Mean similarity of a picture with the prototypes of each class, by cosine and with likeness of colour (S.1)."""
    fig = go.Figure()
    for label, values, pattern in (("cosine", cosine, ""), ("cosine × HSV structure", with_hsv, "/")):
        fig.add_trace(
            go.Bar(
                x=list(values),
                y=list(values.values()),
                name=label,
                marker={
                    "color": [class_colour(name, classes) for name in values],
                    "pattern": {"shape": pattern, "solidity": 0.35},
                },
                hovertemplate="%{x}: %{y:.3f}<extra>" + label + "</extra>",
            )
        )
    fig.update_layout(barmode="group")
    fig.update_xaxes(title_text="class", type="category")
    fig.update_yaxes(title_text="mean similarity with its prototypes")
    alt = "Global similarity by class: " + ", ".join(f"{name} {digits(value)}" for name, value in cosine.items()) + "."
    finish(fig, "Which class is the whole picture like?", alt, _alike(cosine, with_hsv), height=360, dark=dark)
    return fig.update_layout(bargap=0.3)


def orthogonality_heatmap(vectors: ArrayLike, title: str, dark: bool = False) -> go.Figure:
    """|cosine| between all vectors (m, D), a class after another."""
    rows = np.asarray(vectors, dtype=float)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    values = np.abs(rows @ rows.T)
    fig = go.Figure(
        go.Heatmap(
            z=np.round(values, 4),
            zmin=0,
            zmax=1,
            colorscale=[list(stop) for stop in SEQUENTIAL],
            colorbar={"title": "|cos|", "thickness": 12},
            texttemplate="%{z:.2f}" if len(values) <= MAX_NUMBERED else None,
            hovertemplate="%{y} and %{x}: %{z:.3f}<extra></extra>",
        )
    )
    fig.update_xaxes(title_text="vector")
    fig.update_yaxes(title_text="vector", autorange="reversed")
    off = values[~np.eye(len(values), dtype=bool)]
    mean = float(off.mean()) if off.size else 0.0
    caption = f"Different vectors have a |cosine| of {digits(mean)} on average; 0 is orthogonal."
    return finish(fig, title, f"|Cosine| between {len(values)} vectors.", caption, height=420, dark=dark)


def orthogonality_panels(matrices: Mapping[str, ArrayLike], dark: bool = False) -> go.Figure:
    """Heat maps of |cosine| side by side, such as with and without the orthonormality loss."""
    charts = [orthogonality_heatmap(vectors, title) for title, vectors in matrices.items()]
    caption = " ".join(
        f"{title}: {chart.layout.meta['caption']}" for title, chart in zip(matrices, charts, strict=True)
    )
    look = Look(row_height=320, legend=False)
    alt = f"|Cosine| between vectors, {len(charts)} heat maps: {', '.join(matrices)}."
    return panels([charts], "Are concepts orthogonal?", alt, caption, [list(matrices)], look, dark)


def term_curves(history: Sequence[Mapping[str, float]], dark: bool = False) -> go.Figure:
    """Every term of the loss by pass, each scaled to its own range; the hover text gives the values."""
    fig = go.Figure()
    names = [name for name in (history[0] if history else {}) if name != "accuracy"]
    for at, name in enumerate(names):
        values = np.array([row[name] for row in history])
        low, high = values.min(), values.max()
        fig.add_trace(
            go.Scatter(
                x=np.arange(1, len(values) + 1),
                y=(values - low) / (high - low) if high > low else values * 0,
                customdata=values,
                mode="lines+markers",
                name=name,
                line={"color": OKABE_ITO[at % len(OKABE_ITO)], "width": 2},
                marker={"symbol": MARKERS[at], "size": 7},
                hovertemplate="pass %{x}: %{customdata:.4f}<extra>" + name + "</extra>",
            )
        )
    fig.update_xaxes(title_text="pass over the images")
    fig.update_yaxes(title_text="term, from its least to its largest")
    accuracy = history[-1].get("accuracy") if history else None
    summary = "" if accuracy is None else f"In the last pass {accuracy:.1%} of the training images are told apart."
    return finish(
        fig, "What training trades off", f"{len(names)} terms over {len(history)} passes.", summary, dark=dark
    )


def filter_ranks(
    effective: ArrayLike, assigned: ArrayLike, names: Sequence[str], title: str, dark: bool = False
) -> go.Figure:
    """Effective rank of each filter's map, marked by the concept that it follows; dashed: each concept's mean, R_s.

    Concepts of one name are one.
    """
    ranks, owner = np.asarray(effective, dtype=float), np.asarray(assigned, dtype=int)
    fig = go.Figure()
    followed = np.array([*names, "none (redundant)"])[owner]  # −1 is the last
    for at, name in [*enumerate(dict.fromkeys(names)), (-1, "none (redundant)")]:
        filters = np.flatnonzero(followed == name)
        if not filters.size:
            continue
        colour = NEUTRAL if at < 0 else OKABE_ITO[at % len(OKABE_ITO)]
        fig.add_trace(
            go.Scatter(
                x=filters,
                y=ranks[filters],
                mode="markers",
                name=name,
                marker={"color": colour, "symbol": MARKERS[at % len(MARKERS)], "size": 7},
                hovertemplate="filter %{x}: rank %{y:.2f}<extra>" + name + "</extra>",
            )
        )
        if at >= 0:
            fig.add_hline(y=float(ranks[filters].mean()), line={"color": colour, "dash": "dash", "width": 1})
    fig.update_xaxes(title_text="filter (channel of the maps)")
    fig.update_yaxes(title_text="effective rank, mean over images", rangemode="tozero")
    redundant = int((owner < 0).sum())
    caption = f"{redundant} of {owner.size} filters follow no concept; dashed lines are each concept's importance R_s."
    return finish(fig, title, f"Ranks of {owner.size} filters.", caption, height=380 + 10 * len(fig.data), dark=dark)


def sensitivity_boxes(falls: Mapping[str, Mapping[str, ArrayLike]], dark: bool = False) -> go.Figure:
    """Box plots of the fall of similarity by change of the pictures, a colour for each concept."""
    fig = go.Figure()
    for at, (concept, row) in enumerate(falls.items()):
        values = [np.asarray(samples, dtype=float) for samples in row.values()]
        fig.add_trace(
            go.Box(
                x=np.repeat(list(row), [len(samples) for samples in values]),
                y=np.concatenate(values),
                name=concept,
                marker={"color": OKABE_ITO[at % len(OKABE_ITO)], "size": 3},
                line={"width": 1.3},
                boxpoints="outliers",
            )
        )
    fig.update_layout(boxmode="group")
    fig.update_xaxes(title_text="what was changed", type="category")
    fig.update_yaxes(title_text="fall of similarity")
    medians = _medians(falls)
    order = sorted(medians, key=lambda change: -medians[change])
    caption = f"From most to least sensitive: {', '.join(order)}." if order else "Nothing was measured yet."
    alt = f"Fall of similarity for {len(falls)} concepts under {len(medians)} changes."
    return finish(fig, "What are concepts sensitive to?", alt, caption, height=420, dark=dark)


def _medians(falls: Mapping[str, Mapping[str, ArrayLike]]) -> dict[str, float]:
    changes = list(dict.fromkeys(change for row in falls.values() for change in row))
    return {
        change: float(
            np.median([np.median(np.asarray(row[change], dtype=float)) for row in falls.values() if change in row])
        )
        for change in changes
    }


def _alike(cosine: Mapping[str, float], with_hsv: Mapping[str, float]) -> str:
    if not cosine:
        return "No class has prototypes yet."
    first, second = (max(values, key=lambda name: values[name]) for values in (cosine, with_hsv or cosine))
    if first == second:
        return f"Both ways the picture is most like {first}."
    return f"By cosine the picture is most like {first}; with colour and structure, {second}."
