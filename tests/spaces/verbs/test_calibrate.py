"""Calibrated probabilities on the toy project, whose parts are known."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import toy
from scipy.special import expit

from sxai.assess.assessment import assess
from sxai.assess.verbs.assess import assess_image, assessment_fingerprint
from sxai.errors import SpaceError, UnknownName
from sxai.search.verbs.search import search
from sxai.spaces.calibration import fit_calibration
from sxai.spaces.verbs.calibrate import _of_other_classes, calibrate_probabilities, probability_in_use, use_probability
from sxai.spaces.verbs.details import space_detail
from sxai.spaces.verbs.extract import extract_spaces

NAMES = ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]


@pytest.fixture
def calibrated_ws(spaced_project):
    calibrate_probabilities(spaced_project)
    use_probability(spaced_project, "calibrated")
    return spaced_project


def of(found, name):
    return next(space for space in found.calibrations if space.name == name)


def test_at_first_the_paper_s_p_is_used_and_nothing_is_calibrated(spaced_project):
    found = probability_in_use(spaced_project)
    assert (found.kind, found.calibrations, list(found.missing)) == ("paper", (), NAMES)
    with pytest.raises(SpaceError, match="sxai probability calibrate"):
        use_probability(spaced_project, "calibrated")


def test_calibrating_alone_changes_nothing(spaced_project):
    image = spaced_project.catalogue.images()[8]
    before = assess_image(spaced_project, image.id)
    found = calibrate_probabilities(spaced_project)
    assert found.kind == "paper"
    assert found.missing == ()
    assert assess_image(spaced_project, image.id).probabilities == before.probabilities
    assert before.paper_probabilities == {}


def test_labels_are_used_where_there_are_enough_and_masks_otherwise(spaced_project):
    found = calibrate_probabilities(spaced_project)
    for name in NAMES:
        class_name, part = name.split(".")
        masked = {mask.image_id for mask in spaced_project.catalogue.masks(class_name=class_name, concept=part)}
        images = [image for image in spaced_project.catalogue.images(class_name=class_name) if image.id not in masked]
        shown = np.array([toy.draw(class_name, toy.seed_of(image))[1][part].any() for image in images])
        enough = min(shown.sum(), (~shown).sum()) >= 5
        space = of(found, name)
        assert space.source == ("labels" if enough else "masks")
        expected = (shown.sum(), (~shown).sum()) if enough else (6, 6)
        assert (space.n_visible, space.n_hidden) == expected
        others = len(spaced_project.catalogue.images()) - len(spaced_project.catalogue.images(class_name=class_name))
        assert space.n_other == min(sum(expected), others)
        assert 0 <= space.ece <= 1


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_a_calibration_is_that_of_its_class_and_as_many_images_of_others(spaced_project, method):
    space = of(calibrate_probabilities(spaced_project, method=method), "dog.eyes")
    assert space.source == "masks"
    summary = space_detail(spaced_project, "dog.eyes")
    masked = {mask.image_id for mask in spaced_project.catalogue.masks(class_name="dog", concept="eyes")}
    others = spaced_project.catalogue.images(class_name="cat")
    drawn = np.random.default_rng(spaced_project.seed).permutation(len(others))[: 2 * len(masked)]
    strangers = toy.features_of([others[at] for at in drawn])
    activations = np.concatenate(
        [
            summary.activations_unmasked,
            summary.activations_masked,
            toy.activation(strangers, list(summary.summary.channels), np.array(summary.summary.delta)),
        ]
    )
    visible = np.arange(len(activations)) < len(masked)
    assert space.calibration == approximately(fit_calibration(activations, visible, method))


def approximately(calibration):
    return replace(calibration, at=pytest.approx(calibration.at), levels=pytest.approx(calibration.levels))


def test_images_of_other_classes_come_evenly_from_each(toy_project):
    cats = toy_project.catalogue.images(class_name="cat")
    toy_project.catalogue.set_class([image.id for image in toy_project.catalogue.images(class_name="dog")[:5]], "fox")
    toy_project.catalogue.set_class([cats[0].id], None)
    drawn = _of_other_classes(toy_project, "cat", 12)
    counts = Counter(image.class_name for image in drawn)
    assert counts == {"fox": 5, "dog": 7}
    assert len({image.id for image in drawn}) == 12
    assert len(_of_other_classes(toy_project, "cat", 10_000)) == len(toy_project.catalogue.images()) - len(cats)


def test_where_there_is_no_other_class_its_own_images_are_all(spaced_project):
    dogs = [image.id for image in spaced_project.catalogue.images(class_name="dog")]
    spaced_project.catalogue.set_class(dogs, None)
    assert of(calibrate_probabilities(spaced_project, ["cat.eyes"]), "cat.eyes").n_other == 0


def test_a_chance_is_the_calibration_of_the_activation(calibrated_ws):
    image = calibrated_ws.catalogue.images(class_name="dog")[9]
    said = assess_image(calibrated_ws, image.id)
    for name in NAMES:
        calibration = of(probability_in_use(calibrated_ws), name).calibration
        by_hand = expit(calibration.at[0] * said.activations[name] + calibration.levels[0])
        assert said.probabilities[name] == pytest.approx(by_hand)
        summary = space_detail(calibrated_ws, name).summary
        place = (said.activations[name] - summary.reference.mean) / summary.reference.std
        assert np.sign(said.paper_probabilities[name] - 0.5) == np.sign(place)


def test_sentences_and_searches_run_on_what_is_used(calibrated_ws):
    image = calibrated_ws.catalogue.images(class_name="cat")[7]
    said = assess_image(calibrated_ws, image.id)
    judged = assess(said.predicted, said.confidence, said.probabilities, list(said.outputs))
    assert said.assessment == judged.level
    found = {hit.image_id: hit.probabilities for hit in search(calibrated_ws, "true = cat", limit=None).hits}
    assert found[image.id] == pytest.approx(said.probabilities)
    changed = assessment_fingerprint(calibrated_ws)
    use_probability(calibrated_ws, "paper")
    assert assessment_fingerprint(calibrated_ws) != changed
    assert assess_image(calibrated_ws, image.id).probabilities == pytest.approx(said.paper_probabilities)


def test_an_extraction_by_another_estimator_has_to_be_calibrated_again(calibrated_ws):
    extract_spaces(calibrated_ws, ["cat.eyes"], estimator="all-channels")
    found = probability_in_use(calibrated_ws)
    assert found.missing == ("cat.eyes",)
    image = calibrated_ws.catalogue.images(class_name="cat")[7]
    said = assess_image(calibrated_ws, image.id)
    assert said.probabilities["cat.eyes"] == said.paper_probabilities["cat.eyes"]
    assert said.probabilities["cat.nose"] != said.paper_probabilities["cat.nose"]


def test_a_spatial_space_is_calibrated_like_any_other(toy_project):
    extract_spaces(toy_project, NAMES, estimator="spatial", n_ssn=2)
    found = calibrate_probabilities(toy_project, ["cat.nose", "dog.nose"], method="isotonic")
    assert [(space.name, space.method) for space in found.calibrations] == [
        ("cat.nose", "isotonic"),
        ("dog.nose", "isotonic"),
    ]
    assert found.missing == ("cat.eyes", "dog.eyes")


def test_bad_names_are_refused(spaced_project):
    with pytest.raises(UnknownName, match=r"cat\.wings"):
        calibrate_probabilities(spaced_project, ["cat.wings"])
    with pytest.raises(UnknownName, match="choose paper or calibrated"):
        use_probability(spaced_project, "mine")
