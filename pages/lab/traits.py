"""What do all cats share? Common traits of a class, how stable they are, and where in the network they arise."""

import streamlit as st

from widgets import traits
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Common traits")
st.caption("What the samples of a class share in the network's features, the strongest first.")

with boundary():
    if traits.missing(project):
        st.stop()
    chosen = traits.choice(project)
    found = traits.found(project, chosen)
    if found:
        traits.before_and_after(project, chosen, found)
        traits.ratios(chosen, found)
        traits.components(project, chosen, found)
    st.header("How stable is it?")
    traits.stability(project, chosen)
    st.header("Where does it arise?")
    traits.layers(project, chosen)
