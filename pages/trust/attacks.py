"""Can it be fooled, and would that be noticed? Adversarial pictures, rates by strength, and the rule that detects."""

import streamlit as st

from widgets.attacks import playground, table
from widgets.spaces import spaces
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Attacks")
st.caption("A small change can make the network err. Certainty and distance from known pictures often give it away.")

with boundary():
    if spaces.missing(project):
        st.stop()
    if playground.view() == playground.PICTURE:
        playground.examples(project)
        wanted = playground.chosen(project)
        if wanted is not None:
            playground.outcome(project, playground.attacked(project, wanted))
    else:
        table.rule(project)
        table.table(project)
