import numpy as np
import pytest

from sxai.plot.contact_sheets import FRAME, GAP, LINE, Tile, contact_sheet, enlarged, framed


@pytest.fixture
def grey():
    return np.full((20, 40, 3), 128, dtype=np.uint8)


def test_tiles_stand_at_one_height(grey):
    sheet = contact_sheet([[Tile(grey), Tile(grey[:, :20])]], height=40)
    assert sheet.shape == (40 + 2 * GAP, 80 + 40 + 3 * GAP, 3)
    assert sheet.dtype == np.uint8
    assert (sheet[GAP : GAP + 40, GAP : GAP + 80] == 128).all()


def test_titles_notes_and_headings_take_their_lines(grey):
    bare = contact_sheet([[Tile(grey)]], height=40)
    titled = contact_sheet([[Tile(grey, "cat.eyes", ("P = 0.93", "Δ → ε"))]], height=40, headings=["Row"])
    assert titled.shape[0] == bare.shape[0] + 3 * LINE + LINE + 6
    assert titled.min() < 128


def test_a_wide_title_widens_its_tile(grey):
    assert contact_sheet([[Tile(grey, "a very long title indeed")]], height=20).shape[1] > 150


def test_an_empty_sheet_is_still_a_picture():
    assert (contact_sheet([[]]) == 255).all()


def test_frames_are_drawn_on_a_copy(grey):
    drawn = framed(grey, [(5, 5, 15, 15)])
    assert (drawn[5, 5:15] == FRAME).all()
    assert (grey == 128).all()
    assert (contact_sheet([[Tile(grey, frames=((5, 5, 15, 15),))]], height=20) == FRAME).all(axis=2).any()


def test_enlarging_keeps_height_and_content():
    half = np.zeros((20, 20, 3), dtype=np.uint8)
    half[:10] = 255
    assert enlarged(half, (0, 0, 10, 5)).shape == (20, 40, 3)
    assert (enlarged(half, (0, 0, 10, 5)) == 255).all()
