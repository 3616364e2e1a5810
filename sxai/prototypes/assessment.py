"""Assessment of a prediction by automatic concepts (AS-XAI), and likeness of images of unknown classes.

AS-XAI, Section 2.3.4 and Extended Data Table 2, read as: Δmax up to 0.1 not sure, up to 0.35 not sure but with a
reason, up to 0.5 probably, above sure. A value on a boundary belongs to the lower band.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sxai.assess.bands import above
from sxai.assess.english import be, enumerate_nouns, one, singular, words
from sxai.names import split_name

Certainty = Literal["unsure", "unsure-because", "probably", "sure", "unknown"]

NEGLIGIBLE, FAIR, STRONG = 0.1, 0.35, 0.5


@dataclass(frozen=True)
class ConceptWord:
    """One concept of the predicted class: PCS, its difference ΔPCS to the best other class, and the words they earn.

    ``position``: "vivid" (PCS > 0.5), "plain" (0.1 to 0.5) or "absent". ``semanteme``: "obviously", "something like",
    "perhaps", "confusing", or "none". ``rival``: the other class, None where no other has the concept.
    """

    concept: str
    value: float
    difference: float
    position: str
    semanteme: str
    rival: str | None


@dataclass(frozen=True)
class ProtoAssessment:
    """How far automatic concepts support a prediction; ``largest`` is Δmax, None at level "unknown"."""

    level: Certainty
    predicted: str
    largest: float | None
    concepts: tuple[ConceptWord, ...]
    sentence: str


def level_of(largest: float) -> Certainty:
    """The level of assessment for a largest difference Δmax.

    >>> [level_of(value) for value in (0.1, 0.35, 0.5, 0.51)]
    ['unsure', 'unsure-because', 'probably', 'sure']
    """
    if above(largest, STRONG):
        return "sure"
    if above(largest, FAIR):
        return "probably"
    return "unsure-because" if above(largest, NEGLIGIBLE) else "unsure"


def word_of(value: float, difference: float) -> tuple[str, str]:
    """Position and semanteme of a concept with that PCS and ΔPCS.

    >>> word_of(0.8, 0.6), word_of(0.8, 0.05), word_of(0.3, 0.2), word_of(0.05, 0.05)
    (('vivid', 'obviously'), ('vivid', 'confusing'), ('plain', 'perhaps'), ('absent', 'none'))
    """
    if not above(value, NEGLIGIBLE):
        return "absent", "none"
    position = "vivid" if above(value, STRONG) else "plain"
    if above(difference, STRONG):
        return position, "obviously"
    if above(difference, FAIR):
        return position, "something like"
    if above(difference, NEGLIGIBLE):
        return position, "perhaps"
    return position, "confusing" if position == "vivid" else "none"


def assess_prototypes(predicted: str, values: Mapping[str, float], classes: Sequence[str]) -> ProtoAssessment:
    """Judge a prediction by the PCS ``values`` of ``class.concept`` names.

    A concept that no other class has has no rival: its difference is its PCS.
    """
    table: dict[str, dict[str, float]] = {}
    for name, value in values.items():
        owner, concept = split_name(name, classes)
        table.setdefault(concept, {})[owner] = value
    concepts = tuple(_word(concept, predicted, row) for concept, row in table.items() if predicted in row)
    largest = max((word.difference for word in concepts), default=None)
    level: Certainty = "unknown" if largest is None else level_of(largest)
    return ProtoAssessment(level, predicted, largest, concepts, _sentence(level, predicted, concepts))


def _word(concept: str, predicted: str, row: Mapping[str, float]) -> ConceptWord:
    others = {name: value for name, value in row.items() if name != predicted}
    rival = max(others, key=lambda name: others[name]) if others else None
    difference = row[predicted] - (max(others[rival], 0.0) if rival else 0.0)
    position, semanteme = word_of(row[predicted], difference)
    return ConceptWord(concept, row[predicted], difference, position, semanteme, rival)


def _sentence(level: Certainty, predicted: str, concepts: Sequence[ConceptWord]) -> str:
    class_name = singular(words(predicted))
    if level == "unknown":
        return f"The CNN says it is {one(class_name)}, but it has no named automatic concept yet."
    if level == "unsure":
        return f"From this perspective, I am not sure whether this is {one(class_name)}."
    begins = {
        "unsure-because": f"From this perspective, I am not sure, but it may be {one(class_name)}",
        "probably": f"It is probably {one(class_name)}",
        "sure": f"I am sure it is {one(class_name)}",
    }
    return f"{begins[level]} mainly because {_reasons(class_name, concepts)}"


def _reasons(class_name: str, concepts: Sequence[ConceptWord]) -> str:
    clauses = []
    for semanteme in ("obviously", "something like", "perhaps"):
        for position in ("vivid", "plain"):
            group = [word for word in concepts if (word.semanteme, word.position) == (semanteme, position)]
            if group:
                clauses.append(_clause(group, class_name))
    confusing = [words(word.concept) for word in concepts if word.semanteme == "confusing"]
    text = "; ".join(clauses) + "."
    if confusing:
        text += f" However, its {enumerate_nouns(confusing)} {be(confusing)} a little confusing."
    return text


def _clause(group: Sequence[ConceptWord], class_name: str) -> str:
    nouns = [words(word.concept) for word in sorted(group, key=lambda word: -word.value)]
    vivid = "vivid " if group[0].position == "vivid" else ""
    return f"its {vivid}{enumerate_nouns(nouns)} {be(nouns)} {group[0].semanteme} {one(class_name)}'s"


@dataclass(frozen=True)
class Likeness:
    """The learned concept that one region of a picture is most like, with its P and PCS."""

    concept: str
    class_name: str
    probability: float
    pcs: float


def foreign_likeness(likenesses: Sequence[Likeness]) -> str:
    """The likeness of an image of an unknown class to known concepts, in a sentence (AS-XAI, Fig. 5).

    >>> foreign_likeness([Likeness("ears", "horse", 0.9, 0.8), Likeness("nose", "cow", 0.7, 0.5)])
    "Its ears are like a horse's, its nose is like a cow's."
    """
    if not likenesses:
        return "None of its regions is like a concept that is known."
    parts = []
    for one_like in sorted(likenesses, key=lambda item: -item.pcs):
        noun, owner = words(one_like.concept), one(singular(words(one_like.class_name)))
        parts.append(f"its {noun} {be([noun])} like {owner}'s")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
