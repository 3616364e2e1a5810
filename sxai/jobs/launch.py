"""Starting, stopping and resuming jobs; a job runs in a process of its own that outlives the page that asked for it."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_store.errors import NotFound
from data_store.records import JobRecord
from sxai.errors import ProjectError, UnknownName
from sxai.jobs.verbs import check_verb

if TYPE_CHECKING:
    from sxai.project.project import Project

DEAD_AFTER = 30.0
"""Seconds without a heartbeat after which a running job counts as dead."""

STARTS_WITHIN = 120.0
"""Seconds in which a worker must have taken its job; importing everything needs a few."""

OVER = ("done", "failed", "cancelled")

SETTLED, MOST_SETTLED = "failures settled", 200
"""The setting with the numbers of failed jobs that a person has put aside, and how many of them are kept."""

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Workers that this process started, by pid: asked whether they have ended, so that none stays a zombie."""


def start(project: "Project", verb: str, arguments: dict[str, Any] | None = None) -> int:
    """Start ``verb`` with JSON ``arguments`` in a worker process; the number of the job."""
    check_verb(verb)
    job_id = project.catalogue.add_job(verb, arguments or {})
    _spawn(project, job_id)
    return job_id


def _spawn(project: "Project", job_id: int) -> None:
    """A detached worker: closing the page, the browser or the server leaves it running."""
    logs = project.home / "logs"
    logs.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "sxai.jobs.worker", str(project.home), str(job_id)]
    command += ["--device", project.device, "--seed", str(project.seed)]
    # The worker finds the library also when it is not installed and the app was started from another folder.
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with (logs / f"job-{job_id}.log").open("ab") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
        )
    _children[child.pid] = child


def log_tail(project: "Project", job_id: int, lines: int = 40) -> str:
    """The end of what a job's process printed; empty when it printed nothing."""
    path = project.home / "logs" / f"job-{job_id}.log"
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def find_job(project: "Project", job_id: int) -> JobRecord:
    """The job of that number; UnknownName when there is none."""
    try:
        return project.catalogue.job(job_id)
    except NotFound as error:
        raise UnknownName(f"there is no job {job_id} in this project.") from error


def cancel(project: "Project", job_id: int) -> None:
    """Ask a job to stop; it does so at its next sign of progress and keeps what it has done."""
    job = find_job(project, job_id)
    if job.state == "queued" and job.pid is None:
        project.catalogue.finish_job(job_id, "cancelled")
    elif job.state not in OVER:
        project.catalogue.request_cancel(job_id)


def resume(project: "Project", job_id: int) -> int:
    """Run a cancelled or failed job again; work that was stored is not done twice. The number of the new job."""
    tidy(project)
    job = find_job(project, job_id)
    if job.state not in ("failed", "cancelled"):
        advice = "there is nothing to resume" if job.state == "done" else "cancel it first"
        raise ProjectError(f"job {job_id} is {job.state}; {advice}.")
    return start(project, job.verb, job.arguments)


def tidy(project: "Project") -> list[int]:
    """Mark jobs whose process ended or never started as failed; their numbers."""
    gone = {job.id for job in project.catalogue.stale_jobs(DEAD_AFTER)}
    gone |= {
        job.id for job in project.catalogue.jobs(states=("running",), limit=None) if job.pid and not _alive(job.pid)
    }
    gone |= {job.id for job in project.catalogue.jobs(states=("queued",), limit=None) if _age(job) > STARTS_WITHIN}
    for job_id in sorted(gone):
        project.catalogue.finish_job(job_id, "failed", error="the worker process ended unexpectedly; resume the job")
    return sorted(gone)


def failures(project: "Project") -> list[JobRecord]:
    """Failed jobs that nobody has settled and that were not started again since, newest first; one a verb."""
    settled = set(project.catalogue.get_setting(SETTLED, []))
    latest: dict[str, JobRecord] = {}
    for job in project.catalogue.jobs():
        if job.verb not in latest or latest[job.verb].id < job.id:
            latest[job.verb] = job
    failed = [job for job in latest.values() if job.state == "failed" and job.id not in settled]
    return sorted(failed, key=lambda job: -job.id)


def settle(project: "Project", job_id: int) -> None:
    """Speak no more of a failed job."""
    with project.catalogue.write():
        settled = project.catalogue.get_setting(SETTLED, [])
        project.catalogue.set_setting(SETTLED, sorted({*settled, job_id})[-MOST_SETTLED:])


def _age(job: JobRecord) -> float:
    """Seconds since the job was asked for."""
    return (datetime.now(UTC) - datetime.fromisoformat(job.created)).total_seconds()


def _alive(pid: int) -> bool:
    """Whether that process still runs; a finished child process does not."""
    for child in [child for child in _children.values() if child.poll() is not None]:
        _children.pop(child.pid, None)
    if pid in _children:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
