"""Starting, stopping and resuming jobs; a job runs in a process of its own that outlives the page that asked for it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_store.errors import NotFound
from data_store.records import JobRecord
from sxai.errors import ProjectError, UnknownName
from sxai.jobs.verbs import check_verb

if TYPE_CHECKING:
    from sxai.project.project import Project

DEAD_AFTER = 30.0
"""Seconds without a heartbeat after which a running job counts as hung, and its process is ended."""

STARTS_WITHIN = 3.0
"""Seconds after which a waiting job without a process has lost it."""

LOST = "the worker process ended unexpectedly; resume the job"
HUNG = "the worker process hung and was ended; resume the job"
WORKER = "sxai.jobs.worker"

OVER = ("done", "failed", "cancelled")

SETTLED, MOST_SETTLED = "failures settled", 200
"""The setting with the numbers of failed jobs that a person has put aside, and how many of them are kept."""

_looks: dict[tuple[str, int], tuple[str, float]] = {}
"""The last sign of life of each job that this process saw, and when by a clock that never jumps."""

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Workers that this process started, by pid: asked whether they have ended, so that none stays a zombie."""


def start(
    project: "Project",
    verb: str,
    arguments: dict[str, Any] | None = None,
    device: str | None = None,
    seed: int | None = None,
) -> int:
    """Start ``verb`` with JSON ``arguments`` in a worker process; the number of the job.

    A queued or running job with equal verb and arguments is not started again; its number is returned. ``device`` and
    ``seed``, by default the project's, are stored with the job and used again when it is resumed.
    """
    check_verb(verb)
    wanted = arguments or {}
    run = {"device": device or project.device, "seed": project.seed if seed is None else seed}
    with project.catalogue.write():
        for job in project.catalogue.jobs(states=("queued", "running"), limit=None):
            if (job.verb, job.arguments) == (verb, wanted) and not job.cancel_requested:
                return job.id
        job_id = project.catalogue.add_job(verb, wanted, detail=run)
    _spawn(project, job_id, run)
    return job_id


def _spawn(project: "Project", job_id: int, run: dict[str, Any]) -> None:
    """A detached worker: closing the page, the browser or the server leaves it running."""
    logs = project.home / "logs"
    logs.mkdir(exist_ok=True)
    command = [sys.executable, "-m", WORKER, str(project.home.resolve()), str(job_id)]
    command += ["--device", str(run["device"]), "--seed", str(run["seed"])]
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
    run = job.detail or {}
    return start(project, job.verb, job.arguments, run.get("device"), run.get("seed"))


def tidy(project: "Project") -> list[int]:
    """Mark jobs whose process ended, hung or never started as failed, and end a hung one; their numbers.

    Whether a job lives is judged by its process and by signs seen to change, never by the time of day: a clock that is
    set, or a machine that slept, fails nothing.
    """
    _reap()
    gone: dict[int, str] = {}
    for job in project.catalogue.jobs(states=("running", "queued"), limit=None):
        if job.state == "queued":
            if _silent(project, job, STARTS_WITHIN) and next(_processes(project, job), None) is None:
                gone[job.id] = LOST
        elif job.pid and not _alive(project, job):
            gone[job.id] = LOST
        elif _silent(project, job, DEAD_AFTER):
            _end(project, job)
            gone[job.id] = HUNG
    for job_id, error in sorted(gone.items()):
        project.catalogue.finish_job(job_id, "failed", error=error)
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


def _silent(project: "Project", job: JobRecord, seconds: float) -> bool:
    """Whether this process has looked at a job for so long without a new sign of life."""
    key, sign, now = (str(project.home), job.id), f"{job.state} {job.heartbeat}", time.monotonic()
    if _looks.get(key, ("", 0.0))[0] != sign:
        _looks[key] = (sign, now)
    return now - _looks[key][1] > seconds


def _reap() -> None:
    for child in [child for child in _children.values() if child.poll() is not None]:
        _children.pop(child.pid, None)


def _alive(project: "Project", job: JobRecord) -> bool:
    """Whether the process that took a job still runs; another one that was given its number later does not count."""
    if job.pid in _children or job.pid == os.getpid():
        return True
    import psutil

    try:
        process = psutil.Process(job.pid)
        return process.status() != psutil.STATUS_ZOMBIE and _works_on(process.cmdline(), project, job.id)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _processes(project: "Project", job: JobRecord) -> Iterator[Any]:
    """The processes that were started for a job."""
    import psutil

    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and _works_on(process.info["cmdline"], project, job.id):
            yield process


def _works_on(command: list[str] | None, project: "Project", job_id: int) -> bool:
    """Whether a command line is a worker's for this job, by whatever path the project was opened."""
    module, home, number = [*(command or []), "", "", "", "", ""][2:5]
    return (module, number) == (WORKER, str(job_id)) and Path(home).resolve() == project.home.resolve()


def _end(project: "Project", job: JobRecord) -> None:
    """End a hung process, which would keep the turn for ever."""
    import psutil

    for process in _processes(project, job):
        try:
            process.kill()
            process.wait(5)
        except psutil.Error:
            continue
