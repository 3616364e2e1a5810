import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.assess.assessment import FLAGS, assess, flags

PETS = ["cat", "dog"]
ANIMALS = ["cat", "dog", "owl"]

values = st.floats(-0.2, 1.4)


def two(predicted="cat", confidence=0.9, **probabilities):
    """Assess with two classes; keywords are class_concept."""
    return assess(predicted, confidence, {k.replace("_", "."): v for k, v in probabilities.items()}, PETS)


def many(predicted="cat", confidence=0.9, **probabilities):
    return assess(predicted, confidence, {k.replace("_", "."): v for k, v in probabilities.items()}, ANIMALS)


@pytest.mark.parametrize(
    ("confidence", "probability", "raised"),
    [(0.9, 0.2, True), (0.8999, 0.1, False), (0.95, 0.2001, False), (1.0, -0.1, True)],
)
def test_over_confident_means_certain_with_nothing_seen_of_the_class(confidence, probability, raised):
    assessment = two(confidence=confidence, cat_eyes=probability, dog_eyes=0.4)
    assert ("over-confident" in flags(assessment)) == raised


@pytest.mark.parametrize(("other", "raised"), [(0.2, True), (0.21, False)])
def test_nothing_seen_looks_at_all_classes(other, raised):
    assert ("nothing-seen" in flags(two(cat_eyes=0.1, dog_nose=other))) == raised


@pytest.mark.parametrize("assessed", [two, many])
@pytest.mark.parametrize(
    ("own", "rival", "raised"),
    [(0.8, 0.7, True), (0.8, 0.6, True), (0.8, 0.59, False), (0.5, 0.45, False), (0.6, 0.75, True), (0.6, 0.9, False)],
)
def test_confusing_means_vivid_and_close_to_a_rival(assessed, own, rival, raised):
    assert ("confusing" in flags(assessed(cat_eyes=own, dog_eyes=rival))) == raised


@pytest.mark.parametrize(("rival", "raised"), [(0.5, False), (0.51, True)])
def test_points_elsewhere_means_a_rival_is_clearly_stronger(rival, raised):
    assert ("points-elsewhere" in flags(two(cat_eyes=0.3, dog_eyes=rival))) == raised


@pytest.mark.parametrize(("probability", "raised"), [(1.0, False), (1.001, True)])
@pytest.mark.parametrize("class_name", PETS)
def test_beyond_reference_means_any_probability_above_one(class_name, probability, raised):
    assessment = assess("cat", 0.5, {"cat.nose": 0.1, f"{class_name}.eyes": probability}, PETS)
    assert ("beyond-reference" in flags(assessment)) == raised


def test_not_compared_means_no_concept_has_a_rival():
    assert "not-compared" in flags(two(cat_eyes=0.7))
    assert "not-compared" not in flags(two(cat_eyes=0.7, dog_eyes=0.1, cat_nose=0.2))


@given(st.dictionaries(st.sampled_from([f"{c}.{p}" for c in ANIMALS for p in ("eyes", "nose")]), values))
def test_every_flag_is_documented_and_raised_once(probabilities):
    for classes in (PETS, ANIMALS):
        raised = flags(assess("cat", 0.95, probabilities, classes))
        assert raised == [flag for flag in FLAGS if flag in raised]


@pytest.mark.parametrize(
    ("eyes", "nose", "raised"), [(0.99, 0.5, False), (0.991, 0.5, True), (0.91, 0.91, True), (0.91, 0.9, False)]
)
def test_adversarial_follows_the_paper_s_rule_on_the_predicted_class_alone(eyes, nose, raised):
    assert ("adversarial" in flags(two(cat_eyes=eyes, cat_nose=nose, dog_eyes=1.0, dog_nose=1.0))) == raised


def test_another_rule_s_word_on_adversarial_counts():
    assert "adversarial" in flags(two(cat_eyes=0.1), adversarial=True)
    assert "adversarial" not in flags(two(cat_eyes=1.1), adversarial=False)
