"""What network is this? Choose, train, and see how well it does."""

import streamlit as st

from sxai.networks.verbs.networks import list_models, model_detail
from widgets.project import networks
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Networks")

known = list_models(project)
if not known:
    st.caption("Choose a backbone: its features are what all explanations are made of.")
    with boundary():
        networks.arriving(project)
        networks.adding(project, first=True)
    st.stop()

with boundary():
    networks.arriving(project)
    summary = networks.choose(known)
    detail = model_detail(project, summary.model)
    networks.headline(project, summary, detail.size)
    networks.training(project, summary)
    networks.learned(project, detail)
    networks.inside(detail)
    networks.adding(project, first=False)
