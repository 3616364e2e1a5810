"""The frame of every page: sidebar with project and checklist, demo preparation, error boundary."""

import gc
import sys
from pathlib import Path
from typing import Any

import streamlit as st

from sxai.overview import Overview, Step
from sxai.overview import overview as overview_
from sxai.project.homes import ProjectHome
from sxai.project.project import Project
from widgets.jobs.failures import failures
from widgets.jobs.live import job_progress
from widgets.ui import project_menu, session

LOGO = Path(__file__).parent / "assets" / "logo.svg"
HOMES = {"new", "work"}
"""Pages that work while the demo is still being prepared."""

STYLE = """<style>
[data-testid="stMetricValue"], [data-testid="stTable"], [data-testid="stCaptionContainer"], .stMarkdown,
[data-testid="stDataFrame"] { font-variant-numeric: tabular-nums; }
[data-testid="stMainBlockContainer"] { padding-top: 3.25rem; max-width: 82rem; }
.st-key-overview-pictures { overflow: hidden; }
.st-key-freehand-sheet { overflow-x: auto; }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 3.25rem 1rem 2rem; } }
</style>"""


def dress() -> None:
    """Logo, and styles that the theme does not cover."""
    st.logo(LOGO, size="large")
    st.html(STYLE)


def sidebar() -> None:
    """The sidebar: the project, its state and the next step."""
    with st.sidebar, session.boundary():
        here = session.chosen_home()
        _switch(here)
        project = session.opened_project()
        if here.demo and session.ensure_demo(project) is not None:
            return
        _checklist(overview_(project))


def show(page: Any) -> None:
    """Run the page, or the demo's progress while there is nothing to show yet."""
    try:
        with session.boundary():
            project = session.opened_project()
            waiting = session.ensure_demo(project) if session.chosen_home().demo else None
            if waiting is not None and page.url_path not in HOMES:
                prepare_demo(project, waiting)
            else:
                session.unknown_project()
                if page.url_path == "":  # the overview, where everybody comes by
                    failures(project)
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


def prepare_demo(project: Project, job_id: int) -> None:
    """Show the progress of filling the demo on a first visit."""
    st.title("Preparing the demo")
    st.write(
        "Drawn cats and dogs, a small network that has learned to tell them apart, and the concepts that it uses: "
        "eyes, nose, ears and legs. This takes less than a minute, once."
    )
    with st.container(key="demo-progress"):
        job = job_progress(project, job_id, cancellable=False)
    if job is not None and job.state in ("failed", "cancelled") and st.button("Try again", type="primary"):
        session.restart_demo(project, job_id)
        st.rerun()


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
            st.page_link("pages/start.py", label="Start my own project", icon=":material/add_circle:")


def _checklist(overview: Overview) -> None:
    following = next((step for step in overview.checklist if not step.done), None)
    done = sum(step.done for step in overview.checklist)
    with st.container(key="checklist", gap="xxsmall"):
        st.caption(f"**Checklist**  {done} of {len(overview.checklist)} done")
        for step in overview.checklist:
            _line(step, step is following)
    if following is not None:
        st.caption(f"Next: {following.hint}")


def _line(step: Step, following: bool) -> None:
    icon = ":material/check_circle:" if step.done else ":material/radio_button_unchecked:"
    label = f"**{step.title}**" if following else step.title
    st.page_link(f"pages/{step.page}.py", label=label, icon=icon, help=None if step.done else step.hint)
