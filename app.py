"""The app: ``streamlit run app.py`` (or ``sxai app``)."""

import streamlit as st

from widgets.ui import shell

st.set_page_config(page_title="sxai", page_icon=":material/hexagon:", layout="wide", initial_sidebar_state="auto")

# Addresses differ from the file names: before the first visit Streamlit would take pages/mask.py for a page of its own.
PAGES = {
    "Project": [
        st.Page("pages/overview.py", title="Overview", icon=":material/dashboard:", default=True),
        st.Page("pages/samples.py", title="Samples", icon=":material/photo_library:", url_path="images"),
        st.Page("pages/model.py", title="Model", icon=":material/network_node:", url_path="network"),
        st.Page("pages/compare.py", title="Compare models", icon=":material/compare_arrows:", url_path="compare"),
    ],
    "Concepts": [
        st.Page("pages/mask_concepts.py", title="Mask concepts", icon=":material/ink_selection:", url_path="mask"),
        st.Page("pages/common_traits.py", title="Common traits", icon=":material/join_inner:", url_path="traits"),
        st.Page("pages/spaces.py", title="Semantic spaces", icon=":material/scatter_plot:", url_path="semantic-spaces"),
        st.Page("pages/vectors.py", title="Concept vectors", icon=":material/hub:", url_path="vector"),
        st.Page("pages/distributions.py", title="Distributions", icon=":material/area_chart:", url_path="distribution"),
        st.Page("pages/auto_concepts.py", title="Auto concepts", icon=":material/auto_awesome:", url_path="auto"),
        st.Page("pages/scoreboard.py", title="Scoreboard", icon=":material/leaderboard:", url_path="score"),
    ],
    "Explain": [
        st.Page("pages/assess.py", title="Assess", icon=":material/fact_check:", url_path="assessment"),
        st.Page("pages/attacks.py", title="Attacks", icon=":material/bolt:", url_path="attack"),
        st.Page("pages/occluders.py", title="Occluders", icon=":material/blur_on:", url_path="occlude"),
        st.Page("pages/search.py", title="Search", icon=":material/manage_search:", url_path="find"),
    ],
    "Work": [
        st.Page("pages/jobs.py", title="Jobs", icon=":material/hourglass_top:", url_path="work"),
        st.Page("pages/start.py", title="Start my own project", icon=":material/add_circle:", url_path="new"),
    ],
}

page = st.navigation(PAGES, expanded=True)
shell.dress()
shell.sidebar()
shell.show(page)
