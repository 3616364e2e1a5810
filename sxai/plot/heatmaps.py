"""Heat maps that several topics draw."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from sxai.plot.theme import SEQUENTIAL, blend, ink_on


def counts_heatmap(rows: Sequence[str], columns: Sequence[str], counts: ArrayLike, title: str) -> go.Figure:
    """An unfinished heat map of whole numbers (r, c) on the sequential scale, values written in the cells."""
    values = np.asarray(counts, dtype=float)
    text = [[f"{int(value)}" for value in row] for row in values]
    return heatmap(rows, columns, values, text, SEQUENTIAL, float(values.max(initial=0)) or 1.0, title, lowest=0.0)


def heatmap(
    rows: Sequence[str],
    columns: Sequence[str],
    values: NDArray[np.float64],
    text: list[list[str]],
    scale: Sequence[tuple[float, str]],
    span: float,
    title: str,
    lowest: float | None = None,
) -> go.Figure:
    """An unfinished heat map of ``values`` (r, c), by default from −span to span, with ``text`` in the cells."""
    low = -span if lowest is None else lowest
    fig = go.Figure(
        go.Heatmap(
            x=list(columns),
            y=list(rows),
            z=values,
            zmin=low,
            zmax=span,
            xgap=2,
            ygap=2,
            name=title,
            colorscale=[list(stop) for stop in scale],
            hoverongaps=False,
            colorbar={"title": {"text": title, "side": "right"}, "thickness": 12, "outlinewidth": 0},
        )
    )
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value) and len(rows) <= 16:
            colour = ink_on(blend(scale, (value - low) / (span - low)))
            fig.add_annotation(
                x=columns[column],
                y=rows[row],
                text=text[row][column],
                showarrow=False,
                font={"color": colour, "size": 12},
            )
    fig.update_xaxes(type="category", showgrid=False)
    fig.update_yaxes(type="category", showgrid=False)
    return fig
