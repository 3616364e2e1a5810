"""One image of the project: found by words, stepped through, or chosen among its neighbours."""

import streamlit as st

from data_store.records import ImageRecord
from sxai.images.verbs.nearby import Nearby, nearby
from sxai.project.project import Project
from widgets.ui.session import image_number


def find_image(project: Project, page: str) -> ImageRecord | None:
    """The image chosen on ``page``, whose name its controls carry; None when no image has the words.

    The choice is stored in the URL.
    """
    picked = f"page.{page}.image"
    asked = image_number(st.query_params.get("image", ""))
    if asked is not None and asked != st.session_state.get(picked):
        st.session_state[picked] = asked
        st.session_state[f"{page}-find"] = ""
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{page}-pick"):
        words = st.text_input(
            "Find", key=f"{page}-find", placeholder="name, class or split", icon=":material/search:", width=240
        )
        near = nearby(project, words or "", st.session_state.get(picked))
        if near.chosen is None:
            st.caption("No image has these words in its name, class or split.")
            return None
        images = {image.id: image for image in near.listed}
        chosen = st.selectbox(
            f"Image {near.place + 1:,} of {near.total:,}",
            list(images),
            index=list(images).index(near.chosen.id),
            format_func=lambda one: f"{images[one].name} ({images[one].class_name or 'no class'}, {images[one].split})",
            width=360,
        )
        step = _stepped(near, page)
    _settle(step or chosen, picked)
    return images[chosen]


def _stepped(near: Nearby, page: str) -> int | None:
    if st.button("Previous", icon=":material/chevron_left:", disabled=near.before is None, key=f"{page}-back"):
        return near.before
    if st.button("Next", icon=":material/chevron_right:", disabled=near.after is None, key=f"{page}-next"):
        return near.after
    return None


def _settle(image_id: int, picked: str) -> None:
    """Store the choice in the URL; the page reruns when it changed."""
    if st.query_params.get("image") != str(image_id):
        st.query_params["image"] = str(image_id)
    if image_id != st.session_state.get(picked):
        st.session_state[picked] = image_id
        st.rerun()
