"""What crosses the border to the browser is whole, small and checked."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sxai.errors import MaskError
from sxai.images.verbs.stored import read_canvas
from sxai.masks.verbs.save import canvas_for, save_labels, save_region
from widgets.masks.picker.payload import (
    LADDER,
    Command,
    Edit,
    canvas_payload,
    read_outbox,
    runs,
    stored_state,
    undo_runs,
)

MASK = {
    "kind": "mask",
    "seq": 3,
    "image": 7,
    "concept": "cat.eyes",
    "count": 20,
    "base": 2,
    "selected": [4, 1],
    "fill": None,
    "region": None,
}


@given(arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.integers(0, 5)))
def test_runs_come_back_as_they_went(values):
    assert np.array_equal(undo_runs(runs(values), values.shape), values)


@given(arrays(np.int32, (4, 9), elements=st.integers(0, 65535)))
def test_no_run_goes_past_the_end_of_its_row(values):
    pairs = np.frombuffer(base64.b64decode(runs(values)), dtype="<u2").reshape(-1, 2)
    ends = np.cumsum(pairs[:, 1])
    assert set(range(9, 37, 9)) <= set(ends.tolist())


def test_a_label_map_of_large_pieces_is_far_smaller_than_its_pixels():
    values = np.arange(20).reshape(4, 5).repeat(64, axis=0).repeat(64, axis=1)
    assert len(runs(values)) < values.size / 8


@pytest.mark.parametrize("text", ["", "AAA", "not base64!", "AAAAAA==", runs(np.zeros((3, 4), dtype=int))])
def test_damaged_runs_are_refused(text):
    with pytest.raises(MaskError, match="Reload"):
        undo_runs(text, (5, 6))


def test_sums_are_the_exact_sums_of_the_pixels(project, image_ids):
    canvas = canvas_for(project, image_ids[0], "cat.eyes")
    pixels = read_canvas(project, project.catalogue.image(image_ids[0])).astype(int)
    expected = [pixels[canvas.labels == label].sum(axis=0).tolist() for label in range(canvas.labels.max() + 1)]
    assert canvas_payload(canvas)["sums"] == expected


def test_after_a_click_only_the_state_is_made_anew(project, image_ids, monkeypatch):
    before = canvas_payload(canvas_for(project, image_ids[0], "cat.eyes"))
    monkeypatch.setattr("widgets.masks.picker.payload.runs", None)
    save_labels(project, image_ids[0], "cat.eyes", [2, 1])
    after = canvas_payload(canvas_for(project, image_ids[0], "cat.eyes"))
    assert (after["state"]["selected"], after["version"]) == ([1, 2], 1)
    assert all(after[name] is before[name] for name in ("jpeg", "runs", "sums"))


def test_the_payload_offers_the_ladder_and_the_count_in_use(project, image_ids):
    payload = canvas_payload(canvas_for(project, image_ids[0], "cat.eyes", 17))
    assert payload["count"] == 17
    assert payload["counts"] == sorted({*LADDER, 17})


def test_a_picture_without_mask_begins_empty(project, image_ids):
    canvas = canvas_for(project, image_ids[0], "cat.eyes")
    assert stored_state(canvas) == {"selected": [], "fill": None, "region": None}


def test_a_mask_of_superpixels_comes_back_as_superpixels(project, image_ids):
    save_labels(project, image_ids[0], "cat.eyes", [2, 1], fill_label=0)
    canvas = canvas_for(project, image_ids[0], "cat.eyes")
    assert stored_state(canvas) == {"selected": [1, 2], "fill": 0, "region": None}


def test_a_mask_drawn_by_hand_comes_back_as_its_pixels(project, image_ids):
    region = np.zeros((90, 120), dtype=bool)
    region[10:17, 50:91] = True
    save_region(project, image_ids[0], "cat.eyes", region)
    state = stored_state(canvas_for(project, image_ids[0], "cat.eyes"))
    assert state["selected"] == []
    assert np.array_equal(undo_runs(state["region"], (90, 120)).astype(bool), region)


def test_an_outbox_is_read_in_the_order_of_its_numbers():
    go = {"kind": "go", "seq": 2, "image": 7, "to": "next"}
    outbox = read_outbox({"client": "c", "project": "p", "turn": 1, "entries": [MASK, go]})
    assert outbox.entries == (Command(2, "go", 7, "next"), Edit(3, 7, "cat.eyes", 20, 2, frozenset({1, 4}), None, None))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        {},
        {"client": "c", "project": "p", "entries": [{}]},
        {"client": "c", "project": "p", "entries": [{**MASK, "selected": ["x"]}]},
        {"client": "c", "project": "p", "entries": [{**MASK, "image": None}]},
        {"client": "c", "project": "p", "entries": 3},
    ],
)
def test_what_makes_no_sense_is_no_outbox(value):
    assert read_outbox(value) is None


def test_an_outbox_that_names_no_project_is_none():
    assert read_outbox({"client": "c", "entries": [MASK]}) is None
    assert read_outbox({"client": "c", "project": "/home/a", "entries": [MASK]}).project == "/home/a"


def test_nobody_asks_for_more_superpixels_than_the_ladder_has():
    outbox = read_outbox(
        {"client": "c", "project": "p", "entries": [{"kind": "detail", "seq": 1, "image": 1, "count": 10**9}]}
    )
    assert outbox.entries[0].count == LADDER[-1]


def test_the_other_levels_are_sent_when_asked_for_or_needed(project, image_ids):
    canvas = canvas_for(project, image_ids[0], "cat.eyes")
    assert canvas_payload(canvas)["levels"] is None
    levels = canvas_payload(canvas, levels=True)["levels"]
    fine, pixels = canvas.pieces.nested.fine, read_canvas(project, project.catalogue.image(image_ids[0])).astype(int)
    np.testing.assert_array_equal(undo_runs(levels["fine"], fine.shape), fine)
    last = len(levels["parents"]) - 1
    assert levels["fine_sums"][last] == pixels[fine == last].sum(axis=0).tolist()
    save_labels(project, image_ids[0], "cat.eyes", [1, last])
    payload = canvas_payload(canvas_for(project, image_ids[0], "cat.eyes"))
    assert payload["levels"] is not None
    assert payload["state"] == {"selected": [1, last], "fill": None, "region": None}
