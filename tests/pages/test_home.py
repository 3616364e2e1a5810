"""The start page: examples, the drop zone, the path, and several projects."""

import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sxai.assess.verbs.assess import assess_image
from sxai.demo.pets import draw_pet
from sxai.example.card import packaged_examples
from sxai.images.decode import encode
from sxai.masks.verbs.save import list_concepts, save_labels
from sxai.project.homes import MARKER, own_home
from sxai.spaces.verbs.stored import list_spaces
from widgets.ui import session
from widgets.ui.plain import plain

REPOSITORY = Path(__file__).resolve().parents[2]


def badges(app):
    return [text.value for text in app.markdown if "badge" in text.value]


def test_the_demo_shows_one_picture_that_is_sure_and_one_that_is_unfamiliar(visit):
    known, stranger = packaged_examples()
    app = visit("start/home")
    shown = " ".join(text.value for text in app.markdown)
    assert (known.level, stranger.level) == ("sure", "unfamiliar")
    assert "Sure" in shown
    assert "Unfamiliar picture" in shown
    assert plain(stranger.verdict.split(". ")[0]) in shown
    assert f"`{known.query}` finds {known.total:,}" in shown


def test_from_the_example_to_its_assessment_and_its_search(visit):
    known, _ = packaged_examples()
    app = visit("start/home")
    app.button(key="example-search").click().run()
    assert app.query_params["q"] in (known.query, [known.query])
    app = visit("start/home")
    app.button(key="example-assess").click().run()
    assert app.title[0].value == "Assess"


def test_the_path_says_what_is_there(visit, project):
    app = visit("start/home")
    told = [caption.value for caption in app.caption]
    assert f"{project.catalogue.count_images():,} in 2 classes" in told
    assert f"{sum(concept.masks for concept in list_concepts(project))} masks, 8 spaces" in told


def test_a_project_of_ones_own_is_shown_by_its_own_example(visit, birds):
    app = visit("start/home")
    assert app.button(key="example-assess")
    assert not any("Unfamiliar" in text for text in badges(app))


def test_without_spaces_the_demo_s_examples_say_that_they_are_the_demo_s(visit, empty_home):
    app = visit("start/home")
    assert any("From the demo" in caption.value for caption in app.caption)
    assert "example-assess" not in {button.key for button in app.button}


def test_every_concept_has_its_row_with_the_space_s_r2(visit, project):
    table = next(shell.value for shell in visit("start/home").dataframe if "Concept" in shell.value)
    spaces = {space.name: space.reference.r2 for space in list_spaces(project)}
    assert dict(zip(table["Concept"], table["q-q R²"], strict=True)) == spaces


def test_a_changed_mask_shows_in_the_space_s_row(visit, project):
    image = project.catalogue.masks("cat", "eyes")[0].image_id
    save_labels(project, image, "cat.eyes", [0, 1])
    table = next(shell.value for shell in visit("start/home").dataframe if "Concept" in shell.value)
    states = dict(zip(table["Concept"], table["Space"], strict=True))
    assert states["cat.eyes"] == "masks changed since"
    assert states["dog.eyes"] == "ready"


def test_with_everything_done_it_offers_no_next_step(visit, project):
    assess_image(project, project.catalogue.images()[0].id)
    assert "start-go-there" not in {button.key for button in visit("start/home").button}


def test_an_empty_project_is_told_to_import(visit, empty_home):
    app = visit("start/home")
    assert any("import photographs" in text.value.lower() for text in app.markdown)
    assert app.button(key="start-go-there")


def test_any_picture_can_be_dropped_and_is_answered_honestly(visit):
    stranger = draw_pet("lumo", 3, view="front")
    app = visit("start/home")
    app.file_uploader(key="start-drop").set_value(("lumo.png", encode(stranger.pixels), "image/png")).run()
    assert not app.exception
    assert any("The paper's words" in caption.value for caption in app.caption)


def test_a_file_that_is_no_picture_is_refused_with_its_name(visit):
    app = visit("start/home")
    app.file_uploader(key="start-drop").set_value(("broken.png", b"no picture", "image/png")).run()
    assert any("broken.png" in error.value for error in app.error)


def test_the_demo_says_that_it_is_one(visit):
    app = visit("start/home")
    assert any("demo" in caption.value.lower() for caption in app.caption)


def test_a_running_job_is_shown_with_its_stage(visit, project):
    job = project.catalogue.add_job("train", {"name": "pets"})
    project.catalogue.claim_job(job, os.getpid())
    project.catalogue.beat(job, "features", 3, 9, None)
    app = visit("start/home")
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
    app = visit("data/jobs")
    assert switcher(app).value == str(birds)
    switcher(app).select(str(home)).run()
    assert app.query_params["project"] in ("Demo", ["Demo"])
    app.switch_page("pages/data/networks.py").run()
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
    app = visit("data/jobs", project="birds")
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
        ("trust/search", {"q": "cat.eyes > 0.5"}),
        ("data/samples", {"where": "cat.eyes < 0.1"}),
        ("concepts/mask", {"concept": "dog.nose"}),
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
    assert any("The demo is being prepared" in one.value for one in app.header)
    assert any("Unfamiliar picture" in text.value for text in app.markdown)
    assert [job.verb for job in session.opened_project().catalogue.jobs()] == ["demo"]
    assert session.chosen_home().demo


def test_the_demo_is_asked_for_once(empty_root):
    for _ in range(3):
        AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=60).run()
    assert len(session.opened_project().catalogue.jobs()) == 1


def preparing():
    from widgets.start import home
    from widgets.ui import session

    home.preparing(session.opened_project(), session.ensure_demo(session.opened_project()))


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
