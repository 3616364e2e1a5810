from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.assess.assessment import FLAGS, assess, flags
from sxai.assess.familiarity import Familiarity
from sxai.assess.levels import LEVELS, TITLES
from sxai.assess.sentences import sentence
from sxai.assess.tampering import Tampering
from sxai.assess.verdict import Backing, verdict

CLASSES = ("cat", "dog")
BACKING = Backing(CLASSES, {"cat.eyes": 100, "dog.eyes": 100, "dog.nose": 100})
KNOWN = Familiarity(
    p_value=0.4, rate=0.05, score=0.7, distance=0.7, typical=0.7, limit=0.9, kept_aside=199, learned=800, nearest=()
)
STRANGE = replace(KNOWN, p_value=1 / 200, score=1.1)
INTACT, TAMPERED = Tampering(True, "It does not."), Tampering(False, "It does.", "it is far too certain")
SURE = assess("dog", 0.99, {"dog.eyes": 0.9, "cat.eyes": 0.1}, CLASSES)
UNSURE = assess("dog", 0.99, {"dog.eyes": 0.5, "cat.eyes": 0.45}, CLASSES)


def told(assessment, familiarity=KNOWN, tampering=INTACT, backing=BACKING, doubtful=()):
    return verdict(assessment, flags(assessment), familiarity, tampering, backing, doubtful)


def test_all_gates_passed_give_the_papers_own_words():
    found = told(SURE)
    assert (found.level, found.sentence, found.flags) == ("sure", sentence(SURE), ())
    assert [(gate.name, gate.passed) for gate in found.gates] == [
        ("familiar", True),
        ("intact", True),
        ("supported", True),
    ]
    assert found.advice == ()


def test_an_unfamiliar_picture_is_nothing_else():
    found = told(SURE, STRANGE, TAMPERED)
    assert found.level == "unfamiliar"
    assert found.sentence == (
        "I do not know this kind of picture. The network says dog (99.0 %), but it resembles none of the 800 known "
        "pictures of its classes: it is less like the known pictures than any of the 199 kept aside."
    )
    assert "unfamiliar" in found.flags


def test_how_far_outside_is_told():
    found = told(SURE, replace(STRANGE, p_value=5 / 200))
    assert "than 195 of the 199 kept aside" in found.sentence


def test_a_familiar_picture_that_was_tampered_with_says_why():
    found = told(SURE, KNOWN, TAMPERED)
    assert found.level == "tampered"
    assert found.sentence.endswith("The network says dog (99.0 %), but it is far too certain.")
    assert "adversarial" in found.flags


def test_gates_that_cannot_tell_let_the_picture_pass():
    few = replace(STRANGE, p_value=1 / 11, kept_aside=10)
    found = told(SURE, few, Tampering(None, "Too few."))
    assert found.level == "sure"
    assert [gate.passed for gate in found.gates] == [None, None, True]
    assert told(SURE, None, None).level == "sure"


def test_the_rules_flag_stands_where_tampering_cannot_be_tested():
    raised = ["adversarial"]
    assert verdict(SURE, raised, KNOWN, Tampering(None, "Too few."), BACKING).flags == ("adversarial",)
    assert verdict(SURE, raised, KNOWN, INTACT, BACKING).flags == ()


def test_nothing_is_sure_beside_a_flag_or_a_doubt():
    lone = assess("dog", 0.99, {"dog.eyes": 0.9}, CLASSES)
    assert lone.level == "sure"
    found = told(lone)
    assert (found.level, found.flags) == ("probably", ("not-compared",))
    assert found.sentence.startswith("It is probably a dog")
    assert told(SURE, doubtful=["eyes"]).level == "probably"


def test_advice_is_specific():
    lone = assess("dog", 0.99, {"dog.eyes": 0.9}, CLASSES)
    few = Backing(CLASSES, {"dog.eyes": 14})
    [compare, more] = told(lone, backing=few).advice
    assert "mask cat.eyes too" in compare
    assert "dog.eyes (14 masks)" in more
    assert any("another estimator" in step for step in told(SURE, doubtful=["eyes"]).advice)
    assert any("paper uses 100" in step for step in told(assess("dog", 0.9, {}, CLASSES)).advice)
    assert told(UNSURE).advice


def test_why_two_classes_stay_unsure():
    assert told(UNSURE).gates[2].why == "Its eyes fit a cat about as well."
    none = assess("dog", 0.99, {"dog.eyes": 0.1, "cat.eyes": 0.0}, CLASSES)
    assert told(none).gates[2].why == "None of the concepts of dog stands out."


def test_levels_have_titles_and_every_flag_a_meaning():
    assert set(TITLES) == set(LEVELS)
    assert "unfamiliar" in FLAGS


@given(
    st.dictionaries(
        st.sampled_from(["cat.eyes", "dog.eyes", "dog.nose", "cat.nose"]), st.floats(-0.5, 1.5), max_size=4
    ),
    st.sampled_from([None, KNOWN, STRANGE]),
    st.sampled_from([None, INTACT, TAMPERED]),
)
def test_the_level_is_the_weakest_gate_and_never_sure_beside_a_flag(probabilities, familiarity, tampering):
    supported = assess("dog", 0.95, probabilities, CLASSES)
    found = told(supported, familiarity, tampering)
    assert LEVELS.index(found.level) >= LEVELS.index(supported.level)
    if found.level == "sure":
        assert not found.flags
        assert all(gate.passed is not False for gate in found.gates)
    stopped = [gate.name for gate in found.gates if gate.passed is False]
    assert (found.level == "unfamiliar") == ("familiar" in stopped)
    assert found.level != "tampered" or "intact" in stopped
    assert set(found.flags) <= set(FLAGS)


@pytest.mark.parametrize("level", ["unsure", "unknown"])
def test_what_is_not_supported_keeps_the_papers_sentence(level):
    supported = UNSURE if level == "unsure" else assess("dog", 0.9, {}, CLASSES)
    assert told(supported).sentence == sentence(supported)


def test_advice_names_the_concepts_that_fit_another_class():
    mixed = assess("dog", 0.99, {"dog.eyes": 0.9, "cat.eyes": 0.1, "dog.nose": 0.7, "cat.nose": 0.6}, CLASSES)
    [step] = told(mixed).advice
    assert "nose (cat)" in step
    assert "eyes" not in step


def test_nobody_is_sent_to_train_on_a_picture_that_looks_tampered_with():
    assert any("train the network" in step for step in told(SURE, STRANGE, INTACT).advice)
    both = told(SURE, STRANGE, TAMPERED).advice
    assert not any("train the network" in step for step in both)
    assert any("where it comes from" in step for step in both)
