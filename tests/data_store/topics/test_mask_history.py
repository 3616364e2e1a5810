"""The log of edits, and refused edits that are kept for both sides."""

import pytest
from sqlalchemy import text

from data_store.errors import CatalogueError, Conflict, NotFound


@pytest.fixture
def ids(catalogue, add_pictures):
    return add_pictures(catalogue, 3)


def test_the_log_is_newest_first_and_filtered(catalogue, ids, save):
    save(catalogue, ids[0])
    save(catalogue, ids[0], expected=1, author="bob")
    save(catalogue, ids[1], concept="nose")
    catalogue.delete_mask(ids[0], "cat", "eyes", "eve", 2)
    told = [
        (one.full_name, one.image_id, one.image_name, one.author, one.action, one.version)
        for one in catalogue.mask_log()
    ]
    assert told == [
        ("cat.eyes", ids[0], "cat-0.png", "eve", "deleted", 3),
        ("cat.nose", ids[1], "cat-1.png", "ann", "created", 1),
        ("cat.eyes", ids[0], "cat-0.png", "bob", "changed", 2),
        ("cat.eyes", ids[0], "cat-0.png", "ann", "created", 1),
    ]
    assert [one.version for one in catalogue.mask_log("cat", "eyes", ids[0], "bob")] == [2]
    assert len(catalogue.mask_log(limit=2)) == 2
    assert catalogue.mask_log("dog") == []


def refused(catalogue, save, image, **more):
    with pytest.raises(Conflict):
        save(catalogue, image, **more)


def test_a_refused_edit_is_kept_with_what_it_ran_into(catalogue, ids, save):
    save(catalogue, ids[0], author="ann")
    save(catalogue, ids[0], expected=1, author="bob")
    refused(catalogue, save, ids[0], expected=1, labels=[9], author="eve", note="mine")
    (one,) = catalogue.mask_conflicts()
    assert (one.author, one.expected_version, one.stored_author, one.stored_version) == ("eve", 1, "bob", 2)
    assert (one.full_name, one.image_name) == ("cat.eyes", "cat-0.png")
    assert (one.attempt["labels"], one.attempt["note"], one.attempt["fill"]) == ([9], "mine", [10, 20, 30])


def test_both_sides_find_it_and_nobody_else(catalogue, ids, save):
    save(catalogue, ids[0], author="ann")
    refused(catalogue, save, ids[0], author="bob")
    save(catalogue, ids[1], author="eve")
    assert [len(catalogue.mask_conflicts(author=name)) for name in ("ann", "bob", "eve")] == [1, 1, 0]
    (one,) = catalogue.mask_conflicts("cat", "eyes", ids[0])
    assert catalogue.mask_conflicts(after=one.id) == []


def test_a_refused_deletion_is_kept_too_and_who_deleted_first_is_known(catalogue, ids, save):
    save(catalogue, ids[0])
    catalogue.delete_mask(ids[0], "cat", "eyes", "bob", 1)
    with pytest.raises(Conflict):
        catalogue.delete_mask(ids[0], "cat", "eyes", "eve", 1)
    (one,) = catalogue.mask_conflicts()
    assert (one.author, one.attempt, one.stored_author, one.stored_version) == ("eve", None, "bob", 2)


def test_of_a_list_that_met_one_conflict_only_the_refusal_stays(catalogue, ids, save):
    from data_store.records import MaskEdit

    save(catalogue, ids[1], author="ann")
    edits = [MaskEdit(image, "cat", "eyes", None, None, None, None, {"size": [1, 1]}, "manual", "bob") for image in ids]
    with pytest.raises(Conflict):
        catalogue.save_masks(edits)
    assert [mask.image_id for mask in catalogue.masks()] == [ids[1]]
    assert [one.image_id for one in catalogue.mask_conflicts()] == [ids[1]]


def test_an_edit_of_what_is_not_there_is_refused_without_a_trace(catalogue, ids, save):
    with pytest.raises(Conflict):
        save(catalogue, ids[0], concept="whiskers", expected=4)
    with pytest.raises(Conflict):
        save(catalogue, 999, expected=4)
    assert catalogue.mask_conflicts() == []
    assert catalogue.concepts() == []
    with pytest.raises(NotFound):
        save(catalogue, 999)


def test_a_conflict_inside_a_block_is_kept_when_the_block_is(catalogue, ids, save):
    save(catalogue, ids[0])
    with catalogue.write():
        refused(catalogue, save, ids[0], author="bob")
        save(catalogue, ids[1])
    assert (len(catalogue.masks()), len(catalogue.mask_conflicts())) == (2, 1)


def test_an_edit_says_what_it_brought_back(catalogue, ids, save):
    save(catalogue, ids[0])
    save(catalogue, ids[0], expected=1, restored=1)
    catalogue.delete_mask(ids[0], "cat", "eyes", "ann", 2, restored=0)
    assert [event.restored for event in catalogue.mask_events(ids[0])] == [None, 1, 0]
    assert [entry.restored for entry in catalogue.mask_log()] == [0, 1, None]


def test_the_database_itself_refuses_to_change_an_edit(catalogue, ids, save):
    if catalogue.engine.dialect.name != "sqlite":
        pytest.skip("SQLite's trigger")
    save(catalogue, ids[0])
    with pytest.raises(CatalogueError, match="edits of masks are never changed"), catalogue.write() as session:
        session.execute(text("UPDATE mask_event SET author = 'bob'"))
    assert [event.author for event in catalogue.mask_events()] == ["ann"]


def test_what_was_removed_takes_its_history_along(catalogue, ids, save):
    save(catalogue, ids[0])
    refused(catalogue, save, ids[0], author="bob")
    with catalogue.write() as session:
        session.execute(text("DELETE FROM image WHERE id = :id"), {"id": ids[0]})
    assert catalogue.mask_conflicts() == catalogue.mask_log() == []
