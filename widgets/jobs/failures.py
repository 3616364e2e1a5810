"""Jobs that failed, told where a person looks first."""

import streamlit as st

from sxai import jobs
from sxai.project.project import Project
from widgets.jobs.live import title
from widgets.ui.session import plain, sentence


def failures(project: Project) -> None:
    """Each failed job that was neither put aside nor started again, with both ways on."""
    jobs.tidy(project)
    for job in jobs.failures(project):
        with st.container(horizontal=True, vertical_alignment="center", key=f"failure-{job.id}"):
            error = sentence(RuntimeError(job.error or "the reason is not known"))
            st.error(f"**{title(job)}** failed. {plain(error)}", icon=":material/error:", width="stretch")
            if st.button("Try again", key=f"failure-again-{job.id}", icon=":material/replay:"):
                jobs.resume(project, job.id)
                st.rerun()
            if st.button("Close", key=f"failure-close-{job.id}", type="tertiary"):
                jobs.settle(project, job.id)
                st.rerun()
