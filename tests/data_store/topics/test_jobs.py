from datetime import datetime, timedelta

import pytest

from data_store.errors import CatalogueError, NotFound
from data_store.tables import Job


@pytest.fixture
def queued(catalogue):
    return catalogue.add_job("train", {"model": "m", "epochs": 3})


@pytest.fixture
def running(catalogue, queued):
    assert catalogue.claim_job(queued, 4711)
    return queued


def age(catalogue, id, seconds):
    """As if the last sign of life were older."""
    with catalogue.write() as session:
        job = session.get(Job, id)
        job.heartbeat -= timedelta(seconds=seconds)


def test_a_new_job_waits(catalogue, queued):
    job = catalogue.job(queued)
    assert (job.verb, job.arguments, job.state) == ("train", {"model": "m", "epochs": 3}, "queued")
    assert (job.stage, job.done, job.total, job.detail, job.cancel_requested) == ("", 0, 0, None, False)
    assert job.pid is job.heartbeat is job.started is job.finished is job.error is job.result is job.log is None
    assert datetime.fromisoformat(job.created).utcoffset() == timedelta(0)


def test_a_job_is_claimed_once(catalogue, queued):
    assert catalogue.claim_job(queued, 1)
    assert not catalogue.claim_job(queued, 2)
    job = catalogue.job(queued)
    assert (job.state, job.pid) == ("running", 1)
    assert job.started == job.heartbeat


def test_a_beat_tells_progress_and_keeps_the_last_detail(catalogue, running):
    assert catalogue.beat(running, "train", 1, 3, {"accuracy": 0.9}) is False
    assert catalogue.beat(running, "train", 2, 3) is False
    job = catalogue.job(running)
    assert (job.stage, job.done, job.total, job.detail) == ("train", 2, 3, {"accuracy": 0.9})
    assert job.heartbeat > job.started


def test_a_beat_asks_to_stop_once_that_was_wanted(catalogue, running):
    assert catalogue.request_cancel(running)
    assert catalogue.job(running).state == "running"
    assert catalogue.beat(running, "train", 1, 3) is True
    assert catalogue.finish_job(running, "cancelled")
    assert catalogue.job(running).state == "cancelled"


def test_a_beat_of_a_job_that_ended_asks_to_stop_and_changes_nothing(catalogue, running):
    catalogue.finish_job(running, "failed", error="no sign of life")
    before = catalogue.job(running)
    assert catalogue.beat(running, "train", 9, 9) is True
    assert catalogue.job(running) == before


def test_a_beat_of_another_process_asks_it_to_stop(catalogue, running):
    assert catalogue.beat(running, "train", 1, 3, pid=4711) is False
    assert catalogue.beat(running, "train", 2, 3, pid=4712) is True
    assert catalogue.job(running).done == 1


def test_a_queued_job_is_cancelled_at_once(catalogue, queued):
    assert catalogue.request_cancel(queued)
    job = catalogue.job(queued)
    assert (job.state, job.cancel_requested) == ("cancelled", True)
    assert job.finished is not None
    assert not catalogue.claim_job(queued, 1)


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_the_first_end_counts(catalogue, running, state):
    assert catalogue.finish_job(running, state, result={"n": 1}, error="why")
    job = catalogue.job(running)
    assert (job.state, job.result, job.error) == (state, {"n": 1}, "why")
    assert not catalogue.finish_job(running, "done", result={"n": 2})
    assert not catalogue.request_cancel(running)
    assert catalogue.job(running) == job


@pytest.mark.parametrize("state", ["queued", "running", "lost"])
def test_a_job_cannot_end_in_another_state(catalogue, running, state):
    with pytest.raises(CatalogueError, match="choose one of done, failed, cancelled"):
        catalogue.finish_job(running, state)


def test_jobs_come_newest_first_and_by_state(catalogue, running):
    waiting = [catalogue.add_job("extract", {}) for _ in range(3)]
    assert [job.id for job in catalogue.jobs()] == [*reversed(waiting), running]
    assert [job.id for job in catalogue.jobs(states=["running"])] == [running]
    assert [job.id for job in catalogue.jobs(states=("queued", "running"), limit=2)] == waiting[:0:-1]
    assert catalogue.jobs(states=[]) == []
    with pytest.raises(CatalogueError, match="'lost' is not a state to use here"):
        catalogue.jobs(states=["lost"])


def test_a_job_s_output_is_remembered(catalogue):
    assert catalogue.job(catalogue.add_job("x", {}, log="logs/2.txt")).log == "logs/2.txt"


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("job", ()), ("claim_job", (1,)), ("beat", ("s", 0, 0)), ("finish_job", ("done",)), ("request_cancel", ())],
)
def test_an_unknown_job_is_told(catalogue, method, arguments):
    with pytest.raises(NotFound, match="no job has the id 77"):
        getattr(catalogue, method)(77, *arguments)
