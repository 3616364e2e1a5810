"""A running job on a page: its stage, progress, time left, and a button to cancel it."""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from data_store.records import JobRecord
from sxai import jobs
from sxai.project.project import Project
from widgets.ui.session import boundary, plain

Early = Callable[[dict[str, Any]], None]

NAMES = {
    "assess": "Assess images",
    "attack-table": "Attack images and detect it",
    "calibrate": "Calibrate probabilities",
    "combine": "Find the best combinations of superpixels",
    "compare": "Compare two networks",
    "demo": "Prepare the demo",
    "download": "Download a data set",
    "extract": "Extract semantic spaces",
    "features": "Compute features",
    "import": "Import images",
    "layers": "Compress every layer",
    "mask-quality": "Check the masks of a concept",
    "masks": "Make masks from part points",
    "model": "Add a network",
    "occlude": "Learn occluders",
    "propagate": "Propose masks for a class",
    "proto": "Find concepts automatically",
    "proto-masks": "Mask automatic concepts",
    "proto-sensitivity": "Change pictures and watch concepts",
    "report": "Write a report",
    "reproduce": "Reproduce the paper",
    "score": "Score semantic spaces",
    "spread": "Repeat common traits with other samples",
    "train": "Train the network",
    "traits": "Extract common traits",
    "vectors": "Make semantic vectors",
    "vector-tests": "Test semantic vectors",
    "visualise": "Visualise what the network looks for",
}
OVER = ("done", "failed", "cancelled")


def title(job: JobRecord) -> str:
    """What the job does, in words."""
    return NAMES.get(job.verb, job.verb.capitalize())


def job_progress(
    project: Project, job_id: int, early: Early | None = None, cancellable: bool = True
) -> JobRecord | None:
    """Show a job live until it is over, then run the whole page again; the job as it stands now.

    ``early`` draws early results (the job's ``detail``), e.g. the accuracy of each epoch so far.
    """
    job = project.catalogue.job(job_id)
    if job is None:
        return None
    if job.state in OVER:
        _ended(job)
    else:
        st.fragment(_live, run_every=0.5)(project, job_id, early, cancellable)
    return job


def _live(project: Project, job_id: int, early: Early | None, cancellable: bool) -> None:
    with boundary():
        jobs.tidy(project)
        job = project.catalogue.job(job_id)
        if job is None or job.state in OVER:
            st.session_state.pop(_key(job_id), None)
            st.rerun()
        _bar(job)
        if early is not None and job.detail:
            early(job.detail)
        if cancellable and st.button(
            "Stopping…" if job.cancel_requested else "Cancel",
            key=f"job-cancel-{job_id}",
            icon=":material/stop_circle:",
            disabled=job.cancel_requested,
        ):
            jobs.cancel(project, job_id)


def _bar(job: JobRecord) -> None:
    share = min(1.0, job.done / job.total) if job.total else 0.0
    st.progress(share, text=f"**{title(job)}**  {describe(job, _left(job))}")


def describe(job: JobRecord, left: float | None) -> str:
    """Stage, count and time left, e.g. "features · 120 of 400 · about 2 min left"."""
    if job.state == "queued":
        return "waiting to start"
    words = [job.stage or "starting"]
    if job.stage == "head" and job.total:
        words.append(f"epoch {job.done:,}, at most {job.total:,}")
    elif job.total:
        words.append(f"{job.done:,} of {job.total:,}")
    if left is not None:
        words.append(f"about {duration(left)} left")
    return " · ".join(words)


def duration(seconds: float) -> str:
    """A duration in words.

    >>> duration(3.2), duration(95), duration(7300)
    ('3 s', '2 min', '2 h 2 min')
    """
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _left(job: JobRecord) -> float | None:
    """Seconds until this stage ends at the pace seen since the page first saw it; None while unknown."""
    now = time.monotonic()
    stage, since, begun = st.session_state.setdefault(_key(job.id), (job.stage, now, job.done))
    if stage != job.stage or job.done < begun:
        st.session_state[_key(job.id)] = (job.stage, now, job.done)
        return None
    return time_left(job.done - begun, now - since, job.total - job.done)


def time_left(done: int, seconds: float, remaining: int) -> float | None:
    """Seconds for ``remaining`` steps when ``done`` took ``seconds``; None while too few steps are done."""
    if done < 1 or seconds < 1.5:
        return None
    return remaining * seconds / done


def _key(job_id: int) -> str:
    return f"job.pace.{job_id}"


def _ended(job: JobRecord) -> None:
    if job.state == "failed":
        st.error(f"{title(job)} failed: {plain(job.error or '')}", icon=":material/error:")
    elif job.state == "cancelled":
        st.warning(f"{title(job)} was cancelled. What was finished is kept.", icon=":material/stop_circle:")
    left_out(job)


def left_out(job: JobRecord) -> None:
    """The files that a job which is over could not use, each with the reason."""
    failed = (job.result or {}).get("failed")
    if failed:
        files = "1 file" if len(failed) == 1 else f"{len(failed):,} files"
        st.warning(f"{files} could not be used; the rest was taken.", icon=":material/error:")
        st.dataframe(failed, hide_index=True, height=160)
