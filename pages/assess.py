"""Should I trust this prediction? The network's word, the concepts it saw, and a sentence about both."""

import streamlit as st

from widgets import assessing, class_saliency, overconfident, reporting, spaces, vectors
from widgets.session import boundary, workspace

ws = workspace()
st.title("Assess")
st.caption("How far the concepts that were seen support what the CNN says.")

with boundary():
    view = assessing.view()
    if view == assessing.SALIENCY:
        if not vectors.missing(ws):
            class_saliency.section(ws)
    elif spaces.missing(ws):
        st.stop()
    elif view == assessing.DOUBTS:
        overconfident.listed(ws)
    elif view == assessing.REPORT:
        reporting.section(ws)
    else:
        found = assessing.assessed(ws, assessing.pictures(ws))
        if found:
            assessing.report(ws, *assessing.chosen_of(found))
