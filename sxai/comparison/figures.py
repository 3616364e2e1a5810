"""Two networks side by side: one measure of every concept, and one concept image by image."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from sxai.plot.theme import FAINT, NEUTRAL, class_colour, digits, finish, translucent

MAX_WIDE_ROWS = 20
"""Largest number of rows with wide lines."""


def model_dumbbells(
    names: Sequence[str],
    a: Sequence[float | None],
    b: Sequence[float | None],
    models: tuple[str, str],
    measure: str,
    classes: Sequence[str],
    dark: bool = False,
) -> go.Figure:
    """One ``measure`` of each concept in both networks: the first as a filled circle, the second as an open diamond."""
    fig = go.Figure(_joined(names, a, b))
    colours = [class_colour(name, classes) for name in names]
    for values, model, symbol in ((a, models[0], "circle"), (b, models[1], "diamond-open")):
        fig.add_trace(
            go.Scatter(
                x=[_known(value) for value in values],
                y=list(names),
                mode="markers",
                name=model,
                marker={"size": 11, "symbol": symbol, "color": colours, "line": {"width": 2, "color": colours}},
                hovertemplate="%{y}: %{x:.3f}<extra>" + model + "</extra>",
            )
        )
    fig.update_xaxes(title_text=measure)
    fig.update_yaxes(title_text="concept", autorange="reversed", type="category", dtick=1)
    alt = f"{measure} of {len(names)} concepts in {models[0]} and {models[1]}."
    room = 34 if len(names) <= MAX_WIDE_ROWS else 21
    return finish(
        fig, "The same concepts in both networks", alt, _ahead(a, b, models), 150 + room * max(len(names), 2), dark
    )


def agreement_scatter(
    a: ArrayLike,
    b: ArrayLike,
    models: tuple[str, str],
    name: str,
    colour: str,
    apart: Sequence[int] = (),
    labels: Sequence[str] = (),
    dark: bool = False,
) -> go.Figure:
    """P_s (n,) of one concept in both networks, a dot an image; ``apart`` are rows to point at.

    What is drawn is clipped to [0, 1], the true values are in the hover text with the ``labels`` of the images.
    """
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    pointed = np.isin(np.arange(first.size), list(apart))
    names = np.asarray(list(labels) if labels else [f"image {row + 1}" for row in range(first.size)], dtype=object)
    fig = go.Figure()
    diagonal = {"color": NEUTRAL, "dash": "dash", "width": 1.5}
    fig.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", name="the same", hoverinfo="skip", line=diagonal))
    for rows, label, look in (
        (~pointed, "image", {"size": 7, "color": translucent(colour, 0.45)}),
        (pointed, "differs most", {"size": 11, "color": colour, "symbol": "diamond-open", "line": {"width": 2}}),
    ):
        if rows.any():
            fig.add_trace(_dots(first[rows], second[rows], names[rows], label, look))
    axis = {"range": [-0.03, 1.03], "tickvals": [0, 0.2, 0.5, 1]}
    fig.update_xaxes(title_text=f"P<sub>s</sub> in {models[0]}", **axis)
    fig.update_yaxes(title_text=f"P<sub>s</sub> in {models[1]}", **axis)
    alt = f"P of {name} for {first.size} images in {models[0]} and {models[1]}."
    return finish(fig, f"{name}, image by image", alt, _gap(first, second, models), height=420, dark=dark)


def _joined(names: Sequence[str], a: Sequence[float | None], b: Sequence[float | None]) -> go.Scatter:
    """A faint line from one value to the other in each row where both are known."""
    ends = [(x, name) for name, *pair in zip(names, a, b, strict=True) if None not in pair for x in (*pair, None)]
    return go.Scatter(
        x=[x for x, _ in ends],
        y=[y for _, y in ends],
        mode="lines",
        name="difference",
        showlegend=False,
        hoverinfo="skip",
        line={"color": FAINT, "width": 6 if len(names) <= MAX_WIDE_ROWS else 4},
    )


def _dots(
    x: NDArray[np.float64], y: NDArray[np.float64], labels: NDArray[np.object_], name: str, look: dict[str, object]
) -> go.Scatter:
    return go.Scatter(
        x=np.clip(x, 0, 1),
        y=np.clip(y, 0, 1),
        customdata=np.stack([labels, x, y], axis=1),
        mode="markers",
        name=name,
        marker=look,
        hovertemplate="%{customdata[0]}: %{customdata[1]:.2f} and %{customdata[2]:.2f}<extra></extra>",
    )


def _known(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else float(value)


def _ahead(a: Sequence[float | None], b: Sequence[float | None], models: tuple[str, str]) -> str:
    gaps = [q - p for p, q in zip(a, b, strict=True) if p is not None and q is not None]
    if not gaps:
        return "Neither network is measured for this yet."
    higher = sum(gap > 0 for gap in gaps)
    mean = digits(float(np.mean(gaps)), 2)
    return f"{models[1]} is higher in {higher} of {len(gaps)} concepts; the mean difference is {mean}."


def _gap(a: NDArray[np.float64], b: NDArray[np.float64], models: tuple[str, str]) -> str:
    if a.size == 0:
        return "No image of this class yet."
    gap = np.abs(np.clip(a, 0, 1) - np.clip(b, 0, 1))
    return (
        f"Both agree within 0.2 on {np.mean(gap <= 0.2):.0%} of {a.size} images. Dots above the line show the concept "
        f"more clearly to {models[1]}, dots below to {models[0]}."
    )
