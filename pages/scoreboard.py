"""Does a high P mean that the part is there? Every space held against what its images are known to show."""

import streamlit as st

from widgets import chances, estimators, scoreboard, spaces
from widgets.session import boundary, workspace

ws = workspace()
st.title("Scoreboard")
st.caption(
    "Does a high P mean that the part is there? Every space is held against images in which its part is known to be "
    "visible or hidden."
)

with boundary():
    if not spaces.missing(ws):
        if scoreboard.view() == scoreboard.LABELS:
            scoreboard.labelling(ws)
        else:
            scoreboard.scores(ws)
            estimators.section(ws)
            chances.section(ws)
