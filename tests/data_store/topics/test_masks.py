import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from data_store.errors import CatalogueError, Conflict, NotFound
from data_store.records import ConceptRecord, MaskEdit, MaskRecord

SLIC = {"count": 20, "compactness": 10.0, "sigma": 5.0}
RLE = {"size": [48, 64], "counts": [5, 2, 3065]}


def edit(image_id, labels=(1,), **more):
    base = MaskEdit(image_id, "cat", "eyes", labels, SLIC, 7, (10, 20, 30), RLE, "manual", "ann")
    return dataclasses.replace(base, **more)


@pytest.fixture
def ids(catalogue, add_pictures):
    """Three cats and a dog."""
    return add_pictures(catalogue, 3) + add_pictures(catalogue, 1, "dog")


# ---------------------------------------------------------------- concepts


def test_a_concept_is_made_once_per_class(catalogue, ids):
    eyes = catalogue.add_concept("cat", "eyes")
    assert catalogue.add_concept("cat", "eyes") == eyes
    assert catalogue.add_concept("dog", "eyes") != eyes
    assert [concept.full_name for concept in catalogue.concepts()] == ["cat.eyes", "dog.eyes"]


def test_concepts_count_their_masks(catalogue, ids, save):
    save(catalogue, ids[0])
    save(catalogue, ids[1])
    nose = catalogue.add_concept("cat", "nose")
    eyes, empty = catalogue.concepts()
    assert (eyes.full_name, eyes.masks) == ("cat.eyes", 2)
    assert empty == ConceptRecord(nose, "cat", "nose", 0)


def test_the_masked_ones_among_a_few_images(catalogue, ids, save):
    save(catalogue, ids[0])
    save(catalogue, ids[2])
    catalogue.add_concept("dog", "eyes")
    assert catalogue.masked_among("cat", "eyes", ids[:2]) == {ids[0]}
    assert catalogue.masked_among("dog", "eyes", ids) == set()
    assert catalogue.masked_among("cat", "eyes", []) == set()


def test_a_concept_needs_a_known_class(catalogue, ids):
    with pytest.raises(NotFound, match="no class is called 'fox': there are cat, dog"):
        catalogue.add_concept("fox", "eyes")


def test_without_classes_the_message_says_so(catalogue):
    with pytest.raises(NotFound, match="there are none yet"):
        catalogue.add_concept("fox", "eyes")


@pytest.mark.parametrize("name", ["", "  ", "left.eye"])
def test_a_concept_s_name_is_checked(catalogue, ids, name):
    with pytest.raises(CatalogueError, match=r"cannot name a concept|has no name"):
        catalogue.add_concept("cat", name)


# ---------------------------------------------------------------- saving


def test_a_mask_comes_back_as_it_was_saved(catalogue, ids, save):
    saved = save(catalogue, ids[0], labels=[3, 1], note="left eye closed")
    assert saved == MaskRecord(
        id=saved.id,
        image_id=ids[0],
        image_name="cat-0.png",
        class_name="cat",
        concept="eyes",
        labels=(3, 1),
        slic=SLIC,
        fill_label=7,
        fill=(10, 20, 30),
        rle=RLE,
        source="manual",
        author="ann",
        version=1,
        updated=saved.updated,
        note="left eye closed",
    )
    assert saved.full_name == "cat.eyes"
    assert abs((datetime.now(UTC) - datetime.fromisoformat(saved.updated)).total_seconds()) < 60
    assert catalogue.mask(ids[0], "cat", "eyes") == saved


def test_a_free_hand_mask_has_no_superpixels(catalogue, ids, save):
    saved = save(catalogue, ids[0], labels=None, slic=None, fill_label=None, fill=None)
    assert (saved.labels, saved.slic, saved.fill_label, saved.fill) == (None, None, None, None)
    assert catalogue.mask_events(ids[0])[0].after["labels"] is None


def test_an_edit_of_the_version_that_was_read_is_saved(catalogue, ids, save):
    first = save(catalogue, ids[0])
    second = save(catalogue, ids[0], labels=[9], expected=1, author="bob")
    assert (second.id, second.version, second.labels, second.author) == (first.id, 2, (9,), "bob")
    assert second.updated > first.updated
    assert catalogue.masks() == [second]


@pytest.mark.parametrize("expected", [None, 0, 1, 3, 99, -1])
def test_an_edit_of_another_version_is_a_conflict_that_shows_what_is_stored(catalogue, ids, save, expected):
    save(catalogue, ids[0])
    stored = save(catalogue, ids[0], labels=[5], expected=1, author="bob")
    with pytest.raises(Conflict, match=r"mask cat\.eyes of image 1 changed.*bob saved version 2; look") as caught:
        save(catalogue, ids[0], labels=[6], expected=expected)
    assert caught.value.stored == stored
    assert catalogue.mask(ids[0], "cat", "eyes") == stored
    assert len(catalogue.mask_events(ids[0])) == 2, "a refused edit leaves no event"


def test_an_edit_of_a_mask_that_was_deleted_is_a_conflict(catalogue, ids, save):
    save(catalogue, ids[0])
    catalogue.delete_mask(ids[0], "cat", "eyes", "bob", 1)
    with pytest.raises(Conflict, match="version 1 was read, there is none now") as caught:
        save(catalogue, ids[0], expected=1)
    assert caught.value.stored is None


def test_a_mask_made_again_is_not_taken_for_the_old_one(catalogue, ids, save):
    old = save(catalogue, ids[0], labels=[1])
    catalogue.delete_mask(ids[0], "cat", "eyes", "bob", 1)
    new = save(catalogue, ids[0], labels=[2], author="bob")
    assert new.id != old.id
    assert new.version == 3
    with pytest.raises(Conflict):
        save(catalogue, ids[0], labels=[3], expected=old.version)


def test_masks_of_one_image_do_not_disturb_each_other(catalogue, ids, save):
    eyes, nose = save(catalogue, ids[0]), save(catalogue, ids[0], concept="nose")
    assert save(catalogue, ids[0], expected=1).version == 2
    assert catalogue.mask(ids[0], "cat", "nose") == nose
    assert eyes.id != nose.id


def test_saving_makes_a_new_concept_but_no_new_class(catalogue, ids, save):
    save(catalogue, ids[0], concept="whiskers")
    assert [concept.full_name for concept in catalogue.concepts()] == ["cat.whiskers"]
    with pytest.raises(NotFound, match="no class is called 'fox'"):
        save(catalogue, ids[0], class_name="fox")


@pytest.mark.parametrize(
    ("more", "problem", "message"),
    [
        ({"image_id": 99}, NotFound, "no image has the id 99"),
        ({"source": "guess"}, CatalogueError, "'guess' is no source of masks: choose one of manual"),
    ],
)
def test_a_bad_mask_stores_nothing_not_even_its_concept(catalogue, ids, more, problem, message):
    with pytest.raises(problem, match=message):
        catalogue.save_masks([edit(ids[0]), edit(**{"image_id": ids[1]} | more)])
    assert catalogue.masks() == []
    assert catalogue.concepts() == []


def test_masks_saved_inside_a_block_that_fails_are_not_there(catalogue, ids, save):
    def work():
        with catalogue.write():
            save(catalogue, ids[0])
            save(catalogue, ids[0], labels=[4], expected=1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert catalogue.masks() == catalogue.mask_events() == []
    assert save(catalogue, ids[0]).version == 1


def test_a_conflict_caught_inside_a_block_keeps_the_rest(catalogue, ids, save):
    with catalogue.write():
        save(catalogue, ids[0])
        with pytest.raises(Conflict):
            save(catalogue, ids[0])
        save(catalogue, ids[1])
    assert [mask.image_id for mask in catalogue.masks()] == ids[:2]


def test_a_second_insert_that_slips_through_is_a_conflict_too(catalogue, ids, save):
    """On a server two writers may both see no mask; the database's own rule decides."""
    with catalogue.write() as session:
        concept = catalogue.add_concept("cat", "eyes")
        session.execute(
            text(
                "INSERT INTO mask (image_id, concept_id, rle, source, author, note, version, created, updated) "
                "VALUES (:image, :concept, '{}', 'manual', 'bob', '', 1, '2026-01-01', '2026-01-01')"
            ),
            {"image": ids[0], "concept": concept},
        )
    with pytest.raises(Conflict, match="bob saved version 1"):
        save(catalogue, ids[0])


# ---------------------------------------------------------------- many at once


def test_many_masks_are_saved_together(catalogue, ids):
    saved = catalogue.save_masks([edit(ids[0]), edit(ids[1], labels=(2,)), edit(ids[0], concept="nose")])
    assert [(mask.image_id, mask.concept, mask.version) for mask in saved] == [
        (ids[0], "eyes", 1),
        (ids[1], "eyes", 1),
        (ids[0], "nose", 1),
    ]
    assert catalogue.masks(concept="eyes") == saved[:2]


def test_one_conflict_keeps_the_whole_list_out(catalogue, ids, save):
    save(catalogue, ids[1])
    with pytest.raises(Conflict):
        catalogue.save_masks([edit(ids[0]), edit(ids[1])])
    assert [mask.image_id for mask in catalogue.masks()] == [ids[1]]


def test_existing_masks_can_be_skipped(catalogue, ids, save):
    mine = save(catalogue, ids[0], labels=[5])
    saved = catalogue.save_masks([edit(ids[0]), edit(ids[1])], existing="skip")
    assert saved[0] == mine
    assert saved[1].version == 1
    assert len(catalogue.mask_events()) == 2


def test_existing_masks_can_be_replaced(catalogue, ids, save):
    save(catalogue, ids[0], labels=[5])
    saved = catalogue.save_masks([edit(ids[0], source="parts"), edit(ids[1], source="parts")], existing="replace")
    assert [(mask.version, mask.source) for mask in saved] == [(2, "parts"), (1, "parts")]
    assert [event.action for event in catalogue.mask_events(ids[0])] == ["created", "changed"]


def test_one_mask_twice_in_a_list_is_edited_twice(catalogue, ids):
    saved = catalogue.save_masks([edit(ids[0], labels=(1,)), edit(ids[0], labels=(2,), expected_version=1)])
    assert [mask.version for mask in saved] == [1, 2]
    assert catalogue.mask(ids[0], "cat", "eyes").labels == (2,)


# ---------------------------------------------------------------- deleting, listing, history


@pytest.mark.parametrize("expected", [None, 2])
def test_a_mask_of_another_version_is_not_deleted(catalogue, ids, save, expected):
    stored = save(catalogue, ids[0])
    with pytest.raises(Conflict) as caught:
        catalogue.delete_mask(ids[0], "cat", "eyes", "bob", expected)
    assert caught.value.stored == stored
    assert catalogue.masks() == [stored]


def test_a_mask_is_deleted_once(catalogue, ids, save):
    save(catalogue, ids[0])
    catalogue.delete_mask(ids[0], "cat", "eyes", "bob", 1)
    assert catalogue.mask(ids[0], "cat", "eyes") is None
    with pytest.raises(Conflict):
        catalogue.delete_mask(ids[0], "cat", "eyes", "bob", 1)
    with pytest.raises(NotFound, match="has no concept 'tail'"):
        catalogue.delete_mask(ids[0], "cat", "tail", "bob", 1)


def test_masks_are_filtered(catalogue, ids, save):
    save(catalogue, ids[1])
    save(catalogue, ids[0], source="keypoints")
    save(catalogue, ids[0], concept="nose")
    save(catalogue, ids[3], class_name="dog")

    def names(**filters):
        return [(mask.full_name, mask.image_id) for mask in catalogue.masks(**filters)]

    assert names() == [("cat.eyes", ids[0]), ("cat.eyes", ids[1]), ("cat.nose", ids[0]), ("dog.eyes", ids[3])]
    assert names(class_name="cat", concept="eyes") == names()[:2]
    assert names(concept="eyes") == [*names()[:2], ("dog.eyes", ids[3])]
    assert names(source="keypoints") == [("cat.eyes", ids[0])]
    assert names(image_id=ids[0], class_name="cat") == [("cat.eyes", ids[0]), ("cat.nose", ids[0])]
    assert names(class_name="fox") == []


def test_the_history_tells_every_edit(catalogue, ids, save):
    made = save(catalogue, ids[0], labels=[1])
    save(catalogue, ids[0], labels=[1, 2], expected=1, author="bob")
    catalogue.delete_mask(ids[0], "cat", "eyes", "eve", 2)
    save(catalogue, ids[1])
    events = catalogue.mask_events(ids[0], "cat", "eyes")
    assert [(event.action, event.author, event.version) for event in events] == [
        ("created", "ann", 1),
        ("changed", "bob", 2),
        ("deleted", "eve", 3),
    ]
    assert [event.mask_id for event in events] == [made.id] * 3
    assert events[0].before is None
    assert events[0].after == events[1].before
    assert events[1].after["labels"] == [1, 2]
    assert events[1].after == events[2].before
    assert events[2].after is None
    assert events[0].after == {
        "labels": [1],
        "slic": SLIC,
        "fill_label": 7,
        "fill": [10, 20, 30],
        "rle": RLE,
        "source": "manual",
        "author": "ann",
        "note": "",
        "version": 1,
    }
    assert len(catalogue.mask_events()) == 4
    assert catalogue.mask_events(concept="nose") == []


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["save", "delete"]), st.none() | st.integers(0, 6), st.integers(0, 50)), max_size=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
def test_any_course_of_edits_follows_compare_and_swap(catalogue, add_pictures, save, operations):
    """Against the simplest possible model: a number that every accepted edit raises by one."""
    [image] = add_pictures(catalogue, 1)
    catalogue.add_concept("cat", "eyes")
    version, labels, accepted = 0, None, 0
    for action, expected, label in operations:
        fits = labels is not None and expected == version
        if action == "save" and (fits or (labels is None and expected is None)):
            version, labels, accepted = version + 1, (label,), accepted + 1
            assert save(catalogue, image, labels=[label], expected=expected).version == version
        elif action == "delete" and fits:
            version, labels, accepted = version + 1, None, accepted + 1
            catalogue.delete_mask(image, "cat", "eyes", "ann", expected)
        else:
            with pytest.raises(Conflict):
                save(catalogue, image, labels=[label], expected=expected) if action == "save" else (
                    catalogue.delete_mask(image, "cat", "eyes", "ann", expected)
                )
        stored = catalogue.mask(image, "cat", "eyes")
        assert (stored and (stored.version, stored.labels)) == (labels and (version, labels))
    assert [event.version for event in catalogue.mask_events(image)] == list(range(1, accepted + 1))
