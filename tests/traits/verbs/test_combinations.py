import numpy as np
import pytest

from sxai.errors import Cancelled, UnknownName
from sxai.images.verbs.stored import read_canvas
from sxai.masks.superpixels import SlicParameters, superpixels
from sxai.networks.verbs.networks import load_network, model_record
from sxai.traits.search.landscape import compose
from sxai.traits.search.settings import SearchSettings
from sxai.traits.verbs.combinations import best_combinations, combine, combined_features, combined_picture

SETTINGS = SearchSettings(superpixels=6, ranking="float32", budget=40)


@pytest.fixture
def some(toy_project):
    cats, dogs = (toy_project.catalogue.images(class_name=name, limit=3) for name in ("cat", "dog"))
    return [*cats, *dogs]


def never(*_):
    pytest.fail("searched although it is kept")


def test_each_image_is_searched_for_its_own_class_and_kept(toy_project, some, monkeypatch):
    found = best_combinations(toy_project, some, SETTINGS)
    assert [each.image_id for each in found] == [image.id for image in some]
    assert [each.class_name for each in found] == [image.class_name for image in some]
    assert all(each.fitness >= each.full_fitness for each in found)
    monkeypatch.setattr("sxai.traits.search.running.Evaluator.fitness", never)
    again = best_combinations(toy_project, some[::-1], SETTINGS)[::-1]
    for first, second in zip(found, again, strict=True):
        assert (first.fitness, first.history, first.created) == (second.fitness, second.history, second.created)
        np.testing.assert_array_equal(first.genome, second.genome)
        np.testing.assert_array_equal(first.features, second.features)
        assert second.genome.dtype == bool


def test_the_composed_picture_has_the_kept_features(toy_project, some):
    record = model_record(toy_project)
    network = load_network(toy_project, record)
    [found] = best_combinations(toy_project, some[:1], SETTINGS)
    picture = combined_picture(toy_project, found)
    pixels = read_canvas(toy_project, some[0])
    np.testing.assert_array_equal(picture, compose(pixels, superpixels(pixels, SlicParameters(6)), found.genome))
    # Toy pictures have the network's input size, so nothing is resized between the two.
    np.testing.assert_allclose(found.features, network.features(network.prepare([picture])).detach()[0], atol=1e-5)
    rows = combined_features(toy_project, record, network, [some[0], some[0]], SETTINGS)
    np.testing.assert_array_equal(rows, [found.features, found.features])


def test_other_settings_are_other_combinations(toy_project, some):
    best_combinations(toy_project, some[:1], SETTINGS)
    [other] = best_combinations(toy_project, some[:1], SearchSettings(method="exhaustive", superpixels=4))
    assert other.parameters["method"] == "exhaustive"
    assert other.forwards == 2 ** len(other.genome)


def test_a_stopped_run_goes_on_where_it_was(toy_project, some, monkeypatch):
    monkeypatch.setattr("sxai.traits.search.running.PARALLEL_SEARCHES", 1)

    def stop_after_two(stage, done, total, detail=None):
        if done == 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        best_combinations(toy_project, some, SETTINGS, progress=stop_after_two)
    seen = []
    best_combinations(
        toy_project, some, SETTINGS, progress=lambda stage, done, total, detail=None: seen.append((done, total))
    )
    assert (seen[0], seen[-1]) == ((2, 6), (6, 6))


def test_no_images_need_no_search(toy_project):
    record = model_record(toy_project)
    assert best_combinations(toy_project, []) == []
    network = load_network(toy_project, record)
    assert combined_features(toy_project, record, network, []).shape == (0, network.channels)


def test_a_class_the_network_does_not_know_is_told(toy_project, some):
    from dataclasses import replace

    with pytest.raises(UnknownName, match="'fox'; it knows cat, dog"):
        best_combinations(toy_project, [replace(some[0], class_name="fox")], SETTINGS)


def test_the_job_searches_a_class(toy_project):
    result = combine(toy_project, "cat", limit=2, settings={"superpixels": 6, "budget": 20})
    assert result.images == 2
    assert result.mean_gain >= 0
    assert 0 < result.mean_forwards <= 20
    assert combine(toy_project, "nobody").images == 0
