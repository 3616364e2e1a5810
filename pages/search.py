"""Find images by meaning: a query over semantic probabilities, its hits, marks and export."""

import streamlit as st

from widgets import results, searching, spaces
from widgets.session import boundary, workspace

ws = workspace()
st.title("Search")
st.caption("Ask for what is seen in an image: every concept has a probability between 0 and 1.")

with boundary():
    if spaces.missing(ws):
        st.stop()
    query = searching.box(ws)
    if not query:
        st.info("Type a query, move a slider, or take an example.", icon=":material/lightbulb:")
        st.stop()
    result = searching.found(ws, query)
    if result is None:
        st.stop()
    st.markdown(f"**{result.total:,}** of {result.considered:,} images match `{results.code(query)}`")
    searching.doubts(ws, query)
    if result.hits:
        searching.export(ws, query)
        searching.hits(ws, result)
        searching.charts(ws, result)
    else:
        st.info("No image meets this query. Loosen a bound.", icon=":material/search_off:")
