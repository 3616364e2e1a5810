"""The estimators of a concept held against the same images."""

import numpy as np
import pytest
import toy
from sklearn.metrics import roc_auc_score

from sxai.errors import UnknownName
from sxai.networks.verbs.networks import model_record
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.recommend import recommend_estimators
from sxai.spaces.verbs.refit import refit_spaces
from sxai.spaces.verbs.stored import list_spaces, use_estimator


@pytest.fixture
def many_ws(toy_project):
    """Cat's nose by three estimators, the paper's extracted last; cat's eyes by one."""
    for estimator in ("spatial", "all-channels", "s-xai"):
        extract_spaces(toy_project, ["cat.nose"], estimator=estimator, n_ssn=2)
    extract_spaces(toy_project, ["cat.eyes"], n_ssn=2)
    return toy_project


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


def test_where_too_little_is_known_nothing_is_recommended(toy_project):
    extract_spaces(toy_project, ["dog.eyes"], n_ssn=2)
    [eyes] = recommend_estimators(toy_project).concepts
    assert min(eyes.n_visible, eyes.n_hidden) < 5
    assert (eyes.best, eyes.scores) == (None, ())


def test_a_concept_without_a_space_is_named(many_ws):
    with pytest.raises(UnknownName, match=r"cat\.wings"):
        recommend_estimators(many_ws, ["cat.wings"])


def in_use(project):
    return {space.name: space.estimator for space in list_spaces(project)}


def test_a_stored_space_is_put_in_use_without_extracting(many_ws, monkeypatch):
    monkeypatch.setattr("sxai.spaces.verbs.extract.learn", lambda *_: pytest.fail("extracted again"))
    [chosen] = use_estimator(many_ws, ["cat.nose"], "spatial")
    assert (chosen.name, chosen.estimator) == ("cat.nose", "spatial")
    assert in_use(many_ws) == {"cat.nose": "spatial", "cat.eyes": "s-xai"}
    [nose] = recommend_estimators(many_ws, ["cat.nose"], draws=20).concepts
    assert nose.in_use == "spatial"
    use_estimator(many_ws, ["cat.nose", "cat.eyes"], "s-xai")
    assert in_use(many_ws) == {"cat.nose": "s-xai", "cat.eyes": "s-xai"}


def test_what_is_extracted_is_in_use_whatever_was_chosen(many_ws):
    use_estimator(many_ws, ["cat.nose"], "spatial")
    extract_spaces(many_ws, ["cat.nose"], estimator="all-channels")
    assert in_use(many_ws)["cat.nose"] == "all-channels"


def test_another_fit_leaves_the_choice(many_ws):
    use_estimator(many_ws, ["cat.nose"], "all-channels")
    refit_spaces(many_ws, ["cat.nose"], fit="empirical")
    assert in_use(many_ws)["cat.nose"] == "all-channels"


@pytest.mark.parametrize(
    ("names", "estimator", "said"),
    [
        (["cat.nose", "cat.eyes"], "spatial", r"cat\.eyes has no space by 'spatial'.*sxai space extract cat\.eyes"),
        (["cat.nose"], "magic", "magic"),
        (["cat.wings"], "s-xai", r"cat\.wings"),
    ],
)
def test_what_cannot_be_used_changes_nothing(many_ws, names, estimator, said):
    before = in_use(many_ws)
    with pytest.raises(UnknownName, match=said):
        use_estimator(many_ws, names, estimator)
    assert in_use(many_ws) == before


def test_the_choice_belongs_to_the_present_weights(many_ws):
    many_ws.catalogue.update_model(model_record(many_ws).id, sha256="0" * 64)
    with pytest.raises(UnknownName, match="spatial"):
        use_estimator(many_ws, ["cat.nose"], "spatial")
