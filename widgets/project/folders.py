"""A folder of this machine chosen by looking: one level at a time, below the person's home."""

import os
from pathlib import Path

import streamlit as st

from widgets.ui.session import plain

MOST = 200
"""Folders of one level that are listed."""


def chooser(field: str) -> None:
    """A button that opens the folders; the chosen one is written into the text field of key ``field``."""
    here = _here(field)
    with st.popover("Browse", icon=":material/folder_open:", key=f"{field}-browse"):
        st.caption(f"**{plain(str(here))}**")
        inside, pictures = _listed(here)
        with st.container(horizontal=True):
            st.button(
                "Up",
                icon=":material/arrow_upward:",
                key=f"{field}-up",
                disabled=here in (Path.home(), here.parent),
                on_click=_go,
                args=(field, here.parent),
            )
            st.button(
                f"Choose this folder ({pictures:,} files)",
                type="primary",
                key=f"{field}-take",
                on_click=_take,
                args=(field, here),
            )
        with st.container(height=280, gap="xxsmall", key=f"{field}-folders"):
            for number, name in enumerate(inside):
                st.button(
                    plain(name),
                    icon=":material/folder:",
                    type="tertiary",
                    key=f"{field}-folder-{number}",
                    on_click=_go,
                    args=(field, here / name),
                )
            if not inside:
                st.caption("There is no folder inside.")


def _here(field: str) -> Path:
    """The folder that is looked at: where the person went, else the typed one, else home."""
    typed = Path(os.path.expanduser(str(st.session_state.get(field) or Path.home())))
    gone_to = st.session_state.get(_key(field))
    return next((path for path in (gone_to, typed) if path is not None and path.is_dir()), Path.home())


def _listed(folder: Path) -> tuple[list[str], int]:
    """Names of the folders inside, hidden ones left out, and the number of files beside them."""
    try:
        with os.scandir(folder) as entries:
            seen = [(entry.name, entry.is_dir()) for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return [], 0
    inside = sorted(name for name, is_folder in seen if is_folder)
    return inside[:MOST], len(seen) - len(inside)


def _go(field: str, folder: Path) -> None:
    st.session_state[_key(field)] = folder


def _take(field: str, folder: Path) -> None:
    st.session_state[field] = str(folder)
    st.session_state.pop(_key(field), None)


def _key(field: str) -> str:
    return f"page.browse.{field}"
