"""What perturbations and the loss of colour do to a class."""

import numpy as np
import pytest
from PIL import Image

from sxai.errors import SpaceError
from sxai.search.verbs.search import save_search
from sxai.vectors.verbs.tests import colour_role, grey
from sxai.vectors.verbs.vectors import semantic_vectors


def test_colour_role_refuses_sets_of_no_class(demo_project):
    save_search(demo_project, "sure cats", "p(cat) > 0.9")
    with pytest.raises(SpaceError, match="sure cats is a class"):
        colour_role(demo_project, semantic_vectors(demo_project, "searches"))


def test_grey_keeps_the_brightness_of_pillow(rng):
    pixels = rng.integers(0, 256, (9, 7, 3)).astype(np.uint8)
    found = grey(pixels)
    expected = np.asarray(Image.fromarray(pixels).convert("L")).astype(int)
    assert (found[..., 0] == found[..., 2]).all()
    assert np.abs(found[..., 0].astype(int) - expected).max() <= 1
