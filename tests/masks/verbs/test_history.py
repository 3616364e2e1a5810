"""Nothing is overwritten: back to any version, undo as an edit, and edits of two people that met."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sxai.errors import EditConflict, MaskError, UnknownName
from sxai.masks.mask import decode_rle
from sxai.masks.verbs.history import (
    annotators,
    mask_conflicts,
    mask_edits,
    mask_history,
    restore_mask,
    saw_conflicts,
    undo_mask,
    unseen_conflicts,
)
from sxai.masks.verbs.save import canvas_for, save_labels, save_region

CONCEPT = "cat.tail"


def drawn(side):
    region = np.zeros((40, 40), dtype=bool)
    region[:side, :side] = True
    return region


@pytest.fixture
def image(toy_project):
    toy_project.catalogue.add_concept("cat", "tail")
    return toy_project.catalogue.images(class_name="cat")[0].id


def save(project, image, side, author="ada", version=None):
    return save_region(project, image, CONCEPT, drawn(side), author, version)


def stored(project, image):
    mask = project.catalogue.mask(image, "cat", "tail")
    return 0 if mask is None else round(decode_rle(mask.rle).sum() ** 0.5)


def test_history_tells_who_changed_what_and_by_how_much(toy_project, image):
    save(toy_project, image, 3)
    save(toy_project, image, 5, "bob")
    save(toy_project, image, 0, "eve")
    told = [
        (one.version, one.author, one.action, one.pixels, one.added, one.removed)
        for one in mask_history(toy_project, image, CONCEPT)
    ]
    assert told == [(1, "ada", "created", 9, 9, 0), (2, "bob", "changed", 25, 16, 0), (3, "eve", "deleted", 0, 0, 25)]


def test_undo_is_an_edit_and_goes_back_step_by_step(toy_project, image):
    for side in (3, 5, 7):
        save(toy_project, image, side)
    states = []
    for _ in range(3):
        done = undo_mask(toy_project, image, CONCEPT, "bob")
        states.append((stored(toy_project, image), done.pixels, bool(done.version)))
    assert states == [(5, 25, True), (3, 9, True), (0, 0, False)]
    assert [(one.version, one.author, one.restored) for one in mask_history(toy_project, image, CONCEPT)[3:]] == [
        (4, "bob", 2),
        (5, "bob", 1),
        (6, "bob", 0),
    ]
    with pytest.raises(MaskError, match="no edit left to undo"):
        undo_mask(toy_project, image, CONCEPT)
    restore_mask(toy_project, image, CONCEPT, 3)
    assert stored(toy_project, image) == 7, "whatever was undone can be brought back"


def test_an_edit_after_an_undo_is_what_the_next_undo_takes_back(toy_project, image):
    for side in (3, 5):
        save(toy_project, image, side)
    undo_mask(toy_project, image, CONCEPT)
    save(toy_project, image, 9)
    undo_mask(toy_project, image, CONCEPT)
    assert stored(toy_project, image) == 3
    undo_mask(toy_project, image, CONCEPT)
    assert stored(toy_project, image) == 0


def test_a_deletion_is_undone_and_a_restored_version_is_all_of_it(toy_project, image):
    canvas = canvas_for(toy_project, image, CONCEPT)
    save_labels(toy_project, image, CONCEPT, [0], fill_label=int(canvas.labels.max()), author="ada")
    before = toy_project.catalogue.mask(image, "cat", "tail")
    save(toy_project, image, 0, "bob")
    undo_mask(toy_project, image, CONCEPT, "eve")
    after = toy_project.catalogue.mask(image, "cat", "tail")
    for key in ("labels", "slic", "fill_label", "fill", "rle", "source", "note"):
        assert getattr(after, key) == getattr(before, key)
    assert (after.author, after.version) == ("eve", 3)


def test_only_versions_that_were_can_be_brought_back(toy_project, image):
    with pytest.raises(UnknownName, match="no version 4; it has none yet"):
        restore_mask(toy_project, image, CONCEPT, 4)
    save(toy_project, image, 3)
    with pytest.raises(UnknownName, match="it has 1 to 1"):
        restore_mask(toy_project, image, CONCEPT, 4)
    with pytest.raises(UnknownName, match="there is no image 999"):
        restore_mask(toy_project, 999, CONCEPT, 1)


STEPS = st.lists(st.sampled_from(["save", "clear", "undo", "restore"]), max_size=12)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, number=st.integers(0, 10**9))
def test_any_course_of_edits_can_be_undone_to_its_beginning(toy_project, steps, number):
    """Against the simplest model: a stack of what was drawn."""
    toy_project.catalogue.add_concept("cat", "tail")
    image = toy_project.catalogue.images(class_name="cat")[number % 20].id
    for _ in range(99):
        try:
            undo_mask(toy_project, image, CONCEPT)
        except MaskError:
            break
    stack = [0]
    for turn, step in enumerate(steps, 1):
        if step == "save":
            save(toy_project, image, turn)
            stack.append(turn)
        elif step == "clear" and stack[-1]:
            save(toy_project, image, 0)
            stack.append(0)
        elif step == "undo" and len(stack) > 1:
            undo_mask(toy_project, image, CONCEPT)
            stack.pop()
        elif step == "restore" and len(stack) > 1:
            events = [event for event in mask_history(toy_project, image, CONCEPT) if event.restored is None]
            restore_mask(toy_project, image, CONCEPT, events[-1].version)
            stack = None
            break
        assert stored(toy_project, image) == stack[-1]
    events = toy_project.catalogue.mask_events(image, "cat", "tail")
    assert [event.version for event in events] == list(range(1, len(events) + 1))
    assert all(later.before == earlier.after for earlier, later in pairwise(events))


def meet(project, image):
    """Bob saves over what Ada saved after he had looked."""
    first = save(project, image, 3, "ada", 0)
    with pytest.raises(EditConflict):
        save(project, image, 5, "bob", 0)
    return first


def test_both_sides_see_that_their_edits_met_and_how_it_was_settled(toy_project, image):
    meet(toy_project, image)
    for name in ("ada", "bob"):
        (one,) = mask_conflicts(toy_project, author=name)
        assert (one.concept, one.author, one.other, one.version, one.settled) == (CONCEPT, "bob", "ada", 1, None)
    save(toy_project, image, 5, "bob")
    (one,) = mask_conflicts(toy_project, CONCEPT)
    assert one.settled == 2
    assert mask_conflicts(toy_project, author="eve") == mask_conflicts(toy_project, "cat.eyes") == []


def test_what_one_side_has_seen_is_still_new_to_the_other(toy_project, image):
    meet(toy_project, image)
    (one,) = unseen_conflicts(toy_project, "ada")
    saw_conflicts(toy_project, "ada", one.id)
    assert unseen_conflicts(toy_project, "ada") == []
    assert len(unseen_conflicts(toy_project, "bob")) == 1
    saw_conflicts(toy_project, "ada", 0)
    assert unseen_conflicts(toy_project, "ada") == [], "what was seen stays seen"


def test_what_each_person_did_is_counted(toy_project, image):
    meet(toy_project, image)
    save(toy_project, image, 5, "bob")
    save(toy_project, image, 0, "bob")
    undo_mask(toy_project, image, CONCEPT, "bob")
    ada, bob = sorted(annotators(toy_project, CONCEPT), key=lambda one: one.author)
    assert (ada.edits, ada.created, ada.masks, ada.conflicts) == (1, 1, 0, 1)
    assert (bob.edits, bob.changed, bob.deleted, bob.restored, bob.masks, bob.images) == (3, 1, 1, 1, 1, 1)
    assert ada.seconds is None
    assert 0 <= bob.seconds < 60
    assert ada.first == ada.last < bob.first < bob.last
    everywhere = {one.author: one for one in annotators(toy_project)}
    assert everywhere["me"].masks == 24, "who masked the other concepts"


def test_the_latest_edits_come_first(toy_project, image):
    save(toy_project, image, 3)
    save(toy_project, image, 5, "bob")
    assert [one.author for one in mask_edits(toy_project, CONCEPT)] == ["bob", "ada"]
    assert [one.author for one in mask_edits(toy_project, author="ada")] == ["ada"]
    assert len(mask_edits(toy_project, limit=7)) == 7
