"""The picker's browser part: HTML, CSS and ES modules in this folder, joined without a build step."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent
MODULES = (
    *("superpixels", "levels", "ahead", "history", "marking", "offer", "outbox"),
    *("stage", "gestures", "panel", "tools", "wiring", "picker", "main"),
)
NAME = "sxai_superpixel_picker"
_IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def script() -> str:
    """All modules joined as one script, in order of use, with the default export alone."""
    return joined([HERE / "js" / f"{name}.js" for name in MODULES])


def joined(paths: Sequence[Path]) -> str:
    """ES modules as one script, each after those that it imports; only the default export is kept."""
    sources = (path.read_text("utf-8") for path in paths)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", source)) for source in sources)


@cache
def _component() -> Any:
    return st.components.v2.component(
        NAME, html=(HERE / "picker.html").read_text("utf-8"), css=(HERE / "picker.css").read_text("utf-8"), js=script()
    )


def sent(key: str) -> object:
    """What the browser has in its outbox, known before the component is drawn again."""
    return st.session_state.get(key, {}).get("outbox")


def mount(key: str, data: dict[str, Any]) -> None:
    """Show the picker; ``key`` must stay the same from run to run, or each change of ``data`` remounts it."""
    _component()(key=key, data=data, on_outbox_change=_noticed)


def _noticed() -> None:
    """Streamlit keeps state only for names with a callback; the outbox is read as the next run begins."""
