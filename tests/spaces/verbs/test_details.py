"""Stored spaces looked at closely: what is shown agrees with what was stored and with numpy and scipy."""

import numpy as np
import pytest
import toy
from scipy import stats

from data_store.errors import CatalogueError
from sxai.errors import SpaceError, UnknownName
from sxai.networks.verbs.networks import add_model, model_record
from sxai.spaces.verbs.details import distribution_detail, overlap_detail, space_detail
from sxai.spaces.verbs.stored import list_spaces


def test_detail_holds_the_scores_of_all_channels_by_hand(spaced_project):
    detail = space_detail(spaced_project, "cat.eyes")
    images = spaced_project.catalogue.images(ids=detail.mask_image_ids)
    unmasked, masked = toy.features_of(images), toy.masked_features_of(spaced_project, "cat.eyes", images)
    np.testing.assert_allclose(detail.scores_unmasked, toy.first_trait(unmasked)[0], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(detail.scores_masked, toy.first_trait(masked)[0], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(detail.difference, toy.space_by_hand(unmasked, masked)[2], rtol=1e-3, atol=1e-5)


def test_detail_agrees_with_its_summary(spaced_project):
    detail = space_detail(spaced_project, "cat.eyes")
    assert detail.summary in list_spaces(spaced_project)
    np.testing.assert_allclose(detail.difference[list(detail.summary.channels)], detail.summary.delta)
    assert detail.p_unmasked.mean() == pytest.approx(detail.summary.masked.p_unmasked)
    assert detail.p_masked.mean() == pytest.approx(detail.summary.masked.p_masked)
    assert (detail.activations_masked < detail.activations_unmasked).mean() == detail.summary.masked.share_lower


def test_probabilities_of_the_pairs_stand_in_the_reference_distribution(spaced_project):
    detail, placed = space_detail(spaced_project, "dog.nose"), distribution_detail(spaced_project, "dog.nose")
    np.testing.assert_allclose(detail.p_unmasked, toy.probability(detail.activations_unmasked, placed.values))
    np.testing.assert_allclose(detail.p_masked, toy.probability(detail.activations_masked, placed.values))
    np.testing.assert_array_equal(placed.unmasked_values, detail.activations_unmasked)
    np.testing.assert_array_equal(placed.masked_values, detail.activations_masked)


def test_the_distribution_holds_one_value_for_each_reference_image(spaced_project):
    shown = distribution_detail(spaced_project, "cat.nose")
    masked = {mask.image_id for mask in spaced_project.catalogue.masks(class_name="cat", concept="nose")}
    expected = [image.id for image in spaced_project.catalogue.images(class_name="cat") if image.id not in masked]
    assert sorted(shown.image_ids) == expected
    summary = shown.summary
    table = toy.features_of(spaced_project.catalogue.images(ids=shown.image_ids))
    values = toy.activation(table, list(summary.channels), np.array(summary.delta))
    np.testing.assert_allclose(shown.values, values, rtol=1e-3, atol=1e-6)


def test_the_quantile_plot_is_scipys(spaced_project):
    shown = distribution_detail(spaced_project, "cat.nose")
    fit = (shown.values.mean(), shown.values.std())
    (theoretical, ordered), (slope, intercept, r) = stats.probplot(shown.values, sparams=fit)
    np.testing.assert_allclose(shown.theoretical, theoretical)
    np.testing.assert_allclose(shown.ordered, ordered)
    assert (shown.slope, shown.intercept, shown.r2) == pytest.approx((slope, intercept, r**2))
    assert (shown.r2, shown.ks) == pytest.approx((shown.summary.reference.r2, shown.summary.reference.ks))


def test_both_ends_run_inwards_from_zero_and_one(spaced_project):
    shown = distribution_detail(spaced_project, "cat.nose", ends=4)
    low, high = ([p for _, p in end] for end in (shown.low, shown.high))
    assert low == sorted(low)
    assert high == sorted(high, reverse=True)
    assert (low[0], high[0]) == pytest.approx((0.0, 1.0), abs=1e-9)
    assert len(low) == len(high) == 4
    place = dict(zip(shown.image_ids, shown.values, strict=True))
    assert place[shown.low[0][0]] == shown.values.min()
    assert place[shown.high[0][0]] == shown.values.max()


def test_images_that_show_the_part_stand_at_the_high_end(spaced_project):
    shown = distribution_detail(spaced_project, "cat.nose", ends=3)
    presence = spaced_project.catalogue.part_presence("nose", "cat")
    assert all(presence[image_id] for image_id, _ in shown.high)
    assert not any(presence[image_id] for image_id, _ in shown.low[:2])


def test_overlap_is_the_cosine_between_differences(spaced_project):
    shown = overlap_detail(spaced_project)
    rows = np.stack([space_detail(spaced_project, name).difference for name in shown.names])
    norms = np.linalg.norm(rows, axis=1)
    np.testing.assert_allclose(shown.cosine, rows @ rows.T / np.outer(norms, norms), atol=1e-12)


def test_shared_neurons_are_counted_both_ways(spaced_project):
    shown = overlap_detail(spaced_project)
    sets = [set(space.channels) for space in list_spaces(spaced_project)]
    np.testing.assert_array_equal(shown.shared, [[len(a & b) for b in sets] for a in sets])


def test_crosstalk_is_the_mean_change_of_every_space_when_one_concept_is_masked(spaced_project):
    shown = overlap_detail(spaced_project)
    for row, masked_name in enumerate(shown.names):
        detail = space_detail(spaced_project, masked_name)
        images = spaced_project.catalogue.images(ids=detail.mask_image_ids)
        tables = toy.features_of(images), toy.masked_features_of(spaced_project, masked_name, images)
        for column, name in enumerate(shown.names):
            summary, values = list_spaces(spaced_project)[column], distribution_detail(spaced_project, name).values
            before, after = (
                toy.probability(toy.activation(table, list(summary.channels), np.array(summary.delta)), values)
                for table in tables
            )
            assert shown.crosstalk[row, column] == pytest.approx((after - before).mean(), abs=2e-3)


def test_masking_the_nose_of_a_toy_hardly_touches_its_eyes(spaced_project):
    shown = overlap_detail(spaced_project)
    eyes, nose = shown.names.index("cat.eyes"), shown.names.index("cat.nose")
    assert shown.crosstalk[nose, nose] < -2 * abs(shown.crosstalk[nose, eyes])
    assert shown.crosstalk[eyes, eyes] < -2 * abs(shown.crosstalk[eyes, nose])


def test_without_spaces_there_is_nothing_to_compare(toy_project):
    shown = overlap_detail(toy_project)
    assert (shown.names, shown.cosine.shape, shown.crosstalk.shape) == ([], (0, 0), (0, 0))


@pytest.mark.parametrize("look", [space_detail, distribution_detail])
def test_a_space_that_is_not_there_is_answered_with_the_command_that_makes_it(spaced_project, look):
    with pytest.raises(UnknownName, match=r"'cat\.tail'.*cat\.eyes.*sxai space extract cat\.tail"):
        look(spaced_project, "cat.tail")


@pytest.mark.parametrize("look", [space_detail, distribution_detail])
def test_a_name_that_is_no_concept_is_told(spaced_project, look):
    with pytest.raises(SpaceError, match=r"class\.concept"):
        look(spaced_project, "eyes")


def test_a_space_of_another_network_is_not_shown(spaced_project):
    add_model(spaced_project, "second", "toy:body")
    with pytest.raises(UnknownName, match="second"):
        space_detail(spaced_project, "cat.eyes")
    assert space_detail(spaced_project, "cat.eyes", model="toy").summary.model == "toy"


def test_arrays_that_were_lost_are_told(spaced_project):
    record = spaced_project.catalogue.space(model_record(spaced_project).id, "cat.eyes")
    spaced_project.artefacts.path(record.artefact).unlink()
    with pytest.raises(CatalogueError, match=record.artefact):
        space_detail(spaced_project, "cat.eyes")


def test_spaces_of_former_weights_are_not_compared(spaced_project):
    record = model_record(spaced_project)
    assert len(overlap_detail(spaced_project).names) == 4
    spaced_project.catalogue.update_model(record.id, sha256="other weights")
    assert overlap_detail(spaced_project).names == []
