"""P over the images of each class, by hand and by the verb."""

import numpy as np
import pytest
import toy
from toy_spaces import table_by_hand

from sxai.assess.verbs.class_profile import class_profile
from sxai.spaces.verbs.stored import list_spaces


def by_hand(project, class_name):
    """P (n, m) of the class's images in every space, clipped."""
    return np.clip(table_by_hand(project, toy.features_of(project.catalogue.images(class_name=class_name))), 0, 1)


def test_averages_are_means_of_clipped_probabilities(spaced_project):
    averages = class_profile(spaced_project).averages
    assert set(averages) == {"cat", "dog"}
    for class_name, found in averages.items():
        np.testing.assert_allclose(list(found.values()), by_hand(spaced_project, class_name).mean(axis=0), atol=2e-3)


def test_a_typical_range_is_taken_over_the_concepts_own_class(spaced_project):
    ranges = class_profile(spaced_project).ranges
    names = [space.name for space in list_spaces(spaced_project)]
    assert set(ranges) == set(names)
    for name, found in ranges.items():
        values = by_hand(spaced_project, name.split(".")[0])[:, names.index(name)]
        assert (found.low, found.high) == pytest.approx(tuple(np.quantile(values, [0.1, 0.9])), abs=3e-3)


def test_a_class_without_images_has_neither(spaced_project):
    spaced_project.catalogue.set_class([image.id for image in spaced_project.catalogue.images(class_name="dog")], None)
    found = class_profile(spaced_project)
    assert set(found.averages) == {"cat"}
    assert all(name.startswith("cat.") for name in found.ranges)
