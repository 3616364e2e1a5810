"""The numbers behind a figure, as a table."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

_TAG = re.compile(r"<[^>]+>")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
"""How a cell begins that a spreadsheet computes."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?|-+")


def figure_data(fig: go.Figure) -> pd.DataFrame:
    """Every number drawn, one row a point, under the names of the axes; traces hidden from the legend are left out.

    Columns: ``series``, then the axes' titles in plain text. A radar's column ``value`` holds what is drawn and
    ``unclipped`` the true value; a heat map gives ``row``, ``column``, ``value``. If the ``meta`` of a trace names a
    column, its custom data are in that column.
    """
    told = [trace for trace in fig.data if trace.type != "image" and trace.showlegend is not False]
    parts = [pd.DataFrame(rows) for trace in told if (rows := list(_rows(fig, trace)))]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"series": []})


def figure_csv(fig: go.Figure) -> bytes:
    """:func:`figure_data` as CSV (UTF-8 with a mark, so that spreadsheets read the symbols)."""
    return csv_bytes(figure_data(fig))


def csv_bytes(rows: pd.DataFrame) -> bytes:
    """A table as CSV that a spreadsheet opens as it is: marked as UTF-8, and no text is taken for a formula."""
    return harmless(rows).to_csv(index=False).encode("utf-8-sig")


def harmless(rows: pd.DataFrame) -> pd.DataFrame:
    """The same table with an apostrophe before every text and heading that a spreadsheet would compute.

    >>> harmless(pd.DataFrame({"file": ["=1+1", "-0.5", "a=b"]}))["file"].tolist()
    ["'=1+1", '-0.5', 'a=b']
    """
    return rows.rename(columns=_as_text).map(_as_text)


def _as_text(value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith(_FORMULA) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def plain(text: str | None) -> str:
    """A label without mark-up.

    >>> plain("A<sub>s</sub> of cat.eyes")
    'A_s of cat.eyes'
    """
    return _TAG.sub("", (text or "").replace("<sub>", "_").replace("<br>", " ")).strip()


def _rows(fig: go.Figure, trace: Any) -> Iterator[dict[str, object]]:
    series = plain(trace.name)
    if trace.type == "heatmap":
        yield from _cells(series, trace)
        return
    if trace.type == "scatterpolar":
        for at, (axis, value) in enumerate(zip(trace.theta, trace.r, strict=True)):
            true = value if trace.customdata is None else trace.customdata[at]
            yield {"series": series, "axis": axis, "value": value, "unclipped": true}
        return
    first, second = _axis_names(fig, trace)
    third = trace.meta if isinstance(trace.meta, str) else None
    for at, (x, y) in enumerate(zip(trace.x, trace.y, strict=True)):
        yield {"series": series, first: x, second: y} | ({third: trace.customdata[at]} if third else {})


def _cells(series: str, trace: Any) -> Iterator[dict[str, object]]:
    values = np.asarray(trace.z, dtype=float)
    for row, column in np.ndindex(*values.shape):
        yield {"series": series, "row": trace.y[row], "column": trace.x[column], "value": values[row, column]}


def _axis_names(fig: go.Figure, trace: Any) -> tuple[str, str]:
    names = []
    for letter in "xy":
        reference = getattr(trace, f"{letter}axis") or letter
        axis = getattr(fig.layout, f"{letter}axis{reference[1:]}")
        names.append(plain(axis.title.text) or letter)
    return names[0], names[1]
