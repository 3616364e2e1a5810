"""Semantic spaces from stored masks: equal to the maths by hand, replaced whole, and told when out of date."""

from dataclasses import asdict

import numpy as np
import pytest
import toy
from scipy import stats

from sxai.errors import Cancelled, SpaceError, TooFewMasks, UnknownName
from sxai.masks.verbs.save import add_concept
from sxai.networks.verbs.networks import add_model, model_record
from sxai.spaces.estimators import ESTIMATORS
from sxai.spaces.verbs import extract
from sxai.spaces.verbs.details import distribution_detail, space_detail
from sxai.spaces.verbs.extract import extract_spaces, reference_images
from sxai.spaces.verbs.refit import refit_spaces
from sxai.spaces.verbs.stored import list_spaces

CONCEPTS = ("cat.eyes", "cat.nose", "dog.eyes", "dog.nose")


def pair_by_hand(project, concept):
    """Features (n, C) of the masked images as they are and masked, from the pictures alone."""
    class_name, part = concept.split(".")
    masks = project.catalogue.masks(class_name=class_name, concept=part)
    images = project.catalogue.images(ids=sorted(mask.image_id for mask in masks))
    return toy.features_of(images), toy.masked_features_of(project, concept, images)


@pytest.mark.parametrize("concept", CONCEPTS)
def test_channels_and_differences_are_those_of_the_paper(spaced_project, concept):
    (space,) = [space for space in list_spaces(spaced_project) if space.name == concept]
    channels, delta, _ = toy.space_by_hand(*pair_by_hand(spaced_project, concept))
    assert space.channels == tuple(channels)
    np.testing.assert_allclose(space.delta, delta, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("concept", CONCEPTS)
def test_information_ratios_are_those_of_the_singular_values(spaced_project, concept):
    (space,) = [space for space in list_spaces(spaced_project) if space.name == concept]
    unmasked, masked = pair_by_hand(spaced_project, concept)
    assert space.ratios.unmasked == pytest.approx(toy.first_trait(unmasked)[1], rel=1e-4)
    assert space.ratios.masked == pytest.approx(toy.first_trait(masked)[1], rel=1e-4)


@pytest.mark.parametrize("concept", CONCEPTS)
def test_the_reference_distribution_is_the_fit_over_unmasked_images_of_the_class(spaced_project, concept):
    (space,) = [space for space in list_spaces(spaced_project) if space.name == concept]
    class_name, part = concept.split(".")
    masked = {mask.image_id for mask in spaced_project.catalogue.masks(class_name=class_name, concept=part)}
    images = [image for image in spaced_project.catalogue.images(class_name=class_name) if image.id not in masked]
    channels, delta, _ = toy.space_by_hand(*pair_by_hand(spaced_project, concept))
    values = toy.activation(toy.features_of(images), channels, delta)
    line = stats.linregress(stats.probplot(values, fit=False)[0], np.sort(values))
    expected = {
        "n": 18,
        "mean": values.mean(),
        "std": values.std(),
        "min": values.min(),
        "max": values.max(),
        "r2": line.rvalue**2,
        "ks": stats.kstest(values, "norm", (values.mean(), values.std())).statistic,
    }
    assert asdict(space.reference) == pytest.approx(expected, rel=2e-3, abs=1e-5)


@pytest.mark.parametrize("concept", CONCEPTS)
def test_the_effect_of_masking_is_measured_on_its_own_pairs(spaced_project, concept):
    (space,) = [space for space in list_spaces(spaced_project) if space.name == concept]
    class_name, part = concept.split(".")
    masked_ids = {mask.image_id for mask in spaced_project.catalogue.masks(class_name=class_name, concept=part)}
    images = [image for image in spaced_project.catalogue.images(class_name=class_name) if image.id not in masked_ids]
    unmasked, masked = pair_by_hand(spaced_project, concept)
    channels, delta, _ = toy.space_by_hand(unmasked, masked)
    reference = toy.activation(toy.features_of(images), channels, delta)
    before, after = (toy.probability(toy.activation(table, channels, delta), reference) for table in (unmasked, masked))
    assert space.masked.p_unmasked == pytest.approx(before.mean(), abs=2e-3)
    assert space.masked.p_masked == pytest.approx(after.mean(), abs=2e-3)
    assert space.masked.share_lower == (after < before).mean() == 1.0
    assert space.masked.share_lower_held_out is None


def test_the_eyes_of_the_toys_are_found_in_the_channels_that_see_red(spaced_project):
    (space,) = [space for space in list_spaces(spaced_project) if space.name == "cat.eyes"]
    strongest = dict(zip(space.channels, space.delta, strict=True))
    assert space.channels[0] == 3, "2R − G − B"
    assert strongest[3] > 0


def test_all_concepts_are_extracted_when_none_is_named(toy_project):
    result = extract_spaces(toy_project)
    assert tuple(space.name for space in result.spaces) == CONCEPTS
    assert result.skipped == ()
    assert [space.name for space in list_spaces(toy_project)] == list(CONCEPTS)


def test_a_concept_with_two_masks_is_refused_by_name_and_nothing_is_stored(toy_project):
    add_concept(toy_project, "cat.tail")
    for image in toy_project.catalogue.images(class_name="cat", limit=2):
        toy.mask_part(toy_project, "cat.tail", image)
    with pytest.raises(TooFewMasks, match=r"cat\.tail has 2 masked images.*at least 3"):
        extract_spaces(toy_project, ["cat.tail"])
    assert list_spaces(toy_project) == []


def test_among_all_concepts_one_with_two_masks_is_passed_over_and_listed(toy_project):
    add_concept(toy_project, "cat.tail")
    for image in toy_project.catalogue.images(class_name="cat", limit=2):
        toy.mask_part(toy_project, "cat.tail", image)
    result = extract_spaces(toy_project)
    assert tuple(space.name for space in result.spaces) == CONCEPTS
    assert [name for name, _ in result.skipped] == ["cat.tail"]
    assert "2 masked images" in result.skipped[0][1]


def test_three_masks_are_enough(toy_project):
    add_concept(toy_project, "cat.tail")
    for image in toy_project.catalogue.images(class_name="cat", limit=3):
        toy.mask_part(toy_project, "cat.tail", image)
    (space,) = extract_spaces(toy_project, ["cat.tail"]).spaces
    assert (space.n_masks, space.reference.n) == (3, 21)


def test_the_number_of_sensitive_neurons_can_be_chosen(toy_project):
    (three,) = extract_spaces(toy_project, ["cat.eyes"], n_ssn=3).spaces
    (five,) = extract_spaces(toy_project, ["cat.eyes"]).spaces
    assert three.channels == five.channels[:3]
    assert three.parameters["n_ssn"] == 3


def test_extracting_again_replaces_the_space(spaced_project):
    before = list_spaces(spaced_project)
    toy.mask_part(spaced_project, "cat.eyes", spaced_project.catalogue.images(class_name="cat")[8])
    extract_spaces(spaced_project, ["cat.eyes"])
    after = list_spaces(spaced_project)
    assert [space.name for space in after] == [space.name for space in before]
    assert [space.n_masks for space in after] == [7, 6, 6, 6]
    assert after[1:] == before[1:]
    assert space_detail(spaced_project, "cat.eyes").activations_masked.shape == (7,)


def test_the_same_masks_give_the_same_space(spaced_project):
    before = {space.name: (space.channels, space.delta, space.reference) for space in list_spaces(spaced_project)}
    extract_spaces(spaced_project)
    assert {s.name: (s.channels, s.delta, s.reference) for s in list_spaces(spaced_project)} == before


def test_the_reference_can_be_taken_over_one_data_set(toy_project):
    toy.add_pictures(toy_project, "cat", range(70, 80), "fresh")
    (space,) = extract_spaces(toy_project, ["cat.eyes"], reference="fresh").spaces
    images = toy_project.catalogue.images(dataset="fresh")
    channels, delta, _ = toy.space_by_hand(*pair_by_hand(toy_project, "cat.eyes"))
    values = toy.activation(toy.features_of(images), channels, delta)
    assert space.reference.n == 10
    assert space.reference.mean == pytest.approx(values.mean(), rel=2e-3)
    assert space.parameters["reference"] == "fresh"


def test_an_unknown_reference_data_set_is_named(toy_project):
    with pytest.raises(UnknownName, match=r"'elsewhere'.*toys, others"):
        extract_spaces(toy_project, ["cat.eyes"], reference="elsewhere")
    assert list_spaces(toy_project) == []


def test_a_reference_with_too_few_images_is_refused(toy_project):
    with pytest.raises(SpaceError, match=r"only 4 images of cat are not masked.*needs 5"):
        extract_spaces(toy_project, ["cat.eyes"], reference="others")


def test_a_large_class_is_sampled_by_seed_without_masked_images(toy_project, monkeypatch):
    monkeypatch.setattr(extract, "MAX_REFERENCE", 7)
    masked = {mask.image_id for mask in toy_project.catalogue.masks(class_name="cat", concept="eyes")}
    chosen = [image.id for image in reference_images(toy_project, "cat.eyes", masked)]
    assert len(set(chosen)) == 7
    assert not masked & set(chosen)
    assert chosen == [image.id for image in reference_images(toy_project, "cat.eyes", masked)]


def test_an_unknown_concept_is_answered_with_those_there_are(toy_project):
    with pytest.raises(UnknownName, match=r"'cat\.wings'.*cat\.eyes, cat\.nose"):
        extract_spaces(toy_project, ["cat.wings"])


def test_an_unknown_estimator_is_refused(toy_project):
    with pytest.raises(UnknownName, match="'magic'; there are s-xai"):
        extract_spaces(toy_project, estimator="magic")


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_images_are_assessed_with_any_estimator(toy_project, estimator):
    found = extract_spaces(toy_project, ["cat.eyes"], estimator=estimator, n_ssn=2).spaces[0]
    assert found.masked.p_masked < found.masked.p_unmasked
    detail = distribution_detail(toy_project, "cat.eyes")
    assert detail.summary.estimator == estimator
    refitted = refit_spaces(toy_project, ["cat.eyes"], fit="empirical").spaces[0]
    assert (refitted.estimator, refitted.fit) == (estimator, "empirical")


def test_without_any_concept_the_next_step_is_told(empty_project):
    add_model(empty_project, "toy", "toy:body")
    with pytest.raises(TooFewMasks, match="mask at least 3"):
        extract_spaces(empty_project)


def test_stopping_between_spaces_keeps_those_that_are_done(toy_project):
    def stop(stage, done, total, detail=None):
        if stage == "spaces" and done == 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        extract_spaces(toy_project, progress=stop)
    assert [space.name for space in list_spaces(toy_project)] == ["cat.eyes", "cat.nose"]
    assert space_detail(toy_project, "cat.nose").summary.stale is False


def test_stopping_within_a_space_keeps_the_former_one(spaced_project):
    toy.mask_part(spaced_project, "cat.eyes", spaced_project.catalogue.images(class_name="cat")[8])
    before = list_spaces(spaced_project)

    def stop(stage, done, total, detail=None):
        if stage == "masked images" and done:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        extract_spaces(spaced_project, ["cat.eyes"], progress=stop)
    assert list_spaces(spaced_project) == before


def test_what_a_space_was_made_with_is_kept(spaced_project):
    (space, *_) = list_spaces(spaced_project)
    masks = spaced_project.catalogue.masks(class_name="cat", concept="eyes")
    assert space.parameters["network"] == model_record(spaced_project).sha256
    assert space.parameters["version"]
    stored = spaced_project.catalogue.space(model_record(spaced_project).id, "cat.eyes")
    assert {(m.mask_id, m.mask_version) for m in spaced_project.catalogue.space_masks(stored.id)} == {
        (mask.id, mask.version) for mask in masks
    }


def test_one_extraction_reads_in_sets_whatever_the_number_of_masks(spaced_project, transactions):
    extract_spaces(spaced_project, ["cat.eyes"])
    assert 0 < len(transactions) <= 12
