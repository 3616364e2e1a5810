"""Maps of images by position: read once, kept image by image, the same as the network gives them."""

import numpy as np
import pytest

from sxai.errors import SpaceError
from sxai.images.verbs.stored import read_canvas
from sxai.networks.verbs import maps as module
from sxai.networks.verbs.maps import map_reading, maps_of, maps_of_pictures
from sxai.networks.verbs.networks import load_network, model_record


@pytest.fixture
def read(toy_project):
    """maps(n): the maps of the first n images at the network's own resolution."""
    record = model_record(toy_project)
    network = load_network(toy_project, record)
    reading = map_reading(network, "maps")

    def of(n, progress=None):
        images = toy_project.catalogue.images(limit=n)
        report = {} if progress is None else {"progress": progress}
        return images, maps_of(toy_project, record, network, images, reading, **report)

    return of


def test_the_mean_over_positions_is_the_pooled_feature(toy_project, read):
    import toy

    images, maps = read(3)
    assert maps.dtype == np.float16
    np.testing.assert_allclose(maps.astype(np.float64).mean(axis=(2, 3)), toy.features_of(images), atol=2e-3)


def test_what_was_read_is_not_read_again(toy_project, read, monkeypatch):
    _, first = read(2)
    asked = []
    real = module.position_features
    monkeypatch.setattr(
        module,
        "position_features",
        lambda network, canvases, *a, **k: asked.append(len(canvases)) or real(network, canvases, *a, **k),
    )
    _, more = read(5)
    assert asked == [3]
    np.testing.assert_array_equal(more[:2], first)


def test_an_interrupted_run_keeps_the_groups_that_were_done(toy_project, read, monkeypatch):
    monkeypatch.setattr(module, "GROUP", 2)

    def stop(stage, done, total, detail=None):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(6, stop)
    steps = []
    read(6, lambda stage, done, total, detail=None: steps.append(done))
    assert steps[0] == 2


def test_kept_maps_are_those_of_the_picture(toy_project, read):
    [image], maps = read(1)
    record = model_record(toy_project)
    network = load_network(toy_project, record)
    again = maps_of_pictures(toy_project, network, [read_canvas(toy_project, image)], map_reading(network, "maps"))
    np.testing.assert_array_equal(maps, again)


def test_an_unknown_resolution_is_told_with_those_that_are_known(toy_project):
    network = load_network(toy_project, model_record(toy_project))
    with pytest.raises(SpaceError, match="'coarse'; choose one of fine, maps"):
        map_reading(network, "coarse")


def test_fine_maps_are_at_most_twice_as_fine(toy_project):
    network = load_network(toy_project, model_record(toy_project))
    own, fine = map_reading(network, "maps"), map_reading(network, "fine")
    assert own.grid <= fine.grid <= max(own.grid, 28)
