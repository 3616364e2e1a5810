"""Where is the eye? Click the superpixels that show a concept."""

import streamlit as st

from widgets.masks import masking, records, suggestions
from widgets.masks.freehand import freehand
from widgets.ui.session import opened_project

project = opened_project()

st.title("Mask concepts")
st.caption("Mark where the concept is. What is marked gets filled with a colour, and the network is asked again.")
concept = masking.choose_concept(project)
if concept is None:
    st.info("Add a concept first: a part that you can point at, such as the eyes of a cat.")
    st.stop()

if masking.reviewing():
    suggestions.reviewing(project, concept, masking.author())
elif masking.by_hand():
    freehand(project, concept)
else:
    masking.superpixels(project, concept)

masking.extracting(project)
records.panels(project, concept, masking.author())
