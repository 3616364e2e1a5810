"""The Overview page: what there is, and the first minute."""

import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sxai.masks.verbs.save import list_concepts, save_labels
from sxai.project.homes import MARKER, own_home
from sxai.spaces.verbs.stored import list_spaces
from widgets.ui import session

REPOSITORY = Path(__file__).resolve().parents[2]


def metrics(app):
    return {one.label: one.value for one in app.metric}


def test_the_four_numbers_are_the_project_s(visit, project):
    shown = metrics(visit("overview"))
    assert shown["Images"] == f"{project.catalogue.count_images():,}"
    assert shown["Classes"] == "2"
    assert shown["Masks"] == str(sum(concept.masks for concept in list_concepts(project)))
    assert shown["Semantic spaces"] == "8"


def test_every_concept_has_its_row_with_the_space_s_r2(visit, project):
    table = next(shell.value for shell in visit("overview").dataframe if "Concept" in shell.value)
    spaces = {space.name: space.reference.r2 for space in list_spaces(project)}
    assert dict(zip(table["Concept"], table["q-q R²"], strict=True)) == spaces


def test_a_changed_mask_shows_in_the_space_s_row(visit, project):
    image = project.catalogue.masks("cat", "eyes")[0].image_id
    save_labels(project, image, "cat.eyes", [0, 1])
    table = next(shell.value for shell in visit("overview").dataframe if "Concept" in shell.value)
    states = dict(zip(table["Concept"], table["Space"], strict=True))
    assert states["cat.eyes"] == "masks changed since"
    assert states["dog.eyes"] == "ready"


def test_with_everything_done_it_says_so_and_offers_no_next_step(visit):
    app = visit("overview")
    assert any("Everything is ready" in text.value for text in app.markdown)
    assert app.button(key="overview-assess")
    assert "overview-go" not in {button.key for button in app.button}


def test_an_empty_project_is_told_to_import(visit, empty_home):
    app = visit("overview")
    assert any("import photographs" in text.value.lower() for text in app.markdown)
    assert app.button(key="overview-go")


def test_the_demo_says_that_it_is_one(visit):
    app = visit("overview")
    assert any("demo" in caption.value.lower() for caption in app.caption)


def test_a_running_job_is_shown_with_its_stage(visit, project):
    job = project.catalogue.add_job("train", {"name": "pets"})
    project.catalogue.claim_job(job, os.getpid())
    project.catalogue.beat(job, "features", 3, 9, None)
    app = visit("overview")
    assert any("features · 3 of 9" in bar.text for bar in app.get("progress"))


@pytest.fixture
def birds(filled, home):
    """A second project beside the demo: the same pictures, but somebody's own."""
    path = own_home(home, "birds")
    shutil.copytree(filled, path)
    (path / MARKER).unlink()
    yield path
    session.opened(str(path)).close()
    session.opened.clear()


def switcher(app):
    (box,) = (box for box in app.selectbox if box.label == "Project")
    return box


def test_a_chosen_project_is_in_the_address_and_comes_back_with_it(visit, birds, home):
    app = visit("jobs")
    assert switcher(app).value == str(birds)
    switcher(app).select(str(home)).run()
    assert app.query_params["project"] in ("Demo", ["Demo"])
    app.switch_page("pages/model.py").run()
    assert switcher(app).value == str(home)
    reloaded = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60)
    reloaded.query_params["project"] = "Demo"
    assert switcher(reloaded.run()).value == str(home)


def test_an_address_with_a_project_that_is_not_there_shows_the_first(visit, birds):
    app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60)
    app.query_params["project"] = "dragons"
    assert switcher(app.run()).value == str(birds)
    assert not app.exception
    assert "no project “dragons” here" in app.warning[0].value
    app.button(key="unknown-project-close").click().run()
    assert not app.warning


def test_a_project_is_renamed_then_deleted(visit, birds, home):
    app = visit("jobs", project="birds")
    app.text_input(key="project-new-name-birds").set_value("Garden birds").run()
    app.button(key="project-rename-go").click().run()
    assert not app.exception
    assert "Garden birds" in switcher(app).options
    app.button(key="project-delete").click().run()
    assert any("Garden birds" in text.value and "goes for good, with all" in text.value for text in app.markdown)
    app.button(key="project-keep").click().run()
    assert birds.exists()
    app.button(key="project-delete").click().run()
    app.button(key="project-delete-go").click().run()
    assert not app.exception
    assert not birds.exists()
    assert home.exists()


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("search", {"q": "cat.eyes > 0.5"}),
        ("samples", {"where": "cat.eyes < 0.1"}),
        ("mask_concepts", {"concept": "dog.nose"}),
    ],
)
def test_another_project_begins_with_a_clean_address(visit, birds, page, query):
    app = visit(page, project="Demo", **query)
    assert set(query) <= set(app.query_params)
    switcher(app).select(str(birds)).run()
    assert not app.exception
    assert not app.error
    kept = {key: value for key, value in query.items() if app.query_params.get(key) in (value, [value])}
    assert kept == {}


@pytest.fixture
def empty_root(tmp_path, monkeypatch):
    """No project at all, and a demo that is asked for without being made."""
    monkeypatch.setenv("SXAI_HOME", str(tmp_path / "nothing"))
    monkeypatch.setattr(session, "start", lambda project, verb: project.catalogue.add_job(verb, {}))
    yield tmp_path / "nothing"
    session.opened_project().close()
    session.opened.clear()


def test_an_empty_home_starts_the_demo_and_shows_its_progress(empty_root):
    app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60).run()
    assert app.title[0].value == "Preparing the demo"
    assert [job.verb for job in session.opened_project().catalogue.jobs()] == ["demo"]
    assert session.chosen_home().demo


def test_the_demo_is_asked_for_once(empty_root):
    for _ in range(3):
        AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60).run()
    assert len(session.opened_project().catalogue.jobs()) == 1


def preparing():
    from widgets.ui import session, shell

    shell.prepare_demo(session.opened_project(), session.ensure_demo(session.opened_project()))


def test_a_failed_demo_can_be_tried_again(empty_root, monkeypatch):
    job = session.ensure_demo(session.opened_project())
    session.opened_project().catalogue.finish_job(job, "failed", error="the disk is full")
    app = AppTest.from_function(preparing).run()
    assert any("the disk is full" in box.value for box in app.error)
    again = []
    monkeypatch.setattr(session, "resume", lambda project, number: again.append(number))
    next(button for button in app.button if button.label == "Try again").click().run()
    assert again == [job]


def test_a_failed_job_is_told_until_it_is_put_aside(project, monkeypatch):
    job = project.catalogue.add_job("model", {"name": "x"})
    project.catalogue.claim_job(job, 1)
    project.catalogue.finish_job(job, "failed", error="the server does not answer. Connect to the internet.")
    monkeypatch.chdir(REPOSITORY)
    app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60).run()
    assert "**Add a network** failed. The server does not answer" in app.error[0].value
    app.button(key=f"failure-close-{job}").click().run()
    assert not app.error
