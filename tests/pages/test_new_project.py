"""A new project: every way in, and what is said when it leads nowhere."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest
import torch
from picture_files import folder_of

from sxai import jobs
from sxai.errors import Cancelled
from sxai.networks.verbs.networks import backbone_choices
from sxai.project.homes import projects
from sxai.project.project import Project
from widgets.project import intake, networks, starting


@pytest.fixture
def started(monkeypatch):
    """The jobs that were asked for, without running them."""
    calls = []

    def start(project, verb, arguments=None):
        calls.append((project.home, verb, arguments))
        return project.catalogue.add_job(verb, arguments or {})

    monkeypatch.setattr(jobs, "start", start)
    return calls


@pytest.fixture
def pets(tmp_path):
    return folder_of(tmp_path / "pets", ["cat/1.png", "dog/2.png"])


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No weights in the cache, and no internet."""

    def refuse(request, timeout):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(urllib.request, "urlopen", refuse)


def go(app):
    return app.button(key="start-go").click().run()


def filled_in(app, folder, name="Holiday pets"):
    app.text_input(key="start-folder").set_value(str(folder))
    app.text_input(key="start-name").set_value(name)
    app.selectbox(key="start-backbone").set_value("small")
    return app.run()


def said(app):
    return " ".join(box.value.replace("\\", "") for box in (*app.markdown, *app.caption, *app.error))


def test_a_folder_becomes_a_project_with_a_network_and_an_import(visit, home, started, tmp_path):
    folder = folder_of(tmp_path / "pets", ["cat/1.png", "cat/2.png", "dog/3.png"])
    app = filled_in(visit("data/new_project"), folder)
    assert "Found: cat 2, dog 1." in said(app)
    go(app)
    where = home / "projects" / "Holiday pets"
    arguments = {"path": str(folder), "split": "auto", "class_name": None, "classes": "folders"}
    assert started == [
        (where, "model", {"name": "small", "backbone": "small", "weights": None}),
        (where, "import", arguments),
    ]
    assert app.title[0].value == "How far can this prediction be trusted?"
    assert any(box.label == "Project" and box.value == str(where) for box in app.selectbox)


def test_a_folder_of_one_class_is_given_its_name_or_another(visit, started, tmp_path):
    app = filled_in(visit("data/new_project"), folder_of(tmp_path / "cats", ["1.png", "2.png"]))
    assert "Found: cats 2." in said(app)
    app.text_input(key="start-class-cats").set_value("cat").run()
    go(app)
    assert started[1][2]["class_name"] == "cat"


def test_where_classes_come_from_is_asked_when_it_is_not_clear(visit, started, tmp_path):
    folder = folder_of(tmp_path / "pets", ["cat.0.png", "cat.1.png", "dog.0.png"])
    app = filled_in(visit("data/new_project"), folder)
    options = [option.replace("\\", "") for option in app.radio(key="start-rule").options]
    assert options == ["File names: cat 2, dog 1", "The folder's own name: pets 3"]
    assert app.radio(key="start-rule").value == "own"
    app.radio(key="start-rule").set_value("names").run()
    assert "Found: cat 2, dog 1." in said(app)
    go(app)
    assert started[1][2]["classes"] == "names"


def test_files_that_cannot_be_read_are_listed_before(visit, tmp_path):
    folder = folder_of(tmp_path / "pets", ["cat/1.png", "dog/2.png"])
    (folder / "cat" / "empty.jpg").write_bytes(b"")
    app = filled_in(visit("data/new_project"), folder)
    assert "1 file cannot be read" in app.expander[0].label
    assert "empty (0 bytes)" in app.dataframe[0].value["Why"][0]


def test_looking_can_be_stopped_and_taken_up_again(visit, monkeypatch, tmp_path):
    def stopped(path, classes, progress):
        intake._stop("start", (str(path), ()))
        raise Cancelled("stopped")

    folder = folder_of(tmp_path / "pets", ["cat/1.png", "dog/2.png"])
    monkeypatch.setattr(intake, "preview", stopped)
    app = filled_in(visit("data/new_project"), folder).run()
    assert "Looking was stopped." in app.info[0].value
    monkeypatch.undo()
    app.button(key="start-again").click().run()
    assert "Found: cat 1, dog 1." in said(app)


def test_folders_are_chosen_one_level_at_a_time(visit, monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    folder_of(tmp_path / "pictures" / "pets", ["cat/1.png", "dog/2.png"])
    app = visit("data/new_project")
    assert app.button(key="start-folder-up").disabled
    for name in ("pictures", "pets"):
        next(button for button in app.button if button.label == name).click().run()
    app.button(key="start-folder-take").click().run()
    assert app.text_input(key="start-folder").value == str(tmp_path / "pictures" / "pets")
    assert "Found: cat 1, dog 1." in said(app)


@pytest.mark.parametrize("folder", ["/no/such/folder", "~nobody-of-that-name/x"])
def test_a_folder_that_is_not_there_is_named(visit, started, folder):
    app = filled_in(visit("data/new_project"), folder)
    assert folder in said(app)
    go(app)
    assert started == []


def test_without_pictures_nothing_is_made(visit, home, started):
    app = go(visit("data/new_project"))
    assert "no pictures yet" in said(app)
    assert started == []
    assert {found.path for found in projects(home)} == {home}


def test_a_name_that_leaves_the_folder_is_refused(visit, home, started, pets):
    app = go(filled_in(visit("data/new_project"), pets, "../../elsewhere"))
    assert len(app.error) == 1
    assert started == []


def test_without_the_internet_nothing_is_made_and_the_remedy_is_told(visit, home, started, pets, offline):
    app = filled_in(visit("data/new_project"), pets)
    app.selectbox(key="start-backbone").set_value("squeezenet1_1").run()
    before = sorted(home.rglob("*"))
    go(app)
    assert "download.pytorch.org does not answer" in said(app)
    assert "weights file" in said(app)
    assert "--" not in app.error[0].value
    assert started == []
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize("content", [None, b"no weights at all"])
@pytest.mark.parametrize("backbone", ["googlenet_bvlc", "squeezenet1_1"])
def test_weights_that_cannot_be_used_leave_nothing_behind(visit, home, started, pets, tmp_path, content, backbone):
    weights = tmp_path / "weights.pth"
    if content is not None:
        weights.write_bytes(content)
    app = filled_in(visit("data/new_project"), pets)
    app.selectbox(key="start-backbone").set_value(backbone).run()
    app.text_input(key=f"start-weights-{backbone}").set_value(str(weights))
    before = sorted(home.rglob("*"))
    go(app)
    assert "weights.pth" in app.error[0].value
    assert app.title[0].value == "New project"
    assert started == []
    assert sorted(home.rglob("*")) == before
    app.selectbox(key="start-backbone").set_value("small").run()
    go(app)
    assert {where for where, _, _ in started} == {home / "projects" / "Holiday pets"}


def test_a_name_that_is_taken_is_refused(visit, home, started, pets):
    Project.open(home / "projects" / "Holiday pets").close()
    app = go(filled_in(visit("data/new_project"), pets, " Holiday pets "))
    assert "already a project 'Holiday pets'" in app.error[0].value
    assert started == []


def test_oxford_pets_is_downloaded_by_a_job(visit, started):
    app = visit("data/new_project")
    app.radio(key="start-source").set_value(starting.OXFORD).run()
    app.selectbox(key="start-backbone").set_value("small").run()
    go(app)
    assert [verb for _, verb, _ in started] == ["model", "download"]
    assert started[1][2] == {"name": "OxfordIIITPet"}


def test_every_backbone_is_offered_one_for_photographs_first(visit, offline):
    box = visit("data/new_project").selectbox(key="start-backbone")
    assert box.value == "squeezenet1_1"
    assert box.options[-1] == networks.OTHER
    assert {choice.name for choice in backbone_choices()} == {option.split(":")[0] for option in box.options[:-1]}
    assert next(option for option in box.options if option.startswith("small")).endswith("weak on photographs)")


def test_any_backbone_may_be_typed(visit, home, started, pets, monkeypatch):
    app = filled_in(visit("data/new_project"), pets)
    app.selectbox(key="start-backbone").set_value(networks.OTHER).run()
    app.text_input(key="start-other").set_value("timm:test_resnet").run()
    go(app)
    assert "'pretrained' to let timm download" in said(app)
    assert started == []
    app.text_input(key="start-weights-other").set_value("pretrained")
    monkeypatch.setattr(starting, "check_reachable", lambda backbone, weights: None)
    go(app)
    arguments = {"name": "test_resnet", "backbone": "timm:test_resnet", "weights": "pretrained"}
    assert started[0][1:] == ("model", arguments)


def test_twenty_species_are_prepared_once_and_opened(visit, home, started):
    app = visit("data/new_project")
    app.button(key="start-species-go").click().run()
    where = home / "projects" / "Twenty species"
    assert started == [(where, "demo", {"species": True})]
    assert app.title[0].value == "How far can this prediction be trusted?"
    app.switch_page("pages/data/new_project.py").run()
    app.button(key="start-species-go").click().run()
    assert len(started) == 1
