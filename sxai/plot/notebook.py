"""Small HTML for notebooks: results show themselves where the last line of a cell names them. Everything is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

CELL = "text-align:left;padding:2px 12px 2px 0;border:0"
MOST_ROWS = 20
"""Rows of a table that are shown; the rest is counted."""


def card(title: str, lines: Iterable[str] = (), tables: Iterable[str] = ()) -> str:
    """A title, lines of text below it, and tables that :func:`table` made.

    >>> card("a < b", ["so"])
    '<div><strong>a &lt; b</strong><div>so</div></div>'
    """
    text = "".join(f"<div>{escape(line)}</div>" for line in lines if line)
    return f"<div><strong>{escape(title)}</strong>{text}{''.join(tables)}</div>"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of texts and numbers, "" without rows; numbers have two places, None is a dash."""
    if not rows:
        return ""
    top = "".join(f'<th scope="col" style="{CELL}">{escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows[:MOST_ROWS])
    more = f"<div>and {len(rows) - MOST_ROWS} more</div>" if len(rows) > MOST_ROWS else ""
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: object) -> str:
    text = "–" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
    return f'<td style="{CELL}">{escape(text)}</td>'
