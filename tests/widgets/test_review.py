"""Verdicts on proposals: each carried out once, in order, and taken back."""

import pytest

from sxai import workflows as verbs
from widgets.review import PER_BATCH, Bench, Verdict, read_verdicts

CONCEPT = "cat.eyes"


@pytest.fixture
def proposed(demo_ws):
    verbs.propagate(demo_ws, CONCEPT, limit=4)
    return [one.image_id for one in verbs.proposals(demo_ws, CONCEPT)]


def take(bench, ws, *verdicts, client="tab"):
    return bench.take(ws, (client, str(ws.home), verdicts))


def stored(ws, image):
    return ws.catalogue.mask(image, "cat", "eyes")


def test_verdicts_are_carried_out_once_and_taken_back(demo_ws, proposed):
    ws = demo_ws
    bench = Bench(CONCEPT, author="Ada")
    bench.fill(ws)
    assert [one.image_id for one in bench.batch] == proposed
    first, second = proposed[:2]
    for _ in range(2):
        wishes = take(bench, ws, Verdict(1, "accept", first), Verdict(2, "reject", second), Verdict(3, "fix", first))
    assert wishes == []
    assert bench.receipt == {"client": "tab", "seq": 3}
    assert stored(ws, first).author == "Ada"
    assert len(ws.catalogue.mask_events(first, "cat", "eyes")) == 1
    bench.fill(ws)
    assert [one.image_id for one in bench.batch] == proposed, "what is judged stays until more is asked for"
    take(bench, ws, Verdict(4, "open", first), Verdict(5, "open", second))
    assert stored(ws, first) is None
    assert {one.image_id for one in verbs.proposals(ws, CONCEPT)} == set(proposed)
    take(bench, ws, Verdict(6, "accept", first))
    bench.fill(ws, more=True)
    assert first not in {one.image_id for one in bench.batch}
    take(bench, ws, Verdict(7, "accept", -1))
    assert "image -1" in bench.notice


def test_a_mended_proposal_is_saved_at_once_and_again(demo_ws, proposed):
    ws, bench = demo_ws, Bench(CONCEPT, author="Ada")
    bench.fill(ws)
    one = bench.batch[0]
    mended = tuple(sorted({*one.labels, one.ranked[-1]}))
    take(bench, ws, Verdict(1, "accept", one.image_id, mended))
    assert tuple(stored(ws, one.image_id).labels) == mended
    take(bench, ws, Verdict(2, "accept", one.image_id, one.ranked[:1]))
    assert tuple(stored(ws, one.image_id).labels) == one.ranked[:1]
    take(bench, ws, Verdict(3, "accept", one.image_id, one.ranked[:1]))
    assert len(ws.catalogue.mask_events(one.image_id, "cat", "eyes")) == 2, "saying it again changes nothing"
    take(bench, ws, Verdict(4, "reject", one.image_id))
    assert stored(ws, one.image_id) is None
    assert verbs.proposal_states(ws, CONCEPT, [one.image_id]) == {one.image_id: "reject"}
    take(bench, ws, Verdict(5, "accept", one.image_id, mended))
    assert tuple(stored(ws, one.image_id).labels) == mended
    assert verbs.proposal_states(ws, CONCEPT, [one.image_id]) == {one.image_id: "accept"}
    take(bench, ws, Verdict(6, "reject", one.image_id), Verdict(7, "open", one.image_id))
    assert verbs.proposal_states(ws, CONCEPT, [one.image_id]) == {one.image_id: "open"}


@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_a_mask_that_somebody_else_made_meanwhile_stays(demo_ws, proposed, verdict):
    ws, bench = demo_ws, Bench(CONCEPT, author="Ada")
    bench.fill(ws)
    one = bench.batch[0]
    verbs.save_labels(ws, one.image_id, CONCEPT, [one.ranked[-1]], author="Bea")
    take(bench, ws, Verdict(1, verdict, one.image_id, one.labels))
    assert (stored(ws, one.image_id).author, stored(ws, one.image_id).labels) == ("Bea", (one.ranked[-1],))
    assert "their mask was kept" in bench.notice
    assert bench.receipt["seq"] == 1


def test_a_change_that_was_saved_before_a_reload_is_built_upon(demo_ws, proposed):
    """The tab closed before it heard of the saving: the box it kept is dealt with by a bench that knows nothing."""
    ws, first, second = demo_ws, Bench(CONCEPT, author="Ada"), Bench(CONCEPT, author="Ada")
    first.fill(ws)
    one = first.batch[0]
    take(first, ws, Verdict(1, "accept", one.image_id, one.labels))
    take(second, ws, Verdict(1, "accept", one.image_id, one.ranked[:1]), client="tab again")
    assert (stored(ws, one.image_id).labels, second.notice) == (one.ranked[:1], "")


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


def test_a_table_with_room_hears_of_new_proposals_once(demo_ws, proposed):
    bench = Bench(CONCEPT)
    assert [bench.has_news(number) for number in (0, 2, 2, 1, 3)] == [False, True, False, False, True]
    bench.fill(demo_ws)
    bench.batch *= PER_BATCH
    assert not bench.has_news(9), "a full table is left alone"
