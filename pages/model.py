"""What network is this? Choose, train, and see how well it does."""

import streamlit as st

from sxai import workflows as verbs
from widgets import networks
from widgets.session import boundary, workspace

ws = workspace()
st.title("Model")

known = verbs.list_models(ws)
if not known:
    st.caption("Choose a backbone: its features are what all explanations are made of.")
    with boundary():
        networks.arriving(ws)
        networks.adding(ws, first=True)
    st.stop()

with boundary():
    networks.arriving(ws)
    summary = networks.choose(known)
    detail = verbs.model_detail(ws, summary.model)
    networks.headline(ws, summary, detail.size)
    networks.training(ws, summary)
    networks.learned(ws, detail)
    networks.inside(detail)
    networks.adding(ws, first=False)
