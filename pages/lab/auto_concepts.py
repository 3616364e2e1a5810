"""What are a network's own concepts? Found in its maps without a person, named by one."""

import streamlit as st

from widgets import prototypes
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Auto concepts")
st.caption("What the network's own concepts are, found without a mask. You only name them.")

with boundary():
    if prototypes.missing(project):
        st.stop()
    prototypes.training(project)
    found = prototypes.found(project)
    if found is not None:
        shown = prototypes.view()
        if shown == prototypes.CONCEPTS:
            prototypes.concepts(project, found)
        elif shown == prototypes.PICTURE:
            prototypes.picture(project, found)
        else:
            prototypes.measures(project, found)
        prototypes.provenance(found)
