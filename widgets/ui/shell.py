"""The frame of every page: sidebar with project and state, demo preparation, error boundary.

Importing this loads nothing heavy: the start page shows its example while the rest is still being loaded.
"""

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from sxai.project.homes import ProjectHome
from sxai.project.project import Project
from widgets.start import home
from widgets.ui import glossary, in_python, project_menu, session
from widgets.ui.pages import file_of, listed_at

if TYPE_CHECKING:
    from sxai.overview import Overview

LOGO = Path(__file__).parent / "assets" / "logo.svg"
ICON = LOGO.with_name("icon.png")
"""The icon of the browser's tab: a file of ours, since Streamlit fetches a named icon from another host."""
DURING_DEMO = {"", "new-project", "jobs"}
"""Addresses of pages that work while the demo is still being prepared."""

HEAVY = "torch"
"""While this is not loaded, a page takes seconds to appear."""

STYLE = """<style>
[data-testid="stMetricValue"], [data-testid="stTable"], [data-testid="stCaptionContainer"], .stMarkdown,
[data-testid="stDataFrame"] { font-variant-numeric: tabular-nums; }
[data-testid="stMainBlockContainer"] { padding-top: 3.25rem; max-width: 82rem; }
[data-testid="stCaptionContainer"] { color: inherit; opacity: 0.78; }
[data-testid="stButtonGroup"] button, [data-testid="stButtonGroup"] button p,
[data-testid="stSliderThumbValue"], [data-testid="stTab"][aria-selected="true"] { color: inherit !important; }
.st-key-overview-pictures { overflow: hidden; }
.st-key-freehand-sheet { overflow-x: auto; }
@media (max-width: 640px) { .js-plotly-plot .modebar-container { display: none; } }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 3.25rem 1rem 2rem; } }
</style>"""


def dress() -> None:
    """Logo, and styles that the theme does not cover."""
    st.logo(LOGO, size="large")
    st.html(STYLE)


def head(page: Any) -> None:
    """What is there at once: the head of the start page, or a word that another page is on its way."""
    if page.url_path == "":
        with session.boundary():
            home.head()
    elif HEAVY not in sys.modules:
        with st.spinner("Loading sxai", show_time=False):
            import sxai.overview  # noqa: F401


def sidebar(page: Any) -> None:
    """The sidebar: the project, what runs or failed, the next step, the glossary, and the page in Python."""
    with st.sidebar, session.boundary():
        here = session.chosen_home()
        _switch(here)
        project = session.opened_project()
        if not (here.demo and session.ensure_demo(project) is not None):
            from sxai.overview import overview

            _state(project, overview(project))
        glossary.button()
        in_python.popover(project, listed_at(page.url_path).file)


def show(page: Any) -> None:
    """Run the page, or the demo's progress while there is nothing to show yet."""
    try:
        with session.boundary():
            project = session.opened_project()
            waiting = session.ensure_demo(project) if session.chosen_home().demo else None
            if waiting is not None and page.url_path not in DURING_DEMO:
                st.title(page.title)
                home.preparing(project, waiting)
            else:
                session.unknown_project()
                page.run()
    finally:
        _settle()


_imported = 0
"""Number of loaded modules at the last ``gc.freeze``."""


def _settle() -> None:
    """Exclude imported modules from garbage collection (``gc.freeze``) whenever a page has imported more.

    Streamlit collects garbage after every run, which blocks the process: about 0.14 s each time with PyTorch, pandas
    and Plotly loaded, most of the waiting time after a click.
    """
    global _imported
    if len(sys.modules) > _imported:
        gc.collect()
        gc.freeze()
        _imported = len(sys.modules)


def _switch(here: ProjectHome) -> None:
    homes = {str(home.path): home for home in session.available()}
    with st.container(key="project"):
        if len(homes) > 1:
            chosen = st.selectbox(
                "Project",
                list(homes),
                index=list(homes).index(str(here.path)),
                format_func=lambda path: homes[path].name,
                key=f"project-of-{here.path}",
            )
            if chosen != str(here.path):
                session.choose(Path(chosen))
                st.rerun()
        project_menu.menu(here)
        if here.demo:
            st.badge("Demo: drawn pets", icon=":material/science:", color="blue")


def _state(project: Project, overview: "Overview") -> None:
    """What runs, what failed, and the one next step."""
    from widgets.jobs import state

    with st.container(key="state", gap="xxsmall"):
        state.running(project)
        state.failed(project)
        following = overview.next_step
        if following is not None:
            st.page_link(
                file_of(following.page),
                label=f"**Next: {following.title.lower()}**",
                icon=":material/arrow_forward:",
                help=following.hint,
            )
