"""What a worker does with its job, inside this process."""

import os
import threading
import time

import pytest
from filelock import FileLock

from sxai.errors import Cancelled, MaskError
from sxai.jobs import worker


@pytest.fixture
def job(empty_project, monkeypatch):
    """Runs ``work(project, arguments, progress)`` as a job; gives the job's record."""

    def run(work, arguments=None):
        monkeypatch.setattr(worker, "verb_named", lambda name: work)
        job_id = empty_project.catalogue.add_job("test", arguments or {})
        worker.run(empty_project, job_id)
        return empty_project.catalogue.job(job_id)

    return run


def test_a_job_that_ends_is_done_with_its_result(job):
    record = job(lambda project, arguments, progress: {"twice": arguments["n"] * 2}, {"n": 21})
    assert (record.state, record.result, record.error, record.pid) == ("done", {"twice": 42}, None, os.getpid())
    assert record.started <= record.finished


def test_the_last_progress_is_kept(job):
    def work(project, arguments, progress):
        progress("spaces", 1, 3, {"space": "cat.eyes"})
        progress("spaces", 3, 3)
        return {}

    record = job(work)
    assert (record.stage, record.done, record.total, record.detail) == ("spaces", 3, 3, {"space": "cat.eyes"})


def test_an_expected_error_is_one_clear_sentence(job):
    def work(project, arguments, progress):
        raise MaskError("points.json is not a COCO keypoints file; see its documentation.")

    record = job(work)
    assert (record.state, record.error) == (
        "failed",
        "points.json is not a COCO keypoints file; see its documentation.",
    )


def test_a_catalogue_error_fails_the_job_in_words(job):
    record = job(lambda project, arguments, progress: project.catalogue.image(4711))
    assert record.state == "failed"
    assert "4711" in record.error


def test_an_unexpected_error_is_named_and_traced_in_the_log(empty_project, job, capfd):
    def work(project, arguments, progress):
        raise ZeroDivisionError("by nothing")

    with pytest.raises(ZeroDivisionError):
        job(work)
    (record,) = empty_project.catalogue.jobs()
    assert record.state == "failed"
    assert record.error == "unexpected ZeroDivisionError: by nothing; see the log"
    assert "Traceback" in capfd.readouterr().err


def test_a_cancelled_job_stops_at_its_next_sign_of_progress(empty_project, job):
    steps = []

    def work(project, arguments, progress):
        (running,) = project.catalogue.jobs(states=("running",))
        project.catalogue.request_cancel(running.id)
        while len(steps) < 400:
            progress("work", len(steps), 400)
            steps.append(1)
            time.sleep(0.01)
        return {}

    record = job(work)
    assert record.state == "cancelled"
    assert "kept" in record.error
    assert 0 < len(steps) < 250


def test_a_job_is_run_once(empty_project, monkeypatch):
    runs = []
    monkeypatch.setattr(worker, "verb_named", lambda name: lambda *_: runs.append(1) or {})
    job_id = empty_project.catalogue.add_job("test", {})
    assert worker.run(empty_project, job_id) == "done"
    assert worker.run(empty_project, job_id) == "skipped"
    assert runs == [1]


def test_a_job_waits_for_its_turn_and_says_so(empty_project, job, monkeypatch):
    monkeypatch.setattr(worker, "BEAT", 0.05)
    lock = FileLock(empty_project.home / "jobs.lock", thread_local=False)
    lock.acquire()
    seen = []

    def release():
        limit = time.monotonic() + 20
        while time.monotonic() < limit and "waiting for another job" not in seen:
            seen.extend(waiting.stage for waiting in empty_project.catalogue.jobs())
            time.sleep(0.02)
        lock.release()

    helper = threading.Thread(target=release)
    helper.start()
    record = job(lambda project, arguments, progress: {"ran after": list(seen)})
    helper.join()
    assert record.result["ran after"][-1] == "waiting for another job"


def test_a_waiting_job_can_be_cancelled(empty_project, job, monkeypatch):
    monkeypatch.setattr(worker, "BEAT", 0.05)
    ran = []
    with FileLock(empty_project.home / "jobs.lock"):
        canceller = threading.Timer(0.3, lambda: empty_project.catalogue.request_cancel(1))
        canceller.start()
        record = job(lambda *_: ran.append(1) or {})
        canceller.join()
    assert (record.state, ran) == ("cancelled", [])


def test_the_turn_is_given_back_whatever_happens(empty_project, job):
    def work(project, arguments, progress):
        raise Cancelled("enough")

    assert job(work).state == "cancelled"
    with FileLock(empty_project.home / "jobs.lock", timeout=0.5) as lock:
        assert lock.is_locked


def test_a_job_that_was_given_up_meanwhile_stops(empty_project, job):
    def work(project, arguments, progress):
        (running,) = project.catalogue.jobs(states=("running",))
        project.catalogue.finish_job(running.id, "failed", error="taken for dead")
        for step in range(400):
            progress("work", step, 400)
            time.sleep(0.01)
        return {}

    record = job(work)
    assert (record.state, record.error) == ("failed", "taken for dead")


def test_the_process_tells_by_its_status_whether_the_job_was_done(empty_project, monkeypatch):
    monkeypatch.setattr(
        worker, "verb_named", lambda name: lambda project, *_: {"seed": project.seed, "device": project.device}
    )
    job_id = empty_project.catalogue.add_job("test", {})
    command = [str(empty_project.home), str(job_id), "--device", "cpu", "--seed", "7"]
    assert worker.main(command) == 0
    assert empty_project.catalogue.job(job_id).result == {"seed": 7, "device": "cpu"}
    assert worker.main(command) == 1
