from dataclasses import replace

import pytest

from sxai.assess.assessment import assess
from sxai.errors import SpaceError
from sxai.reproduction.examples import FRONT_VIEW, NOTHING_SEEN, ONE_CONFUSING, SIDE_VIEW, Candidate, candidates, choose
from sxai.reproduction.study import Study

PETS = ("cat", "dog")


@pytest.fixture
def image(spaced_project):
    return spaced_project.catalogue.images(class_name="cat")[0]


def seen(image, confidence=0.99, said="cat", **values):
    """A cat of which these P are read; ``dog_`` values stand for the dog's concepts."""
    probabilities = {f"cat.{part}": value for part, value in values.items() if not part.startswith("dog_")}
    probabilities |= {f"dog.{part[4:]}": value for part, value in values.items() if part.startswith("dog_")}
    return Candidate(image, assess(said, confidence, probabilities, PETS))


def test_each_profile_finds_its_example(image):
    hidden = seen(image, eyes=0.05, nose=0.02)
    front = seen(image, eyes=0.8, nose=0.7, legs=0.75)
    side = seen(image, eyes=0.05, nose=0.4, legs=0.8, dog_legs=0.75)
    mixed = seen(image, eyes=0.6, dog_eyes=0.15, nose=0.45, legs=0.85, dog_legs=0.75)
    images = [mixed, side, hidden, front]
    for profile, expected in ((NOTHING_SEEN, hidden), (FRONT_VIEW, front), (SIDE_VIEW, side), (ONE_CONFUSING, mixed)):
        best, met = choose(images, profile)
        assert best is expected
        assert len(met) == len(profile.rules)


def test_a_wrong_or_doubtful_prediction_is_no_example(image):
    wrong = seen(image, said="dog", dog_eyes=0.01)
    doubtful = seen(image, confidence=0.6, eyes=0.01)
    certain = seen(image, eyes=0.15)
    assert choose([wrong, doubtful, certain], NOTHING_SEEN)[0] is certain


def test_an_image_as_vivid_as_an_attacked_one_gives_way(image):
    calm, vivid = seen(image, eyes=0.85, nose=0.8), seen(image, eyes=0.999, nose=0.99)
    assert choose([vivid, calm], FRONT_VIEW)[0] is calm
    assert choose([vivid], FRONT_VIEW)[0] is vivid


def test_conditions_that_nothing_meets_are_passed_over_and_not_claimed(image):
    only = seen(image, eyes=0.9)
    best, met = choose([only], NOTHING_SEEN)
    assert best is only
    assert met == ["rightly recognised", "P(CNN) ≥ 0.9"]


def test_candidates_are_assessed_as_everywhere(spaced_project):
    from sxai.assess.verbs.assess import assess_image

    study = Study.of(spaced_project)
    found = candidates(study, "dog")
    assert len(found) == 24
    said = assess_image(spaced_project, found[3].image.id, keep=False)
    assert found[3].verdict.confidence == pytest.approx(said.confidence)
    assert found[3].verdict.level == said.assessment


def test_without_spaces_or_images_there_is_no_example(spaced_project):
    with pytest.raises(SpaceError, match="mask a concept"):
        candidates(replace(Study.of(spaced_project), spaces={}), "cat")
    with pytest.raises(SpaceError, match="no image"):
        choose([], FRONT_VIEW)
