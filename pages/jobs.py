"""What is running? Progress, time left, log, cancel and resume."""

import streamlit as st

from widgets import joblist
from widgets.session import workspace

st.title("Jobs")
st.caption("Long work runs in its own process: it goes on when this page, or the whole app, is closed.")
joblist.running(workspace())
joblist.finished(workspace())
