"""Start my own project: every way in, and what is said when it leads nowhere."""

import pytest

from sxai import jobs
from sxai import workflows as verbs
from widgets import starting


@pytest.fixture
def started(monkeypatch):
    """The jobs that were asked for, without running them."""
    calls = []

    def start(ws, verb, arguments=None):
        calls.append((ws.home, verb, arguments))
        return ws.catalogue.add_job(verb, arguments or {})

    monkeypatch.setattr(jobs, "start", start)
    return calls


def go(app):
    return app.button(key="start-go").click().run()


def test_a_folder_becomes_a_project_with_a_network_and_an_import(visit, home, started, tmp_path):
    folder = tmp_path / "pets" / "cat"
    folder.mkdir(parents=True)
    app = visit("start")
    app.radio(key="start-source").set_value(starting.SOURCES[1]).run()
    app.text_input(key="start-folder").set_value(str(folder.parent))
    app.text_input(key="start-name").set_value("Holiday pets")
    go(app)
    (where, verb, arguments) = started[0]
    assert where == home / "projects" / "Holiday pets"
    assert verb == "import"
    assert arguments["path"] == str(folder.parent)
    with verbs.Workspace.open(where) as ws:
        assert [model.backbone for model in verbs.list_models(ws)] == ["small"]
    assert app.title[0].value == "Overview"
    assert any(box.label == "Project" and box.value == str(where) for box in app.selectbox)


@pytest.mark.parametrize("folder", ["/no/such/folder", "~nobody-of-that-name/x"])
def test_a_folder_that_is_not_there_is_named(visit, started, folder):
    app = visit("start")
    app.radio(key="start-source").set_value(starting.SOURCES[1]).run()
    app.text_input(key="start-folder").set_value(folder)
    go(app)
    assert any(folder in box.value.replace("\\", "") for box in app.error)
    assert started == []


def test_without_pictures_nothing_is_made(visit, home, started):
    go(visit("start"))
    assert started == []
    assert {found.path for found in verbs.projects(home)} == {home}


def test_a_name_that_leaves_the_folder_is_refused(visit, home, started, tmp_path):
    app = visit("start")
    app.radio(key="start-source").set_value(starting.SOURCES[1]).run()
    app.text_input(key="start-folder").set_value(str(tmp_path))
    app.text_input(key="start-name").set_value("../../elsewhere")
    go(app)
    assert len(app.error) == 1
    assert started == []


def from_folder(visit, folder, name="Holiday pets"):
    app = visit("start")
    app.radio(key="start-source").set_value(starting.SOURCES[1]).run()
    app.text_input(key="start-folder").set_value(str(folder))
    app.text_input(key="start-name").set_value(name)
    return app


@pytest.mark.parametrize("content", [None, b"no weights at all"])
def test_weights_that_cannot_be_used_leave_nothing_behind(visit, home, started, tmp_path, content):
    weights = tmp_path / "weights.pth"
    if content is not None:
        weights.write_bytes(content)
    app = from_folder(visit, tmp_path)
    backbone = next(choice.name for choice in verbs.backbone_choices() if choice.weights == "file")
    app.selectbox(key="start-backbone").set_value(backbone).run()
    app.text_input(key="start-weights").set_value(str(weights))
    before = sorted(home.rglob("*"))
    go(app)
    assert "weights.pth" in app.error[0].value
    assert app.title[0].value == "Start my own project"
    assert started == []
    assert sorted(home.rglob("*")) == before
    app.selectbox(key="start-backbone").set_value("small").run()
    go(app)
    assert [where for where, _, _ in started] == [home / "projects" / "Holiday pets"]


def test_a_name_that_is_taken_is_refused(visit, home, started, tmp_path):
    verbs.Workspace.open(home / "projects" / "Holiday pets").close()
    app = go(from_folder(visit, tmp_path, name=" Holiday pets "))
    assert "already a project 'Holiday pets'" in app.error[0].value
    assert started == []


def test_oxford_pets_is_downloaded_by_a_job(visit, started):
    app = visit("start")
    app.radio(key="start-source").set_value(starting.SOURCES[3]).run()
    go(app)
    assert [(verb, arguments) for _, verb, arguments in started] == [("download", {"name": "OxfordIIITPet"})]


def test_every_backbone_is_offered_the_built_in_first(visit):
    box = visit("start").selectbox(key="start-backbone")
    assert box.options[0].startswith("small")
    assert {choice.name for choice in verbs.backbone_choices()} == {option.split(":")[0] for option in box.options}
