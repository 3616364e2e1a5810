"""What are a network's own concepts? Found in its maps without a person, named by one."""

import streamlit as st

from widgets import prototypes
from widgets.session import boundary, workspace

ws = workspace()
st.title("Auto concepts")
st.caption("What the network's own concepts are, found without a mask. You only name them.")

with boundary():
    if prototypes.missing(ws):
        st.stop()
    prototypes.training(ws)
    found = prototypes.found(ws)
    if found is not None:
        shown = prototypes.view()
        if shown == prototypes.CONCEPTS:
            prototypes.concepts(ws, found)
        elif shown == prototypes.PICTURE:
            prototypes.picture(ws, found)
        else:
            prototypes.measures(ws, found)
        prototypes.provenance(found)
