"""Which network sees the concepts more clearly? Two of them over the same masks and images."""

import streamlit as st

from sxai.comparison.verbs.compare import compare_models
from widgets import comparison
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Compare models")
st.caption("Two networks compared by their spaces for the same concepts, masks and images.")

with boundary():
    if not comparison.missing(project):
        a, b = comparison.choose(project)
        found = compare_models.known(project, a, b)
        comparison.working(project, a, b, first=found is None)
        if found is not None:
            comparison.headline(found)
            comparison.concepts(project, found)
            comparison.one_concept(project, found)
