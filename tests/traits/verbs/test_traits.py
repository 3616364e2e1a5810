"""Common traits of a class: equal to the singular values by hand, kept, drawn with a seed."""

import numpy as np
import pytest
import toy

from sxai.errors import Cancelled, SpaceError, UnknownName
from sxai.networks.verbs.networks import model_record
from sxai.traits.search.settings import SearchSettings
from sxai.traits.verbs import traits
from sxai.traits.verbs.traits import common_traits, drawn_images, searched_samples


def by_hand(project, ids):
    return toy.features_of(project.catalogue.images(ids=ids))


def never(*_, **__):
    pytest.fail("computed although it is kept")


def test_the_first_component_and_its_ratio_are_those_of_the_singular_values(toy_project):
    found = common_traits(toy_project, "cat", n=15, search=None)
    table = by_hand(toy_project, found.image_ids)
    scores, ratio = toy.first_trait(table)
    np.testing.assert_allclose(found.component(1), scores, rtol=1e-3, atol=1e-4)
    assert found.ratios[0] == pytest.approx(ratio, rel=1e-4)
    assert found.ratios.sum() == pytest.approx(1.0)
    assert (len(found.image_ids), found.search, found.model) == (15, None, "toy")


def test_scores_are_the_features_weighted_by_the_loadings(toy_project):
    found = common_traits(toy_project, "cat", n=15, search=None)
    rows = by_hand(toy_project, found.image_ids).T @ found.loadings
    np.testing.assert_allclose(found.scores, rows, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found.loadings.T @ found.loadings, np.eye(found.loadings.shape[1]), atol=1e-6)


def test_the_components_for_85_per_cent_are_the_fewest_that_hold_them(toy_project):
    found = common_traits(toy_project, "dog", search=None)
    held = np.cumsum(found.ratios)
    assert held[found.components_for_85 - 1] >= 0.85
    assert found.components_for_85 == 1 or held[found.components_for_85 - 2] < 0.85


def test_components_are_named_from_one_and_the_last(toy_project):
    found = common_traits(toy_project, "cat", search=None)
    np.testing.assert_array_equal(found.component("last"), found.scores[:, -1])
    np.testing.assert_array_equal(found.component(2), found.scores[:, 1])
    for which in (0, len(found.ratios) + 1, "first"):
        with pytest.raises(SpaceError, match="have components 1 to"):
            found.component(which)


def test_traits_are_computed_once(toy_project, monkeypatch):
    assert common_traits.known(toy_project, "cat", 12, None) is None
    first = common_traits(toy_project, "cat", 12, None)
    monkeypatch.setattr(traits, "sample_features", never)
    again = common_traits(toy_project, "cat", 12, None)
    np.testing.assert_array_equal(again.scores, first.scores)
    assert common_traits.known(toy_project, "cat", 12, None).summary() == first.summary()
    assert common_traits.known(toy_project, "dog", 12, None) is None


def test_another_draw_takes_other_images(toy_project):
    first, second = (set(common_traits(toy_project, "cat", 12, None, draw=draw).image_ids) for draw in (0, 1))
    assert not first & second
    third = set(common_traits(toy_project, "cat", 12, None, draw=2).image_ids)
    assert third not in (first, second)


def test_a_class_with_fewer_images_gives_all_it_has(toy_project):
    found = common_traits(toy_project, "dog", 300, None)
    assert sorted(found.image_ids) == [image.id for image in toy_project.catalogue.images(class_name="dog")]


def test_the_summary_names_the_strongest_channels(toy_project):
    found = common_traits(toy_project, "cat", 12, None)
    summary = found.summary()
    strongest = summary["top"][0]
    assert strongest["score"] == pytest.approx(found.component(1).max())
    assert found.component(1)[strongest["channel"]] == strongest["score"]
    assert summary["ratios"] == pytest.approx(found.ratios[:5].tolist())
    assert (summary["class"], summary["n"], summary["search"]) == ("cat", 12, None)
    assert summary["parameters"]["image_ids"] == list(found.image_ids)
    assert summary["parameters"]["seed"] == toy_project.seed


def test_the_wrong_class_or_number_is_told(toy_project, empty_project):
    with pytest.raises(UnknownName, match="no class 'bird'; this project has cat, dog"):
        drawn_images(toy_project, "bird", 3)
    with pytest.raises(SpaceError, match="1 samples were asked for"):
        common_traits(toy_project, "cat", 1, None)
    toy_project.catalogue.set_class([], "owl")
    with pytest.raises(SpaceError, match="owl has 0 images"):
        common_traits(toy_project, "owl", 3, None)
    with pytest.raises(UnknownName, match="no network yet"):
        common_traits(empty_project, "cat", 3, None)


def test_it_can_be_stopped_before_anything_is_kept(toy_project):
    def stop(*_, **__):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        common_traits(toy_project, "cat", 12, None, progress=stop)
    assert common_traits.known(toy_project, "cat", 12, None) is None


def test_a_search_is_part_of_what_is_kept(toy_project, monkeypatch):
    seen = []

    def combined(project, record, network, images, settings, progress):
        seen.append(settings)
        return toy.features_of(images) * 2

    monkeypatch.setattr(traits, "combined_features", combined)
    searched = common_traits(toy_project, "cat", 12, "genetic")
    whole = common_traits(toy_project, "cat", 12, None)
    assert seen == [SearchSettings(method="genetic", seed=toy_project.seed)]
    assert (searched.search, whole.search) == ("genetic", None)
    np.testing.assert_allclose(searched.component(1), 2 * whole.component(1), rtol=1e-3, atol=1e-4)
    assert searched.parameters["search"]["generations"] == 50
    small = SearchSettings("genetic", generations=3)
    assert common_traits.known(toy_project, "cat", 12, small) is None
    assert common_traits(toy_project, "cat", 12, small).parameters["search"]["generations"] == 3


def test_searched_traits_are_those_of_the_best_combinations(toy_project):
    found = common_traits(toy_project, "cat", 3)
    samples = searched_samples(toy_project, found)
    assert [one.image_id for one in samples] == list(found.image_ids)
    scores, ratio = toy.first_trait(np.stack([one.features for one in samples]))
    np.testing.assert_allclose(found.component(1), scores, rtol=1e-3, atol=1e-4)
    assert found.ratios[0] == pytest.approx(ratio, rel=1e-4)
    assert all(one.fitness >= one.full_fitness for one in samples)
    assert searched_samples(toy_project, common_traits(toy_project, "cat", 3, None)) == []


def test_a_search_that_is_not_kept_any_more_is_left_out(toy_project):
    found = common_traits(toy_project, "cat", 3)
    toy_project.catalogue.remove_analyses(model_record(toy_project).id, "combination")
    assert searched_samples(toy_project, found) == []
