"""Concepts and their spaces as wholes: renamed, or deleted."""

import streamlit as st

from sxai.masks.verbs.save import list_concepts
from sxai.project.project import Project
from sxai.spaces.verbs.concepts import remove_concept, rename_concept
from sxai.spaces.verbs.stored import remove_space
from widgets.ui import whole_menu


def space_menu(project: Project, name: str) -> None:
    """Delete the space of a concept; its masks stay."""

    def delete() -> None:
        remove_space(project, name)
        st.session_state.pop("space", None)

    whole_menu.menu("space", name, lambda: "nothing more; its masks stay, and it can be extracted again", delete)


def concepts(project: Project) -> None:
    """Choose a concept, and rename or delete it with its masks and spaces."""
    masks = {concept.name: concept.masks for concept in list_concepts(project)}
    if not masks:
        return
    with st.expander("Concepts", icon=":material/label:", key="concepts-whole"):
        st.caption("A concept keeps its masks and its space when it gets another name.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if st.session_state.get("concept-whole") not in masks:
                st.session_state.pop("concept-whole", None)
            name = st.selectbox("Concept", list(masks), key="concept-whole", width=260)
            _menu(project, name, masks[name])


def _menu(project: Project, name: str, masks: int) -> None:
    part = _part(project, name)

    def rename(new: str) -> None:
        st.session_state["page.concept"] = rename_concept(project, name, new).now

    def delete() -> None:
        remove_concept(project, name)
        st.session_state.pop("page.concept", None)

    def goes() -> str:
        spaces = sum(space.full_name == name for space in project.catalogue.spaces())
        return f"its {masks:,} masks, their history, and its semantic spaces ({spaces})"

    whole_menu.menu("concept", part, goes, delete, rename)


def _part(project: Project, name: str) -> str:
    """The concept's name without its class."""
    known = next(record for record in project.catalogue.concepts() if record.full_name == name)
    return known.name
