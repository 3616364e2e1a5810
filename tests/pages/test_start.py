"""Start my own project: every way in, and what is said when it leads nowhere."""

import pytest

from sxai import jobs
from sxai.networks.verbs.networks import backbone_choices
from sxai.project.homes import projects
from sxai.project.project import Project
from widgets.project import networks, starting


@pytest.fixture
def started(monkeypatch):
    """The jobs that were asked for, without running them."""
    calls = []

    def start(project, verb, arguments=None):
        calls.append((project.home, verb, arguments))
        return project.catalogue.add_job(verb, arguments or {})

    monkeypatch.setattr(jobs, "start", start)
    return calls


def go(app):
    return app.button(key="start-go").click().run()


def test_a_folder_becomes_a_project_with_a_network_and_an_import(visit, home, started, tmp_path):
    folder = tmp_path / "pets" / "cat"
    folder.mkdir(parents=True)
    app = visit("data/new_project")
    app.radio(key="start-source").set_value(starting.SOURCES[1]).run()
    app.text_input(key="start-folder").set_value(str(folder.parent))
    app.text_input(key="start-name").set_value("Holiday pets")
    go(app)
    assert started == [
        (home / "projects" / "Holiday pets", "model", {"name": "small", "backbone": "small", "weights": None}),
        (home / "projects" / "Holiday pets", "import", {"path": str(folder.parent), "class_name": None}),
    ]
    where = started[0][0]
    assert app.title[0].value == "Overview"
    assert any(box.label == "Project" and box.value == str(where) for box in app.selectbox)


@pytest.mark.parametrize("folder", ["/no/such/folder", "~nobody-of-that-name/x"])
def test_a_folder_that_is_not_there_is_named(visit, started, folder):
    app = visit("data/new_project")
    app.radio(key="start-source").set_value(starting.SOURCES[1]).run()
    app.text_input(key="start-folder").set_value(folder)
    go(app)
    assert any(folder in box.value.replace("\\", "") for box in app.error)
    assert started == []


def test_without_pictures_nothing_is_made(visit, home, started):
    go(visit("data/new_project"))
    assert started == []
    assert {found.path for found in projects(home)} == {home}


def test_a_name_that_leaves_the_folder_is_refused(visit, home, started, tmp_path):
    app = visit("data/new_project")
    app.radio(key="start-source").set_value(starting.SOURCES[1]).run()
    app.text_input(key="start-folder").set_value(str(tmp_path))
    app.text_input(key="start-name").set_value("../../elsewhere")
    go(app)
    assert len(app.error) == 1
    assert started == []


def from_folder(visit, folder, name="Holiday pets"):
    app = visit("data/new_project")
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
    backbone = next(choice.name for choice in backbone_choices() if choice.weights == "file")
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
    assert {where for where, _, _ in started} == {home / "projects" / "Holiday pets"}


def test_a_name_that_is_taken_is_refused(visit, home, started, tmp_path):
    Project.open(home / "projects" / "Holiday pets").close()
    app = go(from_folder(visit, tmp_path, name=" Holiday pets "))
    assert "already a project 'Holiday pets'" in app.error[0].value
    assert started == []


def test_oxford_pets_is_downloaded_by_a_job(visit, started):
    app = visit("data/new_project")
    app.radio(key="start-source").set_value(starting.SOURCES[3]).run()
    go(app)
    assert [verb for _, verb, _ in started] == ["model", "download"]
    assert started[1][2] == {"name": "OxfordIIITPet"}


def test_every_backbone_is_offered_the_built_in_first(visit):
    box = visit("data/new_project").selectbox(key="start-backbone")
    assert box.options[0].startswith("small")
    assert box.options[-1] == networks.OTHER
    assert {choice.name for choice in backbone_choices()} == {option.split(":")[0] for option in box.options[:-1]}


def test_any_backbone_may_be_typed(visit, home, started, tmp_path):
    app = from_folder(visit, tmp_path)
    app.selectbox(key="start-backbone").set_value(networks.OTHER).run()
    app.text_input(key="start-other").set_value("timm:test_resnet").run()
    go(app)
    assert "--weights pretrained" in app.error[0].value.replace("\\", "")
    assert started == []
    app.text_input(key="start-weights").set_value("pretrained")
    go(app)
    arguments = {"name": "test_resnet", "backbone": "timm:test_resnet", "weights": "pretrained"}
    assert started[0][1:] == ("model", arguments)


def test_twenty_species_are_prepared_once_and_opened(visit, home, started):
    app = visit("data/new_project")
    app.button(key="start-species-go").click().run()
    where = home / "projects" / "Twenty species"
    assert started == [(where, "demo", {"species": True})]
    assert app.title[0].value == "Overview"
    app.switch_page("pages/data/new_project.py").run()
    app.button(key="start-species-go").click().run()
    assert len(started) == 1
