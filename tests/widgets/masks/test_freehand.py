"""What was drawn on the enlarged sheet, back on the picture's own pixels."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from sxai.masks.verbs.save import canvas_for, save_labels, save_region
from widgets.masks.freehand import covered, tinted
from widgets.ui import session


def drawing():
    """A page with nothing but the sheet for the eyes of a cat."""
    from widgets.masks.freehand import freehand
    from widgets.ui import session

    freehand(session.opened_project(), "cat.eyes")


@pytest.fixture
def sheet(project, monkeypatch):
    """The page on which the browser would draw; ``sheet(alpha)`` sends a drawing, None is a sheet just put up."""
    sent = {}
    keys = []

    def st_canvas(key, **_):
        keys.append(key)
        alpha = sent.get(key)
        if alpha is None:
            return SimpleNamespace(json_data={"objects": []}, image_data=None)
        pixels = np.zeros((*alpha.shape, 4), dtype=np.uint8)
        pixels[..., 3] = alpha
        return SimpleNamespace(json_data={"objects": [{}] if alpha.any() else []}, image_data=pixels)

    monkeypatch.setitem(sys.modules, "streamlit_drawable_canvas", SimpleNamespace(st_canvas=st_canvas))
    monkeypatch.setattr(session, "opened_project", lambda: project)
    app = AppTest.from_function(drawing, default_timeout=60).run()

    def send(alpha):
        sent[keys[-1]] = alpha
        app.run()
        assert not app.exception
        assert not app.error
        return keys[-1]

    return send


BLANK = np.zeros((390, 520), dtype=np.uint8)


def stroke(top, left):
    alpha = BLANK.copy()
    alpha[top : top + 130, left : left + 130] = 255
    return alpha


def stored(project, image_id):
    canvas = canvas_for(project, image_id, "cat.eyes")
    return 0 if canvas.region is None else int(canvas.region.sum())


def test_a_stroke_is_stored_and_undoing_it_takes_it_off_again(sheet, project, image_ids):
    sheet(stroke(0, 0))
    assert stored(project, image_ids[0]) == 30 * 30
    sheet(BLANK)
    assert stored(project, image_ids[0]) == 0
    sheet(stroke(130, 130))
    assert stored(project, image_ids[0]) == 30 * 30


def test_undoing_everything_brings_the_former_mask_back(sheet, project, image_ids):
    region = np.zeros((90, 120), dtype=bool)
    region[60:, 60:] = True
    save_region(project, image_ids[0], "cat.eyes", region)
    sheet(BLANK)
    sheet(stroke(0, 0))
    assert stored(project, image_ids[0]) == 30 * 60 + 30 * 30
    sheet(BLANK)
    assert np.array_equal(canvas_for(project, image_ids[0], "cat.eyes").region, region)


def test_putting_up_a_sheet_changes_no_stored_mask(sheet, project, image_ids):
    version = save_labels(project, image_ids[0], "cat.eyes", [1, 2]).version
    sheet(None)
    sheet(BLANK)
    assert canvas_for(project, image_ids[0], "cat.eyes").version == version


def test_a_sheet_that_was_left_and_comes_back_blank_loses_no_stroke(sheet, project, image_ids):
    first = sheet(stroke(0, 0))
    fresh = sheet(None)
    assert fresh != first
    sheet(BLANK)
    assert stored(project, image_ids[0]) == 30 * 30
    sheet(stroke(130, 130))
    assert stored(project, image_ids[0]) == 2 * 30 * 30


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_filled_rectangle_comes_back_on_the_same_pixels(scale):
    region = np.zeros((30, 40), dtype=bool)
    region[5:12, 20:33] = True
    alpha = (region.repeat(scale, axis=0).repeat(scale, axis=1) * 140).astype(np.uint8)
    assert np.array_equal(covered(alpha, region.shape), region)


def test_a_pixel_less_than_half_covered_is_left_out():
    alpha = np.zeros((40, 40), dtype=np.uint8)
    alpha[:10, :3] = 255
    alpha[:10, 10:17] = 255
    got = covered(alpha, (4, 4))
    assert got.tolist()[0] == [False, True, False, False]
    assert got.sum() == 1


def test_nothing_drawn_covers_nothing():
    assert not covered(np.zeros((60, 80), dtype=np.uint8), (30, 40)).any()


def test_what_is_masked_already_is_tinted_blue_and_the_rest_untouched(project, image_ids):
    region = np.zeros((90, 120), dtype=bool)
    region[30:60, 30:60] = True
    canvas = canvas_for(project, image_ids[0], "cat.eyes")
    plain, marked = (np.asarray(tinted(canvas, where)).astype(int) for where in (np.zeros_like(region), region))
    assert np.array_equal(plain[~region], marked[~region])
    assert np.array_equal(marked[region], (0.6 * plain[region] + 0.4 * np.array([0, 114, 178])).astype(int))
