"""Where a picture carries a concept, and where the network looked: maps laid over the picture itself."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from sxai.plot.theme import DIVERGING, OKABE_ITO, finish, signed, translucent

MAX_CELLS = 160
"""Cells along the longer side of a map: enough for any outline, little enough for a page."""

MARGINS, MAX_HEIGHT = 110, 520
"""Pixels for title and colour bar, and of the whole chart at most."""

MIN_DROP = 0.01
"""Drops below this are nothing to speak of."""

MIN_SPAN = 0.1
"""The colour scale reaches at least this far to either side, so that a drop of 0.01 is not drawn as a large one."""

_STRONG = OKABE_ITO[4]
_OPACITY = (0.85, 0.5, 0.0, 0.5, 0.85)


def evidence_map(
    picture: str, labels: ArrayLike, drops: ArrayLike, name: str, value: float, together: float, dark: bool = False
) -> go.Figure:
    """Drop of ``name`` by superpixel over the picture, which shows through where nothing changes.

    ``picture`` is an address (``data:image/jpeg;base64,…``), ``labels`` (H, W) its superpixels, ``drops`` (K,) what
    filling each of them takes from ``value``, ``together`` what filling all of them at once takes.
    """
    regions, lost = np.asarray(labels), np.asarray(drops, dtype=float)
    coarse, step = _coarse(regions)
    bound = max(float(np.abs(lost).max()), MIN_SPAN)
    best = int(lost.argmax())
    fig = go.Figure(
        picture_cells(
            lost[coarse],
            step,
            [(at, translucent(hue, alpha)) for (at, hue), alpha in zip(DIVERGING, _OPACITY, strict=True)],
            (-bound, bound),
            f"drop of {name}",
            "%{z:+.3f}",
        )
    )
    fig.add_trace(_lines(coarse, step, "rgba(255, 255, 255, 0.6)", 1))
    if lost[best] >= MIN_DROP:
        fig.add_trace(_lines(coarse == best, step, _STRONG, 3))
    fig.add_trace(_centres(regions, lost, f"drop of {name}"))
    lay_picture(fig, picture, regions.shape)
    alt = f"The picture with {lost.size} superpixels, coloured by how far filling each one lowers {name}."
    return _framed(fig, name, alt, _conclusion(lost, name, value, together), regions.shape, dark)


def saliency_map(picture: str, labels: ArrayLike, heat: ArrayLike, class_name: str, dark: bool = False) -> go.Figure:
    """Grad-CAM ``heat`` (H, W) over the picture as a share of its largest value, with the same superpixels drawn."""
    regions, warm = np.asarray(labels), np.asarray(heat, dtype=float)
    coarse, step = _coarse(regions)
    peak = float(warm.max())
    shares = warm / peak if peak > 0 else warm
    scale = [(0.0, translucent(_STRONG, 0.0)), (0.5, translucent(_STRONG, 0.4)), (1.0, translucent(_STRONG, 0.85))]
    fig = go.Figure(picture_cells(shares[::step, ::step], step, scale, (0, 1), "share of the peak", "%{z:.0%}"))
    fig.add_trace(_lines(coarse, step, "rgba(255, 255, 255, 0.6)", 1))
    flat = regions.ravel()
    means = np.bincount(flat, weights=shares.ravel()) / np.maximum(np.bincount(flat), 1)
    fig.add_trace(_centres(regions, means, "mean share of the peak"))
    lay_picture(fig, picture, regions.shape)
    alt = f"The picture under a heat map of where the network looked for {class_name}."
    caption = (
        f"Grad-CAM at the last maps: where the CNN looked for {class_name}. It names no concept, and it cannot tell "
        "what speaks against the class."
        if peak > 0
        else f"Grad-CAM is zero everywhere: no place of the last maps speaks for {class_name}."
    )
    return _framed(fig, f"Grad-CAM of {class_name}", alt, caption, regions.shape, dark)


def position_map(
    picture: str, shape: tuple[int, int], strengths: ArrayLike, name: str, dark: bool = False
) -> go.Figure:
    """Where a concept is: its strength (G, G) in [0, 1] at each position over the picture of ``shape`` (H, W)."""
    grid = np.asarray(strengths, dtype=float)
    rows, columns = (np.arange(side) * len(grid) // side for side in shape)
    step = max(1, round(max(shape) / 128))
    scale = [(0.0, translucent(_STRONG, 0.0)), (0.5, translucent(_STRONG, 0.35)), (1.0, translucent(_STRONG, 0.85))]
    fig = go.Figure(
        picture_cells(grid[np.ix_(rows, columns)][::step, ::step], step, scale, (0, 1), "strength", "%{z:.2f}")
    )
    lay_picture(fig, picture, shape)
    row, column = divmod(int(grid.argmax()), len(grid))
    height = _third(row, len(grid), "top", "middle", "bottom")
    place = f"{height} {_third(column, len(grid), 'left', 'centre', 'right')}"
    alt = f"The picture under a map of where {name} is; it is clearest at the {place}."
    caption = (
        f"Read position by position: {name} is clearest at the {place} (strength {grid.max():.2f} of 1). Unlike "
        "Grad-CAM, this map looks for the concept, not for the class; a strength is no calibrated probability."
    )
    return _framed(fig, f"Where {name} is", alt, caption, shape, dark)


def _third(at: int, of: int, first: str, second: str, third: str) -> str:
    return (first, second, third)[min(3 * int(at) // of, 2)]


def _conclusion(drops: np.ndarray, name: str, value: float, together: float) -> str:
    before, best = signed(value, plus=False), float(drops.max())
    if best < MIN_DROP and value < MIN_DROP:
        return f"{name} is {before} as it is: there is nothing that a superpixel could carry."
    if best < MIN_DROP:
        return (
            f"Filling no single superpixel lowers {name} ({before}) by {MIN_DROP} or more, filling all at once takes "
            f"{signed(together)}: no part alone carries it."
        )
    less = signed(best, plus=False)
    return (
        f"Filling the outlined superpixel lowers {name} from {before} by {less}. "
        f"Single drops add up to {signed(float(drops.sum()))}, filling all at once takes {signed(together)}: parts "
        "interact, so drops need not add up."
    )


def _coarse(labels: np.ndarray) -> tuple[np.ndarray, int]:
    """The label map at the resolution of the chart, and how many pixels a cell is wide."""
    step = max(1, -(-max(labels.shape) // MAX_CELLS))
    return labels[::step, ::step], step


def picture_cells(
    values: np.ndarray,
    step: int,
    scale: Sequence[tuple[float, str]],
    bounds: tuple[float, float],
    title: str,
    written: str,
) -> go.Heatmap:
    """A heat map of cells of ``step`` pixels to lie on a picture; ``written`` is the number's format in hover text."""
    bar = {"orientation": "h", "thickness": 8, "len": 0.7, "y": -0.03, "yanchor": "top", "outlinewidth": 0}
    return go.Heatmap(
        z=values.astype(np.float32),
        x=(np.arange(values.shape[1]) + 0.5) * step,
        y=(np.arange(values.shape[0]) + 0.5) * step,
        colorscale=[list(stop) for stop in scale],
        zmin=bounds[0],
        zmax=bounds[1],
        colorbar={**bar, "title": {"text": title, "side": "bottom"}},
        showlegend=False,
        hovertemplate=f"{title} {written}<extra></extra>",
    )


def _lines(regions: np.ndarray, step: int, colour: str, width: float) -> go.Scatter:
    xs, ys = outlines(regions)
    line = {"color": colour, "width": width}
    return go.Scatter(x=xs * step, y=ys * step, mode="lines", line=line, hoverinfo="skip", showlegend=False)


def outlines(regions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The borders between regions of a map (H, W) as one broken line: x and y, NaN between its pieces.

    >>> [side.tolist() for side in outlines(np.array([[0, 1], [0, 1]]))]
    [[1.0, 1.0, nan], [0.0, 2.0, nan]]
    """
    upright = _runs(regions[:, 1:] != regions[:, :-1])
    level = [(y, x) for x, y in _runs((regions[1:] != regions[:-1]).T)]
    pieces = [([*x, np.nan], [*y, np.nan]) for x, y in (*upright, *level)]
    xs, ys = zip(*pieces, strict=True) if pieces else ((), ())
    return np.concatenate(xs or [np.empty(0)]), np.concatenate(ys or [np.empty(0)])


def _runs(border: np.ndarray) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Straight pieces ((x, x), (y0, y1)) of borders to the right of the cells that ``border`` (H, W - 1) marks."""
    found = []
    for column in range(border.shape[1]):
        at = 0
        for marked, cells in groupby(border[:, column].tolist()):
            length = len(list(cells))
            if marked:
                found.append(((column + 1.0, column + 1.0), (float(at), float(at + length))))
            at += length
    return found


def _centres(labels: np.ndarray, values: np.ndarray, column: str) -> go.Scatter:
    """Invisible points at the superpixels' centres: rows of the chart's table, ``column`` beside their place."""
    flat, sizes = labels.ravel(), np.maximum(np.bincount(labels.ravel()), 1)
    rows, columns = np.indices(labels.shape) + 0.5
    return go.Scatter(
        x=np.bincount(flat, weights=columns.ravel()) / sizes,
        y=np.bincount(flat, weights=rows.ravel()) / sizes,
        customdata=values,
        meta=column,
        name="superpixels",
        mode="markers",
        marker={"opacity": 0, "size": 1},
        hoverinfo="skip",
    )


def lay_picture(fig: go.Figure, picture: str, shape: tuple[int, ...]) -> None:
    """Put the picture below everything, in its own proportions."""
    height, width = shape[:2]
    fig.add_layout_image(
        source=picture, xref="x", yref="y", x=0, y=0, sizex=width, sizey=height, sizing="stretch", layer="below"
    )
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": "", "constrain": "domain"}
    fig.update_xaxes(range=[0, width], title_text="", **bare)
    fig.update_yaxes(range=[height, 0], title_text="", scaleanchor="x", **bare)
    fig.update_layout(showlegend=False)


def _framed(fig: go.Figure, title: str, alt: str, caption: str, shape: tuple[int, ...], dark: bool) -> go.Figure:
    """The house look at a height that suits the picture's proportions."""
    height = min(MARGINS + round(430 * shape[0] / shape[1]), MAX_HEIGHT)
    finish(fig, title, alt, caption, height=height, dark=dark)
    return fig.update_layout(margin={"b": 64})
