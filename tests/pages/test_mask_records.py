"""Below the picker: history with a way back, quality, exchange, and what happens when two edits meet."""

import json

import pytest

from sxai import workflows as verbs
from sxai.errors import EditConflict
from widgets import mask_records

CONCEPT = "cat.eyes"


@pytest.fixture
def image(ws):
    return ws.catalogue.masks("cat", "eyes")[0].image_id


@pytest.fixture
def app(visit, image):
    return visit("mask_concepts", concept=CONCEPT, image=str(image))


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


def test_an_earlier_version_is_brought_back(app, ws, image):
    first = verbs.canvas_for(ws, image, CONCEPT)
    verbs.save_labels(ws, image, CONCEPT, [0, 1], author="Ada", expected_version=first.version)
    look_at(app, mask_records.HISTORY)
    assert "Ada" in words(app)
    button(app, "Bring back").click().run()
    history = verbs.mask_history(ws, image, CONCEPT)
    assert (history[-1].restored, history[-1].action) == (first.version, "changed")
    button(app, "Undo the latest edit").click().run()
    assert ws.catalogue.mask(image, "cat", "eyes") is None
    assert not app.exception


def test_both_people_are_told_that_their_edits_met_until_they_have_seen_it(app, ws, image):
    version = verbs.canvas_for(ws, image, CONCEPT).version
    app.text_input(key="author-name").set_value("Ada").run()
    verbs.save_labels(ws, image, CONCEPT, [1], author="Ada", expected_version=version)
    with pytest.raises(EditConflict):
        verbs.save_labels(ws, image, CONCEPT, [2], author="Bob", expected_version=version)
    app.run()
    assert "**Your** and **Bob's** edits" in words(app)
    assert "has not been made again" in words(app)
    app.text_input(key="author-name").set_value("Bob").run()
    assert "**Ada's** and **your** edits" in words(app)
    button(app, "Seen").click().run()
    assert "edits of cat" not in words(app)
    app.text_input(key="author-name").set_value("Ada").run()
    assert "**Your** and **Bob's** edits" in words(app), "Ada has not seen it yet"


def test_quality_is_checked_by_a_job_and_then_shown(app, ws, at_once):
    look_at(app, mask_records.QUALITY)
    button(app, "Check the masks").click().run()
    assert at_once == [("mask-quality", {"concept": CONCEPT})]
    found = verbs.known_mask_effects(ws, CONCEPT)
    assert found.advice in words(app)
    assert not app.exception


def test_a_concept_without_masks_says_what_comes_next(visit, ws):
    verbs.add_concept(ws, "cat.tail")
    app = look_at(visit("mask_concepts", concept="cat.tail"), mask_records.QUALITY)
    assert "Nothing is masked yet" in words(app)
    look_at(app, mask_records.HISTORY)
    assert "every change is kept" in words(app)


def test_masks_of_another_program_are_taken_in(app, ws, image, tmp_path):
    look_at(app, mask_records.EXCHANGE)
    verbs.export_masks(ws, tmp_path / "c.json", CONCEPT, "coco")
    document = json.loads((tmp_path / "c.json").read_text())
    document["categories"][0]["name"] = "cat.look"
    (uploader,) = app.get("file_uploader")
    uploader.upload("c.json", json.dumps(document).encode(), "application/json").run()
    button(app, "Import").click().run()
    assert len(ws.catalogue.masks("cat", "look")) == len(ws.catalogue.masks("cat", "eyes"))
    assert "cat\\.look" in words(app) or "cat.look" in words(app)
