"""Which neurons carry a concept? Extraction, scores with and without it, overlap and cross-talk."""

import streamlit as st

from sxai import workflows as verbs
from widgets import distributions, results, spaces, visuals
from widgets.session import boundary, workspace

ws = workspace()
st.title("Semantic spaces")
st.caption(
    "What many images have in common, with a concept and without it: the neurons that change most carry the concept."
)

with boundary():
    known = verbs.list_spaces(ws)
    masked = any(concept.masks >= spaces.LEAST_MASKS for concept in verbs.list_concepts(ws))
    if masked and verbs.list_models(ws):
        spaces.extracting(ws, first=not known or any(space.stale for space in known))
    elif not known:
        spaces.missing(ws)
    if known:
        results.stale_notice(known)
        spaces.table(known)
        spaces.dumbbells(ws, known)
        st.subheader("One space")
        chosen = results.space_choice(known)
        found = verbs.space_detail(ws, chosen)
        spaces.close_look(ws, found)
        st.subheader("Made visible")
        visuals.pictures(ws, [chosen], "space-visual", primary=not any(space.stale for space in known))
        distributions.ends(ws, verbs.distribution(ws, chosen), "space")
        results.provenance(found.summary)
    if len(known) > 1:
        st.subheader("Between spaces")
        spaces.relations(verbs.overlap(ws))
