"""Starting, stopping and looking after jobs, without starting a process."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from data_store.tables import Job
from sxai import jobs
from sxai.errors import ProjectError, UnknownName
from sxai.jobs import launch


@pytest.fixture
def spawned(monkeypatch):
    """The jobs for which a worker would have been started."""
    numbers = []
    monkeypatch.setattr(launch, "_spawn", lambda project, job_id, run: numbers.append(job_id))
    return numbers


def test_a_started_job_is_queued_with_its_arguments(empty_project, spawned):
    job_id = jobs.start(empty_project, "extract", {"names": ["cat.eyes"]})
    job = empty_project.catalogue.job(job_id)
    assert (job.verb, job.arguments, job.state) == ("extract", {"names": ["cat.eyes"]}, "queued")
    assert spawned == [job_id]


def test_an_unknown_verb_leaves_no_job(empty_project, spawned):
    with pytest.raises(UnknownName, match="'dance'"):
        jobs.start(empty_project, "dance")
    assert (empty_project.catalogue.jobs(), spawned) == ([], [])


def test_a_queued_job_is_cancelled_at_once(empty_project, spawned):
    job_id = jobs.start(empty_project, "extract")
    jobs.cancel(empty_project, job_id)
    assert empty_project.catalogue.job(job_id).state == "cancelled"
    assert empty_project.catalogue.claim_job(job_id, 1) is False


def test_a_running_job_is_asked_to_stop(empty_project, spawned):
    job_id = jobs.start(empty_project, "extract")
    empty_project.catalogue.claim_job(job_id, os.getpid())
    jobs.cancel(empty_project, job_id)
    job = empty_project.catalogue.job(job_id)
    assert (job.state, job.cancel_requested) == ("running", True)


def test_cancelling_what_is_over_changes_nothing(empty_project, spawned):
    job_id = jobs.start(empty_project, "extract")
    empty_project.catalogue.claim_job(job_id, os.getpid())
    empty_project.catalogue.finish_job(job_id, "done", result={})
    before = empty_project.catalogue.job(job_id)
    jobs.cancel(empty_project, job_id)
    assert empty_project.catalogue.job(job_id) == before


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_resuming_asks_for_the_same_work_again(empty_project, spawned, state):
    first = jobs.start(empty_project, "train", {"name": "vgg"})
    empty_project.catalogue.finish_job(first, state, error="x")
    second = jobs.resume(empty_project, first)
    job = empty_project.catalogue.job(second)
    assert (job.verb, job.arguments, job.state) == ("train", {"name": "vgg"}, "queued")
    assert spawned == [first, second]


def test_a_job_that_still_runs_is_not_resumed(empty_project, spawned):
    job_id = jobs.start(empty_project, "extract")
    empty_project.catalogue.claim_job(job_id, os.getpid())
    with pytest.raises(ProjectError, match="is running; cancel it first"):
        jobs.resume(empty_project, job_id)
    assert len(empty_project.catalogue.jobs()) == 1


def test_a_job_that_is_done_is_not_run_again(empty_project, spawned):
    job_id = jobs.start(empty_project, "extract")
    empty_project.catalogue.claim_job(job_id, os.getpid())
    empty_project.catalogue.finish_job(job_id, "done", result={})
    with pytest.raises(ProjectError, match="nothing to resume"):
        jobs.resume(empty_project, job_id)
    assert spawned == [job_id]


@pytest.mark.parametrize("act", [jobs.cancel, jobs.resume])
def test_a_job_that_is_not_there_is_told(empty_project, act):
    with pytest.raises(UnknownName, match="no job 12"):
        act(empty_project, 12)


def test_tidying_leaves_living_jobs_alone(empty_project, spawned):
    job_id = jobs.start(empty_project, "extract")
    waiting = jobs.start(empty_project, "extract", {"names": ["cat.eyes"]})
    empty_project.catalogue.claim_job(job_id, os.getpid())
    assert jobs.tidy(empty_project) == []
    assert [empty_project.catalogue.job(number).state for number in (job_id, waiting)] == ["running", "queued"]


def test_a_job_whose_process_is_gone_has_failed(empty_project, spawned):
    job_id = jobs.start(empty_project, "extract")
    empty_project.catalogue.claim_job(job_id, 2**22 + 1)
    assert jobs.tidy(empty_project) == [job_id]
    job = empty_project.catalogue.job(job_id)
    assert (job.state, "ended unexpectedly" in job.error) == ("failed", True)
    assert jobs.tidy(empty_project) == []


def test_a_job_without_a_sign_of_life_has_failed(empty_project, spawned, monkeypatch):
    job_id = jobs.start(empty_project, "extract")
    empty_project.catalogue.claim_job(job_id, os.getpid())
    monkeypatch.setattr(launch, "DEAD_AFTER", -1.0)
    assert jobs.tidy(empty_project) == [job_id]


def test_a_job_that_no_worker_took_has_failed(empty_project, spawned, monkeypatch):
    job_id = jobs.start(empty_project, "extract")
    monkeypatch.setattr(launch, "STARTS_WITHIN", -1.0)
    assert jobs.tidy(empty_project) == [job_id]
    assert empty_project.catalogue.job(job_id).state == "failed"


def test_a_clock_that_jumps_fails_nothing(empty_project, spawned):
    """A heartbeat of yesterday or of tomorrow is not old: only one that is seen not to change is."""
    job_id = jobs.start(empty_project, "extract")
    empty_project.catalogue.claim_job(job_id, os.getpid())
    for days in (-1, 1):
        with empty_project.catalogue.write() as session:
            moment = datetime.now(UTC) + timedelta(days=days)
            session.execute(
                update(Job).where(Job.id == job_id).values(heartbeat=moment, started=moment, created=moment)
            )
        assert jobs.tidy(empty_project) == []


def test_a_double_click_makes_one_job(empty_project, spawned):
    first = jobs.start(empty_project, "extract", {"names": ["cat.eyes"]})
    assert jobs.start(empty_project, "extract", {"names": ["cat.eyes"]}) == first
    assert jobs.start(empty_project, "extract", {"names": ["dog.eyes"]}) != first
    empty_project.catalogue.finish_job(first, "done")
    assert jobs.start(empty_project, "extract", {"names": ["cat.eyes"]}) != first


def test_device_and_seed_belong_to_the_job(empty_project, monkeypatch):
    runs = []
    monkeypatch.setattr(launch, "_spawn", lambda project, job_id, run: runs.append(run))
    first = jobs.start(empty_project, "train", {"name": "vgg"}, device="cpu", seed=7)
    empty_project.catalogue.finish_job(first, "failed", error="x")
    jobs.resume(empty_project, first)
    assert runs == [{"device": "cpu", "seed": 7}] * 2


def test_a_process_that_was_given_the_number_later_is_not_the_worker(empty_project, spawned):
    job_id = jobs.start(empty_project, "extract")
    empty_project.catalogue.claim_job(job_id, os.getppid())
    assert jobs.tidy(empty_project) == [job_id]


def test_the_log_is_read_from_its_end(empty_project):
    assert launch.log_tail(empty_project, 1) == ""
    (empty_project.home / "logs").mkdir()
    (empty_project.home / "logs" / "job-1.log").write_bytes(b"one\ntwo\n\xffthree\nfour\n")
    assert launch.log_tail(empty_project, 1, lines=2) == "\N{REPLACEMENT CHARACTER}three\nfour"


def test_failures_are_told_until_settled_or_started_again(empty_project):
    def ended(verb, state):
        job = empty_project.catalogue.add_job(verb, {})
        empty_project.catalogue.claim_job(job, 1)
        empty_project.catalogue.finish_job(job, state, error="no internet" if state == "failed" else None)
        return job

    model, train = ended("model", "failed"), ended("train", "failed")
    ended("import", "done")
    assert [job.id for job in launch.failures(empty_project)] == [train, model]
    launch.settle(empty_project, train)
    assert [job.id for job in launch.failures(empty_project)] == [model]
    ended("model", "done")
    assert launch.failures(empty_project) == []
