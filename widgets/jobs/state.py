"""What runs and what failed, in a line each, for the sidebar of every page."""

import streamlit as st

from sxai import jobs
from sxai.project.project import Project
from widgets.jobs.live import title
from widgets.jobs.work import RUNNING
from widgets.ui.pages import file_of
from widgets.ui.session import plain


def running(project: Project) -> None:
    """The running jobs, kept up to date while there are any."""
    if project.catalogue.jobs(states=RUNNING):
        st.fragment(_running, run_every=1.0)(project)


def _running(project: Project) -> None:
    jobs.tidy(project)
    active = project.catalogue.jobs(states=RUNNING)
    if not active:
        st.rerun()
    for job in active:
        share = f" {job.done / job.total:.0%}" if job.total else ""
        st.page_link(file_of("data/jobs"), label=f"{title(job)}{share}", icon=":material/progress_activity:")


def failed(project: Project) -> None:
    """Each failure with its reason as a tooltip."""
    for job in jobs.failures(project):
        st.page_link(
            file_of("data/jobs"),
            label=f":red[{title(job)} failed]",
            icon=":material/error:",
            help=plain(job.error or ""),
        )
