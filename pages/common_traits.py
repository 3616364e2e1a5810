"""What do all cats share? Common traits of a class, how stable they are, and where in the network they arise."""

import streamlit as st

from widgets import traits
from widgets.session import boundary, workspace

ws = workspace()
st.title("Common traits")
st.caption("What the samples of a class share in the network's features, the strongest first.")

with boundary():
    if traits.missing(ws):
        st.stop()
    chosen = traits.choice(ws)
    found = traits.found(ws, chosen)
    if found:
        traits.before_and_after(ws, chosen, found)
        traits.ratios(chosen, found)
        traits.components(ws, chosen, found)
    st.subheader("How stable is it?")
    traits.stability(ws, chosen)
    st.subheader("Where does it arise?")
    traits.layers(ws, chosen)
