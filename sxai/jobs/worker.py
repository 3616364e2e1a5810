"""The worker: one process, one job (``python -m sxai.jobs.worker HOME JOB``).

Jobs of one project run one after the other (a file lock) in the order in which they were asked for, so that two never
fight over the device; one that waits has loaded nothing yet. A second thread sends a heartbeat every half second and
reads whether the user asked to stop.
"""

import argparse
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from data_store.errors import CatalogueError
from sxai.errors import Cancelled, SxaiError
from sxai.jobs.launch import tidy
from sxai.jobs.verbs import verb_named
from sxai.project.project import Project

BEAT = 0.5


class Reporter:
    """Progress of a job: stores the latest report, sends it with every heartbeat, and stops the work on request."""

    def __init__(self, project: Project, job_id: int) -> None:
        self.project, self.job_id = project, job_id
        self.given = project.catalogue.job(job_id).detail or {}
        self.latest: tuple[str, int, int, dict[str, object] | None] = ("starting", 0, 0, None)
        self.cancelled = threading.Event()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def __call__(self, stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
        self.latest = (stage, done, total, {**self.given, **detail} if detail is not None else self.latest[3])
        if self.cancelled.is_set():
            raise Cancelled("stopped on request; what was finished is kept.")

    def _beat(self) -> None:
        while not self.over.wait(BEAT):
            self.send()

    def send(self) -> None:
        """Write the latest report into the catalogue and read whether to stop."""
        try:
            if self.project.catalogue.beat(self.job_id, *self.latest):
                self.cancelled.set()
        except CatalogueError as error:
            sys.stderr.write(f"heartbeat missed: {error}\n")

    def __enter__(self) -> "Reporter":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()
        self.send()


def run(project: Project, job_id: int) -> str:
    """Run one job to its end and write that down; its final state."""
    job = project.catalogue.job(job_id)
    if not project.catalogue.claim_job(job_id, os.getpid()):
        return "skipped"
    try:
        with Reporter(project, job_id) as progress, _turn(project, job_id, progress):
            result = verb_named(job.verb)(project, job.arguments, progress)
    except Cancelled as error:
        project.catalogue.finish_job(job_id, "cancelled", error=str(error))
        return "cancelled"
    except (SxaiError, CatalogueError) as error:
        project.catalogue.finish_job(job_id, "failed", error=str(error))
        return "failed"
    except BaseException as error:
        traceback.print_exc()
        project.catalogue.finish_job(job_id, "failed", error=f"unexpected {type(error).__name__}: {error}; see the log")
        raise
    project.catalogue.finish_job(job_id, "done", result=plain(result))
    return "done"


@contextmanager
def _turn(project: Project, job_id: int, progress: Reporter) -> Iterator[None]:
    """A lock held while this job runs, one job of a project at a time; released when the process ends in any way.

    Whoever waits looks after those before: a hung one is ended, so that the others come to their turn.
    """
    lock = FileLock(project.home / "jobs.lock")
    while not lock.is_locked:
        if _first(project, job_id):
            with suppress(Timeout):
                lock.acquire(timeout=BEAT)
        else:
            time.sleep(BEAT)
        if not lock.is_locked:
            progress("waiting for another job", 0, 0)
            tidy(project)
    try:
        yield
    finally:
        lock.release()


def _first(project: Project, job_id: int) -> bool:
    """Whether no job that was asked for earlier waits or runs."""
    return all(job.id >= job_id for job in project.catalogue.jobs(states=("queued", "running"), limit=None))


def plain(result: dict[str, Any]) -> dict[str, Any]:
    """``result`` as JSON values only."""
    document: dict[str, Any] = json.loads(json.dumps(result, default=str))
    return document


def main(arguments: list[str] | None = None) -> int:
    """Entry of the process; 0 when the job was done, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m sxai.jobs.worker", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("job", type=int)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    with Project.open(chosen.home, chosen.device, chosen.seed) as project:
        return 0 if run(project, chosen.job) == "done" else 1


if __name__ == "__main__":
    sys.exit(main())
