"""The scoreboard of the toy project, whose numbers can be worked out from its pixels."""

from dataclasses import asdict
from functools import partial

import numpy as np
import pytest
import toy
from sklearn.metrics import roc_auc_score

from sxai.errors import SpaceError, UnknownName
from sxai.spaces.verbs.details import overlap_detail, space_detail
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.labels import known_visibility, label_visible
from sxai.spaces.verbs.score import score_spaces, verdict_of
from sxai.stats import Interval

NAMES = ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]
JUDGED = ["cat.eyes", "cat.nose", "dog.nose"]
"""Too few unmasked dogs hide their eyes for a verdict."""


@pytest.fixture
def board(spaced_project):
    return score_spaces(spaced_project, draws=200)


def of(board, name):
    return next(space for space in board.spaces if space.name == name)


def unmasked_images(project, name):
    """Images of the class that are not masked for the concept, in the order of their numbers."""
    class_name, part = name.split(".")
    masked = {record.image_id for record in project.catalogue.masks(class_name=class_name, concept=part)}
    return [image for image in project.catalogue.images(class_name=class_name) if image.id not in masked]


def truth(images, part):
    return np.array([toy.draw(image.class_name, toy.seed_of(image))[1][part].any() for image in images])


@pytest.mark.parametrize("name", JUDGED)
def test_the_auc_is_that_of_activations_of_images_that_were_not_masked(spaced_project, board, name):
    images, detail = unmasked_images(spaced_project, name), space_detail(spaced_project, name).summary
    visible = truth(images, name.split(".")[1])
    activations = toy.activation(toy.features_of(images), list(detail.channels), np.array(detail.delta))
    found = of(board, name)
    assert (found.n_visible, found.n_hidden) == (visible.sum(), (~visible).sum())
    assert found.auc == pytest.approx(roc_auc_score(visible, activations))
    assert found.auc_interval[0] <= found.auc <= found.auc_interval[1]


def test_every_space_is_there(board):
    assert [space.name for space in board.spaces] == NAMES
    assert board.model == "toy"
    assert [space.name for space in board.spaces if space.verdict == "unknown"] == ["dog.eyes"]


def test_where_enough_is_known_nothing_is_left_open(board):
    for space in map(partial(of, board), JUDGED):
        assert 0 <= space.ece <= 1
        assert 0 <= space.ece_calibrated <= 1
        assert sum(space.curve.n) == space.n_visible + space.n_hidden
        assert -1 <= space.stability <= 1
        assert space.masks_needed is None or space.masks_needed >= 3
        assert space.estimator == "s-xai"
        assert space.verdict in ("good", "weak", "poor")
        assert space.name.split(".")[1] in space.why


def test_fit_is_that_of_the_space(spaced_project, board):
    for space in board.spaces:
        reference = space_detail(spaced_project, space.name).summary.reference
        assert (space.r2, space.ks) == (reference.r2, reference.ks)


def test_cross_talk_and_cosine_are_the_overlap_s(spaced_project, board):
    related = overlap_detail(spaced_project)
    for matrix, table in ((related.crosstalk, board.crosstalk), (related.cosine, board.cosine)):
        assert list(table) == NAMES
        np.testing.assert_allclose([[table[row][column] for column in NAMES] for row in NAMES], matrix)


def test_selectivity_compares_with_the_same_class_only(board):
    for name, other in zip(NAMES, ["cat.nose", "cat.eyes", "dog.nose", "dog.eyes"], strict=True):
        found = of(board, name)
        assert found.selectivity == pytest.approx(board.crosstalk[name][other] - board.crosstalk[name][name])
        assert found.dominant == (found.selectivity > 0)


def test_a_concept_alone_in_its_class_has_no_selectivity(toy_project):
    extract_spaces(toy_project, ["cat.eyes", "dog.nose"])
    found = of(score_spaces(toy_project, draws=20), "cat.eyes")
    assert (found.selectivity, found.dominant) == (None, None)


def test_only_those_asked_for_are_scored_against_all(spaced_project, board):
    found = score_spaces(spaced_project, ["dog.nose", "cat.eyes", "dog.nose"], draws=200)
    assert [space.name for space in found.spaces] == ["dog.nose", "cat.eyes"]
    assert list(found.crosstalk) == ["dog.nose", "cat.eyes"]
    assert list(found.crosstalk["cat.eyes"]) == NAMES
    assert of(found, "cat.eyes") == of(board, "cat.eyes")


def test_without_truth_the_masks_alone_speak(spaced_project):
    for image_id in known_visibility(spaced_project, "cat", "eyes"):
        label_visible(spaced_project, image_id, "cat.eyes", None)
    found = of(score_spaces(spaced_project, draws=20), "cat.eyes")
    assert (found.auc, found.auc_interval, found.ece, found.ece_calibrated, found.curve) == (None,) * 5
    assert (found.n_visible, found.n_hidden, found.verdict) == (0, 0, "unknown")
    assert "sxai truth from-keypoints" in found.why
    assert found.stability is not None
    assert found.selectivity is not None


def test_five_images_of_each_kind_are_the_least(spaced_project):
    images = unmasked_images(spaced_project, "cat.eyes")
    for at, image in enumerate(images):
        label_visible(spaced_project, image.id, "cat.eyes", at >= 4)
    four = of(score_spaces(spaced_project, ["cat.eyes"], draws=20), "cat.eyes")
    assert (four.auc, four.n_hidden, four.verdict) == (None, 4, "unknown")
    label_visible(spaced_project, images[4].id, "cat.eyes", False)
    assert of(score_spaces(spaced_project, ["cat.eyes"], draws=20), "cat.eyes").auc is not None


def test_labels_that_contradict_the_space_make_it_poor(spaced_project):
    good = of(score_spaces(spaced_project, ["cat.eyes"], draws=50), "cat.eyes")
    for image_id, visible in known_visibility(spaced_project, "cat", "eyes").items():
        label_visible(spaced_project, image_id, "cat.eyes", not visible)
    found = of(score_spaces(spaced_project, ["cat.eyes"], draws=50), "cat.eyes")
    assert found.auc == pytest.approx(1 - good.auc)
    assert (good.verdict, found.verdict) == ("good", "poor")


def test_another_estimator_is_scored_by_its_own_direction(toy_project):
    extract_spaces(toy_project, ["cat.eyes", "cat.nose"], estimator="all-channels")
    found = of(score_spaces(toy_project, draws=20), "cat.eyes")
    assert found.estimator == "all-channels"
    assert 0.5 < found.stability <= 1


def test_a_stored_scoreboard_is_plain(board):
    document = asdict(board)
    assert set(document["spaces"][0]["curve"]) == {"confidence", "share", "n"}
    assert all(isinstance(value, float) for value in document["crosstalk"]["cat.eyes"].values())


def test_progress_counts_spaces(spaced_project):
    seen = []
    score_spaces(spaced_project, draws=10, progress=lambda *told: seen.append(told[:3]))
    assert ("scores", 0, 4) in seen
    assert seen[-1] == ("scores", 4, 4)


def test_no_space_no_scores(toy_project):
    assert score_spaces(toy_project).spaces == ()
    with pytest.raises(UnknownName, match=r"no semantic space 'cat\.eyes'"):
        score_spaces(toy_project, ["cat.eyes"])


def test_a_space_of_earlier_weights_is_refused(spaced_project, monkeypatch):
    monkeypatch.setattr("sxai.spaces.verbs.score.usable_spaces", lambda project, record: [])
    with pytest.raises(SpaceError, match="other weights"):
        score_spaces(spaced_project, ["cat.eyes"])


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (0.95, 0.90, 0.99, "good"),
        (0.80, 0.60, 0.95, "good"),
        (0.90, 0.59, 1.00, "weak"),
        (0.79, 0.75, 0.85, "weak"),
        (0.70, 0.60, 0.76, "weak"),
        (0.70, 0.64, 0.74, "poor"),
        (0.64, 0.40, 0.90, "poor"),
        (0.10, 0.00, 0.20, "poor"),
    ],
)
def test_verdicts(value, low, high, verdict):
    found, why = verdict_of("cat", "eyes", Interval(value, low, high), 50, 50)
    assert found == verdict
    assert f"{100 * value:.1f} %" in why


def test_unknown_says_what_is_missing():
    found, why = verdict_of("cat", "eyes", None, 12, 3)
    assert found == "unknown"
    assert "of 12 unmasked images of cat that they show the eyes, and of 3 that they do not" in why
