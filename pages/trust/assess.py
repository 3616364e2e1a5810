"""Should I trust this prediction? The network's word, the concepts it saw, and a sentence about both."""

import streamlit as st

from widgets.assess import assessment, class_saliency, history, overconfident, report
from widgets.spaces import spaces
from widgets.ui.session import boundary, opened_project
from widgets.vectors import vectors

project = opened_project()
st.title("Assess")
st.caption("How far the concepts that were seen support what the CNN says.")

with boundary():
    view = assessment.view()
    if view == assessment.SALIENCY:
        if not vectors.missing(project):
            class_saliency.section(project)
    elif spaces.missing(project):
        st.stop()
    elif view == assessment.DOUBTS:
        overconfident.listed(project)
    elif view == assessment.REPORT:
        report.section(project)
    else:
        found = assessment.assessed(project, assessment.pictures(project))
        if found:
            assessment.report(project, *assessment.chosen_of(found))
        history.table(project)
