"""Which project is shown first, when the demo is ready, and that nobody's words format a page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.errors import MaskError
from sxai.project.homes import MARKER, demo_home, own_home
from sxai.project.project import Project
from widgets.ui import session


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("SXAI_HOME", str(tmp_path / "root"))
    return tmp_path / "root"


def made(path):
    Project.open(path).close()
    return path


def test_an_empty_root_offers_the_demo_alone(root):
    (only,) = session.available()
    assert only.demo
    assert only.path == demo_home(root)


def test_ones_own_project_comes_first_and_the_demo_last(root):
    made(root)
    made(own_home(root, "birds"))
    assert [(home.path, home.demo) for home in session.available()] == [
        (root, False),
        (root / "projects" / "birds", False),
        (root / "demo", True),
    ]


def test_a_root_filled_with_the_demo_is_offered_once(root):
    made(root)
    (root / MARKER).write_text("{}")
    assert [home.path for home in session.available()] == [root]


def test_a_browser_opens_the_project_used_last(root):
    made(root)
    birds = made(own_home(root, "birds"))
    assert session.chosen_home().path == root
    session.choose(birds)
    session.st.session_state.clear()
    assert session.chosen_home().path == birds


def test_each_project_has_its_own_key_and_keeps_it(project, tmp_path):
    with Project.open(tmp_path / "other") as other:
        assert session.keyed(project, "picker") == session.keyed(project, "picker") != session.keyed(other, "picker")


def test_a_demo_that_nobody_fills_is_started_once(project, monkeypatch):
    monkeypatch.setattr(session, "start", lambda project, verb: project.catalogue.add_job(verb, {}))
    first = session.ensure_demo(project)
    assert first is not None
    assert session.ensure_demo(project) == first


def test_a_demo_whose_job_is_done_is_ready(project, monkeypatch):
    monkeypatch.setattr(session, "start", lambda project, verb: project.catalogue.add_job(verb, {}))
    project.catalogue.finish_job(session.ensure_demo(project), "done")
    assert session.ensure_demo(project) is None


def test_a_resumed_demo_waits_for_the_newest_job(project, monkeypatch):
    monkeypatch.setattr(session, "start", lambda project, verb: project.catalogue.add_job(verb, {}))
    project.catalogue.finish_job(session.ensure_demo(project), "failed", error="stopped")
    again = project.catalogue.add_job("demo", {})
    assert session.ensure_demo(project) == again


@pytest.mark.parametrize(
    ("error", "words"), [(MaskError("the mask is empty."), "The mask is empty."), (MaskError(""), "MaskError")]
)
def test_an_error_is_told_as_a_sentence(error, words):
    assert session.sentence(error) == words


@given(st.text(max_size=80))
def test_plain_text_keeps_its_letters_and_loses_its_formatting(text):
    plain = session.plain(text)
    assert re.sub(r"\\([\\`*_{}\[\]<>#|~$:])", r"\1", plain) == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_{}\[\]<>#|~$:]", plain)
