"""Map from bands of numbers to words (paper: Extended Data Table 1)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from sxai.plot.theme import SEQUENTIAL, blend, finish, ink_on


def word_map(
    across: Sequence[str],
    down: Sequence[str],
    words: Sequence[Sequence[str]],
    strengths: Sequence[Sequence[float]],
    axes: tuple[str, str],
    title: str,
    dark: bool = False,
) -> go.Figure:
    """Words in the cells of bands (rows ``down``, columns ``across``), darker where ``strengths`` (in [0, 1]) is.

    NaN marks a cell that cannot occur.
    """
    values = np.asarray(strengths, dtype=float)
    fig = go.Figure(
        go.Heatmap(
            x=list(across),
            y=list(down),
            z=values,
            zmin=0,
            zmax=1.35,  # the darkest tone of the scale is left out: words stand on every cell
            xgap=3,
            ygap=3,
            name=title,
            colorscale=[list(stop) for stop in SEQUENTIAL],
            showscale=False,
            hoverongaps=False,
            hovertemplate="%{x}, %{y}<extra></extra>",
        )
    )
    for (row, column), value in np.ndenumerate(values):
        seen = np.isfinite(value)
        ink = {"color": ink_on(blend(SEQUENTIAL, value / 1.35))} if seen else {}
        fig.add_annotation(x=across[column], y=down[row], text=words[row][column], showarrow=False, font=ink)
    fig.update_xaxes(type="category", showgrid=False, title_text=axes[0])
    fig.update_yaxes(type="category", showgrid=False, title_text=axes[1])
    alt = "; ".join(
        f"{down[row]} and {across[column]}: {words[row][column].replace('<br>', ' ')}"
        for row, column in np.ndindex(*values.shape)
    )
    caption = "A value on a boundary belongs to the lower band."
    return finish(fig, title, alt, caption, height=150 + 60 * len(down), dark=dark)
