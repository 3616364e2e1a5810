"""Is it normal? The activations of a space over its class, what P is read from, and what masking does."""

import streamlit as st

from sxai.spaces.verbs.details import distribution_detail
from sxai.spaces.verbs.stored import list_spaces
from widgets.spaces import distributions, spaces
from widgets.ui import assessment_view
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Distributions")
st.caption("How strongly the images of a class show a concept. The probability P is an image's place among them.")

with boundary():
    if spaces.missing(project):
        st.stop()
    known = list_spaces(project)
    assessment_view.stale_notice(known)
    found = distribution_detail(project, assessment_view.space_choice(known))
    distributions.choice(project, found, known)
    distributions.fits(project, found)
    distributions.ends(project, found, "distribution")
    distributions.numbers(found)
    assessment_view.provenance(found.summary)
