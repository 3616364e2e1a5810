import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.assess.assessment import assess, flags
from sxai.errors import SpaceError, UnknownName

PETS = ["cat", "dog"]
ANIMALS = ["cat", "dog", "owl"]

values = st.floats(-0.2, 1.4)


def two(predicted="cat", confidence=0.9, **probabilities):
    """Assess with two classes; keywords are class_concept."""
    return assess(predicted, confidence, {k.replace("_", "."): v for k, v in probabilities.items()}, PETS)


def many(predicted="cat", confidence=0.9, **probabilities):
    return assess(predicted, confidence, {k.replace("_", "."): v for k, v in probabilities.items()}, ANIMALS)


def found(assessment, concept):
    return next(finding for finding in assessment.concepts if finding.concept == concept)


def words(assessment):
    return {item.concept: (item.presence, item.likeness, item.mentioned) for item in assessment.concepts}


# --- two classes: Extended Data Table 1


@pytest.mark.parametrize(
    ("delta", "level"),
    [
        (-0.3, "unsure"),
        (0.0, "unsure"),
        (0.1999, "unsure"),
        (0.2, "unsure"),
        (0.2001, "probably"),
        (0.35, "probably"),
        (0.5, "probably"),
        (0.5001, "sure"),
        (0.99, "sure"),
    ],
)
@pytest.mark.parametrize("rival", [0.0, 0.3, 0.7])
def test_level_follows_the_largest_difference(delta, level, rival):
    assert two(cat_eyes=rival + delta, dog_eyes=rival).level == level


@pytest.mark.parametrize(
    ("delta", "likeness"),
    [
        (0.2, "confusing"),
        (0.2001, "perhaps"),
        (0.35, "perhaps"),
        (0.3501, "something like"),
        (0.5, "something like"),
        (0.5001, "obviously"),
    ],
)
def test_likeness_of_a_vivid_concept_follows_its_difference(delta, likeness):
    finding = found(two(cat_eyes=0.9, dog_eyes=0.9 - delta), "eyes")
    assert (finding.presence, finding.likeness, finding.mentioned) == ("vivid", likeness, True)


@pytest.mark.parametrize(
    ("delta", "likeness", "mentioned"),
    [
        (-0.1, "none", False),
        (0.2, "none", False),
        (0.2001, "perhaps", True),
        (0.35, "perhaps", True),
        (0.3501, "something like", True),
        (0.5, "something like", True),
    ],
)
def test_likeness_of_a_plain_concept_follows_its_difference(delta, likeness, mentioned):
    finding = found(two(cat_eyes=0.5, dog_eyes=0.5 - delta), "eyes")
    assert (finding.presence, finding.likeness, finding.mentioned) == ("plain", likeness, mentioned)


@pytest.mark.parametrize(
    ("probability", "presence"),
    [
        (-0.1, "absent"),
        (0.0, "absent"),
        (0.2, "absent"),
        (0.2001, "plain"),
        (0.35, "plain"),
        (0.5, "plain"),
        (0.5001, "vivid"),
        (1.2, "vivid"),
    ],
)
@pytest.mark.parametrize("assessed", [two, many])
def test_presence_follows_the_concepts_own_probability(assessed, probability, presence):
    assert found(assessed(cat_eyes=probability, dog_eyes=0.0), "eyes").presence == presence


def test_vivid_is_told_by_a_concepts_own_probability_not_by_the_largest():
    assessment = two(cat_eyes=0.9, cat_nose=0.4, dog_eyes=0.1, dog_nose=0.0)
    assert words(assessment) == {"eyes": ("vivid", "obviously", True), "nose": ("plain", "something like", True)}


def test_the_largest_difference_may_belong_to_another_concept_than_the_largest_probability():
    assessment = two(cat_eyes=0.9, dog_eyes=0.8, cat_nose=0.6, dog_nose=0.05)
    assert assessment.p_max == 0.9
    assert assessment.delta_max == pytest.approx(0.55)
    assert assessment.level == "sure"
    assert found(assessment, "eyes").likeness == "confusing"


def test_difference_is_taken_to_the_strongest_other_class():
    finding = found(
        assess("cat", 0.9, {"dog.eyes": 0.2, "cat.eyes": 0.8, "owl.eyes": 0.5}, ANIMALS, rules="two-class"), "eyes"
    )
    assert finding.difference == pytest.approx(0.3)
    assert finding.rival == "owl"


def test_a_concept_that_only_the_predicted_class_has_is_compared_with_nothing():
    finding = found(two(cat_whiskers=0.6, dog_nose=0.9), "whiskers")
    assert finding.difference == 0.6
    assert finding.rival is None


def test_a_concept_that_only_the_other_class_has_is_no_finding():
    assessment = two(cat_eyes=0.8, dog_eyes=0.1, dog_nose=0.95)
    assert [finding.concept for finding in assessment.concepts] == ["eyes"]
    assert assessment.probabilities["dog.nose"] == 0.95


def test_a_rival_below_its_reference_range_counts_as_absent():
    assessment = two(cat_eyes=0.15, dog_eyes=-0.2)
    assert found(assessment, "eyes").difference == 0.15
    assert assessment.level == "unsure"


def test_probabilities_above_one_are_kept():
    assessment = two(cat_eyes=1.3, dog_eyes=0.1)
    assert assessment.p_max == 1.3
    assert found(assessment, "eyes").probability == 1.3


@given(st.fixed_dictionaries({f"{name}.{part}": values for name in PETS for part in ("eyes", "nose", "legs")}))
def test_a_level_that_gives_reasons_always_has_one(probabilities):
    assessment = assess("dog", 0.7, probabilities, PETS)
    certain = [item for item in assessment.concepts if item.mentioned and item.likeness != "confusing"]
    assert bool(certain) == (assessment.level in ("probably", "sure"))


@given(st.fixed_dictionaries({f"{name}.{part}": values for name in PETS for part in ("eyes", "nose", "legs")}))
def test_two_class_findings_equal_the_papers_table_written_out(probabilities):
    assessment = assess("dog", 0.7, probabilities, PETS)
    for part in ("eyes", "nose", "legs"):
        own = probabilities[f"dog.{part}"]
        gap = own - max(probabilities[f"cat.{part}"], 0)
        if own <= 0.2:
            expected = ("absent", "none", False)
        else:
            row = "vivid" if own > 0.5 else "plain"
            if gap > 0.5:
                expected = (row, "obviously", True)
            elif gap > 0.35:
                expected = (row, "something like", True)
            elif gap > 0.2:
                expected = (row, "perhaps", True)
            else:
                expected = (row, "confusing", True) if own > 0.5 else (row, "none", False)
        if all(abs(abs(number) - edge) > 1e-6 for number in (own, gap) for edge in (0.2, 0.35, 0.5)):
            assert words(assessment)[part] == expected


# --- the paper's printed examples


def test_paper_golden_retriever():
    assessment = two(
        "dog", 1.0, cat_eyes=0.15, dog_eyes=0.6, cat_nose=0.05, dog_nose=0.45, cat_legs=0.75, dog_legs=0.85
    )
    assert assessment.level == "probably"
    assert words(assessment) == {
        "eyes": ("vivid", "something like", True),
        "nose": ("plain", "something like", True),
        "legs": ("vivid", "confusing", True),
    }
    assert flags(assessment) == ["confusing"]


def test_paper_maine_coon_from_the_front():
    assessment = two("cat", 0.99, cat_eyes=0.9, dog_eyes=0.1, cat_nose=0.8, dog_nose=0.1, cat_legs=0.75, dog_legs=0.2)
    assert assessment.level == "sure"
    assert {item.likeness for item in assessment.concepts} == {"obviously"}
    assert flags(assessment) == []


def test_paper_maine_coon_from_the_side():
    assessment = two("cat", 0.95, cat_eyes=0.12, dog_eyes=0.1, cat_nose=0.4, dog_nose=0.1, cat_legs=0.8, dog_legs=0.75)
    assert assessment.level == "probably"
    assert words(assessment) == {
        "eyes": ("absent", "none", False),
        "nose": ("plain", "perhaps", True),
        "legs": ("vivid", "confusing", True),
    }


@pytest.mark.parametrize("confidence", [0.971, 0.921], ids=["Maine coon from the back", "white blanket"])
def test_paper_back_view_and_white_blanket(confidence):
    assessment = two(
        "cat", confidence, cat_eyes=0.1, dog_eyes=0.05, cat_nose=0.02, dog_nose=0.1, cat_legs=0.12, dog_legs=0.1
    )
    assert assessment.level == "unsure"
    assert not any(item.mentioned for item in assessment.concepts)
    assert flags(assessment) == ["over-confident", "nothing-seen"]


# --- more classes: supplement S.4


@pytest.mark.parametrize(
    ("p_max", "level"),
    [
        (-0.1, "cannot-see"),
        (0.0, "cannot-see"),
        (0.2, "cannot-see"),
        (0.2001, "probably"),
        (0.5, "probably"),
        (0.5001, "sure"),
        (1.1, "sure"),
    ],
)
@pytest.mark.parametrize("rival", [0.0, 0.9])
def test_level_of_many_classes_follows_the_largest_probability_alone(p_max, level, rival):
    assert many(cat_eyes=p_max, cat_nose=-0.3, dog_eyes=rival).level == level


@pytest.mark.parametrize(
    ("probability", "presence", "likeness", "mentioned"),
    [
        (0.2, "absent", "none", False),
        (0.2001, "plain", "perhaps", True),
        (0.35, "plain", "perhaps", True),
        (0.3501, "plain", "something like", True),
        (0.5, "plain", "something like", True),
        (0.5001, "vivid", "none", True),
    ],
)
def test_words_of_many_classes_follow_the_concepts_own_probability(probability, presence, likeness, mentioned):
    assert words(many(cat_eyes=probability))["eyes"] == (presence, likeness, mentioned)


@pytest.mark.parametrize(("second", "named"), [(0.6, ["eyes", "nose"]), (0.5999, ["eyes"]), (0.3, ["eyes"])])
def test_only_a_leader_by_more_than_a_fifth_is_named_alone(second, named):
    assessment = many(cat_eyes=0.8, cat_nose=second)
    assert [item.concept for item in assessment.concepts if item.mentioned] == named


def test_the_lead_counts_over_all_others_together():
    assessment = many(cat_legs=0.55, cat_eyes=0.9, cat_nose=0.75)
    assert [item.concept for item in assessment.concepts if item.mentioned] == ["legs", "eyes", "nose"]


def test_a_leader_among_concepts_that_are_not_seen_stays_unnamed():
    assessment = many(cat_eyes=0.1, cat_nose=-0.2)
    assert not any(item.mentioned for item in assessment.concepts)


@given(st.fixed_dictionaries({f"cat.{part}": values for part in ("eyes", "nose", "legs")}))
def test_many_classes_that_give_reasons_always_have_one(probabilities):
    assessment = assess("cat", 0.7, probabilities, ANIMALS)
    assert any(item.mentioned for item in assessment.concepts) == (assessment.level != "cannot-see")


# --- which rules


@pytest.mark.parametrize(
    ("classes", "rules"),
    [(["cat", "dog"], "two-class"), (["cat", "dog", "owl"], "multi-class"), (["cat"], "multi-class")],
)
def test_the_number_of_classes_chooses_the_rules(classes, rules):
    assert assess("cat", 0.9, {"cat.eyes": 0.5}, classes).rules == rules


def test_rules_can_be_chosen():
    probabilities = {"cat.eyes": 0.9, "dog.eyes": 0.85}
    assert assess("cat", 0.9, probabilities, PETS, rules="multi-class").level == "sure"
    assert assess("cat", 0.9, probabilities, PETS, rules="two-class").level == "unsure"
    with pytest.raises(SpaceError, match="unknown rules 'three'"):
        assess("cat", 0.9, probabilities, PETS, rules="three")


# --- nothing to go by, and bad input


@pytest.mark.parametrize("probabilities", [{}, {"dog.eyes": 0.9}, {"cat.eyes": math.nan}])
@pytest.mark.parametrize("classes", [PETS, ANIMALS])
def test_a_class_without_any_known_concept_is_unknown(probabilities, classes):
    assessment = assess("cat", 0.9, probabilities, classes)
    assert assessment.level == "unknown"
    assert (assessment.concepts, assessment.p_max, assessment.delta_max) == ((), None, None)
    assert "no-space" in flags(assessment)


def test_an_unknown_probability_is_left_out_on_both_sides():
    assessment = two(cat_eyes=0.7, dog_eyes=math.nan, cat_nose=math.nan, dog_nose=0.3)
    assert [item.concept for item in assessment.concepts] == ["eyes"]
    assert found(assessment, "eyes").rival is None
    assert set(assessment.probabilities) == {"cat.eyes", "dog.nose"}


def test_a_predicted_class_that_the_network_has_not_is_refused():
    with pytest.raises(UnknownName, match="'cow' is not one of the CNN's: cat, dog"):
        assess("cow", 0.9, {}, PETS)


@pytest.mark.parametrize("confidence", [-0.1, 1.1, 97.1, math.nan])
def test_a_confidence_that_is_no_probability_is_refused(confidence):
    with pytest.raises(SpaceError, match="softmax"):
        two(confidence=confidence, cat_eyes=0.3)


@pytest.mark.parametrize(("given_value", "kept"), [(1.0000001, 1.0), (-1e-9, 0.0), (0.5, 0.5)])
def test_rounding_of_the_softmax_is_forgiven(given_value, kept):
    assert two(confidence=given_value, cat_eyes=0.3).confidence == kept


def test_infinite_probabilities_and_nameless_concepts_are_refused():
    with pytest.raises(SpaceError, match=r"cat\.eyes is inf"):
        two(cat_eyes=math.inf)
    with pytest.raises(SpaceError, match=r"class\.concept"):
        assess("cat", 0.5, {"eyes": 0.4}, PETS)


def test_class_names_may_hold_dots():
    assessment = assess("st. bernard", 0.9, {"st. bernard.eyes": 0.9, "cat.eyes": 0.2}, ["st. bernard", "cat"])
    assert found(assessment, "eyes").difference == pytest.approx(0.7)


def test_an_assessment_goes_through_json():
    assessment = two(cat_eyes=0.7, dog_eyes=0.1)
    assert json.loads(json.dumps(dataclasses.asdict(assessment)))["concepts"][0]["likeness"] == "obviously"


def test_findings_keep_the_order_of_the_probabilities():
    assessment = two(cat_legs=0.3, dog_nose=0.1, cat_eyes=0.6, cat_nose=0.9)
    assert [item.concept for item in assessment.concepts] == ["legs", "eyes", "nose"]
