"""Every assessment that the paper and its supplement print, beside ours for probabilities that fit each of them.

The paper shows radar maps without numbers; the probabilities here are consistent with each printed sentence and with
Extended Data Table 1. Wording is ours (grammatical), the assessment class and the word for each concept are theirs.
"""

from dataclasses import dataclass

import pytest

from sxai.assess.assessment import assess, flags
from sxai.assess.sentences import cnn_line, sentence


@dataclass(frozen=True)
class Printed:
    """One printed example: ``words`` the paper's, ``said`` ours."""

    words: str
    predicted: str
    confidence: float
    cat: tuple[float, float, float]
    dog: tuple[float, float, float]
    level: str
    likeness: tuple[str, str, str]
    said: str
    raised: tuple[str, ...] = ()

    def assessed(self):
        parts = ("eyes", "nose", "legs")
        seen = {f"cat.{part}": value for part, value in zip(parts, self.cat, strict=True)}
        seen |= {f"dog.{part}": value for part, value in zip(parts, self.dog, strict=True)}
        return assess(self.predicted, self.confidence, seen, ["cat", "dog"])


OBVIOUS = ("obviously", "obviously", "obviously")
NOTHING = ("none", "none", "none")
NOT_SURE = "It might be a cat, but I am not sure."
PRINTED = {
    "Fig. 4a, Maine Coon from the back": Printed(
        "It may be a cat, but I am not sure.",
        "cat",
        0.971,
        (0.12, 0.05, 0.15),
        (0.04, 0.1, 0.12),
        "unsure",
        NOTHING,
        NOT_SURE,
        ("over-confident", "nothing-seen"),
    ),
    "Fig. 4b, golden retriever": Printed(
        "It is probably a dog mainly because its vivid eyes, which are something like dog's eyes. It has nose, which "
        "is something like dog's nose. However, its legs are a little confusing.",
        "dog",
        1.0,
        (0.15, 0.05, 0.75),
        (0.6, 0.45, 0.85),
        "probably",
        ("something like", "something like", "confusing"),
        "It is probably a dog mainly because it has vivid eyes, which are something like a dog's eyes. Meanwhile, it "
        "has a nose, which is something like a dog's nose. However, its legs are a little confusing.",
        ("confusing",),
    ),
    "Fig. 4c, Maine Coon from the front": Printed(
        "I am sure it is a cat mainly because its eyes, and nose and legs, which are cat's eyes and nose and legs "
        "obviously.",
        "cat",
        0.99,
        (0.9, 0.8, 0.75),
        (0.1, 0.1, 0.2),
        "sure",
        OBVIOUS,
        "I am sure it is a cat mainly because it has vivid eyes, legs and nose, which are obviously a cat's.",
    ),
    "Fig. 4c, Maine Coon from the side": Printed(
        "It is probably a cat mainly because it has nose, which is perhaps cat's nose. Although its legs are a little "
        "confusing.",
        "cat",
        0.93,
        (0.12, 0.4, 0.8),
        (0.1, 0.1, 0.75),
        "probably",
        ("none", "perhaps", "confusing"),
        "It is probably a cat mainly because it has a nose, which is perhaps a cat's nose. However, its legs are a "
        "little confusing.",
        ("confusing",),
    ),
    "Extended Data Fig. 1a, white blanket": Printed(
        "It may be a cat, but I am not sure.",
        "cat",
        0.921,
        (0.05, 0.08, 0.1),
        (0.02, 0.03, 0.06),
        "unsure",
        NOTHING,
        NOT_SURE,
        ("over-confident", "nothing-seen"),
    ),
    "Extended Data Fig. 1b, cat": Printed(
        "an explanation with high confidence",
        "cat",
        1.0,
        (0.85, 0.7, 0.65),
        (0.15, 0.1, 0.12),
        "sure",
        OBVIOUS,
        "I am sure it is a cat mainly because it has vivid eyes, legs and nose, which are obviously a cat's.",
    ),
    "Supplementary Fig. 7a, the true sample": Printed(
        "the radar map of a natural sample",
        "dog",
        1.0,
        (0.2, 0.1, 0.3),
        (0.75, 0.66, 0.6),
        "sure",
        ("obviously", "obviously", "perhaps"),
        "I am sure it is a dog mainly because it has vivid eyes and nose, which are obviously a dog's. Meanwhile, it "
        "has vivid legs, which are perhaps a dog's legs.",
    ),
    "Supplementary Fig. 7b, the adversarial example": Printed(
        "the semantic probability is very close to 1 or even greater than 1",
        "cat",
        1.0,
        (1.04, 0.999, 0.97),
        (0.1, 0.05, 0.3),
        "sure",
        OBVIOUS,
        "I am sure it is a cat mainly because it has vivid eyes, legs and nose, which are obviously a cat's.",
        ("beyond-reference",),
    ),
}


@pytest.mark.parametrize("name", PRINTED)
def test_the_assessment_is_the_printed_one(name):
    printed = PRINTED[name]
    found = printed.assessed()
    assert (found.level, found.rules) == (printed.level, "two-class")
    assert tuple(finding.likeness for finding in found.concepts) == printed.likeness
    assert sentence(found) == printed.said
    assert set(printed.raised) <= set(flags(found))
    share = "100" if printed.confidence == 1 else f"{100 * printed.confidence:.1f}"
    assert cnn_line(found) == f"The CNN says {printed.predicted} ({share} %)."


@pytest.mark.parametrize("name", [name for name, printed in PRINTED.items() if not printed.raised])
def test_examples_without_a_warning_in_the_paper_raise_none(name):
    assert flags(PRINTED[name].assessed()) == []


BIRDS = ["finch", "heron", "kite", "owl"]


@pytest.mark.parametrize(
    ("p_max", "beginning"),
    [
        (0.51, "I am sure it is a kite"),
        (0.5, "It is probably a kite"),
        (0.21, "It is probably a kite"),
        (0.2, "I cannot see a kite"),
        (0.0, "I cannot see a kite"),
    ],
)
def test_s4_the_assessment_follows_p_max(p_max, beginning):
    assert sentence(assess("kite", 0.9, {"kite.beak": p_max, "owl.beak": 0.9}, BIRDS)).startswith(beginning)


@pytest.mark.parametrize(
    ("p", "description"),
    [
        (0.51, "vivid eyes"),
        (0.5, "eyes, which are something like a kite's eyes"),
        (0.36, "eyes, which are something like a kite's eyes"),
        (0.35, "eyes, which are perhaps a kite's eyes"),
        (0.21, "eyes, which are perhaps a kite's eyes"),
        (0.2, None),
        (0.1, None),
    ],
)
def test_s4_the_description_of_a_concept_follows_its_own_p(p, description):
    said = sentence(assess("kite", 0.9, {"kite.wings": 0.38, "kite.eyes": p}, BIRDS))
    if description is None:
        assert "eyes" not in said
    elif "something like" in description:  # of one band with the wings, so of one clause
        assert "wings and eyes, which are something like a kite's" in said or "eyes and wings, which are" in said
    else:
        assert description in said


@pytest.mark.parametrize(("others", "named"), [((0.44, 0.3), False), ((0.45, 0.3), True), ((0.64, 0.6), True)])
def test_s4_a_concept_that_leads_by_more_than_a_fifth_is_the_only_one(others, named):
    seen = {"owl.eyes": 0.65, "owl.beak": others[0], "owl.legs": others[1]}
    said = sentence(assess("owl", 0.9, seen, BIRDS))
    assert said.startswith("I am sure it is an owl mainly because it has vivid")
    assert ("beak" in said) is named
