"""Which neurons carry a concept? Extraction, scores with and without it, overlap and cross-talk."""

import streamlit as st

from sxai.masks.verbs.save import list_concepts
from sxai.networks.verbs.networks import list_models
from sxai.spaces.verbs.details import distribution_detail, overlap_detail, space_detail
from sxai.spaces.verbs.stored import list_spaces
from widgets.spaces import concept_menu, distributions, spaces, visuals
from widgets.ui import assessment_view
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Semantic spaces")
st.caption(
    "What many images have in common, with a concept and without it: the neurons that change most carry the concept."
)

with boundary():
    known = list_spaces(project)
    masked = any(concept.masks >= spaces.LEAST_MASKS for concept in list_concepts(project))
    if masked and list_models(project):
        spaces.extracting(project, first=not known or any(space.stale for space in known))
    elif not known:
        spaces.missing(project)
    if known:
        assessment_view.stale_notice(known)
        spaces.table(known)
        spaces.dumbbells(project, known)
        st.header("One space")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = assessment_view.space_choice(known)
            concept_menu.space_menu(project, chosen)
        found = space_detail(project, chosen)
        spaces.close_look(project, found)
        st.header("Made visible")
        visuals.pictures(project, [chosen], "space-visual", primary=not any(space.stale for space in known))
        distributions.ends(project, distribution_detail(project, chosen), "space")
        assessment_view.provenance(found.summary)
    if len(known) > 1:
        st.header("Between spaces")
        spaces.relations(overlap_detail(project))
    concept_menu.concepts(project)
