"""Charts of a concept's masks: convergence of Δ, influence of each mask, and their places in pictures."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from sxai.plot.theme import NEUTRAL, SEQUENTIAL, finish, translucent

COSINE_GOAL = 0.95
"""Cosine from which on two directions count as equal."""

MARKS = {"": "circle", "nothing": "x", "raises": "triangle-up", "alone": "diamond"}
WORDS = {"": "as usual", "nothing": "changes nothing", "raises": "raises the activation", "alone": "steers Δ alone"}


def mask_growth(
    numbers: Sequence[int],
    to_all: Sequence[float],
    between: Sequence[float | None],
    spread: Sequence[float],
    advice: str,
    colour: str,
    dark: bool = False,
) -> go.Figure:
    """Cosine of Δ from n masks to that of all, and between two sets of n different masks; ``spread`` in percent."""
    fig = go.Figure()
    lines = (
        ("to Δ of all masks", to_all, NEUTRAL, "dot"),
        ("between sets of different masks", between, colour, "solid"),
    )
    for name, values, hue, dash in lines:
        fig.add_trace(
            go.Scatter(
                x=list(numbers),
                y=[None if value is None else round(value, 4) for value in values],
                name=name,
                mode="lines+markers",
                line={"color": hue, "dash": dash, "width": 2.5},
                customdata=[round(value, 1) for value in spread],
                hovertemplate="%{x} masks: cosine %{y:.3f}<br>spread of Δ %{customdata} %<extra>" + name + "</extra>",
            )
        )
    fig.add_hline(y=COSINE_GOAL, line={"color": NEUTRAL, "dash": "dash", "width": 1})
    fig.update_xaxes(title_text="masks n", rangemode="tozero")
    fig.update_yaxes(title_text="cosine of Δ", range=[min(0.0, *to_all, 0.0), 1.03])
    alt = f"Agreement of directions made of 3 to {max(numbers, default=0)} masks."
    return finish(fig, "How Δ settles as masks accumulate", alt, advice, dark=dark)


def mask_effects_strip(
    names: Sequence[str],
    effects: ArrayLike,
    turned: ArrayLike,
    findings: Sequence[str],
    colour: str,
    dark: bool = False,
) -> go.Figure:
    """Each mask by its effect (fall of A_s in units of the usual fall) and by how far Δ turns without it."""
    x, y = np.asarray(effects, dtype=float), np.asarray(turned, dtype=float)
    kinds = np.asarray(findings, dtype=object)
    fig = go.Figure()
    for kind, word in WORDS.items():
        at = np.flatnonzero(kinds == kind)
        if at.size:
            fig.add_trace(
                go.Scatter(
                    x=np.round(x[at], 4),
                    y=np.round(y[at], 6),
                    name=word,
                    mode="markers",
                    marker={
                        "symbol": MARKS[kind],
                        "size": 9,
                        "line": {"width": 1, "color": colour},
                        "color": NEUTRAL if kind else translucent(colour, 0.55),
                    },
                    text=[names[index] for index in at.tolist()],
                    hovertemplate="%{text}<br>effect %{x:.2f}, 1 − cos %{y:.4f}<extra>" + word + "</extra>",
                )
            )
    fig.add_vline(x=0, line={"color": NEUTRAL, "width": 1})
    fig.update_xaxes(title_text="effect: fall of A<sub>s</sub> when filled, 1 = usual")
    fig.update_yaxes(title_text="1 − cosine of Δ without the mask", rangemode="tozero")
    odd = int((kinds != "").sum())
    caption = (
        f"{odd} of {x.size} masks are worth a look: those on the left lower nothing when the concept is filled."
        if odd
        else f"All {x.size} masks lower the activation of a space made without them."
    )
    return finish(fig, "What each mask does", f"Effects of {x.size} masks.", caption, dark=dark)


def mask_places(where: ArrayLike, masks: int, dark: bool = False) -> go.Figure:
    """Share of masks that cover each place of the picture, (G, G), rows from the top."""
    share = np.asarray(where, dtype=float)
    fig = go.Figure(
        go.Heatmap(
            z=np.round(share[::-1], 4),
            colorscale=[list(stop) for stop in SEQUENTIAL],
            zmin=0,
            colorbar={"title": {"text": "share"}, "thickness": 12, "outlinewidth": 0},
            hovertemplate="%{z:.0%} of masks<extra></extra>",
        )
    )
    fig.update_xaxes(visible=False, constrain="domain")
    fig.update_yaxes(visible=False, scaleanchor="x")
    top = share.max() if share.size else 0.0
    caption = f"The place that most masks cover is covered by {top:.0%} of {masks}."
    return finish(fig, "Where in pictures the masks lie", "A map of the picture.", caption, height=300, dark=dark)
