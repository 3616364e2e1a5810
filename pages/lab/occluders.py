"""Which features does the network need for a class? Global occluders, what they do, and what they take away."""

import streamlit as st

from widgets import occluders
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Occluders")
st.caption(
    "One faint pattern for a whole class that wipes out what its images share: what it hides, the network needs."
)

with boundary():
    if occluders.missing(project):
        st.stop()
    occluders.learning(project)
    found = occluders.chosen(project)
    if found is not None:
        occluders.effects(project, found)
        occluders.one_class(project, found)
