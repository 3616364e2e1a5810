"""Jobs started from a page, followed there until they end, with their result."""

from typing import Any

import streamlit as st

from data_store.records import JobRecord
from sxai import jobs
from sxai.project.project import Project
from widgets.jobs.live import OVER, Early, job_progress

RUNNING = ("queued", "running")


def begin(project: Project, verb: str, arguments: dict[str, Any]) -> None:
    """Start a job and show it from the next run on."""
    st.session_state[_key(verb)] = jobs.start(project, verb, arguments)
    st.rerun()


def follow(project: Project, verb: str, early: Early | None = None) -> JobRecord | None:
    """Show the job of that verb that runs now, or that this page started; None when there is neither."""
    active = next((job.id for job in project.catalogue.jobs(states=RUNNING) if job.verb == verb), None)
    job_id = active or st.session_state.get(_key(verb))
    if job_id is None:
        return None
    st.session_state[_key(verb)] = job_id
    with st.container(key=f"follow-{verb}"):
        return job_progress(project, job_id, early)


def busy(job: JobRecord | None) -> bool:
    """Whether there is a job and it is not over."""
    return job is not None and job.state not in OVER


def dismiss(verb: str) -> None:
    """Stop showing the finished job of that verb."""
    st.session_state.pop(_key(verb), None)


def _key(verb: str) -> str:
    return f"page.work.{verb}"
