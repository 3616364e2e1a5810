"""Is it normal? The activations of a space over its class, what P is read from, and what masking does."""

import streamlit as st

from sxai import workflows as verbs
from widgets import distributions, results, spaces
from widgets.session import boundary, workspace

ws = workspace()
st.title("Distributions")
st.caption("How strongly the images of a class show a concept. The probability P is an image's place among them.")

with boundary():
    if spaces.missing(ws):
        st.stop()
    known = verbs.list_spaces(ws)
    results.stale_notice(known)
    found = verbs.distribution(ws, results.space_choice(known))
    distributions.choice(ws, found, known)
    distributions.numbers(found)
    distributions.fits(ws, found)
    distributions.ends(ws, found, "distribution")
    results.provenance(found.summary)
