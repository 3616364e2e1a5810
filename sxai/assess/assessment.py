"""Trustworthiness assessment: how far semantic probabilities support the CNN's prediction.

S-XAI, "Trustworthiness assessment", Extended Data Table 1 and supplement S.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import isinf, isnan
from typing import Literal

from sxai.assess.bands import HIGH, LOW, above, band
from sxai.assess.detection import PAPER_RULE, detected
from sxai.errors import SpaceError, UnknownName
from sxai.names import split_name

_split = lru_cache(maxsize=1024)(split_name)  # every picture brings the same names

Level = Literal["sure", "probably", "unsure", "cannot-see", "unknown"]
Rules = Literal["two-class", "multi-class"]

OVER_CONFIDENCE = 0.9
"""From this CNN probability on, seeing nothing of the class is over-confidence."""

FLAGS: Mapping[str, str] = {
    "unfamiliar": "It resembles none of the known pictures of its classes, so nothing else is certain.",
    "over-confident": "The CNN is at least 90 % certain, yet none of the concepts of its class stands out.",
    "nothing-seen": "No concept of any class stands out.",
    "confusing": "A vivid concept looks nearly as much like another class's.",
    "points-elsewhere": "A concept looks clearly more like another class's.",
    "beyond-reference": "A probability above 1: stronger than in any reference image, as in tampered inputs.",
    "adversarial": "It leaves the range of natural pictures as attacked ones do: it may be tampered with.",
    "not-compared": "No other class has any of these concepts, so the differences compare with nothing.",
    "no-space": "No concept of the predicted class has been extracted yet.",
}
"""Every flag with its meaning, in the order in which they are listed; the verdict raises "unfamiliar"."""


@dataclass(frozen=True)
class ConceptFinding:
    """One concept of the predicted class in one image.

    Attributes
    ----------
    concept
        name without its class, e.g. ``eyes``.
    probability
        semantic probability P, not clipped.
    difference
        ΔP, P less the largest P of the same concept in another class (at least 0).
    presence
        "vivid" (P > 0.5), "plain" (0.2 < P ≤ 0.5) or "absent".
    likeness
        "obviously", "something like", "perhaps", "confusing", or "none" where no word is due.
    mentioned
        whether the sentence names it.
    rival
        the class with that largest P, None where no other class has the concept.
    """

    concept: str
    probability: float
    difference: float
    presence: str
    likeness: str
    mentioned: bool
    rival: str | None = None


@dataclass(frozen=True)
class Assessment:
    """What the semantic probabilities say about one prediction.

    Attributes
    ----------
    level
        "sure", "probably", "unsure" (two classes), "cannot-see" (more classes), or "unknown" where no
        concept of the predicted class has a probability.
    predicted
        the CNN's class.
    confidence
        its probability by the CNN, in [0, 1].
    concepts
        findings for the predicted class, in the order the probabilities were given.
    p_max, delta_max
        largest P and largest ΔP of the findings; None at level "unknown".
    rules
        which table was applied.
    probabilities
        every known probability that was given, of all classes.
    """

    level: Level
    predicted: str
    confidence: float
    concepts: tuple[ConceptFinding, ...]
    p_max: float | None
    delta_max: float | None
    rules: Rules
    probabilities: Mapping[str, float] = field(default_factory=dict)


def assess(
    predicted: str,
    confidence: float,
    probabilities: Mapping[str, float],
    classes: Sequence[str],
    rules: Literal["auto"] | Rules = "auto",
) -> Assessment:
    """Assess one prediction from its semantic probabilities.

    ``probabilities`` maps ``class.concept`` to unclipped P; NaN means not known and is left out. ``classes``
    are all classes of the CNN: with exactly two of them ``rules="auto"`` applies Extended Data Table 1,
    otherwise supplement S.4. A rival whose P is below 0 counts as 0 (less than any reference image is simply
    absent), so that a ΔP above 0.2 always comes with a P above 0.2 that can be named.

    Raises
    ------
    UnknownName
        when ``predicted`` is not one of ``classes``, SpaceError for unusable numbers or names.
    """
    if predicted not in classes:
        raise UnknownName(f"predicted class {predicted!r} is not one of the CNN's: {', '.join(classes)}")
    if rules not in ("auto", "two-class", "multi-class"):
        raise SpaceError(f"unknown rules {rules!r}: use 'auto', 'two-class' or 'multi-class'")
    chosen = _rules_for(classes) if rules == "auto" else rules
    known = _known(probabilities)
    findings = _findings(predicted, known, classes, chosen)
    p_max = max((finding.probability for finding in findings), default=None)
    delta_max = max((finding.difference for finding in findings), default=None)
    return Assessment(
        level=_level(p_max, delta_max, chosen),
        predicted=predicted,
        confidence=_share(confidence),
        concepts=findings,
        p_max=p_max,
        delta_max=delta_max,
        rules=chosen,
        probabilities=known,
    )


def flags(assessment: Assessment, adversarial: bool | None = None) -> list[str]:
    """Warnings about a prediction: those keys of FLAGS that apply, in their order.

    ``adversarial`` is the answer of another detection rule; by default the paper's applies (supplement S.5).
    """
    concepts, highest = assessment.concepts, max(assessment.probabilities.values(), default=None)
    compared = [finding for finding in concepts if finding.rival is not None]
    unseen = all(finding.presence == "absent" for finding in concepts)
    if adversarial is None:
        adversarial = bool(detected(PAPER_RULE, [[finding.probability for finding in concepts]])[0])
    raised = {
        "over-confident": bool(concepts) and unseen and assessment.confidence >= OVER_CONFIDENCE,
        "nothing-seen": unseen and highest is not None and not above(highest, LOW),
        "confusing": any(_is_confusing(finding) for finding in compared),
        "points-elsewhere": above(-min((finding.difference for finding in compared), default=0.0), LOW),
        "beyond-reference": highest is not None and above(highest, 1.0),
        "adversarial": adversarial,
        "not-compared": bool(concepts) and not compared,
        "no-space": assessment.level == "unknown",
    }
    return [flag for flag in FLAGS if raised.get(flag)]


def _rules_for(classes: Sequence[str]) -> Rules:
    return "two-class" if len(set(classes)) == 2 else "multi-class"


def _share(confidence: float) -> float:
    """The CNN's probability, forgiven the rounding of single precision."""
    if not -1e-6 <= confidence <= 1.0 + 1e-6:
        raise SpaceError(f"confidence {confidence} is not a probability: give the softmax output, from 0 to 1")
    return min(max(float(confidence), 0.0), 1.0)


def _known(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Probabilities without the unknown ones."""
    for name, value in probabilities.items():
        if isinf(value):
            raise SpaceError(f"probability of {name} is {value}: fit its reference distribution again")
    return {name: float(value) for name, value in probabilities.items() if not isnan(value)}


def _findings(
    predicted: str, known: Mapping[str, float], classes: Sequence[str], rules: Rules
) -> tuple[ConceptFinding, ...]:
    table: dict[str, dict[str, float]] = {}
    concepts: list[str] = []
    for full_name, probability in known.items():
        class_name, concept = _split(full_name, tuple(classes))
        table.setdefault(concept, {})[class_name] = probability
        if class_name == predicted:
            concepts.append(concept)
    judge = _judge_two if rules == "two-class" else _judge_many
    findings = tuple(
        judge(concept, table[concept][predicted], *_strongest_rival(predicted, table[concept])) for concept in concepts
    )
    return findings if rules == "two-class" else _only_the_leader(findings)


def _strongest_rival(predicted: str, by_class: Mapping[str, float]) -> tuple[str | None, float]:
    """The other class with the largest P of this concept, and that P, at least 0."""
    others = {name: value for name, value in by_class.items() if name != predicted}
    if not others:
        return None, 0.0
    rival = max(others, key=lambda name: others[name])
    return rival, max(others[rival], 0.0)


def _presence(probability: float) -> str:
    return band(probability, "absent", "plain", "plain", "vivid")


def _judge_two(concept: str, probability: float, rival: str | None, strength: float) -> ConceptFinding:
    """Extended Data Table 1: presence by the concept's own P, likeness by ΔP."""
    difference, presence = probability - strength, _presence(probability)
    undecided = "confusing" if presence == "vivid" else "none"
    likeness = band(difference, undecided, "perhaps", "something like", "obviously")
    if presence == "absent":
        likeness = "none"
    return ConceptFinding(concept, probability, difference, presence, likeness, likeness != "none", rival)


def _judge_many(concept: str, probability: float, rival: str | None, strength: float) -> ConceptFinding:
    """Supplement S.4: both words by P alone; "vivid" needs no further word."""
    presence = _presence(probability)
    likeness = band(probability, "none", "perhaps", "something like", "none")
    difference = probability - strength
    return ConceptFinding(concept, probability, difference, presence, likeness, presence != "absent", rival)


def _only_the_leader(findings: tuple[ConceptFinding, ...]) -> tuple[ConceptFinding, ...]:
    """Supplement S.4: a concept that leads all others by more than 0.2 is the only one named."""
    if len(findings) < 2:
        return findings
    first, second = sorted((finding.probability for finding in findings), reverse=True)[:2]
    if not above(first - second, LOW):
        return findings
    return tuple(finding if finding.probability == first else replace(finding, mentioned=False) for finding in findings)


def _level(p_max: float | None, delta_max: float | None, rules: Rules) -> Level:
    if p_max is None or delta_max is None:
        return "unknown"
    value = delta_max if rules == "two-class" else p_max
    if above(value, HIGH):
        return "sure"
    if above(value, LOW):
        return "probably"
    return "unsure" if rules == "two-class" else "cannot-see"


def _is_confusing(finding: ConceptFinding) -> bool:
    return finding.presence == "vivid" and not above(abs(finding.difference), LOW)
