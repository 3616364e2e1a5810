"""The Mask concepts page: which concept, which picture, and that what the picker sends is stored."""

import pytest

from sxai.annotation.verbs.ahead import ahead_of
from sxai.annotation.verbs.choices import MaskingChoices, masking_choices, set_masking_choices
from sxai.annotation.verbs.suggest import known_suggestion
from sxai.masks.verbs.save import add_concept, mask_queue, save_labels
from widgets.ui import session

KEY = "picker"


def sent(app, *entries, client="tab", turn=1):
    """What the browser would send."""
    project = session.opened_project()
    box = {"client": client, "project": str(project.home), "turn": turn, "entries": list(entries)}
    app.session_state[session.keyed(project, KEY)] = {"outbox": box}
    return app.run()


def mask(image, selected, seq=1, concept="cat.tail", **changes):
    made = {"kind": "mask", "seq": seq, "image": image, "concept": concept, "count": 20, "base": 0}
    return {**made, "selected": selected, "fill": None, "region": None, **changes}


@pytest.fixture
def tail(project):
    add_concept(project, "cat.tail")
    set_masking_choices(project, MaskingChoices(order="project"))
    return mask_queue(project, "cat.tail")


@pytest.fixture
def app(visit, tail):
    return visit("concepts/mask", concept="cat.tail")


def shown(app):
    """The picture whose turn it is, as the address keeps it."""
    image = app.query_params["image"]
    return int(image if isinstance(image, str) else image[0])


def test_the_first_picture_of_the_queue_is_shown(app, tail):
    assert shown(app) == tail[0]


def test_a_concept_in_the_address_is_chosen(visit):
    app = visit("concepts/mask", concept="dog.nose")
    assert [box.value for box in app.selectbox if box.label == "Concept"] == ["dog.nose"]


def test_a_picture_in_the_address_is_shown_again_after_a_reload(visit, tail):
    assert shown(visit("concepts/mask", concept="cat.tail", image=str(tail[5]))) == tail[5]


def test_what_the_picker_sends_is_stored(app, tail, project):
    sent(app, mask(tail[0], [1, 2]))
    assert project.catalogue.mask(tail[0], "cat", "tail").labels == (1, 2)
    assert not app.exception


def test_next_shows_the_following_picture_and_previous_comes_back(app, tail):
    sent(app, mask(tail[0], [1]), {"kind": "go", "seq": 2, "image": tail[0], "to": "next"})
    assert shown(app) == tail[1]
    sent(app, {"kind": "go", "seq": 3, "image": tail[1], "to": "previous"})
    assert shown(app) == tail[0]


def test_a_skipped_picture_stays_without_mask(app, tail, project):
    sent(app, {"kind": "go", "seq": 1, "image": tail[0], "to": "skip"})
    assert shown(app) == tail[1]
    assert project.catalogue.mask(tail[0], "cat", "tail") is None


def test_a_new_concept_is_added_and_chosen(visit, project):
    app = visit("concepts/mask")
    app.text_input(key="new-concept-name").set_value("Whiskers")
    app.selectbox(key="new-concept-class").set_value("dog")
    next(button for button in app.button if button.label == "Add").click().run()
    assert "dog.whiskers" in {record.full_name for record in project.catalogue.concepts()}
    assert any(box.value == "dog.whiskers" for box in app.selectbox)


@pytest.mark.parametrize("image", ["²", "x", "-1", "9" * 15, "9" * 20, "999999", ""])
def test_a_picture_that_the_address_cannot_mean_gives_way_to_the_queue_s_first(visit, tail, image):
    app = visit("concepts/mask", concept="cat.tail", image=image)
    assert shown(app) == tail[0]
    assert not app.error


def test_a_dog_in_the_address_is_not_masked_as_a_cat(visit, tail, project):
    dog = project.catalogue.images(class_name="dog")[0].id
    assert shown(visit("concepts/mask", concept="cat.tail", image=str(dog))) == tail[0]


def concept_of(app):
    (box,) = (box for box in app.selectbox if box.label == "Concept")
    return box


def test_every_choice_of_a_concept_counts(visit):
    app = visit("concepts/mask", concept="dog.eyes")
    for wanted in ("cat.eyes", "dog.nose", "cat.nose", "dog.eyes"):
        concept_of(app).select(wanted).run()
        assert concept_of(app).value == wanted
        assert app.query_params["concept"] in (wanted, [wanted])
    assert not app.exception


def test_a_choice_made_after_adding_a_concept_counts(visit):
    app = visit("concepts/mask")
    app.text_input(key="new-concept-name").set_value("Whiskers")
    next(button for button in app.button if button.label == "Add").click().run()
    assert concept_of(app).value == "cat.whiskers"
    concept_of(app).select("dog.nose").run()
    assert concept_of(app).value == "dog.nose"


def test_the_concept_is_still_chosen_after_a_look_elsewhere(visit):
    app = visit("concepts/mask", concept="dog.eyes")
    concept_of(app).select("cat.nose").run()
    app.switch_page("pages/data/jobs.py").run()
    app.switch_page("pages/concepts/mask.py").run()
    assert concept_of(app).value == "cat.nose"


def test_a_concept_without_a_name_is_refused_in_words(visit, project):
    app = visit("concepts/mask")
    before = len(project.catalogue.concepts())
    next(button for button in app.button if button.label == "Add").click().run()
    assert len(app.error) == 1
    assert len(project.catalogue.concepts()) == before


def test_the_third_mask_offers_the_space(app, tail):
    for seq, image in enumerate(tail[:3], start=1):
        sent(app, mask(image, [1], seq=seq))
    assert any(button.label == "Extract the space of cat.tail" for button in app.button)


def test_the_button_extracts_and_says_so_on_this_page(app, tail, project):
    for seq, image in enumerate(tail[:3], start=1):
        sent(app, mask(image, [1], seq=seq))
    next(button for button in app.button if button.label == "Extract the space of cat.tail").click().run()
    [job] = [job for job in project.catalogue.jobs() if job.verb == "extract"]
    assert job.arguments == {"names": ["cat.tail"]}
    project.catalogue.finish_job(job.id, "done", result={"skipped": [], "note": ""})
    app.run()
    assert any("The space of cat.tail is ready" in box.value for box in app.success)
    next(button for button in app.button if button.label == "Close").click().run()
    assert not app.success


def test_a_picture_of_the_strip_is_opened_and_one_of_another_class_is_not(app, tail, project):
    sent(app, {"kind": "open", "seq": 1, "image": tail[4]})
    assert shown(app) == tail[4]
    sent(app, {"kind": "open", "seq": 2, "image": project.catalogue.images(class_name="dog")[0].id})
    assert shown(app) == tail[4]
    sent(app, {"kind": "open", "seq": 3, "image": 10**6})
    assert shown(app) == tail[4]
    assert not app.exception


def test_suggest_switched_off_is_off_after_a_reload(visit, tail, project):
    app = visit("concepts/mask", concept="cat.tail")
    app.toggle[0].set_value(False).run()
    assert masking_choices(project) == MaskingChoices(suggest=False, order="project")
    assert visit("concepts/mask", concept="cat.tail").toggle[0].value is False


def test_the_page_does_not_wait_for_a_suggestion_which_comes_in_the_background(visit, project, monkeypatch):
    waiting = mask_queue(project, "cat.eyes")
    set_masking_choices(project, MaskingChoices(order="project"))
    asked = []
    with monkeypatch.context() as patch:
        patch.setattr("sxai.annotation.verbs.ahead.Ahead.ask", lambda ahead, wish: asked.append(wish))
        visit("concepts/mask", concept="cat.eyes")
    assert asked[-1].images == tuple(waiting[:4])
    assert known_suggestion(project, "cat.eyes", waiting[0]) is None
    visit("concepts/mask", concept="cat.eyes")
    ahead_of(session.opened_project()).settle(60)
    assert known_suggestion(project, "cat.eyes", waiting[0]) is not None


def test_going_on_from_a_suggestion_saves_nothing(visit, project):
    set_masking_choices(project, MaskingChoices(order="project"))
    waiting = mask_queue(project, "cat.eyes")
    app = visit("concepts/mask", concept="cat.eyes")
    ahead_of(session.opened_project()).settle(60)
    sent(app, {"kind": "go", "seq": 1, "image": waiting[0], "to": "next"})
    assert shown(app) == waiting[1]
    assert project.catalogue.mask(waiting[0], "cat", "eyes") is None


def test_when_nothing_waits_it_says_so(visit, project):
    add_concept(project, "cat.tail")
    for image in mask_queue(project, "cat.tail"):
        save_labels(project, image, "cat.tail", [1])
    app = visit("concepts/mask", concept="cat.tail")
    assert any("masked or was skipped" in box.value for box in app.success)
    next(button for button in app.button if button.label == "Look through the masks").click().run()
    assert not app.success


def test_masks_are_saved_under_the_name_given(app, tail, project):
    app.text_input(key="author-name").set_value("Ada").run()
    sent(app, mask(tail[0], [1]))
    assert project.catalogue.mask(tail[0], "cat", "tail").author == "Ada"


def test_nonsense_from_the_browser_changes_nothing(app, tail, project):
    sent(app, {"kind": "mask", "image": "x"})
    assert not app.exception
    assert project.catalogue.mask(tail[0], "cat", "tail") is None


def test_a_project_without_concepts_asks_for_one(visit, empty_home):
    app = visit("concepts/mask")
    assert any("Add a concept first" in box.value for box in app.info)
