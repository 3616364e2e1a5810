"""Below the picker: history with a way back, quality, exchange, and what happens when two edits meet."""

import json

import pytest

from sxai.annotation.verbs.quality import mask_effects
from sxai.errors import EditConflict
from sxai.masks.verbs.exchange import export_masks
from sxai.masks.verbs.history import mask_history
from sxai.masks.verbs.save import add_concept, canvas_for, save_labels
from widgets.masks import records

CONCEPT = "cat.eyes"


@pytest.fixture
def image(project):
    return project.catalogue.masks("cat", "eyes")[0].image_id


@pytest.fixture
def app(visit, image):
    return visit("concepts/mask", concept=CONCEPT, image=str(image))


def look_at(app, what):
    app.segmented_control(key="mask-records").set_value(what).run()
    assert not app.exception
    assert not app.error
    return app


def button(app, label):
    return next(one for one in app.button if one.label == label)


def words(app):
    return "\n".join(str(one.value) for one in (*app.markdown, *app.caption, *app.info, *app.success))


def test_nothing_is_worked_out_before_it_is_asked_for(app, monkeypatch):
    assert not [one for one in app.button if one.label in ("Undo the latest edit", "Check the masks", "Download")]


def test_an_earlier_version_is_brought_back(app, project, image):
    first = canvas_for(project, image, CONCEPT)
    save_labels(project, image, CONCEPT, [0, 1], author="Ada", expected_version=first.version)
    look_at(app, records.HISTORY)
    assert "Ada" in words(app)
    button(app, "Bring back").click().run()
    history = mask_history(project, image, CONCEPT)
    assert (history[-1].restored, history[-1].action) == (first.version, "changed")
    button(app, "Undo the latest edit").click().run()
    assert project.catalogue.mask(image, "cat", "eyes") is None
    assert not app.exception


def test_both_people_are_told_that_their_edits_met_until_they_have_seen_it(app, project, image):
    version = canvas_for(project, image, CONCEPT).version
    app.text_input(key="author-name").set_value("Ada").run()
    save_labels(project, image, CONCEPT, [1], author="Ada", expected_version=version)
    with pytest.raises(EditConflict):
        save_labels(project, image, CONCEPT, [2], author="Bob", expected_version=version)
    app.run()
    assert "**Your** and **Bob's** edits" in words(app)
    assert "has not been repeated" in words(app)
    app.text_input(key="author-name").set_value("Bob").run()
    assert "**Ada's** and **your** edits" in words(app)
    button(app, "Seen").click().run()
    assert "edits of cat" not in words(app)
    app.text_input(key="author-name").set_value("Ada").run()
    assert "**Your** and **Bob's** edits" in words(app), "Ada has not seen it yet"


def test_quality_is_checked_by_a_job_and_then_shown(app, project, at_once):
    look_at(app, records.QUALITY)
    button(app, "Check the masks").click().run()
    assert at_once == [("mask-quality", {"concept": CONCEPT})]
    found = mask_effects.known(project, CONCEPT)
    assert found.advice in words(app)
    assert not app.exception


def test_a_concept_without_masks_says_what_comes_next(visit, project):
    add_concept(project, "cat.tail")
    app = look_at(visit("concepts/mask", concept="cat.tail"), records.QUALITY)
    assert "Nothing is masked yet" in words(app)
    look_at(app, records.HISTORY)
    assert "every change is kept" in words(app)


def test_masks_of_another_program_are_taken_in(app, project, image, tmp_path):
    look_at(app, records.EXCHANGE)
    export_masks(project, tmp_path / "c.json", CONCEPT, "coco")
    document = json.loads((tmp_path / "c.json").read_text())
    document["categories"][0]["name"] = "cat.look"
    (uploader,) = app.get("file_uploader")
    uploader.upload("c.json", json.dumps(document).encode(), "application/json").run()
    button(app, "Import").click().run()
    assert len(project.catalogue.masks("cat", "look")) == len(project.catalogue.masks("cat", "eyes"))
    assert "cat\\.look" in words(app) or "cat.look" in words(app)
