"""Shapes, frames and the two canvases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.demo.canvas import Frame, PartCanvas, darker, ellipse, lighter, limb, mirrored, mix, moved, shrunk, smooth

SQUARE = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
coordinates = st.floats(-50, 50)


@given(coordinates, coordinates, st.floats(0.1, 20), st.floats(0.1, 20), st.floats(-180, 180))
def test_an_ellipse_keeps_its_equation_however_it_is_turned(x, y, rx, ry, turn):
    angle = np.radians(turn)
    offset = ellipse(x, y, rx, ry, turn) - (x, y)
    along = offset @ (np.cos(angle), np.sin(angle)) / rx
    across = offset @ (-np.sin(angle), np.cos(angle)) / ry
    np.testing.assert_allclose(along**2 + across**2, 1, atol=1e-6)


def test_a_smooth_curve_passes_through_its_points():
    corners = [(0, 0), (2, 0.5), (1, 3), (-1, 2)]
    np.testing.assert_allclose(smooth(corners, steps=6)[::6], corners)


def test_a_limb_is_as_wide_as_asked_and_round_at_both_ends():
    outline = limb([(0, 0), (0, 5), (0, 10)], [1.0, 1.0, 1.0])
    assert np.ptp(outline[:, 0]) == pytest.approx(2, abs=1e-6)
    assert outline[:, 1].max() == pytest.approx(11, abs=0.05)
    assert outline[:, 1].min() == pytest.approx(-1, abs=0.05)


@given(coordinates, coordinates, st.floats(0.1, 9), st.floats(-180, 180), st.booleans())
def test_a_frame_keeps_shapes_and_scales_lengths(x, y, scale, turn, mirror):
    frame = Frame.at(x, y, scale, turn, mirror)
    sides = np.linalg.norm(np.diff(frame.map(SQUARE), axis=0), axis=1)
    np.testing.assert_allclose(sides, 2 * scale, rtol=1e-9)
    assert frame.unit == pytest.approx(scale)
    np.testing.assert_allclose(frame.map(np.zeros((1, 2)))[0], (x, y))


def test_a_child_frame_is_its_parent_applied_to_its_own():
    parent, child = Frame.at(5, 7, 2, 30, True), Frame.at(1, -2, 0.5, 20)
    nested = parent.child(1, -2, 0.5, 20)
    np.testing.assert_allclose(nested.map(SQUARE), parent.map(child.map(SQUARE)))


def test_moving_mirroring_and_shrinking_points():
    np.testing.assert_allclose(moved(SQUARE, 2, 3).mean(axis=0), (2, 3))
    np.testing.assert_allclose(mirrored(moved(SQUARE, 2, 3), -1).mean(axis=0), (-2, 3))
    np.testing.assert_allclose(np.ptp(shrunk(moved(SQUARE, 2, 3), 0.5), axis=0), (1, 1))
    np.testing.assert_allclose(shrunk(SQUARE, 0.5, 1, 2).mean(axis=0), (1, 2))


def test_colours_mix_from_one_to_the_other():
    assert mix((0, 100, 200), (100, 0, 200), 0) == (0, 100, 200)
    assert mix((0, 100, 200), (100, 0, 200), 1) == (100, 0, 200)
    assert mix((0, 100, 200), (100, 0, 200), 0.5) == (50, 50, 200)
    assert sum(darker((120, 120, 120))) < 360 < sum(lighter((120, 120, 120)))


def test_what_is_drawn_later_hides_a_part_and_its_keypoint():
    canvas = PartCanvas(40)
    page = Frame.at(0, 0, 1)
    canvas.fill(page, ellipse(20, 20, 8, 8), (255, 0, 0), "nose")
    canvas.anchor(page, "nose", 20, 20)
    area = canvas.parts()["nose"].sum()
    assert area == pytest.approx(np.pi * 64, rel=0.2)
    assert canvas.keypoints()["nose"].tolist() == [[20, 20, 2]]
    canvas.fill(page, ellipse(20, 20, 6, 6), (0, 255, 0))
    assert 0 < canvas.parts()["nose"].sum() < area
    assert canvas.keypoints()["nose"].tolist() == [[20, 20, 1]]
    canvas.stroke(page, np.array([(5.0, 20.0), (35.0, 20.0)]), 18, (0, 0, 255))
    assert not canvas.parts()["nose"].any()


def test_a_part_left_out_leaves_neither_colour_nor_label():
    canvas = PartCanvas(20, leave_out=["ears"])
    page = Frame.at(0, 0, 1)
    canvas.fill(page, ellipse(10, 10, 5, 5), (255, 0, 0), "ears")
    canvas.stroke(page, np.array([(0.0, 10.0), (20.0, 10.0)]), 3, (255, 0, 0), "ears")
    canvas.anchor(page, "ears", 10, 10)
    assert not canvas.pixels().any()
    assert not canvas.parts()["ears"].any()
    assert len(canvas.keypoints()["ears"]) == 0


def test_a_keypoint_outside_the_picture_is_not_seen():
    canvas = PartCanvas(20)
    canvas.anchor(Frame.at(0, 0, 1), "legs", 30, 10)
    assert canvas.keypoints()["legs"].tolist() == [[30, 10, 1]]
