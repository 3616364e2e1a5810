"""Where is the eye? Click the superpixels that show a concept."""

import streamlit as st

from widgets import mask_records, masking, suggesting
from widgets.freehand import freehand
from widgets.session import workspace

ws = workspace()

st.title("Mask concepts")
st.caption("Mark where the concept is. What is marked gets filled with a colour, and the network is asked again.")
concept = masking.choose_concept(ws)
if concept is None:
    st.info("Add a concept first: a part that you can point at, such as the eyes of a cat.")
    st.stop()

if masking.reviewing():
    suggesting.reviewing(ws, concept, masking.author())
elif masking.by_hand():
    freehand(ws, concept)
else:
    masking.superpixels(ws, concept)

mask_records.panels(ws, concept, masking.author())
