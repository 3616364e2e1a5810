"""Where am I? What the project holds, and what comes next."""

import streamlit as st

from sxai.overview import overview as overview_
from widgets.project import overview as boards
from widgets.ui.session import chosen_home, opened_project

project = opened_project()
overview = overview_(project)

st.title("Overview")
boards.headline(overview, chosen_home())
boards.pictures(project, overview)
boards.next_step(overview)

images, model = st.columns([3, 2], gap="large")
with images, st.container(key="overview-images"):
    boards.images(overview)
with model, st.container(key="overview-model"):
    boards.model(overview)

with st.container(key="overview-concepts"):
    boards.concepts(overview)
with st.container(key="overview-jobs"):
    boards.running(project, overview)
