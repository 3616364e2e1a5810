"""The app: ``streamlit run app.py`` (or ``sxai app``).

Streamlit serves ``app`` with its checks of every request, and runs this file as the main script at each visit.
"""

import streamlit as st

if __name__ == "__main__":
    from widgets.ui import pages, shell

    st.set_page_config(page_title="sxai", page_icon=str(shell.ICON), layout="wide", initial_sidebar_state="auto")

    page = st.navigation(pages.navigation(), expanded=True)
    shell.dress()
    shell.head(page)
    shell.sidebar(page)
    shell.show(page)
else:
    from widgets.hosts import middleware, routes

    app = st.App(__file__, middleware=middleware(), routes=routes())
