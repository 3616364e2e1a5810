"""Which concepts are directions? Semantic vectors of classes, searches and attributes, mapped and put to the test."""

import streamlit as st

from widgets.ui.session import boundary, opened_project
from widgets.vectors import vectors

project = opened_project()
st.title("Concept vectors")
st.caption("The direction of each concept in the network's features: what is near it, how varied it is, what it does.")

with boundary():
    if vectors.missing(project):
        st.stop()
    vectors.making(project)
    found = vectors.chosen(project)
    if found is not None:
        vectors.relations(project, found)
        vectors.retrieval(project, found)
        vectors.tests(project, found)
        vectors.attributes(project, found)
