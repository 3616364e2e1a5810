"""What is made visible: components of traits, spaces, images."""

import numpy as np
import pytest

from sxai.errors import SpaceError, UnknownName
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.spaces.verbs.stored import space_record
from sxai.traits.verbs.traits import common_traits
from sxai.visualisation.verbs.targets import TraitSource, known_vector, target_vector
from sxai.visualisation.verbs.visualise import stored_visuals, visualise

WHOLE = TraitSource(n=8, search=None)


QUICK = {"steps": 12, "n": 8, "search": None}


def vector(project, name):
    return target_vector(project, model_record(project), name, WHOLE)


def test_a_component_is_cut_off_at_zero(spaced_project):
    scores = common_traits(spaced_project, "cat", n=8, search=None).component(2)
    assert np.array_equal(vector(spaced_project, "cat:2"), np.maximum(scores, 0))


def test_the_last_component_can_be_asked_for(spaced_project):
    traits = common_traits(spaced_project, "dog", n=8, search=None)
    assert np.array_equal(vector(spaced_project, "dog:last"), np.maximum(traits.component("last"), 0))


def test_a_space_is_zero_but_for_its_channels(spaced_project):
    space = space_record(spaced_project, "cat.eyes")
    target = vector(spaced_project, "cat.eyes")
    assert target.max() == 30
    for channel, delta in zip(space.channels, space.delta, strict=True):
        assert target[channel] == pytest.approx(30 * max(delta, 0) / max(space.delta))
    assert set(np.flatnonzero(target)) <= set(space.channels)


def test_an_images_features_are_a_target(spaced_project):
    record = model_record(spaced_project)
    image = spaced_project.catalogue.images()[3]
    expected = features_of(spaced_project, record, load_network(spaced_project, record), [image]).features[0]
    assert np.array_equal(vector(spaced_project, f"image:{image.id}"), expected.astype(np.float64))


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("cats", UnknownName, "name targets as cat:1"),
        ("bird:1", UnknownName, "no class 'bird'"),
        ("cat:99", SpaceError, "components 1 to"),
        ("cat:0", SpaceError, "components 1 to"),
        ("cat.wings", UnknownName, "wings"),
        ("image:99999", UnknownName, "no image 99999"),
    ],
)
def test_a_target_that_is_not_there_is_named(spaced_project, name, error, message):
    with pytest.raises(error, match=message):
        visualise(spaced_project, [name], **QUICK)


def test_traits_are_not_computed_just_to_look(spaced_project):
    assert known_vector(spaced_project, model_record(spaced_project), "cat:1", WHOLE) is None
    assert stored_visuals(spaced_project, ["cat:1", "cat.eyes"], **QUICK) == [None, None]
