"""Which network sees the concepts more clearly? Two of them over the same masks and images."""

import streamlit as st

from sxai import workflows as verbs
from widgets import comparing
from widgets.session import boundary, workspace

ws = workspace()
st.title("Compare models")
st.caption("The same concepts, masks and images, as two networks see them.")

with boundary():
    if not comparing.missing(ws):
        a, b = comparing.choose(ws)
        found = verbs.known_comparison(ws, a, b)
        comparing.working(ws, a, b, first=found is None)
        if found is not None:
            comparing.headline(found)
            comparing.concepts(ws, found)
            comparing.one_concept(ws, found)
