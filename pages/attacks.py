"""Can it be fooled, and would that be noticed? Adversarial pictures, rates by strength, and the rule that detects."""

import streamlit as st

from widgets import attacking, defending, spaces
from widgets.session import boundary, workspace

ws = workspace()
st.title("Attacks")
st.caption("A change too small to see can make the network err. Concepts that are too vivid give it away, sometimes.")

with boundary():
    if spaces.missing(ws):
        st.stop()
    if attacking.view() == attacking.PICTURE:
        wanted = attacking.chosen(ws)
        if wanted is not None:
            attacking.outcome(ws, attacking.attacked(ws, wanted))
    else:
        defending.rule(ws)
        defending.table(ws)
