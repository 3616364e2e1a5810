"""A field that takes a picture from the clipboard."""

import base64
import binascii
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent / "grid"
HTML = (
    '<div class="paste" tabindex="0" role="textbox" aria-label="Paste a picture here">'
    "<b>Click here, then paste</b><span><kbd>Ctrl</kbd> <kbd>V</kbd>, or drop a picture</span><output></output></div>"
)


def paste(key: str) -> tuple[str, bytes] | None:
    """The picture pasted last: its name and bytes, None while there is none. Decoding is the caller's."""
    _component()(key=key, data={}, on_pasted_change=_noticed)
    return pasted(st.session_state.get(key))


def pasted(state: Any) -> tuple[str, bytes] | None:
    """The pasted picture as a name and bytes; None when there is none or it is not base64."""
    sent = (state or {}).get("pasted") or {}
    try:
        data = base64.b64decode(str(sent.get("data", "")), validate=True)
    except (binascii.Error, ValueError):
        return None
    return (str(sent.get("name", "pasted.png")), data) if data else None


def _component() -> Any:
    return st.components.v2.component("sxai_paste", html=HTML, css=_text("paste.css"), js=_text("paste.js"))


@lru_cache
def _text(name: str) -> str:
    return (HERE / name).read_text("utf-8")


def _noticed() -> None:
    """Streamlit keeps state only for names with a callback."""
