"""The estimators of a concept held against the same images."""

import numpy as np
import pytest
import toy
from sklearn.metrics import roc_auc_score

from sxai.errors import UnknownName
from sxai.workflows import extract_spaces, list_spaces, recommend_estimators


@pytest.fixture
def many_ws(toy_ws):
    """Cat's nose by three estimators, the paper's extracted last; cat's eyes by one."""
    for estimator in ("spatial", "all-channels", "s-xai"):
        extract_spaces(toy_ws, ["cat.nose"], estimator=estimator, n_ssn=2)
    extract_spaces(toy_ws, ["cat.eyes"], n_ssn=2)
    return toy_ws


def test_every_estimator_is_judged_on_the_same_images_and_the_best_comes_first(many_ws):
    found = {concept.name: concept for concept in recommend_estimators(many_ws, draws=20).concepts}
    nose = found["cat.nose"]
    assert {score.estimator for score in nose.scores} == {"spatial", "all-channels", "s-xai"}
    assert [score.auc for score in nose.scores] == sorted((score.auc for score in nose.scores), reverse=True)
    assert (nose.best, nose.in_use) == (nose.scores[0].estimator, "s-xai")
    images = many_ws.catalogue.images(class_name="cat")[6:]
    shown = np.array([toy.draw("cat", toy.seed_of(image))[1]["nose"].any() for image in images])
    assert (nose.n_visible, nose.n_hidden) == (shown.sum(), (~shown).sum())
    space = next(space for space in list_spaces(many_ws) if space.name == "cat.nose")
    activations = toy.activation(toy.features_of(images), list(space.channels), np.array(space.delta))
    paper = next(score for score in nose.scores if score.estimator == "s-xai")
    assert paper.auc == pytest.approx(roc_auc_score(shown, activations))
    assert [score.estimator for score in found["cat.eyes"].scores] == ["s-xai"]


def test_where_too_little_is_known_nothing_is_recommended(toy_ws):
    extract_spaces(toy_ws, ["dog.eyes"], n_ssn=2)
    [eyes] = recommend_estimators(toy_ws).concepts
    assert min(eyes.n_visible, eyes.n_hidden) < 5
    assert (eyes.best, eyes.scores) == (None, ())


def test_a_concept_without_a_space_is_named(many_ws):
    with pytest.raises(UnknownName, match=r"cat\.wings"):
        recommend_estimators(many_ws, ["cat.wings"])
