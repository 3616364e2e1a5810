"""What is running? Progress, time left, log, cancel and resume."""

import streamlit as st

from widgets.jobs import job_list
from widgets.ui.session import opened_project

st.title("Jobs")
st.caption("Long work runs in its own process: it goes on when this page, or the whole app, is closed.")
job_list.running(opened_project())
job_list.finished(opened_project())
