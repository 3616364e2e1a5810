"""The project as a whole: renamed, or deleted with a word on what goes with it."""

import streamlit as st

from sxai.project.homes import Holdings, ProjectHome, holdings, remove_project, rename_project
from widgets.ui import session
from widgets.ui.session import boundary, plain

DELETING = "page.project.deleting"
"""The folder of the project whose deletion waits for a second word."""


def menu(here: ProjectHome) -> None:
    """A small menu for the project that is open; the demo keeps its name, and is made again when it is deleted."""
    if here.demo or here.empty:
        return
    with st.popover("Rename or delete", icon=":material/more_horiz:", type="tertiary", key="project-menu"), boundary():
        _rename(here)
        st.divider()
        if st.session_state.get(DELETING) == str(here.path):
            _delete(here)
        else:
            st.button("Delete…", icon=":material/delete:", key="project-delete", on_click=_ask, args=(here,))


def _rename(here: ProjectHome) -> None:
    new = st.text_input("Name", here.name, max_chars=64, key=f"project-new-name-{here.name}")
    if st.button("Rename", key="project-rename-go", disabled=new.strip() in ("", here.name)):
        rename_project(session.root(), here.name, new)
        session.choose(here.path)
        st.rerun()


def _ask(here: ProjectHome) -> None:
    st.session_state[DELETING] = str(here.path)


def _delete(here: ProjectHome) -> None:
    st.markdown(f"**{plain(here.name)}** goes with all that is in it: {words(holdings(here.path))}.")
    st.caption("The pictures that you imported stay where they came from. Nothing else can be brought back.")
    with st.container(horizontal=True):
        if st.button("Delete for good", type="primary", icon=":material/delete:", key="project-delete-go"):
            session.close(here.path)
            remove_project(session.root(), here.name)
            del st.session_state[DELETING]
            st.switch_page("pages/overview.py")
        if st.button("Keep it", key="project-keep"):
            del st.session_state[DELETING]
            st.rerun()


def words(found: Holdings) -> str:
    """The numbers as a list, those that are none left out.

    >>> words(Holdings(400, 1, 0, 0, 0))
    '400 images, 1 network'
    """
    counted = {"image": found.images, "network": found.networks, "mask": found.masks, "semantic space": found.spaces}
    parts = [f"{count:,} {noun}{'' if count == 1 else 's'}" for noun, count in counted.items() if count]
    return ", ".join(parts) or "nothing yet"
