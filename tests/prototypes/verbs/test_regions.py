"""Where in a picture an automatic concept is."""

import numpy as np

from sxai.prototypes.verbs.outlines import seen_box
from sxai.prototypes.verbs.regions import concept_examples, highlighted, spread


def test_examples_show_the_region_and_pale_the_rest(trained_ws, found):
    tiles = concept_examples(trained_ws, found, found.concepts[0].id, most=2)
    assert [tile.shape for tile in tiles] == [(40, 40, 3)] * 2
    pixels = np.full((4, 4, 3), (200, 10, 10), np.uint8)
    inside = np.zeros((4, 4), bool)
    inside[0, 0] = True
    shown = highlighted(pixels, [inside])
    assert shown[0, 0].tolist() == [200, 10, 10]
    assert len(set(shown[1, 1].tolist())) == 1
    np.testing.assert_array_equal(highlighted(pixels, []), pixels)


def test_a_cropped_network_sees_the_middle_only():
    whole = spread(np.ones((2, 2)), (4, 8), "crop")
    assert (whole[:, :2] == -1).all()
    assert (whole[:, 2:6] == 1).all()
    assert spread(np.ones((2, 2)), (4, 8), "squash").min() == 1


def test_a_network_that_crops_sees_the_middle():
    pixels = np.arange(2 * 6 * 3, dtype=np.uint8).reshape(2, 6, 3)
    np.testing.assert_array_equal(pixels[seen_box(pixels.shape, "crop")], pixels[:, 2:4])
    np.testing.assert_array_equal(pixels[seen_box(pixels.shape, "squash")], pixels)
