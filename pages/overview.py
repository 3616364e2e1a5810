"""Where am I? What the project holds, and what comes next."""

import streamlit as st

from sxai import workflows as verbs
from widgets import boards
from widgets.session import project, workspace

ws = workspace()
overview = verbs.overview(ws)

st.title("Overview")
boards.headline(overview, project())
boards.pictures(ws, overview)
boards.next_step(overview)

images, model = st.columns([3, 2], gap="large")
with images, st.container(key="overview-images"):
    boards.images(overview)
with model, st.container(key="overview-model"):
    boards.model(overview)

with st.container(key="overview-concepts"):
    boards.concepts(overview)
with st.container(key="overview-jobs"):
    boards.running(ws, overview)
