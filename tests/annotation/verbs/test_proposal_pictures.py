"""The picture of a proposal and its superpixels."""

import io

import numpy as np
from PIL import Image

from sxai.annotation.verbs.proposal_pictures import proposal_picture
from sxai.annotation.verbs.proposals import proposals
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.masks.superpixels import mean_colours
from sxai.masks.verbs.save import canvas_for

CONCEPT, COUNT = "cat.eyes", 16


def test_the_picture_of_a_proposal_and_its_superpixels_lie_on_each_other(proposed_ws):
    found = proposals(proposed_ws, CONCEPT)[0]
    pixels = read_canvas(proposed_ws, find_image(proposed_ws, found.image_id))
    labels = canvas_for(proposed_ws, found.image_id, CONCEPT, COUNT).labels
    whole, small = (proposal_picture(proposed_ws, found, size) for size in (max(labels.shape), 24))
    assert np.array_equal(whole.labels, labels)
    shown = np.asarray(Image.open(io.BytesIO(whole.jpeg)))
    brightness = [mean_colours(picture, labels).mean(axis=1) for picture in (shown, pixels)]
    assert np.abs(brightness[0] - brightness[1]).max() < 4
    assert Image.open(io.BytesIO(small.jpeg)).size == small.labels.shape[::-1]
    rows, columns = (
        np.linspace(0, side - 1, small.labels.shape[axis]).round().astype(int) for axis, side in enumerate(labels.shape)
    )
    assert (small.labels == labels[np.ix_(rows, columns)]).mean() > 0.9
