"""AS-XAI's rules: every boundary of Extended Data Table 2, and sentences that are English."""

import pytest

from sxai.prototypes.assessment import Likeness, assess_prototypes, foreign_likeness, level_of, word_of

PETS = ("cat", "dog")
HAIR = 1e-6


@pytest.mark.parametrize(
    ("edge", "below", "above"),
    [(0.1, "unsure", "unsure-because"), (0.35, "unsure-because", "probably"), (0.5, "probably", "sure")],
)
def test_a_boundary_belongs_to_the_lower_band(edge, below, above):
    assert (level_of(edge), level_of(edge + HAIR)) == (below, above)


@pytest.mark.parametrize(
    ("edge", "below", "above"),
    [(0.1, "confusing", "perhaps"), (0.35, "perhaps", "something like"), (0.5, "something like", "obviously")],
)
def test_words_of_a_vivid_concept(edge, below, above):
    assert word_of(0.9, edge) == ("vivid", below)
    assert word_of(0.9, edge + HAIR) == ("vivid", above)


def test_positions():
    assert word_of(0.5, 0.2)[0] == "plain"
    assert word_of(0.1, 0.1) == ("absent", "none")


BECAUSE = "mainly because its"


@pytest.mark.parametrize(
    ("values", "level", "text"),
    [
        (
            {"cat.eyes": 0.9, "dog.eyes": 0.1},
            "sure",
            f"I am sure it is a cat {BECAUSE} vivid eyes are obviously a cat's.",
        ),
        (
            {"cat.eyes": 0.6, "dog.eyes": 0.2},
            "probably",
            f"It is probably a cat {BECAUSE} vivid eyes are something like a cat's.",
        ),
        (
            {"cat.nose": 0.4, "dog.nose": 0.2},
            "unsure-because",
            f"From this perspective, I am not sure, but it may be a cat {BECAUSE} nose is perhaps a cat's.",
        ),
        ({"cat.eyes": 0.4, "dog.eyes": 0.4}, "unsure", "From this perspective, I am not sure whether this is a cat."),
        ({"dog.eyes": 0.4}, "unknown", "The CNN says it is a cat, but it has no named automatic concept yet."),
    ],
)
def test_levels_and_sentences(values, level, text):
    found = assess_prototypes("cat", values, PETS)
    assert (found.level, found.sentence) == (level, text)


def test_confusing_concepts_come_last():
    values = {"cat.eyes": 0.9, "dog.eyes": 0.1, "cat.legs": 0.7, "dog.legs": 0.7}
    found = assess_prototypes("cat", values, PETS)
    assert found.sentence.endswith("However, its legs are a little confusing.")
    assert found.concepts[1].rival == "dog"


def test_a_stranger_is_told_strongest_first():
    told = foreign_likeness([Likeness("nose", "cow", 0.5, 0.3), Likeness("ears", "ox", 0.9, 0.8)])
    assert told == "Its ears are like an ox's, its nose is like a cow's."
    assert foreign_likeness([]).startswith("None")
