"""Our numbers beside the paper's, on one axis: what `sxai reproduce` draws. The paper's are always black crosses."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from sxai.plot.theme import INK, NEUTRAL, OKABE_ITO, finish

PAPER = "paper"
WITH, WITHOUT = OKABE_ITO[0], NEUTRAL
"""Colours of results with and without the search for the best superpixels."""


def paper_marks(x: Sequence[object], y: Sequence[float], name: str = PAPER) -> go.Scatter:
    """The paper's values as crosses."""
    return go.Scatter(
        x=list(x),
        y=list(y),
        mode="markers",
        name=name,
        marker={"symbol": "x-thin", "size": 12, "line": {"width": 2.5, "color": INK[False]}},
        hovertemplate="paper: %{y:.4g}<extra></extra>",
    )


def ratio_decay(ours: Mapping[str, Sequence[float]]) -> go.Figure:
    """Information ratio of every component, on a logarithmic axis."""
    fig = go.Figure()
    for (name, ratios), colour in zip(ours.items(), (WITH, WITHOUT), strict=False):
        at = np.arange(1, len(ratios) + 1)
        line = {"color": colour, "width": 2}
        fig.add_trace(go.Scatter(x=at, y=list(ratios), mode="lines", name=name, line=line))
    lasts = ", ".join(f"{ratios[-1]:.2g} {name}" for name, ratios in ours.items())
    fig.update_xaxes(title_text="component")
    fig.update_yaxes(title_text="information ratio", type="log", tickformat="~%", dtick=1)
    return finish(
        fig,
        "From the first component to the last",
        "Information ratio by component.",
        f"Ratio of the last component: {lasts}.",
    )


def score_repeats(scores: ArrayLike, size: int, channels: Sequence[int]) -> go.Figure:
    """First components (N_e, C) of repeats with ``size`` samples, at the strongest ``channels``."""
    table = np.asarray(scores, dtype=float)[:, list(channels)]
    at = np.arange(len(channels))
    fig = go.Figure()
    for number, (row, colour) in enumerate(zip(table, OKABE_ITO, strict=False), start=1):
        line = {"color": colour, "width": 1.4}
        fig.add_trace(go.Scatter(x=at, y=np.round(row, 4), mode="lines", name=f"draw {number}", line=line))
    fig.update_xaxes(title_text="channel, strongest first", showgrid=False)
    fig.update_yaxes(title_text="score of the 1st PC", rangemode="tozero")
    return finish(fig, f"N<sub>s</sub> = {size}", f"Scores of {len(table)} draws of {size} samples.", "")


def rates(
    strengths: Sequence[float], ours: Mapping[str, Sequence[float]], printed: Mapping[str, Sequence[float]]
) -> go.Figure:
    """Rates (shares) by attack strength ε as grouped bars, with the paper's rates where it gives them."""
    fig = go.Figure()
    colours = (OKABE_ITO[4], OKABE_ITO[0], OKABE_ITO[1])
    labels = [f"ε = {strength:g}" for strength in strengths]
    width = 0.8 / max(len(ours), 1)
    at = np.arange(len(labels))
    for place, ((name, values), colour) in enumerate(zip(ours.items(), colours, strict=False)):
        shift = (place - (len(ours) - 1) / 2) * width
        text = [f"{100 * value:.0f}" if value == value else "" for value in values]
        fig.add_trace(
            go.Bar(
                x=at + shift,
                y=list(values),
                width=width * 0.92,
                name=name,
                text=text,
                textposition="outside",
                cliponaxis=False,
                marker={"color": colour},
                hovertemplate="%{y:.1%}<extra>" + name + "</extra>",
            )
        )
        if name in printed:
            marks = paper_marks((at + shift + 0.3 * width).tolist(), printed[name])
            fig.add_trace(marks.update(showlegend=place == 0))
    fig.update_xaxes(title_text="strength of the attack", tickvals=at, ticktext=labels)
    fig.update_yaxes(title_text="share of images", tickformat=".0%", range=[0, 1.12])
    alt = "Attack rate, detection rate and false alarms by strength of the attack."
    summary = "; ".join(f"{name}: {', '.join(map(_told, values))}" for name, values in ours.items())
    return finish(fig, "Attack and detection rates", alt, f"{summary}.")


def _told(share: float) -> str:
    return "unknown" if share != share else f"{share:.0%}"


def loss_lines(curves: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> go.Figure:
    """Loss of feature inversion against passes through the network, on logarithmic axes."""
    fig = go.Figure()
    for (name, (steps, losses)), colour in zip(curves.items(), OKABE_ITO * 2, strict=False):
        line = {"color": colour, "width": 2}
        fig.add_trace(go.Scatter(x=np.asarray(steps), y=np.asarray(losses), mode="lines", name=name, line=line))
    fig.update_xaxes(title_text="passes through the network", type="log", dtick="D2")
    fig.update_yaxes(title_text="loss of the objective", type="log", dtick="D2")
    return finish(fig, "Loss of feature inversion", f"Loss curves of {', '.join(curves)}.", "")
