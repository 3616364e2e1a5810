"""Effect of masking on the semantic probability, image by image (paper: Fig. 3c, bottom right)."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from sxai.plot.theme import NEUTRAL, finish, translucent


def probability_pairs(unmasked: ArrayLike, masked: ArrayLike, name: str, colour: str, dark: bool = False) -> go.Figure:
    """P_s (n,) of images with the concept visible and (n,) masked: a line an image, the mean in bold."""
    before, after = np.asarray(unmasked, dtype=float), np.asarray(masked, dtype=float)
    falls = after < before
    fig = go.Figure()
    for chosen, label, hue in ((falls, "P falls", colour), (~falls, "P does not fall", NEUTRAL)):
        if chosen.any():
            fig.add_trace(_lines(before[chosen], after[chosen], label, translucent(hue, 0.35)))
    ends = [float(before.mean()), float(after.mean())] if before.size else []
    fig.add_trace(
        go.Scatter(
            x=[0, 1][: len(ends)],
            y=ends,
            mode="lines+markers",
            name="mean",
            line={"color": colour, "width": 3.5},
            marker={"size": 10, "color": colour},
            hovertemplate="mean P<sub>s</sub> %{y:.3f}<extra></extra>",
        )
    )
    fig.update_xaxes(range=[-0.25, 1.25], tickvals=[0, 1], ticktext=["visible", "masked"], showgrid=False)
    fig.update_xaxes(title_text=f"{name} in the image", zeroline=False)
    fig.update_yaxes(title_text="semantic probability P<sub>s</sub>")
    alt = f"P of {before.size} images with {name} visible, and masked."
    return finish(fig, "What masking does to P<sub>s</sub>", alt, _fall(ends, falls), dark=dark)


def _lines(before: NDArray[np.float64], after: NDArray[np.float64], label: str, colour: str) -> go.Scatter:
    """All lines of one kind as one trace: up to a gap, then on."""
    y = np.stack([before, after, np.full(before.size, np.nan)], axis=1).ravel()
    return go.Scatter(
        x=np.tile([0.0, 1.0, np.nan], before.size),
        y=np.round(y, 4),
        mode="lines",
        name=label,
        line={"color": colour, "width": 1},
        hoverinfo="skip",
    )


def _fall(ends: list[float], falls: NDArray[np.bool_]) -> str:
    if not ends:
        return "No masked images are stored for this space yet."
    return f"The mean P falls from {ends[0]:.2f} to {ends[1]:.2f}; it falls in {falls.mean():.0%} of the images."
