import pytest

from data_store.errors import NotFound


@pytest.fixture
def ids(catalogue, add_pictures):
    return add_pictures(catalogue, 3)


@pytest.fixture
def model(catalogue):
    return catalogue.add_model("m", "small", 64)


# ---------------------------------------------------------------- assessments


def test_assessments_come_newest_first(catalogue, ids, model):
    said = [(ids[0], None, {"sentence": "I am sure."}), (None, "upload.jpg", {"p": 0.5})]
    first, second = catalogue.add_assessments(model.id, said)
    newest, oldest = catalogue.assessments()
    assert (newest.id, newest.image_id, newest.file, newest.result) == (second, None, "upload.jpg", {"p": 0.5})
    assert (oldest.id, oldest.image_id, oldest.file, oldest.model) == (first, ids[0], None, "m")
    assert catalogue.assessments(limit=1) == [newest]
    assert catalogue.assessments(image_id=ids[0]) == [oldest]


def test_assessments_of_one_level_are_found(catalogue, model):
    said = [(None, f"{number}.jpg", {"assessment": level}) for number, level in enumerate(["sure", "unsure", "sure"])]
    ids = catalogue.add_assessments(model.id, said)
    assert [one.id for one in catalogue.assessments(level="sure")] == [ids[2], ids[0]]
    assert catalogue.assessments(level="unknown") == []


def test_assessments_are_limited_unless_told_otherwise(catalogue, model):
    catalogue.add_assessments(model.id, [(None, f"{number}.jpg", {}) for number in range(60)])
    assert len(catalogue.assessments()) == 50
    assert len(catalogue.assessments(limit=None)) == 60


@pytest.mark.parametrize(("model_id", "image_id"), [(9, None), (1, 99)])
def test_an_assessment_needs_what_it_is_about(catalogue, ids, model, model_id, image_id):
    with pytest.raises(NotFound, match="has the id"):
        catalogue.add_assessments(model_id, [(ids[0], None, {}), (image_id, None, {})])
    assert catalogue.assessments() == []


# ---------------------------------------------------------------- searches


def test_searches_come_newest_first_and_those_with_a_name_alone(catalogue):
    catalogue.add_search("dog.nose > 0.9", 12, {"limit": 60}, name="noses")
    catalogue.add_search("cat.legs < 0.1", 0)
    asked, saved = catalogue.searches()
    assert (asked.query, asked.total, asked.name, asked.parameters) == ("cat.legs < 0.1", 0, None, {})
    assert (saved.query, saved.total, saved.name, saved.parameters) == ("dog.nose > 0.9", 12, "noses", {"limit": 60})
    assert catalogue.searches(named=True) == [saved]
    assert catalogue.searches(limit=1) == [asked]


def test_a_search_can_be_forgotten(catalogue):
    id = catalogue.add_search("x", 1)
    catalogue.remove_search(id)
    assert catalogue.searches() == []
    with pytest.raises(NotFound, match="no search has the id"):
        catalogue.remove_search(id)


# ---------------------------------------------------------------- marks


def test_a_mark_is_there_once_with_its_last_note(catalogue, ids):
    catalogue.mark_image(ids[0], "mislabelled")
    catalogue.mark_image(ids[0], "mislabelled", "it is a fox")
    [mark] = catalogue.marks()
    assert (mark.image_id, mark.image_name, mark.kind, mark.note) == (ids[0], "cat-0.png", "mislabelled", "it is a fox")


def test_marks_are_filtered(catalogue, ids):
    catalogue.mark_image(ids[0], "odd")
    catalogue.mark_image(ids[1], "odd")
    catalogue.mark_image(ids[0], "good")

    def found(**filters):
        return [(mark.image_id, mark.kind) for mark in catalogue.marks(**filters)]

    assert found() == [(ids[0], "odd"), (ids[1], "odd"), (ids[0], "good")]
    assert found(image_id=ids[0]) == [(ids[0], "odd"), (ids[0], "good")]
    assert found(kind="odd", image_id=ids[1]) == [(ids[1], "odd")]
    assert found(kind="none") == []


def test_a_mark_is_taken_off(catalogue, ids):
    catalogue.mark_image(ids[0], "odd")
    catalogue.unmark_image(ids[0], "good")
    catalogue.unmark_image(ids[1], "odd")
    assert len(catalogue.marks()) == 1
    catalogue.unmark_image(ids[0], "odd")
    assert catalogue.marks() == []


def test_an_unknown_image_cannot_be_marked(catalogue):
    with pytest.raises(NotFound, match="no image has the id 5"):
        catalogue.mark_image(5, "odd")
