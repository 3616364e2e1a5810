"""Each change is saved once, in order, and never over somebody else's."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_store.errors import Locked
from sxai.images.verbs.stored import read_canvas
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.save import canvas_for
from widgets.masks.picker.edit_sync import EditSync, join
from widgets.masks.picker.payload import Command, Edit, Outbox, runs

CONCEPT = "cat.eyes"


def edit(image_id, selected, seq=1, **changes):
    made = Edit(seq, image_id, CONCEPT, 20, 0, frozenset(selected), None, None)
    return replace(made, **changes)


def stored(project, image_id):
    record = project.catalogue.mask(image_id, "cat", "eyes")
    return None if record is None else set(record.labels)


def take(sync, project, *entries, client="tab"):
    return sync.take(project, Outbox(client, str(project.home), entries))


def test_a_change_is_saved_and_receipted(project, image_ids):
    sync = EditSync()
    take(sync, project, edit(image_ids[0], {1, 2}, seq=5))
    assert stored(project, image_ids[0]) == {1, 2}
    assert sync.receipt == {"client": "tab", "seq": 5}


def test_the_author_is_written_down(project, image_ids):
    take(EditSync(author="Ada"), project, edit(image_ids[0], {1}))
    assert project.catalogue.mask(image_ids[0], "cat", "eyes").author == "Ada"


def test_the_same_outbox_twice_saves_once(project, image_ids):
    sync = EditSync()
    for _ in range(3):
        take(sync, project, edit(image_ids[0], {1, 2}))
    assert len(project.catalogue.mask_events(image_ids[0])) == 1


def test_an_old_entry_never_comes_back_over_a_newer_one(project, image_ids):
    sync = EditSync()
    take(sync, project, edit(image_ids[0], {1}, seq=1), edit(image_ids[0], {1, 2}, seq=2))
    take(sync, project, edit(image_ids[0], {1}, seq=1))
    assert stored(project, image_ids[0]) == {1, 2}


def test_clicks_of_another_project_are_not_saved_in_this_one(project, image_ids):
    """Pictures of two projects share their numbers; a fresh desk must not take the old project's outbox for its own."""
    sync, elsewhere = EditSync(), str(project.home.parent / "other")
    commands = sync.take(
        project, Outbox("tab", elsewhere, (edit(image_ids[0], {1, 2}), Command(2, "go", image_ids[0], "next")))
    )
    assert commands == []
    assert stored(project, image_ids[0]) is None
    assert sync.receipt == {"client": "", "seq": 0}  # the browser keeps them for their own project
    take(sync, project, edit(image_ids[0], {3}))
    assert stored(project, image_ids[0]) == {3}


def test_two_tabs_count_for_themselves(project, image_ids):
    sync = EditSync()
    take(sync, project, edit(image_ids[0], {1}, seq=9), client="a")
    take(sync, project, edit(image_ids[1], {2}, seq=1), client="b")
    assert stored(project, image_ids[1]) == {2}


def test_commands_are_handed_to_the_page_once(project, image_ids):
    sync, go = EditSync(), Command(2, "go", image_ids[0], "next")
    assert take(sync, project, edit(image_ids[0], {1}, seq=1), go) == [go]
    assert take(sync, project, go) == []


def test_an_empty_selection_clears_the_mask(project, image_ids):
    sync = EditSync()
    take(sync, project, edit(image_ids[0], {1}, seq=1))
    take(sync, project, edit(image_ids[0], set(), seq=2))
    assert stored(project, image_ids[0]) is None
    assert sync.notice is None


def test_after_clearing_the_next_click_is_saved(project, image_ids):
    sync = EditSync()
    for seq, selected in enumerate([{1}, set(), {3}, {3, 4}], start=1):
        take(sync, project, edit(image_ids[0], selected, seq=seq))
    assert stored(project, image_ids[0]) == {3, 4}
    assert sync.notice is None


def test_the_fill_and_the_number_of_superpixels_are_kept(project, image_ids):
    take(EditSync(), project, edit(image_ids[0], {1}, fill_label=0, count=15))
    record = project.catalogue.mask(image_ids[0], "cat", "eyes")
    assert record.fill_label == 0
    assert record.slic["count"] == 15


def test_a_region_from_the_browser_is_saved_pixel_for_pixel(project, image_ids):
    region = np.zeros((90, 120), dtype=bool)
    region[3:40, 7:30] = True
    take(EditSync(), project, edit(image_ids[0], set(), region=runs(region)))
    assert np.array_equal(canvas_for(project, image_ids[0], CONCEPT).region, region)


def test_a_second_annotator_loses_no_click_and_neither_does_the_first(project, image_ids):
    ada, bob = EditSync("Ada"), EditSync("Bob")
    take(ada, project, edit(image_ids[0], {1, 2}, seq=1), client="ada")
    bob.saw(canvas_for(project, image_ids[0], CONCEPT), CONCEPT)
    take(ada, project, edit(image_ids[0], {1, 2, 3}, seq=2), client="ada")
    take(bob, project, edit(image_ids[0], {2, 5}, seq=1, base=1), client="bob")
    assert stored(project, image_ids[0]) == {2, 3, 5}
    assert bob.notice.kind == "merged"


def test_a_click_made_before_the_others_change_was_shown_is_joined_too(project, image_ids):
    ada, bob = EditSync("Ada"), EditSync("Bob")
    take(ada, project, edit(image_ids[0], {1}, seq=1), client="ada")
    bob.saw(canvas_for(project, image_ids[0], CONCEPT), CONCEPT)
    take(ada, project, edit(image_ids[0], {1, 2}, seq=2), client="ada")
    bob.saw(canvas_for(project, image_ids[0], CONCEPT), CONCEPT)
    take(bob, project, edit(image_ids[0], {1, 4}, seq=1, base=1), client="bob")
    assert stored(project, image_ids[0]) == {1, 2, 4}


def test_one_persons_own_quick_clicks_are_not_joined(project, image_ids):
    sync = EditSync()
    take(sync, project, edit(image_ids[0], {1, 2}, seq=1))
    sync.saw(canvas_for(project, image_ids[0], CONCEPT), CONCEPT)
    take(sync, project, edit(image_ids[0], {1}, seq=2, base=0))
    assert stored(project, image_ids[0]) == {1}


def test_a_tab_that_was_reloaded_before_its_last_click_was_saved_delivers_it(project, image_ids):
    take(EditSync(), project, edit(image_ids[0], {1}, seq=1), client="old")
    take(EditSync(), project, edit(image_ids[0], {1, 2}, seq=1, base=1), client="new")
    assert stored(project, image_ids[0]) == {1, 2}


def test_a_refused_change_is_receipted_and_explained(project, image_ids):
    sync = EditSync()
    take(sync, project, edit(image_ids[0], {999}))
    assert sync.receipt["seq"] == 1
    assert sync.notice.kind == "refused"
    assert "999" in sync.notice.text
    assert stored(project, image_ids[0]) is None


def test_a_locked_catalogue_keeps_the_change_in_the_browser(project, image_ids, monkeypatch):
    sync = EditSync()

    def busy(*_, **__):
        raise Locked("somebody writes")

    with monkeypatch.context() as patch:
        patch.setattr("widgets.masks.picker.edit_sync.save_labels", busy)
        take(sync, project, edit(image_ids[0], {1}, seq=1), Command(2, "go", image_ids[0], "next"))
    assert sync.receipt["seq"] == 0
    assert sync.notice.kind == "error"
    commands = take(sync, project, edit(image_ids[0], {1}, seq=1), Command(2, "go", image_ids[0], "next"))
    assert stored(project, image_ids[0]) == {1}
    assert [command.to for command in commands] == ["next"]
    assert sync.notice is None


def test_nothing_sent_is_nothing_done(project):
    assert EditSync().take(project, None) == []


def test_the_saved_fill_is_the_mean_of_the_ring(project, image_ids):
    take(EditSync(), project, edit(image_ids[0], {1}))
    pixels = read_canvas(project, project.catalogue.image(image_ids[0]))
    from sxai.masks.superpixels import neighbours, superpixels

    labels = superpixels(pixels, SlicParameters())
    ring = np.isin(labels, neighbours(labels, [1]))
    expected = np.rint(pixels[ring].mean(axis=0)).astype(int)
    assert list(project.catalogue.mask(image_ids[0], "cat", "eyes").fill) == expected.tolist()


labels = st.frozensets(st.integers(0, 9))


@given(labels, labels, labels)
def test_joining_keeps_what_either_added_and_drops_what_either_dropped(base, mine, theirs):
    joined = join(base, mine, theirs)
    for label in range(10):
        if (label in mine) == (label in theirs):
            assert (label in joined) == (label in mine)
        else:
            assert (label in joined) != (label in base)


@pytest.mark.parametrize("same", [frozenset(), frozenset({1, 2})])
def test_joining_with_nobody_elses_change_gives_mine(same):
    assert join(same, frozenset({2, 7}), same) == {2, 7}
