"""Does a high P mean that the part is there? Every space held against what its images are known to show."""

import streamlit as st

from widgets.assess import gates
from widgets.spaces import estimators, probabilities, scoreboard, spaces
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Scoreboard")
st.caption(
    "Does a high P mean that the part is there? Every space is held against images in which its part is known to be "
    "visible or hidden."
)

with boundary():
    if not spaces.missing(project):
        if scoreboard.view() == scoreboard.LABELS:
            scoreboard.labelling(project)
        else:
            scoreboard.scores(project)
            estimators.section(project)
            probabilities.section(project)
            gates.section(project)
