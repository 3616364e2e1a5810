"""Several charts as the panels of one figure, lettered as in print."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sxai.plot.theme import INK, finish

Grid = Sequence[Sequence[go.Figure | None]]

MAX_BARS = 120
"""Number of bars from which they are drawn as one line: the same picture in a tenth of the file."""

TITLE_HEIGHT, AXIS_HEIGHT, LEGEND_HEIGHT = 92, 56, 104
"""Pixels around all panels: for the title and the first headings; for the last axis; for the legend too."""

LAYOUT_OF_AXES = (
    "title",
    "range",
    "rangemode",
    "tickformat",
    "type",
    "showgrid",
    "autorange",
    "dtick",
    "visible",
    "scaleanchor",
    "constrain",
    "tickvals",
    "ticktext",
    "showticklabels",
    "categoryorder",
    "zeroline",
)


@dataclass(frozen=True)
class Look:
    """Layout of panels: relative ``widths``, letters, a common legend; heights and gaps of rows in pixels."""

    widths: Sequence[float] | None = None
    row_height: int = 230
    row_gap: int = 122
    gap_across: float = 0.09
    letters: bool = True
    legend: bool = True

    def height(self, rows: int) -> int:
        """Pixels of all rows with the gaps between them."""
        return rows * self.row_height + (rows - 1) * self.row_gap


def panels(
    grid: Grid,
    title: str,
    alt: str,
    caption: str,
    headings: Sequence[Sequence[str]] | None = None,
    look: Look = Look(),
    dark: bool = False,
) -> go.Figure:
    """Put charts side by side; ``headings`` (as the grid) replace their own titles, None leaves a place empty.

    Marks, lines, axes and notes of each chart come along; a name stands once in the common legend.
    """
    rows, columns = len(grid), max(len(row) for row in grid)
    fig = make_subplots(
        rows=rows,
        cols=columns,
        specs=[[_spec(row[at] if at < len(row) else None) for at in range(columns)] for row in grid],
        column_widths=list(look.widths) if look.widths else None,
        horizontal_spacing=look.gap_across if columns > 1 else 0,
        vertical_spacing=look.row_gap / look.height(rows) if rows > 1 else 0,
    )
    named: set[tuple[str, str]] = set()
    letter = iter("abcdefghijklmnopqrstuvwxyz")
    for row, cells in enumerate(grid, start=1):
        for column, cell in enumerate(cells, start=1):
            if cell is not None:
                text = headings[row - 1][column - 1] if headings else (cell.layout.meta or {}).get("title", "")
                mark = f"<b>{next(letter, '')}</b>  " if look.letters else ""
                _place(fig, cell, row, column, named if look.legend else None)
                _head(fig, row, column, mark + text)
    _framed(fig, title, alt, caption, look.height(rows), look, dark)
    fig.update_yaxes(exponentformat="power")
    return fig.update_layout(_bars([cell for row in grid for cell in row if cell is not None]))


def picture_panel(source: str, width: int, height: int, title: str = "") -> go.Figure:
    """A picture (a ``data:`` address, ``width`` × ``height`` pixels) as a panel without axes."""
    fig = go.Figure(go.Image(source=source, hoverinfo="skip", name=title))
    fig.update_xaxes(visible=False, range=[0, width], constrain="domain")
    fig.update_yaxes(visible=False, range=[height, 0], scaleanchor="x", constrain="domain")
    fig.update_layout(meta={"title": title})
    return fig


def text_panel(lines: Sequence[str], size: int = 13) -> go.Figure:
    """Words as a panel: one line each, from the top."""
    fig = go.Figure()
    fig.update_xaxes(visible=False, range=[0, 1])
    fig.update_yaxes(visible=False, range=[0, 1])
    note = {"x": 0, "y": 1, "xref": "x", "yref": "y", "xanchor": "left", "yanchor": "top", "align": "left"}
    fig.add_annotation(text="<br>".join(lines), showarrow=False, font={"size": size}, **note)
    return fig


def _spec(cell: go.Figure | None) -> dict[str, str] | None:
    if cell is None:
        return None
    return {"type": "polar" if any(trace.type == "scatterpolar" for trace in cell.data) else "xy"}


def _bars(cells: Sequence[go.Figure]) -> dict[str, Any]:
    """The bar mode, from the first chart that sets one (a figure has one mode for all panels)."""
    chosen = next((cell.layout for cell in cells if cell.layout.barmode), None)
    if chosen is None:
        return {"barmode": "overlay"}
    return {"barmode": chosen.barmode, "bargap": chosen.bargap or 0, "bargroupgap": chosen.bargroupgap or 0}


def _framed(fig: go.Figure, title: str, alt: str, caption: str, height: int, look: Look, dark: bool) -> None:
    """The house look around all panels: headings above each, the legend below them."""
    below = LEGEND_HEIGHT if look.legend else AXIS_HEIGHT
    finish(fig, title, alt, caption, height + TITLE_HEIGHT + below, dark)
    legend = {"x": 0, "yref": "container", "y": 0.004, "yanchor": "bottom"}
    fig.update_layout(
        legend=legend if look.legend else None,
        showlegend=look.legend,
        margin={"l": 14, "r": 18, "t": TITLE_HEIGHT, "b": below},
    )


def _place(fig: go.Figure, cell: go.Figure, row: int, column: int, named: set[tuple[str, str]] | None) -> None:
    for trace in cell.data:
        copy = _light(trace)
        if copy.type in ("image", "heatmap"):
            fig.add_trace(copy, row=row, col=column)
            continue
        key = (str(copy.name), _colour(copy))
        if named is None or key in named:
            copy.showlegend = False
        elif copy.showlegend is not False:
            named.add(key)
        copy.legendgroup = " ".join(key)
        fig.add_trace(copy, row=row, col=column)
    if any(trace.type == "scatterpolar" for trace in cell.data):
        _polar(fig, cell, row, column)
    else:
        _axes(fig, cell, row, column)


def _light(trace: Any) -> Any:
    """``trace`` with many thin bars drawn as one line of sticks."""
    if trace.type == "bar" and trace.orientation != "h" and trace.x is not None and len(trace.x) >= MAX_BARS:
        at = np.repeat(np.asarray(trace.x, dtype=float), 3)
        heights = np.zeros(at.size)
        heights[1::3] = np.asarray(trace.y, dtype=float)
        width = 1.0 if at.size > 3 * 600 else 1.4
        look = {"color": trace.marker.color, "width": width}
        line = go.Scatter(x=at, y=np.round(heights, 5), mode="lines", name=trace.name, line=look, hoverinfo="skip")
        line.showlegend = trace.showlegend
        return line
    kind = go.Scatter if trace.type == "scattergl" else type(trace)
    plain = trace.to_plotly_json()
    plain.pop("type", None)
    return kind(**plain)


def _colour(trace: Any) -> str:
    for part in ("marker", "line"):
        colour = getattr(getattr(trace, part, None), "color", None)
        if isinstance(colour, str):
            return colour
    return ""


def _polar(fig: go.Figure, cell: go.Figure, row: int, column: int) -> None:
    """Carry the radar's axes over; its place stays the panel's, a little smaller for the labels around it."""
    place = fig.get_subplot(row, column)
    low, high = place.domain.y
    plain = cell.layout.polar.to_plotly_json()
    plain.pop("domain", None)
    place.update(plain)
    room = 0.08 * (high - low)
    place.domain.y = (low + room, high - room)


def _axes(fig: go.Figure, cell: go.Figure, row: int, column: int) -> None:
    """Carry axes, lines, pictures and notes of a chart over to its panel."""
    place = fig.get_subplot(row, column)
    names = {letter: getattr(place, f"{letter}axis").plotly_name.replace("axis", "") for letter in "xy"}
    for letter in "xy":
        source = getattr(cell.layout, f"{letter}axis").to_plotly_json()
        settings = {key: value for key, value in source.items() if key in LAYOUT_OF_AXES}
        if settings.get("scaleanchor"):
            settings["scaleanchor"] = names["x"]
        getattr(place, f"{letter}axis").update(settings)
    for kind in ("shapes", "annotations", "images"):
        for item in getattr(cell.layout, kind):
            plain = item.to_plotly_json()
            for letter in "xy":
                plain[f"{letter}ref"] = _moved(plain.get(f"{letter}ref", letter), letter, names[letter])
            getattr(fig, {"shapes": "add_shape", "annotations": "add_annotation", "images": "add_layout_image"}[kind])(
                **plain
            )


def _moved(reference: str, letter: str, name: str) -> str:
    """The axis reference of a single chart's annotation among the panels.

    >>> _moved("x", "x", "x3"), _moved("y domain", "y", "y3"), _moved("paper", "y", "y3")
    ('x3', 'y3 domain', 'y3 domain')
    """
    return f"{name} domain" if reference == "paper" or reference.endswith("domain") else name


def _head(fig: go.Figure, row: int, column: int, text: str) -> None:
    """Write a panel's heading above it, where no mark of the chart itself stands."""
    place = fig.get_subplot(row, column)
    if hasattr(place, "domain"):  # a radar: its own domain was made smaller
        left, top = place.domain.x[0], place.domain.y[1] + 0.08 * (place.domain.y[1] - place.domain.y[0])
    else:
        left, top = place.xaxis.domain[0], place.yaxis.domain[1]
    note = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 36}
    fig.add_annotation(x=left, y=top, text=text, showarrow=False, font={"size": 13.5, "color": INK[False]}, **note)
