"""Which concepts are directions? Semantic vectors of classes, searches and attributes, mapped and put to the test."""

import streamlit as st

from widgets import vectors
from widgets.session import boundary, workspace

ws = workspace()
st.title("Concept vectors")
st.caption("The direction of each concept in the network's features: what is near it, how varied it is, what it does.")

with boundary():
    if vectors.missing(ws):
        st.stop()
    vectors.making(ws)
    found = vectors.chosen(ws)
    if found is not None:
        vectors.relations(ws, found)
        vectors.retrieval(ws, found)
        vectors.tests(ws, found)
        vectors.attributes(ws, found)
