"""Verdicts on proposals: each carried out once, in order, and taken back."""

import pytest

from sxai import workflows as verbs
from widgets.review import Bench, Verdict, read_verdicts

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


@pytest.mark.parametrize("value", [None, 3, {}, {"client": "a", "project": "b", "entries": [{"seq": "x"}]}])
def test_nonsense_from_the_browser_is_nothing(value):
    assert read_verdicts(value) is None


def test_a_box_is_read_in_order():
    entries = [
        {"kind": "more", "seq": 2, "image": 0},
        {"kind": "mask", "verdict": "accept", "seq": 1, "image": 7},
    ]
    read = read_verdicts({"client": "a", "project": "b", "entries": entries})
    assert read == ("a", "b", (Verdict(1, "accept", 7), Verdict(2, "more", 0)))
