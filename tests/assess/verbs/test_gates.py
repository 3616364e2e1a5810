"""The gates of a project's network: what is compared, what is kept, and what is said."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import toy

from sxai.assess.novelty import METHODS, Neighbours
from sxai.assess.verbs import gates as verbs
from sxai.assess.verbs.assess import Assessor, assess_bytes, assess_image
from sxai.assess.verbs.detection_rule import rule_in_use
from sxai.assess.verbs.gates import as_in_the_paper, gates_in_use, set_gates
from sxai.errors import SpaceError
from sxai.images.decode import encode
from sxai.networks.verbs.networks import active_model, model_record
from sxai.networks.verbs.train import train_model
from sxai.spaces.verbs.calibrate import calibrate_probabilities, probability_in_use, use_probability
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import list_spaces


@pytest.fixture
def project(spaced_project):
    """The toy project with enough pictures kept aside: 42."""
    for class_name in ("cat", "dog"):
        toy.add_pictures(spaced_project, class_name, range(103, 160, 4), "more")
    return spaced_project


def pictures(project, kept_aside):
    return [image for image in project.catalogue.images() if (image.split == "val") == kept_aside]


@pytest.fixture
def noise(rng):
    return encode(rng.integers(0, 256, (toy.SIDE, toy.SIDE, 3), dtype=np.uint8), "png")


def test_scores_are_the_distances_to_the_training_pictures(project):
    found = Assessor.of(project).tests.familiarity
    learned, aside = (toy.features_of(pictures(project, kept)) for kept in (False, True))
    assert (len(found.learned), len(found.scores)) == (len(learned), len(aside)) == (36, 42)
    assert found.scores == pytest.approx(np.sort(Neighbours.of(learned).score(aside)), abs=2e-3)


def test_a_picture_unlike_all_is_never_sure(project, noise):
    said = assess_bytes(project, "noise.png", noise)
    assert said.level == "unfamiliar"
    assert said.familiarity.p_value == pytest.approx(1 / 43)
    assert {image_id for image_id, _ in said.familiarity.nearest} <= {image.id for image in pictures(project, False)}
    assert said.sentence != said.verdict


def test_pictures_of_the_same_kind_mostly_pass(project):
    said = [assess_image(project, image.id, keep=False) for image in pictures(project, True)]
    assert sum(one.level == "unfamiliar" for one in said) <= 0.05 * 43


def test_a_training_picture_is_compared_with_the_others(project):
    image = pictures(project, False)[0]
    said = assess_image(project, image.id, keep=False)
    assert image.id not in [image_id for image_id, _ in said.familiarity.nearest]
    assert said.familiarity.distance > 0


def test_as_in_the_paper_there_are_no_gates(project, noise):
    set_gates(project, paper=True)
    said = assess_bytes(project, "noise.png", noise)
    assert (said.level, said.verdict) == (said.assessment, said.sentence)
    assert (said.gates, said.advice, said.familiarity) == ((), (), None)
    set_gates(project, paper=False)
    assert assess_bytes(project, "noise.png", noise).level == "unfamiliar"


def test_the_rate_of_false_alarms_is_the_persons(project):
    image = pictures(project, True)
    for rate in (0.03, 0.3):
        set_gates(project, rate=rate)
        found = gates_in_use(project)
        said = [assess_image(project, one.id, keep=False).familiarity for one in image]
        assert sum(not one.familiar for one in said) <= rate * 43
        assert all(one.familiar == (one.score <= found.limit) for one in said)
        assert found.settings.rate == rate
    assert sum(not one.familiar for one in said) == int(0.3 * 43) - 1


@pytest.mark.parametrize("method", METHODS)
def test_every_detector_can_be_used(project, method):
    set_gates(project, method=method)
    assert gates_in_use(project).settings.method == method
    said = assess_image(project, pictures(project, True)[0].id, keep=False)
    assert 0 < said.familiarity.p_value <= 1


def test_what_cannot_be_chosen_is_refused(project):
    with pytest.raises(SpaceError, match=r"such as 0\.05"):
        set_gates(project, rate=5.0)
    with pytest.raises(SpaceError, match="neighbours"):
        set_gates(project, method="guess")
    assert gates_in_use(project).settings.rate == 0.05


def test_the_comparison_follows_the_project_and_computes_only_what_is_new(project, monkeypatch):
    gates_in_use(project)
    compared = []
    monkeypatch.setattr(
        Neighbours,
        "nearest",
        lambda self, rows, k=None, real=Neighbours.nearest: compared.append(len(rows)) or real(self, rows, k),
    )
    toy.add_pictures(project, "cat", [201, 203], "later")  # one to train, one kept aside
    found = gates_in_use(project)
    assert (found.learned, found.kept_aside) == (37, 43)
    assert sorted(compared)[:2] == [1, 37]  # the new one with all; those known with the new one
    fresh = Neighbours.of(toy.features_of(pictures(project, False))).score(toy.features_of(pictures(project, True)))
    assert Assessor.of(project).tests.familiarity.scores == pytest.approx(np.sort(fresh), abs=2e-3)


def test_what_was_compared_is_read_back_when_the_project_is_opened_again(project, monkeypatch):
    before = gates_in_use(project)
    project.forget(verbs.KIND)
    monkeypatch.setattr(verbs.Distances, "between", classmethod(lambda *given: pytest.fail("compared again")))
    assert gates_in_use(project) == before


def test_a_network_that_is_trained_again_is_followed(project):
    before = Assessor.of(project).tests
    train_model(project, active_model(project).model, learning_rate=0.01)
    after = Assessor.of(project).tests
    assert after.familiarity.scores.tolist() == before.familiarity.scores.tolist()
    assert after.tampering.scores.tolist() != before.tampering.scores.tolist()


@pytest.mark.parametrize("kept_aside", [0, 12])
def test_with_few_pictures_kept_aside_each_is_left_out_in_turn(spaced_project, kept_aside, noise):
    ids = [image.id for image in spaced_project.catalogue.images(split="val")]
    spaced_project.catalogue.set_split(ids[kept_aside:], "train")
    found = gates_in_use(spaced_project)
    assert found.left_out
    assert (found.learned, found.kept_aside) == (48, 48)
    assert assess_bytes(spaced_project, "noise.png", noise).level == "unfamiliar"


def test_without_labelled_pictures_there_is_nothing_to_compare_with(spaced_project):
    spaced_project.catalogue.set_class([image.id for image in spaced_project.catalogue.images()], None)
    with pytest.raises(SpaceError, match="no training pictures"):
        gates_in_use(spaced_project)


def test_all_as_in_the_paper_is_one_switch(project):
    calibrate_probabilities(project)
    use_probability(project, "calibrated")
    extract_spaces(project, ["cat.eyes"], estimator="all-channels")
    as_in_the_paper(project)
    assert {space.estimator for space in list_spaces(project)} == {"s-xai"}
    assert probability_in_use(project).kind == "paper"
    assert not rule_in_use(project, model_record(project)).combined
    assert gates_in_use(project).settings.paper


def test_concepts_that_are_read_from_the_same_channels_count_once(project):
    assessor = Assessor.of(project)
    image = pictures(project, True)[0]
    features = assessor.reader.images([image])
    names = [space.name for space in assessor.spaces]
    said = replace(assessor, twins=tuple(combinations(names, 2))).assess(image.name, features)
    plain = replace(assessor, twins=()).assess(image.name, features)
    told = {f"{said.predicted}.{finding.concept}" for finding in said.findings if finding.mentioned}
    assert ("count once" in said.caution) == (len(told) > 1 and said.assessment in ("sure", "probably"))
    assert "count once" not in plain.caution
