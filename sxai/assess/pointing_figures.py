"""Saliency of a class over its picture, and the curves of the pointing game."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from sxai.assess.occlusion_figures import lay_picture, picture_cells
from sxai.plot.theme import NEUTRAL, OKABE_ITO, finish, translucent

_HOT = OKABE_ITO[4]
TITLE_HEIGHT = 44
"""Pixels above a map, for its title."""

MAX_CELLS = 128
"""Cells along the longer side of a map of pixels."""


def class_heat(picture: str, heat: ArrayLike, title: str, caption: str, dark: bool = False) -> go.Figure:
    """Saliency (H, W) ≥ 0 over the picture (an address), as a share of its 99th percentile so that one pixel's peak
    does not hide the rest."""
    warm = np.asarray(heat, dtype=float)
    step = max(1, -(-max(warm.shape) // MAX_CELLS))
    cells = _means(warm, step)
    peak = float(np.quantile(cells, 0.99))
    shares = np.clip(cells / peak, 0, 1) if peak > 0 else cells
    scale = [(0.0, translucent(_HOT, 0.0)), (0.4, translucent(_HOT, 0.45)), (1.0, translucent(_HOT, 0.95))]
    fig = go.Figure(picture_cells(shares, step, scale, (0, 1), "strength", "%{z:.0%}"))
    fig.update_traces(showscale=False)
    lay_picture(fig, picture, warm.shape)
    alt = f"The picture under a heat map: {title}."
    finish(
        fig, title, alt, caption, height=min(TITLE_HEIGHT + round(200 * warm.shape[0] / warm.shape[1]), 330), dark=dark
    )
    fig.update_xaxes(automargin=False).update_yaxes(automargin=False, constraintoward="top")
    return fig.update_layout(margin={"l": 0, "r": 0, "t": TITLE_HEIGHT, "b": 0})


def _means(heat: np.ndarray, step: int) -> np.ndarray:
    """Means over cells of step × step pixels; those at the far sides may be smaller."""
    rows, columns = (np.arange(0, side, step) for side in heat.shape)
    sums = np.add.reduceat(np.add.reduceat(heat, rows, axis=0), columns, axis=1)
    height, width = (np.diff(np.append(starts, side)) for starts, side in zip((rows, columns), heat.shape, strict=True))
    return np.asarray(sums / np.outer(height, width))


def pointing_curves(
    shares: Sequence[float],
    plain: ArrayLike,
    gated: ArrayLike,
    beside: ArrayLike,
    method: str,
    reading: str,
    dark: bool = False,
) -> go.Figure:
    """Localisation accuracy by kept energy m: a method plain and gated, and Grad-CAM beside it."""
    fig = go.Figure()
    rows = (
        ("Grad-CAM", beside, NEUTRAL, "dot"),
        ("plain", plain, OKABE_ITO[1], "dash"),
        ("SeVec gate", gated, OKABE_ITO[0], "solid"),
    )
    for name, values, colour, dash in rows:
        fig.add_trace(
            go.Scatter(
                x=[100 * share for share in shares],
                y=np.asarray(values, dtype=float),
                mode="lines+markers",
                name=name,
                line={"color": colour, "dash": dash, "width": 2},
                marker={"size": 5},
                hovertemplate="m = %{x:.0f} %: %{y:.1%}<extra>" + name + "</extra>",
            )
        )
    fig.update_xaxes(title_text="kept energy m, %", range=[-2, 102])
    fig.update_yaxes(title_text=f"hits: {reading}", tickformat=".0%", rangemode="tozero")
    alt = f"Hits of {method} in the pointing game, plain and with the class's gate, beside Grad-CAM."
    change = np.asarray(gated, dtype=float) - np.asarray(plain, dtype=float)
    caption = f"The gate changes the share of hits by {change.mean():+.1%} on average over m".replace("-", "−")
    caption += f" (from {change.min():+.1%} to {change.max():+.1%}).".replace("-", "−")
    return finish(fig, f"{method}: does it point at its class?", alt, caption, height=380, dark=dark)


def gain_band(
    shares: Sequence[float], gain: ArrayLike, low: ArrayLike, high: ArrayLike, method: str, dark: bool = False
) -> go.Figure:
    """Gain in localisation accuracy by kept energy m with its 95 % interval (SeVec, Fig. 7)."""
    at = [100 * share for share in shares]
    middle, bottom, top = (np.asarray(values, dtype=float) for values in (gain, low, high))
    fig = go.Figure()
    band = {"x": [*at, *at[::-1]], "y": [*top, *bottom[::-1]], "fillcolor": translucent(OKABE_ITO[0], 0.2)}
    fig.add_trace(
        go.Scatter(**band, fill="toself", mode="lines", hoverinfo="skip", line={"width": 0}, name="95 % interval")
    )
    fig.add_trace(
        go.Scatter(
            x=at,
            y=middle,
            mode="lines+markers",
            name=method,
            line={"color": OKABE_ITO[0]},
            hovertemplate="m = %{x:.0f} %: %{y:+.1%}<extra></extra>",
        )
    )
    fig.add_hline(y=0, line={"color": NEUTRAL, "dash": "dash", "width": 1.5})
    fig.update_xaxes(title_text="kept energy m, %", range=[-2, 102])
    fig.update_yaxes(title_text="gain in hits", tickformat="+.0%")
    clear = [share for share, least in zip(at, bottom, strict=True) if least > 0]
    caption = "At no m is the gain clear of nothing."
    if clear:
        caption = (
            f"The whole interval lies above 0 at {len(clear)} of {len(at)} shares, from m = {min(clear):.0f} % to "
        )
        caption += f"{max(clear):.0f} %."
    alt = f"Gain of {method} by the gate, with its interval, over kept energy."
    return finish(fig, "What the gate gains", alt, caption, height=340, dark=dark)
