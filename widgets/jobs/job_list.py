"""The list of jobs: those that run, live, and those that are over, with their log."""

import json
from datetime import datetime

import streamlit as st

from data_store.records import JobRecord
from sxai import jobs
from sxai.jobs.launch import log_tail
from sxai.project.project import Project
from widgets.jobs.live import OVER, duration, job_progress, left_out, title
from widgets.ui.session import plain

ICONS = {"done": ":material/check_circle:", "failed": ":material/error:", "cancelled": ":material/stop_circle:"}


def running(project: Project) -> None:
    """Every job that waits or runs, with its progress and log."""
    jobs.tidy(project)
    active = project.catalogue.jobs(states=("queued", "running"))
    st.header("Running")
    if not active:
        st.write("Nothing is running.")
    for job in active:
        with st.container(border=True, key=f"job-{job.id}"):
            job_progress(project, job.id)
            _details(project, job)


def finished(project: Project) -> None:
    """The latest jobs that are over, newest first."""
    st.header("Finished")
    over = project.catalogue.jobs(states=OVER)
    if not over:
        st.write("No job has ended yet.")
    for job in over:
        with st.container(border=True, key=f"job-{job.id}"):
            _ended(project, job)


def _ended(project: Project, job: JobRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{ICONS[job.state]} **{title(job)}**  {summary(job)}")
        if job.state != "done" and st.button("Resume", key=f"job-resume-{job.id}", icon=":material/play_arrow:"):
            jobs.resume(project, job.id)
            st.rerun()
    if job.state == "failed" and job.error:
        st.error(plain(job.error))
    left_out(job)
    _details(project, job)


def summary(job: JobRecord) -> str:
    """State, duration and end, e.g. "done in 12 s, 3 Nov 14:02"."""
    words = job.state
    begun, ended = moment(job.started), moment(job.finished)
    if begun and ended:
        words += f" {'in' if job.state == 'done' else 'after'} {duration((ended - begun).total_seconds())}"
    return f"{words}, {ended.astimezone():%-d %b %H:%M}" if ended else words


def moment(text: str | None) -> datetime | None:
    """A stored moment (ISO, UTC)."""
    return None if text is None else datetime.fromisoformat(text)


def _details(project: Project, job: JobRecord) -> None:
    with st.expander("Details and log"):
        st.caption(f"Job {job.id}")
        st.code(json.dumps({"arguments": job.arguments, "result": job.result}, indent=2, default=str), language="json")
        log = log_tail(project, job.id)
        st.code(log or "The process printed nothing.", language=None)
