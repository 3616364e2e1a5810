"""A small filled demo, and the real app opened on one of its pages."""

import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sxai import jobs
from sxai.demo.verbs.fill import fill_demo
from sxai.jobs import worker
from sxai.networks.verbs.networks import model_record
from sxai.project.project import Project
from sxai.spaces.verbs.stored import space_record
from sxai.spaces.verbs.verdicts import StoredVerdict, keep_verdict
from widgets.ui import session

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES, MASKS = 80, 8


@pytest.fixture(autouse=True)
def nobodys_home(monkeypatch):
    """No test sees the project of whoever runs it."""
    monkeypatch.delenv("SXAI_HOME", raising=False)


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """The home of a demo with eighty pictures and eight masks a concept."""
    home = tmp_path_factory.mktemp("filled") / "home"
    with Project.open(home, device="cpu") as project:
        fill_demo(project, images=IMAGES, masks=MASKS)
    return home


@pytest.fixture
def home(filled, tmp_path, monkeypatch):
    """A copy of that demo which a test may change, as the app's own home."""
    copy = tmp_path / "home"
    shutil.copytree(filled, copy)
    monkeypatch.setenv("SXAI_HOME", str(copy))
    yield copy
    _close()


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    """A project of one's own with nothing in it."""
    folder = tmp_path / "empty"
    Project.open(folder).close()
    monkeypatch.setenv("SXAI_HOME", str(folder))
    yield folder
    _close()


def _close() -> None:
    """Close what the app opened: it keeps projects open for as long as the server runs."""
    for folder in list(_opened):
        session.opened(folder).close()
    _opened.clear()
    session.opened.clear()


_opened: set[str] = set()


@pytest.fixture
def project(home):
    """The project that the app shows, as the app has it open."""
    _opened.add(str(home))
    return session.opened(str(home))


@pytest.fixture
def visit(request, monkeypatch):
    """Open the app on a page: ``visit("trust/search", q="cat.eyes > 0.5")``; an exception on the page fails the test.

    The app shows the filled demo unless the test has chosen another home by then.
    """
    monkeypatch.chdir(REPOSITORY)

    def go(name: str, **query: str) -> AppTest:
        if "SXAI_HOME" not in os.environ:
            request.getfixturevalue("home")
        app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=120)
        app.run()
        for key, value in query.items():
            app.query_params[key] = value
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception
        _opened.add(os.environ["SXAI_HOME"])
        return app

    return go


@pytest.fixture
def poor(project):
    """Gives a space the verdict that its P says little of the part: ``poor("cat.eyes")``; the reason."""

    def judge(name: str) -> str:
        why = f"P says little of {name}."
        told = StoredVerdict(name, "poor", why, 0.5)
        keep_verdict(project, model_record(project), space_record(project, name), 100, told, (0.4, 0.6))
        return why

    return judge


@pytest.fixture
def at_once(monkeypatch):
    """Jobs run in this process before the page goes on; what was asked for."""
    asked = []

    def start(project, verb, arguments=None):
        asked.append((verb, arguments))
        job = project.catalogue.add_job(verb, arguments or {})
        worker.run(project, job)
        return job

    monkeypatch.setattr(jobs, "start", start)
    return asked
