"""Many verdicts on one page or on paper."""

import streamlit as st

from widgets.assess import report
from widgets.spaces import spaces
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Report")
with boundary():
    if not spaces.missing(project):
        report.section(project)
