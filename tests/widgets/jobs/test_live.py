"""Progress in words."""

from dataclasses import replace

import pytest

from data_store.records import JobRecord
from widgets.jobs.job_list import moment, summary
from widgets.jobs.live import describe, duration, time_left, title

JOB = JobRecord(
    id=1,
    verb="extract",
    arguments={},
    state="running",
    stage="features",
    done=120,
    total=1400,
    detail=None,
    pid=1,
    heartbeat=None,
    cancel_requested=False,
    error=None,
    result=None,
    log=None,
    created="2026-11-03T12:00:00+00:00",
    started="2026-11-03T12:00:00+00:00",
    finished=None,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59.4, "59 s"), (60, "1 min"), (3570, "1 h 0 min"), (3600 * 25 + 60, "25 h 1 min")],
)
def test_durations_are_said_as_people_say_them(seconds, words):
    assert duration(seconds) == words


def test_a_running_job_tells_stage_count_and_time_left():
    assert describe(JOB, 130.0) == "features · 120 of 1,400 · about 2 min left"


def test_a_stage_without_a_count_tells_only_its_name():
    assert describe(replace(JOB, total=0, done=0), None) == "features"


def test_a_head_may_train_longer_than_was_asked_for():
    assert describe(replace(JOB, stage="head", total=100, done=17), None) == "head · epoch 17, at most 100"


def test_a_queued_job_waits():
    assert describe(replace(JOB, state="queued", stage=""), None) == "waiting to start"


def test_time_left_follows_the_pace():
    assert time_left(done=50, seconds=10.0, remaining=25) == 5.0


@pytest.mark.parametrize(("done", "seconds"), [(0, 100.0), (5, 0.4)])
def test_time_left_is_not_guessed_from_nothing(done, seconds):
    assert time_left(done, seconds, 10) is None


def test_every_verb_of_the_jobs_has_words():
    from sxai.jobs.verbs import VERBS

    assert {title(replace(JOB, verb=verb)) for verb in VERBS}.isdisjoint({verb.capitalize() for verb in VERBS})


def test_a_finished_job_tells_how_long_it_took():
    over = replace(JOB, state="done", finished="2026-11-03T12:01:30+00:00")
    assert summary(over).startswith("done in 2 min, 3 Nov ")


def test_a_job_that_never_began_tells_its_state():
    assert summary(replace(JOB, state="cancelled", started=None)) == "cancelled"


def test_moments_are_utc():
    assert moment(JOB.created).utcoffset().total_seconds() == 0
    assert moment(None) is None
