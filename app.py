"""The app: ``streamlit run app.py`` (or ``sxai app``)."""

import streamlit as st

from widgets.ui import pages, shell

st.set_page_config(page_title="sxai", page_icon=str(shell.ICON), layout="wide", initial_sidebar_state="auto")

page = st.navigation(pages.navigation(), expanded=True)
shell.dress()
shell.head(page)
shell.sidebar()
shell.show(page)
