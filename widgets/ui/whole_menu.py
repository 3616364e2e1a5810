"""A small menu for one thing as a whole: renamed, or deleted after a word on what goes with it."""

from collections.abc import Callable

import streamlit as st

from widgets.ui.session import boundary, plain

DELETING = "page.deleting"
"""The key of the menu whose deletion waits for a second word."""


def menu(
    key: str,
    name: str,
    goes: Callable[[], str],
    delete: Callable[[], object],
    rename: Callable[[str], object] | None = None,
) -> None:
    """Offer to rename and delete ``name``; ``goes`` says what goes with it, asked only when deletion is wanted.

    The page runs again after either; ``rename`` None: it has no name of its own.
    """
    label = "Delete" if rename is None else "Rename or delete"
    with st.popover(label, icon=":material/more_horiz:", key=f"{key}-menu"), boundary():
        if rename is not None:
            _rename(key, name, rename)
            st.divider()
        if st.session_state.get(DELETING) == (key, name):
            _delete(key, name, goes, delete)
        else:
            st.button("Delete…", icon=":material/delete:", key=f"{key}-delete", on_click=_ask, args=(key, name))


def _rename(key: str, name: str, rename: Callable[[str], object]) -> None:
    new = st.text_input("Name", name, max_chars=64, key=f"{key}-new-name-{name}")
    if st.button("Rename", key=f"{key}-rename-go", disabled=new.strip() in ("", name)):
        rename(new.strip())
        st.rerun()


def _ask(key: str, name: str) -> None:
    st.session_state[DELETING] = (key, name)


def _delete(key: str, name: str, goes: Callable[[], str], delete: Callable[[], object]) -> None:
    st.markdown(f"**{plain(name)}** goes for good, with {plain(goes())}.")
    with st.container(horizontal=True):
        if st.button("Delete for good", type="primary", icon=":material/delete:", key=f"{key}-delete-go"):
            delete()
            st.session_state.pop(DELETING, None)
            st.rerun()
        if st.button("Keep it", key=f"{key}-keep"):
            st.session_state.pop(DELETING, None)
            st.rerun()
