"""The picker's modules alone, in the browser they are written for, against NumPy."""

import json

import numpy as np
import pytest

from sxai.errors import MaskError
from sxai.masks.mask import mask_from_labels, mask_from_pixels
from sxai.masks.superpixels import Pieces, SlicParameters, mean_colours
from sxai.masks.verbs.save import mask_of
from widgets.masks.picker import component
from widgets.masks.picker.payload import level_payload, runs

NAMES = "SuperpixelMap, Levels, History, Offer, Outbox, decodeRuns, roundHalfEven"


@pytest.fixture
def js(page):
    """Evaluate an expression that may use the modules' names and ``given``."""
    page.set_content("<p>modules</p>")
    page.evaluate(
        """async (source) => {
            const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
            window.modules = await import(url);
        }""",
        f"{component.script()}\nexport {{ {NAMES} }};",
    )

    def run(expression, given=None):
        return page.evaluate(
            f"([given]) => {{ const {{ {NAMES} }} = window.modules; return ({expression})(given); }}", [given]
        )

    return run


def blocks(rng, height=24, width=31, count=9):
    """A label map of ``count`` cells around random points, each label used, and a picture."""
    points = rng.uniform((0, 0), (height, width), (count, 2))
    rows, columns = np.mgrid[:height, :width]
    nearest = ((rows[..., None] - points[:, 0]) ** 2 + (columns[..., None] - points[:, 1]) ** 2).argmin(axis=-1)
    _, labels = np.unique(nearest, return_inverse=True)
    return labels.reshape(height, width).astype(np.int32), rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def described(labels, pixels):
    areas = np.bincount(labels.ravel())
    return {
        "width": labels.shape[1],
        "height": labels.shape[0],
        "runs": runs(labels),
        "sums": np.rint(mean_colours(pixels, labels) * areas[:, None]).astype(int).tolist(),
    }


def test_the_label_map_arrives_unchanged(js, rng):
    labels, _ = blocks(rng)
    got = js("(given) => [...decodeRuns(given.runs, given.size)]", {"runs": runs(labels), "size": labels.size})
    assert got == labels.ravel().tolist()


def test_a_damaged_label_map_is_refused(js, rng):
    labels, _ = blocks(rng)
    with pytest.raises(Exception, match="label map holds"):
        js("(given) => decodeRuns(given, 5)", runs(labels))


def test_the_previewed_fill_is_the_stored_fill(js, rng):
    """For 60 random selections, filled from the ring or from a picked superpixel."""
    for _ in range(6):
        labels, pixels = blocks(rng)
        count = int(labels.max()) + 1
        cases, expected = [], []
        for _ in range(10):
            selection = rng.choice(count, rng.integers(1, count), replace=False).tolist()
            outside = [label for label in range(count) if label not in selection]
            fill = int(rng.choice(outside)) if rng.random() < 0.4 else None
            cases.append([selection, fill])
            expected.append(list(mask_from_labels(pixels, labels, selection, fill_label=fill).fill))
        got = js(
            "({ map, cases }) => { const m = new Levels(map);"
            " return cases.map(([chosen, fill]) => m.fillColour(chosen, fill)); }",
            {"map": described(labels, pixels), "cases": cases},
        )
        assert got == expected


def nested_pieces(rng):
    """A picture of 60 × 80 pixels in 6 superpixels, each large enough to be split."""
    labels, pixels = blocks(rng, 60, 80, 6)
    return Pieces(pixels, labels)


def with_levels(pieces):
    return {**described(pieces.labels, pieces.pixels), "levels": level_payload(pieces)}


def test_fills_of_fine_pieces_are_those_stored(js, rng):
    """Random selections of superpixels and fine pieces, filled from the ring or from a picked label of either kind."""
    pieces = nested_pieces(rng)
    every = len(pieces.nested.parents)
    assert every > pieces.count
    cases, expected = [], []
    while len(cases) < 40:
        selection = pieces.normal(rng.choice(every, rng.integers(1, 8), replace=False).tolist())
        fill = int(rng.integers(every)) if rng.random() < 0.4 else None
        try:
            mask = mask_of(pieces, selection, SlicParameters(), fill)
        except MaskError:  # the fill lies in the selection, or nothing is left outside
            continue
        cases.append([selection, fill])
        expected.append(list(mask.fill))
    got = js(
        "({ map, cases }) => { const m = new Levels(map);"
        " return cases.map(([chosen, fill]) => m.fillColour(chosen, fill)); }",
        {"map": with_levels(pieces), "cases": cases},
    )
    assert got == expected


def test_a_split_superpixel_is_selected_by_its_parts(js, rng):
    pieces = nested_pieces(rng)
    parts = np.flatnonzero(pieces.nested.parents == 2)[1:].tolist()
    given = {"map": with_levels(pieces), "parts": parts}
    shown, normal, some = js(
        "({ map, parts }) => { const m = new Levels(map);"
        " return [m.spread([1, 2], new Set([2])), m.normal([1, ...parts]), m.normal([1, ...parts.slice(1)])]; }",
        given,
    )
    assert (shown, normal, some) == ([1, *parts], [1, 2], [1, *parts[1:]])
    assert pieces.normal([1, *parts]) == normal
    assert pieces.normal([1, *parts[1:]]) == some


def test_the_cut_map_shows_fine_pieces_where_it_is_split(js, rng):
    pieces = nested_pieces(rng)
    parts = np.flatnonzero(pieces.nested.parents == 2)[1:].tolist()
    got, present = js(
        "(given) => { const m = new SuperpixelMap(new Levels(given), new Set([2]));"
        " return [[...m.labels], m.present]; }",
        with_levels(pieces),
    )
    assert got == pieces.cut(parts).ravel().tolist()
    assert present == sorted({*range(pieces.count), *parts} - {2})


@pytest.mark.parametrize("value", [0.5, 1.5, 2.5, 127.5, 128.5, 3.2, 3.7, 0.0, 254.5000001])
def test_rounding_is_numpys(js, value):
    assert js("(given) => roundHalfEven(given)", value) == np.rint(value)


def test_hits_are_exact_everywhere(js, rng):
    labels, pixels = blocks(rng)
    got = js(
        "(given) => { const m = new SuperpixelMap(new Levels(given)); const all = [];"
        " for (let y = 0; y < m.height; y += 1) for (let x = 0; x < m.width; x += 1)"
        "   all.push(m.at({ x: x + 0.99, y: y + 0.01 })); return all; }",
        described(labels, pixels),
    )
    assert got == labels.ravel().tolist()


def test_inner_points_lie_inside(js, rng):
    labels, pixels = blocks(rng)
    got = js(
        "(given) => { const m = new SuperpixelMap(new Levels(given)); return m.points.map((p) => m.at(p)); }",
        described(labels, pixels),
    )
    assert got == list(range(labels.max() + 1))


def test_outside_the_picture_is_nothing(js, rng):
    labels, pixels = blocks(rng)
    found = js(
        "(given) => { const m = new SuperpixelMap(new Levels(given));"
        " return [[-0.1, 3], [3, -0.1], [m.width, 3], [3, m.height]].map(([x, y]) => m.at({ x, y })); }",
        described(labels, pixels),
    )
    assert found == [None] * 4


def test_a_fast_stroke_skips_no_superpixel(js):
    labels = np.arange(30, dtype=np.int32).reshape(1, 30).repeat(4, axis=0)
    pixels = np.zeros((4, 30, 3), dtype=np.uint8)
    met = js(
        "(given) => [...new SuperpixelMap(new Levels(given)).between({ x: 0.5, y: 1 }, { x: 29.5, y: 2 })]",
        described(labels, pixels),
    )
    assert sorted(met) == list(range(30))


def test_every_superpixel_is_inside_its_outline(js, rng):
    """The outline is drawn softened; the inner point must still be within, the others' points outside."""
    labels, pixels = blocks(rng, 60, 80, 6)
    inside = js(
        "(given) => { const m = new SuperpixelMap(new Levels(given));"
        " const pen = document.createElement('canvas').getContext('2d');"
        " return m.outlines.map((path) => m.points.map((p) => pen.isPointInPath(path, p.x, p.y, 'evenodd'))); }",
        described(labels, pixels),
    )
    assert np.array_equal(np.array(inside), np.eye(len(inside), dtype=bool))


def test_arrows_lead_to_every_superpixel(js, rng):
    labels, pixels = blocks(rng, 60, 80, 20)
    reached = js(
        "(given) => { const m = new SuperpixelMap(new Levels(given)); const seen = new Set([0]); const open = [0];"
        " while (open.length) { const at = open.pop();"
        "   for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { const to = m.step(at, x, y);"
        "     if (!seen.has(to)) { seen.add(to); open.push(to); } } } return seen.size; }",
        described(labels, pixels),
    )
    assert reached >= 0.9 * (labels.max() + 1)


def test_superpixels_mostly_inside_a_region_stand_for_it(js, rng):
    labels, pixels = blocks(rng)
    region = np.zeros(labels.shape, dtype=bool)
    region[4:20, 6:25] = True
    area = np.bincount(labels.ravel())
    inside = np.bincount(labels.ravel(), weights=region.ravel(), minlength=len(area))
    got = js(
        "({ map, region }) => new SuperpixelMap(new Levels(map)).mostlyInside(region)",
        {"map": described(labels, pixels), "region": region.astype(int).ravel().tolist()},
    )
    assert got == np.flatnonzero((inside * 2 >= area) & (inside > 0)).tolist()


def test_what_the_browser_refuses_the_library_refuses_too(rng):
    """All superpixels chosen: no colour is left. The picker keeps the last one out for this reason."""
    labels, pixels = blocks(rng)
    with pytest.raises(MaskError, match="whole picture"):
        mask_from_labels(pixels, labels, range(labels.max() + 1))
    with pytest.raises(MaskError):
        mask_from_pixels(pixels, np.ones(labels.shape, dtype=bool))


STATE = "((selected) => ({ selected, fill: null, region: null }))"


def test_undo_and_redo_walk_through_the_changes(js):
    got = js(
        f"() => {{ const s = {STATE}; const h = new History(s([])); const seen = [];"
        " h.change(s([1])); h.change(s([1, 2])); h.undo(); seen.push(h.now.selected); h.undo();"
        " seen.push(h.now.selected, h.undo()); h.redo(); h.redo(); seen.push(h.now.selected, h.redo());"
        " return seen; }"
    )
    assert got == [[1], [], False, [1, 2], False]


def test_a_stroke_is_one_step_and_a_new_change_forgets_what_was_undone(js):
    got = js(
        f"() => {{ const s = {STATE}; const h = new History(s([]));"
        " h.begin(); h.during(s([1])); h.during(s([1, 2])); h.end(); const steps = h.past.length; h.undo();"
        " h.change(s([9])); return [steps, h.future.length, h.now.selected]; }"
    )
    assert got == [1, 0, [9]]


def test_a_stroke_that_changes_nothing_is_no_step_and_a_cancelled_one_is_taken_back(js):
    got = js(
        f"() => {{ const s = {STATE}; const h = new History(s([3])); h.begin(); h.end(); h.begin(); h.during(s([4]));"
        " return [h.cancel(), h.now.selected, h.past.length]; }"
    )
    assert got == [True, [3], 0]


BOX = """
const sent = []; const kept = new Map();
const storage = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v) };
const send = (value) => sent.push(JSON.parse(JSON.stringify(value)));
const make = () => new Outbox({ project: "p", send, changed() {}, storage });
const box = make();
const mask = (image, selected) => box.put({ image, concept: "cat.eyes", selected });
"""


def test_the_box_sends_all_that_waits_and_forgets_what_is_saved(js):
    got = js(
        f"() => {{ {BOX} mask(1, [1]); mask(2, [5]); mask(1, [1, 2]);"
        " box.acknowledge({ client: box.client, seq: 2 }); const left = box.entries; box.close();"
        " return [sent.map((v) => v.entries.map((e) => [e.seq, e.image])), left.map((e) => e.seq)]; }"
    )
    assert got == [[[[1, 1]], [[1, 1], [2, 2]], [[2, 2], [3, 1]]], [3]]


def test_a_receipt_for_another_tab_changes_nothing(js):
    left = js(
        f"() => {{ {BOX} mask(1, [1]); box.acknowledge({{ client: 'other', seq: 9 }}); box.close();"
        " return box.pending; }"
    )
    assert left == 1


def test_each_sending_differs_so_that_streamlit_runs_again(js):
    got = js(f"() => {{ {BOX} mask(1, [1]); box.flush(); box.close(); return sent.map((v) => JSON.stringify(v)); }}")
    assert len(set(got)) == len(got) == 2


def test_masks_that_were_on_their_way_survive_a_reload(js):
    got = js(
        f"() => {{ {BOX} mask(7, [4]); box.command({{ kind: 'go', image: 7 }}); box.close(); return make().entries; }}"
    )
    assert [(entry["kind"], entry["image"], entry["selected"]) for entry in got] == [("mask", 7, [4])]


def test_what_is_not_acknowledged_is_sent_again(js, page):
    page.clock.install()
    again = js(f"() => {{ {BOX} mask(1, [1]); window.sent = sent; window.box = box; return sent.length; }}")
    page.clock.run_for(4500)
    later = page.evaluate("window.sent.length")
    page.evaluate("window.box.close()")
    page.clock.run_for(20000)
    assert (again, later, page.evaluate("window.sent.length")) == (1, 2, 2)
    assert json.loads(page.evaluate("JSON.stringify(window.sent[1].entries)"))[0]["selected"] == [1]


PICTURE = "{ suggested: { sure: true, labels: [4, 7] }, version: 0, state: { selected: [], fill: null, region: null } }"


def test_a_sure_suggestion_is_offered_once_and_only_on_an_untouched_picture(js):
    got = js(
        f"() => {{ const s = {STATE}; const data = {PICTURE}; const h = new History(s([])); const o = new Offer();"
        " const fits = [o.fits(data, h), o.fits({ ...data, version: 1 }, h),"
        "   o.fits({ ...data, suggested: { ...data.suggested, sure: false } }, h)];"
        " o.show(data, h); fits.push(o.fits(data, h), new Offer(true).fits(data, h)); h.change(s([1]));"
        " return [fits, new Offer().fits(data, h), h.past[0].selected]; }"
    )
    assert got == [[True, False, False, False, False], False, [4, 7]]


def test_a_press_meant_for_the_picture_without_the_suggestion_does_not_take_it(js):
    got = js(
        f"() => {{ const s = {STATE}; const data = {PICTURE};"
        " return [true, false].map((late) => { const h = new History(s([])); const o = new Offer();"
        "   o.show(data, h, late); o.begin(data, h); return [h.now.selected, o.shown]; }); }"
    )
    assert got == [[[], False], [[4, 7], True]]


def test_the_box_asks_for_news_only_while_something_is_on_its_way(js, page):
    page.clock.install()
    js(f"() => {{ {BOX} window.sent = sent; window.box = box; box.await(true); box.await(true); }}")
    page.clock.run_for(1500)
    page.evaluate("window.box.await(false)")
    page.clock.run_for(5000)
    assert [entry["entries"] for entry in page.evaluate("window.sent")] == [[], []]
