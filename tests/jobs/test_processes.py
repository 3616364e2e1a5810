"""Jobs as real processes: finished, cancelled, killed, resumed, one at a time, and outliving who started them."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from filelock import FileLock
from PIL import Image

from sxai import jobs
from sxai.jobs import launch
from sxai.jobs.launch import log_tail
from sxai.project.project import Project

PATIENCE = 60.0
"""Seconds to wait for what takes two or three on a quiet machine."""


def until(project, job_id, condition, patience=PATIENCE):
    """The job as soon as ``condition(job)`` holds."""
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        job = project.catalogue.job(job_id)
        if condition(job):
            return job
        time.sleep(0.02)
    pytest.fail(f"gave up waiting: {job}; log: {log_tail(project, job_id)}")


def over(job):
    return job.state in ("done", "failed", "cancelled")


def under_way(job):
    return over(job) or (job.state == "running" and job.stage == "import" and job.done > 0)


@pytest.fixture(scope="session")
def many(tmp_path_factory):
    """A folder of 3,000 small pictures: seconds of work, cut into many steps."""
    folder = tmp_path_factory.mktemp("many") / "cat"
    folder.mkdir()
    values = np.random.default_rng(0).integers(0, 256, (3000, 6, 6, 3), dtype=np.uint8)
    for number, pixels in enumerate(values):
        Image.fromarray(pixels).save(folder / f"{number:04d}.bmp")
    return folder.parent


@pytest.fixture
def few(tmp_path):
    """A folder of five pictures and a damaged one."""
    folder = tmp_path / "few" / "dog"
    folder.mkdir(parents=True)
    for number in range(5):
        pixels = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n")
    return folder.parent


def test_a_job_runs_in_a_process_of_its_own_to_its_end(empty_project, few):
    job_id = jobs.start(empty_project, "import", {"path": str(few), "name": "dogs"})
    job = until(empty_project, job_id, over)
    assert (job.state, job.error) == ("done", None)
    assert job.pid != os.getpid()
    assert (job.result["imported"], len(job.result["failed"])) == (5, 1)
    assert (job.stage, job.done, job.total) == ("import", 6, 6)
    assert empty_project.catalogue.count_images(dataset="dogs") == 5


def test_cancelling_stops_within_two_seconds_and_resuming_finishes(empty_project, many):
    first = jobs.start(empty_project, "import", {"path": str(many)})
    running = until(empty_project, first, under_way)
    assert running.state == "running", "the work was over before it could be cancelled"
    began = time.monotonic()
    jobs.cancel(empty_project, first)
    stopped = until(empty_project, first, over)
    assert time.monotonic() - began < 2.0
    assert stopped.state == "cancelled"
    kept = empty_project.catalogue.count_images()
    assert 0 < kept < 3000
    assert all(empty_project.artefacts.path(image.artefact).exists() for image in empty_project.catalogue.images())

    second = jobs.resume(empty_project, first)
    done = until(empty_project, second, over)
    assert (done.state, done.result["imported"], done.result["duplicates"]) == ("done", 3000 - kept, kept)


def test_a_killed_worker_is_noticed_and_its_work_resumed(empty_project, many):
    first = jobs.start(empty_project, "import", {"path": str(many)})
    running = until(empty_project, first, under_way)
    assert running.state == "running", "the work was over before it could be killed"
    assert jobs.tidy(empty_project) == []
    os.kill(running.pid, signal.SIGKILL)
    noticed, limit = [], time.monotonic() + 10
    while not noticed and time.monotonic() < limit:
        noticed = jobs.tidy(empty_project)
        time.sleep(0.02)
    assert noticed == [first]
    job = empty_project.catalogue.job(first)
    assert (job.state, job.error) == ("failed", "the worker process ended unexpectedly; resume the job")
    second = jobs.resume(empty_project, first)
    assert until(empty_project, second, over).state == "done"
    assert empty_project.catalogue.count_images() == 3000


def test_two_jobs_of_a_project_run_one_after_the_other(empty_project, many):
    pair = [jobs.start(empty_project, "import", {"path": str(many), "name": name}) for name in ("a", "b")]
    until(empty_project, pair[0], lambda _: any(under_way(empty_project.catalogue.job(number)) for number in pair))
    first, second = pair
    assert under_way(empty_project.catalogue.job(first)), "the one that was asked for first comes first"
    waiting = until(empty_project, second, lambda job: job.stage == "waiting for another job")
    assert waiting.state == "running"
    assert empty_project.catalogue.job(first).state == "running", "the first was over before the second came"
    jobs.cancel(empty_project, first)
    ended = until(empty_project, first, over)
    followed = until(empty_project, second, under_way)
    assert (ended.state, followed.state) == ("cancelled", "running")
    assert followed.heartbeat > ended.finished
    jobs.cancel(empty_project, second)
    assert until(empty_project, second, over).state == "cancelled"


def test_a_worker_outlives_who_started_it_and_failures_are_one_sentence(empty_project, few, tmp_path):
    script = (
        "import sys; from sxai import jobs; from sxai.project.project import Project\n"
        "project = Project.open(sys.argv[1], device='cpu')\n"
        "print(jobs.start(project, 'import', {'path': sys.argv[2]}))\n"
    )
    missing = jobs.start(empty_project, "import", {"path": str(tmp_path / "nowhere")})
    odd = jobs.start(empty_project, "import", {"path": str(few), "colour": "red"})
    parent = subprocess.run(
        [sys.executable, "-c", script, str(empty_project.home), str(few)], capture_output=True, text=True, check=True
    )
    job = until(empty_project, int(parent.stdout), over)
    assert (job.state, job.result["imported"]) == ("done", 5)

    failed = until(empty_project, missing, over)
    assert failed.state == "failed"
    assert "nowhere" in failed.error
    assert "\n" not in failed.error
    assert "Traceback" not in log_tail(empty_project, missing)

    broken = until(empty_project, odd, over)
    assert broken.error.startswith("unexpected TypeError")
    assert "\n" not in broken.error
    assert "Traceback" in log_tail(empty_project, odd)


def test_waiting_jobs_come_in_the_order_in_which_they_were_asked_for(empty_project, few):
    with FileLock(empty_project.home / "jobs.lock"):
        asked = [jobs.start(empty_project, "import", {"path": str(few), "name": name}) for name in "abcd"]
        for number in asked:
            until(empty_project, number, lambda job: job.state == "running")
    ended = [until(empty_project, number, over).finished for number in asked]
    assert ended == sorted(ended)


def test_a_hung_worker_is_ended_and_the_next_job_runs(empty_project, many, few, monkeypatch):
    """Stopped, a process keeps its lock; whoever waits behind it ends it."""
    monkeypatch.setattr(launch, "DEAD_AFTER", 3.0)
    hung = jobs.start(empty_project, "import", {"path": str(many)})
    running = until(empty_project, hung, under_way)
    os.kill(running.pid, signal.SIGSTOP)
    following = jobs.start(empty_project, "import", {"path": str(few)})
    limit = time.monotonic() + 60
    while launch.find_job(empty_project, following).state != "done" and time.monotonic() < limit:
        jobs.tidy(empty_project)
        time.sleep(0.1)
    assert launch.find_job(empty_project, following).state == "done"
    job = launch.find_job(empty_project, hung)
    assert (job.state, job.error) == ("failed", "the worker process hung and was ended; resume the job")
    assert not psutil.pid_exists(running.pid) or psutil.Process(running.pid).status() == psutil.STATUS_ZOMBIE


def test_a_worker_that_dies_before_it_takes_its_job_is_noticed(empty_project, few):
    job_id = jobs.start(empty_project, "import", {"path": str(few)})
    for child in list(launch._children.values()):
        child.kill()
        child.wait()
    limit = time.monotonic() + 20
    while not jobs.tidy(empty_project) and time.monotonic() < limit:
        time.sleep(0.1)
    assert launch.find_job(empty_project, job_id).state == "failed"


def test_a_job_lives_by_whatever_path_its_project_is_opened(empty_project, many, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(empty_project.home)
    job_id = jobs.start(empty_project, "import", {"path": str(many)})
    until(empty_project, job_id, under_way)
    started = dict(launch._children)
    launch._children.clear()  # as another process sees it
    with Project.open(link, device="cpu") as other:
        assert jobs.tidy(other) == []
    launch._children.update(started)
    jobs.cancel(empty_project, job_id)
    assert until(empty_project, job_id, over).state == "cancelled"
