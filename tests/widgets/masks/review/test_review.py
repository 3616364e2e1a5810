"""Verdicts on proposals: each carried out once, in order, and taken back."""

import pytest

from sxai.annotation.verbs.proposals import propagate, proposal_states, proposals
from sxai.masks.verbs.save import save_labels
from widgets.masks.review import PER_BATCH, Bench, Verdict, read_verdicts

CONCEPT = "cat.eyes"


@pytest.fixture
def proposed(demo_project):
    propagate(demo_project, CONCEPT, limit=4)
    return [one.image_id for one in proposals(demo_project, CONCEPT)]


def take(bench, project, *verdicts, client="tab"):
    return bench.take(project, (client, str(project.home), verdicts))


def stored(project, image):
    return project.catalogue.mask(image, "cat", "eyes")


def test_verdicts_are_carried_out_once_and_taken_back(demo_project, proposed):
    project = demo_project
    bench = Bench(CONCEPT, author="Ada")
    bench.fill(project)
    assert [one.image_id for one in bench.batch] == proposed
    first, second = proposed[:2]
    for _ in range(2):
        wishes = take(
            bench, project, Verdict(1, "accept", first), Verdict(2, "reject", second), Verdict(3, "fix", first)
        )
    assert wishes == []
    assert bench.receipt == {"client": "tab", "seq": 3}
    assert stored(project, first).author == "Ada"
    assert len(project.catalogue.mask_events(first, "cat", "eyes")) == 1
    bench.fill(project)
    assert [one.image_id for one in bench.batch] == proposed, "what is judged stays until more is asked for"
    take(bench, project, Verdict(4, "open", first), Verdict(5, "open", second))
    assert stored(project, first) is None
    assert {one.image_id for one in proposals(project, CONCEPT)} == set(proposed)
    take(bench, project, Verdict(6, "accept", first))
    bench.fill(project, more=True)
    assert first not in {one.image_id for one in bench.batch}
    take(bench, project, Verdict(7, "accept", -1))
    assert "image -1" in bench.notice


def test_a_mended_proposal_is_saved_at_once_and_again(demo_project, proposed):
    project, bench = demo_project, Bench(CONCEPT, author="Ada")
    bench.fill(project)
    one = bench.batch[0]
    mended = tuple(sorted({*one.labels, one.ranked[-1]}))
    take(bench, project, Verdict(1, "accept", one.image_id, mended))
    assert tuple(stored(project, one.image_id).labels) == mended
    take(bench, project, Verdict(2, "accept", one.image_id, one.ranked[:1]))
    assert tuple(stored(project, one.image_id).labels) == one.ranked[:1]
    take(bench, project, Verdict(3, "accept", one.image_id, one.ranked[:1]))
    assert len(project.catalogue.mask_events(one.image_id, "cat", "eyes")) == 2, "saying it again changes nothing"
    take(bench, project, Verdict(4, "reject", one.image_id))
    assert stored(project, one.image_id) is None
    assert proposal_states(project, CONCEPT, [one.image_id]) == {one.image_id: "reject"}
    take(bench, project, Verdict(5, "accept", one.image_id, mended))
    assert tuple(stored(project, one.image_id).labels) == mended
    assert proposal_states(project, CONCEPT, [one.image_id]) == {one.image_id: "accept"}
    take(bench, project, Verdict(6, "reject", one.image_id), Verdict(7, "open", one.image_id))
    assert proposal_states(project, CONCEPT, [one.image_id]) == {one.image_id: "open"}


@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_a_mask_that_somebody_else_made_meanwhile_stays(demo_project, proposed, verdict):
    project, bench = demo_project, Bench(CONCEPT, author="Ada")
    bench.fill(project)
    one = bench.batch[0]
    save_labels(project, one.image_id, CONCEPT, [one.ranked[-1]], author="Bea")
    take(bench, project, Verdict(1, verdict, one.image_id, one.labels))
    assert (stored(project, one.image_id).author, stored(project, one.image_id).labels) == ("Bea", (one.ranked[-1],))
    assert "their mask was kept" in bench.notice
    assert bench.receipt["seq"] == 1


def test_a_change_that_was_saved_before_a_reload_is_built_upon(demo_project, proposed):
    """The tab closed before it heard of the saving: the box it kept is dealt with by a bench that knows nothing."""
    project, first, second = demo_project, Bench(CONCEPT, author="Ada"), Bench(CONCEPT, author="Ada")
    first.fill(project)
    one = first.batch[0]
    take(first, project, Verdict(1, "accept", one.image_id, one.labels))
    take(second, project, Verdict(1, "accept", one.image_id, one.ranked[:1]), client="tab again")
    assert (stored(project, one.image_id).labels, second.notice) == (one.ranked[:1], "")


@pytest.mark.parametrize("value", [None, 3, {}, {"client": "a", "project": "b", "entries": [{"seq": "x"}]}])
def test_nonsense_from_the_browser_is_nothing(value):
    assert read_verdicts(value) is None


def test_a_box_is_read_in_order():
    entries = [
        {"kind": "more", "seq": 2, "image": 0},
        {"kind": "mask", "verdict": "accept", "seq": 1, "image": 7},
        {"kind": "mask", "verdict": "accept", "seq": 3, "image": 8, "labels": [4, 2, 4]},
    ]
    read = read_verdicts({"client": "a", "project": "b", "entries": entries})
    assert read == ("a", "b", (Verdict(1, "accept", 7), Verdict(2, "more", 0), Verdict(3, "accept", 8, (2, 4))))


def test_a_table_with_room_hears_of_new_proposals_once(demo_project, proposed):
    bench = Bench(CONCEPT)
    assert [bench.has_news(number) for number in (0, 2, 2, 1, 3)] == [False, True, False, False, True]
    bench.fill(demo_project)
    bench.batch *= PER_BATCH
    assert not bench.has_news(9), "a full table is left alone"
