"""A place to drop any picture on, and an honest answer."""

import streamlit as st

from sxai.assess.verbs.assess import assess_bytes
from sxai.assess.verdict import ImageAssessment
from sxai.errors import SxaiError
from sxai.images.decode import canvas, decode, encode
from sxai.project.project import Project
from widgets.ui import assessment_view, uploads
from widgets.ui.session import plain, sentence


def drop(project: Project) -> None:
    """Any picture, assessed at once."""
    st.header("Try it with any picture", anchor=False)
    file = st.file_uploader(
        "Drop a picture here: a photograph, a drawing, a screenshot. It stays on this machine.",
        type=uploads.KINDS,
        key="start-drop",
        max_upload_size=uploads.PICTURE_MB,
    )
    if file is None:
        return
    try:
        picture, said = _assessed(project, file.name, file.getvalue())
    except SxaiError as error:
        st.error(plain(f"{file.name}: {sentence(error)}"), icon=":material/broken_image:")
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.image(picture, width="stretch", alt=file.name)
    with right:
        assessment_view.verdict(project, said, "start-verdict")


def _assessed(project: Project, name: str, data: bytes) -> tuple[bytes, ImageAssessment]:
    """The picture as the network sees it, and its assessment; kept until another is dropped."""
    key = ("start drop", name, hash(data))
    if st.session_state.get("page.start.key") != key:
        shown = encode(canvas(decode(data).pixels), "jpeg")
        st.session_state["page.start.found"] = shown, assess_bytes(project, name, data)
        st.session_state["page.start.key"] = key
    found: tuple[bytes, ImageAssessment] = st.session_state["page.start.found"]
    return found
