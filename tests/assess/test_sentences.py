import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sxai.assess.assessment import assess
from sxai.assess.english import words
from sxai.assess.sentences import cnn_line, doubt, mentioned, sentence

PETS = ["cat", "dog"]
PARTS = ["eyes", "nose", "front-legs", "fur", "teeth"]

numbers = st.floats(-0.2, 1.4)
tables = st.dictionaries(
    st.sampled_from([f"{c}.{p}" for c in ["dog", "cat", "golden_retriever"] for p in PARTS]), numbers
)


def told(predicted, classes=PETS, confidence=0.9, **probabilities):
    named = {key.replace("__", "."): value for key, value in probabilities.items()}
    return sentence(assess(predicted, confidence, named, classes))


# --- the paper's printed examples, in grammatical English


def test_paper_golden_retriever():
    assert told(
        "dog", dog__eyes=0.6, cat__eyes=0.15, dog__nose=0.45, cat__nose=0.05, dog__legs=0.85, cat__legs=0.75
    ) == (
        "It is probably a dog mainly because it has vivid eyes, which are something like a dog's eyes. "
        "Meanwhile, it has a nose, which is something like a dog's nose. "
        "However, its legs are a little confusing."
    )


def test_paper_maine_coon_from_the_front():
    assert (
        told("cat", cat__eyes=0.9, dog__eyes=0.1, cat__nose=0.8, dog__nose=0.1, cat__legs=0.75, dog__legs=0.2)
        == "I am sure it is a cat mainly because it has vivid eyes, legs and nose, which are obviously a cat's."
    )


def test_paper_maine_coon_from_the_side():
    assert told("cat", cat__eyes=0.12, dog__eyes=0.1, cat__nose=0.4, dog__nose=0.1, cat__legs=0.8, dog__legs=0.75) == (
        "It is probably a cat mainly because it has a nose, which is perhaps a cat's nose. "
        "However, its legs are a little confusing."
    )


def test_paper_back_view_and_white_blanket():
    assert told("cat", cat__eyes=0.1, dog__eyes=0.05, cat__nose=0.02) == "It might be a cat, but I am not sure."


# --- two classes


def test_nothing_is_listed_after_not_being_sure():
    assert told("cat", cat__eyes=0.9, dog__eyes=0.85) == "It might be a cat, but I am not sure."


def test_groups_go_from_the_strongest_likeness_to_the_weakest():
    text = told(
        "cat",
        cat__fur=0.25,
        cat__nose=0.45,
        cat__eyes=0.95,
        cat__ears=0.55,
        dog__ears=0.3,
        cat__tail=0.7,
        dog__tail=0.65,
        cat__mouth=0.8,
        dog__mouth=0.65,
    )
    assert text == (
        "I am sure it is a cat mainly because it has vivid eyes, which are obviously a cat's eyes. "
        "Meanwhile, it has a nose, which is something like a cat's nose. "
        "In addition, it has vivid ears, which are perhaps a cat's ears. "
        "It also has fur, which is perhaps a cat's fur. "
        "However, its mouth and tail are a little confusing."
    )


@pytest.mark.parametrize(
    ("concept", "clause"),
    [
        ("eyes", "it has vivid eyes, which are obviously an owl's eyes."),
        ("nose", "it has a vivid nose, which is obviously an owl's nose."),
        ("fur", "it has vivid fur, which is obviously an owl's fur."),
        ("front-legs", "it has vivid front legs, which are obviously an owl's front legs."),
        ("left_ear", "it has a vivid left ear, which is obviously an owl's left ear."),
    ],
)
def test_one_vivid_concept(concept, clause):
    text = sentence(assess("owl", 0.9, {f"owl.{concept}": 0.9}, ["owl", "cat"]))
    assert text == f"I am sure it is an owl mainly because {clause}"


def test_plain_concepts_of_one_band_share_a_clause_with_their_articles():
    assert told("cat", cat__nose=0.45, cat__eyes=0.4, cat__ear=0.42) == (
        "It is probably a cat mainly because it has eyes, a nose and an ear, which are something like a cat's."
    )


def test_one_confusing_concept_takes_a_singular_verb():
    assert told("cat", cat__eyes=0.9, cat__nose=0.7, dog__nose=0.7).endswith("However, its nose is a little confusing.")


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("golden_retriever", "a golden retriever"),
        ("Egyptian-cat", "an Egyptian cat"),
        ("n02123045_tabby, tabby cat", "a tabby"),
        ("cats", "a cat"),
        ("unicorn", "a unicorn"),
    ],
)
def test_class_names_become_nouns(name, noun):
    assert sentence(assess(name, 0.5, {f"{name}.eyes": 0.1}, [name, "x"])) == f"It might be {noun}, but I am not sure."


# --- more classes


def test_many_classes_name_each_band_in_turn():
    assert told("owl", ["owl", "cat", "dog"], owl__eyes=0.55, owl__beak=0.45, owl__legs=0.4, owl__tail=0.3) == (
        "I am sure it is an owl mainly because it has vivid eyes. "
        "Meanwhile, it has legs and a beak, which are something like an owl's. "
        "In addition, it has a tail, which is perhaps an owl's tail."
    )


def test_many_classes_name_the_leader_alone():
    assert told("owl", ["owl", "cat", "dog"], owl__eyes=0.9, owl__beak=0.6) == (
        "I am sure it is an owl mainly because it has vivid eyes."
    )


def test_many_classes_probably():
    assert told("owl", ["owl", "cat", "dog"], owl__eyes=0.3, owl__beak=0.25) == (
        "It is probably an owl mainly because it has eyes and a beak, which are perhaps an owl's."
    )


def test_many_classes_that_see_nothing_say_so():
    assert told("owl", ["owl", "cat", "dog"], owl__eyes=0.1) == (
        "I cannot see an owl: none of its concepts stands out."
    )


# --- a class without spaces, and the CNN's own word


def test_a_class_without_spaces_is_said_plainly():
    assessment = assess("bird", 0.8, {"cat.eyes": 0.9}, ["bird", "cat"])
    assert sentence(assessment) == "The CNN says it is a bird, but no concept of bird has been extracted yet."


def test_the_cnns_word_stands_beside_the_sentence():
    assessment = assess("golden_retriever", 0.971, {"golden_retriever.eyes": 0.1}, ["golden_retriever", "cat"])
    assert cnn_line(assessment) == "The CNN says golden retriever (97.1 %)."


# --- grammar for any probabilities


def check_grammar(text, predicted, probabilities):
    assert re.match(r"[A-Z]", text)
    assert text.endswith(".")
    assert "  " not in text
    assert not re.search(r"\s[.,]|\.\.|,,|_", text)
    assert all(part[:1].isupper() for part in text.split(". "))
    for part in ("eyes", "front legs", "teeth"):
        assert not re.search(rf"{part}, which is|{part} is|\ban? (vivid )?{part}\b", text)
    for part in ("nose", "fur"):
        # After "and" or a comma the noun is one of several, which take a plural verb.
        assert not re.search(rf"(it has (a )?(vivid )?|its ){part}(, which)? are", text)
    assert not re.search(r"\ba (?=[aeio])|\ban (?![aeio])", text)
    known = {words(name.split(".")[1]) for name in probabilities if name.startswith(f"{predicted}.")}
    named = {part for part in map(words, PARTS) if re.search(rf"\b{part}\b", text)}
    assert named <= known


@given(tables, st.sampled_from(["dog", "cat", "golden_retriever"]), st.sampled_from([2, 3]))
@settings(max_examples=400, deadline=None)
def test_sentences_are_grammatical_whatever_the_probabilities(probabilities, predicted, count):
    classes = [predicted, *[name for name in ("dog", "cat", "golden_retriever") if name != predicted]][:count]
    assessment = assess(predicted, 0.9, probabilities, classes)
    check_grammar(sentence(assessment), predicted, probabilities)
    check_grammar(f"{cnn_line(assessment)} {sentence(assessment)}", predicted, probabilities)


@given(tables)
@settings(max_examples=200, deadline=None)
def test_exactly_the_mentioned_concepts_are_named(probabilities):
    assessment = assess("dog", 0.9, probabilities, PETS)
    text = sentence(assessment)
    named = {item.concept for item in assessment.concepts if re.search(rf"\b{words(item.concept)}\b", text)}
    mentioned = {item.concept for item in assessment.concepts if item.mentioned}
    assert named == (mentioned if assessment.level in ("probably", "sure") else set())


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20), numbers)
@settings(max_examples=200, deadline=None)
def test_any_name_a_person_types_gives_a_sentence(class_name, concept, probability):
    full_name = f"{class_name}.{concept}"
    if not class_name.strip() or not concept.strip():
        return
    assessment = assess(class_name, 0.9, {full_name: probability}, [class_name, "x"])
    assert cnn_line(assessment).startswith("The CNN says ")
    assert sentence(assessment).endswith(".")


# --- what follows the sentence when spaces are poor


@pytest.mark.parametrize(
    ("concepts", "expected"),
    [
        ([], ""),
        (["legs"], "Its space says little about the legs, so do not lean on them."),
        (["nose"], "Its space says little about the nose, so do not lean on it."),
        (["fur"], "Its space says little about the fur, so do not lean on it."),
        (["front-legs", "nose"], "Its spaces say little about the front legs and nose, so do not lean on them."),
        (["eyes", "ears", "nose"], "Its spaces say little about the eyes, ears and nose, so do not lean on them."),
        (["left_ear", "left-ear"], "Its space says little about the left ear, so do not lean on it."),
    ],
)
def test_doubt_in_plain_english(concepts, expected):
    assert doubt(iter(concepts)) == expected


@pytest.mark.parametrize("eyes", [0.1, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("classes", [PETS, [*PETS, "golden_retriever"]])
def test_mentioned_are_the_concepts_that_the_sentence_names(classes, eyes):
    found = assess("cat", 0.9, {"cat.eyes": eyes, "cat.nose": 0.15, "dog.eyes": 0.1, "dog.nose": 0.1}, classes)
    assert [item.concept for item in mentioned(found)] == [part for part in ("eyes", "nose") if part in sentence(found)]


def test_where_no_reasons_are_given_nothing_is_mentioned():
    found = assess("cat", 0.9, {"cat.eyes": 0.9, "dog.eyes": 0.85}, PETS)
    assert any(finding.mentioned for finding in found.concepts)
    assert mentioned(found) == []
