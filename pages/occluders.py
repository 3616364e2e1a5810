"""Which features does the network need for a class? Global occluders, what they do, and what they take away."""

import streamlit as st

from widgets import occluders
from widgets.session import boundary, workspace

ws = workspace()
st.title("Occluders")
st.caption(
    "One faint pattern for a whole class that wipes out what its images share: what it hides, the network needs."
)

with boundary():
    if occluders.missing(ws):
        st.stop()
    occluders.learning(ws)
    found = occluders.chosen(ws)
    if found is not None:
        occluders.effects(ws, found)
        occluders.one_class(ws, found)
