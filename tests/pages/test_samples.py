"""The Samples page: filters, paging, picking and marking, the close look, and the import."""

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from sxai import jobs
from sxai.assess.verbs.assess import assess_image
from sxai.overview import samples
from sxai.search.verbs.search import mark, marks, search
from widgets.project import samples as page
from widgets.ui import gallery
from widgets.ui.session import keyed

GRID = page.GRID


def captions(app):
    return [one.value for one in app.caption]


def shown(app):
    """The range that the pager shows, e.g. (1, 40, 80)."""
    line = next(text for text in captions(app) if " of " in text and " to " in text and "done" not in text)
    first, _, last, _, total = line.split()
    return int(first), int(last), int(total)


def test_the_first_page_shows_forty_of_all_images(visit):
    app = visit("data/samples")
    assert shown(app) == (1, 40, 80)
    assert app.button(key="page.samples.number-back").disabled


def test_the_second_page_shows_the_rest(visit):
    app = visit("data/samples")
    app.button(key="page.samples.number-next").click().run()
    assert shown(app) == (41, 80, 80)
    assert app.button(key="page.samples.number-next").disabled


def test_a_filter_narrows_the_gallery_and_goes_back_to_the_first_page(visit, project):
    app = visit("data/samples")
    app.button(key="page.samples.number-next").click().run()
    app.selectbox(key="class").select("cat").run()
    total = project.catalogue.count_images(class_name="cat")
    assert shown(app) == (1, min(40, total), total)


@pytest.mark.parametrize("said", ["right", "wrong"])
def test_the_filter_of_predictions_counts_what_the_workflow_counts(visit, project, said):
    app = visit("data/samples", said=said)
    expected = samples(project, correctness=said).total
    text = captions(app)
    assert any(f"of {expected}" in line for line in text) if expected else "none" in text


def test_a_query_in_the_address_narrows_the_gallery(visit, project):
    app = visit("data/samples", where="cat.eyes > 0.5")
    assert shown(app)[2] == search(project, "cat.eyes > 0.5", limit=0).total


def test_a_query_that_cannot_be_read_is_told_in_words(visit):
    app = visit("data/samples", where="cat.eyes >")
    assert len(app.error) == 1
    assert "query" in app.error[0].value.lower()


def test_filters_that_nothing_passes_say_so(visit):
    app = visit("data/samples", where="cat.eyes > 1.9")
    assert "No image passes" in app.info[0].value


def test_picked_images_are_marked_and_can_be_filtered_by_their_mark(visit, project):
    app = visit("data/samples")
    ids = [image.id for image in project.catalogue.images(limit=3)]
    app.session_state[keyed(project, GRID)] = {"picked": {"ids": ids, "generation": 0}}
    app.run()
    app.selectbox(key=f"{GRID}-kind").select("bad sample")
    app.button(key=f"{GRID}-mark").click().run()
    assert [record.image_id for record in project.catalogue.marks(kind="bad sample")] == ids
    app.selectbox(key="mark").select("bad sample").run()
    assert shown(app) == (1, 3, 3)


def test_a_mark_is_taken_off_again(visit, project):
    ids = [image.id for image in project.catalogue.images(limit=2)]
    mark(project, ids, "to check")
    app = visit("data/samples")
    app.session_state[keyed(project, GRID)] = {"picked": {"ids": ids[:1], "generation": 0}}
    app.run()
    app.selectbox(key=f"{GRID}-kind").select("to check")
    app.button(key=f"{GRID}-unmark").click().run()
    assert [record.image_id for record in project.catalogue.marks(kind="to check")] == ids[1:]


@pytest.mark.parametrize("image", ["²", "x", "-1", "9" * 20])
def test_an_address_that_names_no_image_opens_none(visit, image):
    app = visit("data/samples", image=image)
    assert not app.error
    assert shown(app)


def test_an_unknown_image_in_the_address_is_told_in_words(visit):
    app = visit("data/samples", image="9" * 15)
    assert len(app.error) == 1


def pick(app, project, ids):
    app.session_state[keyed(project, GRID)] = {"picked": {"ids": ids, "generation": 0}}
    return app.run()


def test_picked_images_move_to_a_class_and_split_and_back(visit, project):
    ids = [image.id for image in samples(project).images[:2]]
    before = project.catalogue.images(ids=ids)
    app = pick(visit("data/samples"), project, ids)
    assert app.button(key=f"{GRID}-move").disabled
    app.selectbox(key=f"{GRID}-class").set_value("dog")
    app.selectbox(key=f"{GRID}-split").set_value("reference").run()
    app.button(key=f"{GRID}-move").click().run()
    moved = project.catalogue.images(ids=ids)
    assert [(image.class_name, image.split) for image in moved] == [("dog", "reference")] * 2
    assert "2 images moved" in app.success[0].value
    app.button(key="samples-undo").click().run()
    assert project.catalogue.images(ids=ids) == before
    assert not app.success


def test_all_hits_on_all_pages_are_selected_and_given_a_class(visit, project):
    ids = [image.id for image in project.catalogue.images()]
    project.catalogue.set_class(ids[:45], None)
    app = visit("data/samples", **{"class": "no class"})
    next(toggle for toggle in app.toggle if toggle.label == "Select all 45").set_value(True).run()
    assert any("**45** selected" in text.value for text in app.markdown)
    app.selectbox(key=f"{GRID}-class").set_value("dog").run()
    app.button(key=f"{GRID}-move").click().run()
    assert not app.exception
    assert {image.class_name for image in project.catalogue.images(ids=ids[:45])} == {"dog"}


def test_deleting_says_what_goes_with_the_images(visit, project):
    masked = project.catalogue.masks("cat", "eyes")[0].image_id
    masks = sum(mask.image_id == masked for mask in project.catalogue.masks())
    shown = samples(project).images
    assert masked in [image.id for image in shown]
    app = pick(visit("data/samples"), project, [masked])
    assert any(f"and **{masks} masks**" in text.value for text in app.markdown)
    app.button(key=f"{GRID}-delete-go").click().run()
    assert masked not in [image.id for image in project.catalogue.images()]


def test_after_marking_nothing_is_picked_any_more(visit, project):
    app = visit("data/samples")
    ids = [image.id for image in project.catalogue.images(limit=2)]
    app.session_state[keyed(project, GRID)] = {"picked": {"ids": ids, "generation": 0}}
    app.run()
    app.button(key=f"{GRID}-clear").click().run()
    assert f"{GRID}-clear" not in {button.key for button in app.button}


def test_a_click_opens_the_image_once(visit, project):
    app = visit("data/samples")
    first = project.catalogue.images(limit=1)[0]
    app.session_state[keyed(project, GRID)] = {"opened": {"id": first.id, "at": 1}}
    app.run()
    assert any(first.name in text.value.replace("\\", "") for text in app.markdown)
    app.selectbox(key="split").select("train").run()
    assert not any(first.name in text.value.replace("\\", "") for text in app.markdown)


def close_look():
    """A page with nothing but the close look at the first images."""
    import streamlit as st

    from sxai.overview import samples
    from widgets.assess import detail
    from widgets.ui import session

    project = session.opened_project()
    ids = [sample.id for sample in samples(project).images]
    st.session_state.setdefault(detail.SHOWN, ids[0])
    detail._dialog(project, ids)


def test_the_close_look_assesses_and_steps_to_the_next_image(project):
    app = AppTest.from_function(close_look, default_timeout=60).run()
    first, second = samples(project).images[:2]
    sentence = assess_image(project, first.id).sentence
    assert any(text.value.replace("\\", "") == f"## {sentence}" for text in app.markdown)
    app.button(key="detail-next").click().run()
    assert any(text.value.replace("\\", "") == f"**{second.name}**" for text in app.markdown)
    assert app.button(key="detail-back").disabled is False


def test_the_close_look_shows_the_image_masked(project):
    app = AppTest.from_function(close_look, default_timeout=60)
    app.session_state["page.detail.image"] = project.catalogue.masks()[0].image_id
    app.run()
    views = app.get("button_group")[0]
    assert views.options[0] == "as it is"
    views.set_value(views.options[1]).run()
    assert not app.exception


def test_a_mark_made_in_the_close_look_is_kept_and_taken_off(project):
    app = AppTest.from_function(close_look, default_timeout=60).run()
    first = samples(project).images[0].id
    app.multiselect(key=f"detail-marks-{first}").select("good example").run()
    assert marks(project, first) == ["good example"]
    app.multiselect(key=f"detail-marks-{first}").unselect("good example").run()
    assert marks(project, first) == []


def test_an_address_opens_its_image_once(visit, project):
    image = project.catalogue.images(limit=2)[1]
    app = visit("data/samples", image=str(image.id))
    assert any(text.value.replace("\\", "") == f"**{image.name}**" for text in app.markdown)
    app.run()
    assert not any(text.value.replace("\\", "") == f"**{image.name}**" for text in app.markdown)


def test_an_address_of_an_image_that_is_gone_is_told_in_words(visit):
    app = visit("data/samples", image="987654")
    assert "987654" in app.error[0].value


def test_an_empty_project_tells_the_next_step(visit, empty_home):
    app = visit("data/samples")
    assert any("No images yet" in text.value for text in app.markdown)
    assert app.button(key="go-data/new_project").label == "Start a project"


def test_the_import_starts_a_job_with_what_was_typed(visit, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start", lambda project, verb, arguments=None: started.append((verb, arguments)) or 999)
    folder = tmp_path / "more" / "cat"
    folder.mkdir(parents=True)
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(folder / "black.png")
    app = visit("data/samples")
    app.segmented_control(key="import-source").select("A folder on this machine").run()
    app.text_input(key="import-0-folder").input(str(folder.parent)).run()
    app.text_input(key="import-0-class-cat").input("kitten").run()
    app.button(key="import-go").click().run()
    assert started == [("import", {"path": str(folder.parent), "split": "auto", "class_name": "kitten"})]


def test_a_finished_import_lists_what_failed(visit, project):
    job = project.catalogue.add_job("import", {"path": "x"})
    result = {"imported": 3, "duplicates": 1, "failed": [{"file": "a.png", "error": "not an image"}], "classes": {}}
    project.catalogue.claim_job(job, 1)
    project.catalogue.finish_job(job, "done", result=result)
    app = visit("data/samples")
    app.session_state["page.work.import"] = job
    app.run()
    assert "3 images imported, 1 known already" in app.success[0].value
    assert "1 file could not be used" in app.warning[0].value
    app.button(key="import-close").click().run()
    assert not app.success


def test_the_tile_of_a_sample_says_in_words_and_icon_whether_it_is_right(project):
    sample = samples(project).images[0]
    tile = gallery.sample_tile(sample)
    assert tile.tone == ("right" if sample.predicted == sample.class_name else "wrong")
    assert sample.predicted in tile.lines[0]
