"""The Jobs page: what runs, what has run, its log, cancel and resume."""

import os

import pytest

from sxai import jobs


@pytest.fixture
def running(project):
    job = project.catalogue.add_job("extract", {"names": ["cat.eyes"]})
    project.catalogue.claim_job(job, os.getpid())
    project.catalogue.beat(job, "features", 30, 120, None)
    return job


def words(app):
    return " ".join([*(text.value for text in app.markdown), *(str(bar.text) for bar in app.get("progress"))])


def test_without_jobs_it_says_so(visit, project):
    assert "Nothing is running." in words(visit("data/jobs"))


def test_a_running_job_shows_stage_and_count(visit, running):
    assert "features · 30 of 120" in words(visit("data/jobs"))


def test_progress_moves_on_without_a_click(visit, project, running):
    app = visit("data/jobs")
    project.catalogue.beat(running, "spaces", 1, 8, None)
    assert "spaces · 1 of 8" in words(app.run())


def test_cancel_asks_the_job_to_stop(visit, project, running):
    visit("data/jobs").button(key=f"job-cancel-{running}").click().run()
    assert project.catalogue.job(running).cancel_requested


def test_a_failed_job_shows_its_error_and_can_be_resumed(visit, project, running, monkeypatch):
    project.catalogue.finish_job(running, "failed", error="the weights do not fit")
    app = visit("data/jobs")
    assert any("the weights do not fit" in box.value for box in app.error)
    resumed = []
    monkeypatch.setattr(jobs, "resume", lambda project, job: resumed.append(job))
    app.button(key=f"job-resume-{running}").click().run()
    assert resumed == [running]


def test_files_that_an_import_could_not_use_are_listed_with_the_reason(visit, project, running):
    failed = [{"file": "dog/", "error": "the folder holds no pictures"}]
    project.catalogue.finish_job(running, "done", result={"imported": 3, "failed": failed})
    app = visit("data/jobs")
    assert any("1 file could not be used" in box.value for box in app.warning)
    assert app.dataframe[0].value.to_dict("records") == failed


def test_a_job_whose_process_is_gone_is_not_shown_as_running(visit, project):
    job = project.catalogue.add_job("train", {})
    project.catalogue.claim_job(job, 2**22 + 1)
    visit("data/jobs")
    assert project.catalogue.job(job).state == "failed"


def test_a_finished_job_shows_its_log_and_needs_no_resume(visit, project, running):
    project.catalogue.finish_job(running, "done", result={"spaces": 1})
    logs = project.home / "logs"
    logs.mkdir(exist_ok=True)
    (logs / f"job-{running}.log").write_text("line one\nline two\n")
    app = visit("data/jobs")
    assert any("line two" in code.value for code in app.code)
    assert f"job-resume-{running}" not in {button.key for button in app.button}
