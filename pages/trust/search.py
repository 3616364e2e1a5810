"""Find images by meaning: a query over semantic probabilities, its hits, marks and export."""

import streamlit as st

from widgets import search
from widgets.spaces import spaces
from widgets.ui import assessment_view
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Search")
st.caption("Ask for what is seen in an image: every concept has a probability between 0 and 1.")

with boundary():
    if spaces.missing(project):
        st.stop()
    query = search.box(project)
    if not query:
        st.info("Type a query, move a slider, or take an example.", icon=":material/lightbulb:")
        st.stop()
    result = search.found(project, query)
    if result is None:
        st.stop()
    st.markdown(f"**{result.total:,}** of {result.considered:,} images match `{assessment_view.code(query)}`")
    search.doubts(project, query)
    if result.hits:
        search.export(project, query)
        search.hits(project, result)
        search.charts(project, result)
    else:
        st.info("No image meets this query. Loosen a bound.", icon=":material/search_off:")
