"""An assessment in plain English (S-XAI, Fig. 4 and Extended Data Table 1; supplement S.4)."""

from collections.abc import Iterable, Sequence

from sxai.assess.assessment import Assessment, ConceptFinding
from sxai.assess.english import be, enumerate_nouns, is_plural, one, percent, singular, them, words

LIKENESSES = ("none", "obviously", "something like", "perhaps")
"""Order of the groups of concepts in a sentence, strongest first; "none" is a vivid concept of many classes."""

LINKS = ("", "Meanwhile, ", "In addition, ")
"""Beginnings of the first, second and third group of concepts."""


def sentence(assessment: Assessment) -> str:
    """Say in one to a few English sentences how far the prediction can be trusted.

    Concepts of one band share one clause, strongest band first; confusing ones come last. Never empty.
    """
    class_name = singular(words(assessment.predicted))
    match assessment.level:
        case "unknown":
            return f"The CNN says it is {one(class_name)}, but no concept of {class_name} has been extracted yet."
        case "unsure":
            return f"It might be {one(class_name)}, but I am not sure."
        case "cannot-see":
            return f"I cannot see {one(class_name)}: none of its concepts stands out."
        case "probably":
            return f"It is probably {one(class_name)} mainly because {_reasons(assessment, class_name)}"
        case _:
            return f"I am sure it is {one(class_name)} mainly because {_reasons(assessment, class_name)}"


def mentioned(assessment: Assessment) -> list[ConceptFinding]:
    """The concepts that the sentence names; none where it gives no reasons."""
    if assessment.level not in ("sure", "probably"):
        return []
    return [finding for finding in assessment.concepts if finding.mentioned]


def doubt(concepts: Iterable[str]) -> str:
    """Caution about named concepts whose spaces are poor; the empty string for none.

    >>> doubt(["legs"])
    'Its space says little about the legs, so do not lean on them.'
    >>> doubt(["nose", "front-legs"])
    'Its spaces say little about the nose and front legs, so do not lean on them.'
    """
    nouns = list(dict.fromkeys(map(words, concepts)))
    if not nouns:
        return ""
    spaces = "Its space says" if len(nouns) == 1 else "Its spaces say"
    return f"{spaces} little about the {enumerate_nouns(nouns)}, so do not lean on {them(nouns)}."


def one_space_line(first: str, second: str) -> str:
    """That two named concepts are read from the same channels.

    >>> one_space_line("eyes", "nose")
    'Its eyes and nose are read from the same neurons, so they count once.'
    """
    return f"Its {enumerate_nouns([words(first), words(second)])} are read from the same neurons, so they count once."


def cnn_line(assessment: Assessment) -> str:
    """What the CNN itself says, to stand beside the sentence: ``The CNN says dog (97.1 %).``"""
    return f"The CNN says {words(assessment.predicted)} ({percent(assessment.confidence)})."


def _reasons(assessment: Assessment, class_name: str) -> str:
    """All clauses that follow "because"."""
    named = mentioned(assessment)
    clauses: list[str] = []
    for group in _groups(named):
        link = LINKS[len(clauses)] + "it has" if len(clauses) < len(LINKS) else "It also has"
        clauses.append(f"{link} {_clause(group, class_name)}.")
    confusing = _nouns(finding for finding in named if finding.likeness == "confusing")
    if confusing:
        clauses.append(f"However, its {enumerate_nouns(confusing)} {be(confusing)} a little confusing.")
    return " ".join(clauses)


def _groups(named: Sequence[ConceptFinding]) -> list[list[ConceptFinding]]:
    """Findings of one band each, strongest band first."""
    bands = [(likeness, presence) for likeness in LIKENESSES for presence in ("vivid", "plain")]
    groups = [[item for item in named if (item.likeness, item.presence) == band] for band in bands]
    return [group for group in groups if group]


def _clause(group: Sequence[ConceptFinding], class_name: str) -> str:
    """``vivid eyes and nose, which are obviously a dog's``."""
    nouns = _nouns(group)
    likeness = group[0].likeness
    what = _vivid(nouns) if group[0].presence == "vivid" else enumerate_nouns([one(noun) for noun in nouns])
    if likeness == "none":
        return what
    owner = f"{one(class_name)}'s"
    owned = f"{owner} {nouns[0]}" if len(nouns) == 1 else owner
    return f"{what}, which {be(nouns)} {likeness} {owned}"


def _vivid(nouns: Sequence[str]) -> str:
    """One "vivid" for the whole list; an article only where the list is a single countable noun."""
    if len(nouns) > 1 or one(nouns[0]) == nouns[0]:
        return f"vivid {enumerate_nouns(nouns)}"
    return one(f"vivid {nouns[0]}")


def _nouns(findings: Iterable[ConceptFinding]) -> list[str]:
    """Names as words: plurals first, so that a shared "vivid" reads well, then the more probable."""
    ordered = sorted(findings, key=lambda finding: -finding.probability)
    names = list(dict.fromkeys(words(finding.concept) for finding in ordered))
    return sorted(names, key=lambda name: not is_plural(name))
