"""The verdict on a prediction: three gates, one after the other, and the weakest of them decides.

1. *Familiar*: is the picture like those that the network was trained on? Where it is not, nothing else is certain.
2. *Intact*: does it look tampered with?
3. *Supported*: are the concepts of the predicted class there, more than those of any other? That is the paper's
   assessment (S-XAI, Extended Data Table 1; supplement S.4), which is kept beside the verdict as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sxai.assess.assessment import FLAGS, Assessment, ConceptFinding
from sxai.assess.bands import LOW, above
from sxai.assess.english import enumerate_nouns, one, percent, singular, words
from sxai.assess.familiarity import Familiarity
from sxai.assess.levels import TITLES, Level
from sxai.assess.sentences import sentence
from sxai.assess.tampering import Tampering
from sxai.plot.notebook import card, table

GateName = Literal["familiar", "intact", "supported"]

TRUSTED = ("sure", "probably")
"""Levels at which the concepts support the prediction."""

ENOUGH_MASKS = 30
"""Masks from which on a space is steady enough that more of them are no longer the first advice."""

_ANSWERS = {True: "yes", False: "no", None: "cannot tell"}


@dataclass(frozen=True)
class Gate:
    """One gate: whether the picture passed (None: it cannot be judged), and why, in a sentence."""

    name: GateName
    passed: bool | None
    why: str


@dataclass(frozen=True)
class Verdict:
    """The verdict on one prediction, as it is shown.

    Attributes
    ----------
    level
        the weakest gate's; "sure" only where no flag is raised either.
    sentence
        the verdict in words.
    gates
        familiar, intact, supported, in this order.
    flags
        warnings: those keys of FLAGS that apply.
    advice
        what to do next where the level is not "sure", the most useful first.
    """

    level: Level
    sentence: str
    gates: tuple[Gate, ...]
    flags: tuple[str, ...]
    advice: tuple[str, ...]


@dataclass(frozen=True)
class Backing:
    """What a verdict rests on besides the picture: the network's classes, and masks by ``class.concept``."""

    classes: Sequence[str]
    masks: Mapping[str, int]


def verdict(
    assessment: Assessment,
    raised: Sequence[str],
    familiarity: Familiarity | None,
    tampering: Tampering | None,
    backing: Backing,
    doubtful: Sequence[str] = (),
) -> Verdict:
    """The verdict from the paper's assessment, its flags ``raised``, and what the other gates found.

    ``doubtful`` are concepts that the sentence names although their spaces are poor. A gate that was not asked, or has
    too few pictures to tell, lets the picture pass and says so.
    """
    gates = (_familiar(familiarity), _intact(tampering), _supported(assessment))
    failed = [gate.name for gate in gates if gate.passed is False]
    found = {*raised, *(["unfamiliar"] if "familiar" in failed else [])}
    if tampering is not None and tampering.passed is not None:
        found = (found - {"adversarial"}) | ({"adversarial"} if "intact" in failed else set())
    flags = tuple(flag for flag in FLAGS if flag in found)
    level = _level(assessment.level, failed, bool(flags or doubtful))
    return Verdict(
        level=level,
        sentence=_sentence(assessment, level, familiarity, tampering),
        gates=gates,
        flags=flags,
        advice=() if level == "sure" else tuple(_advice(assessment, level, flags, backing, doubtful)),
    )


def _level(paper: Level, failed: Sequence[GateName], flagged: bool) -> Level:
    if "familiar" in failed:
        return "unfamiliar"
    if "intact" in failed:
        return "tampered"
    return "probably" if paper == "sure" and flagged else paper


def _familiar(found: Familiarity | None) -> Gate:
    if found is None:
        return Gate("familiar", None, "Not compared with known pictures.")
    if not found.known:
        return Gate("familiar", None, f"Only {found.kept_aside} pictures are kept aside: too few to tell.")
    if found.familiar:
        return Gate("familiar", True, f"Among pictures of the same kind {found.p_value:.0%} are at least as strange.")
    return Gate("familiar", False, f"{_less_like(found)}.".capitalize())


def _less_like(found: Familiarity) -> str:
    """How far outside: "less like them than 199 of the 200 pictures kept aside"."""
    if found.stranger_than == found.kept_aside:
        return f"less like the known pictures than any of the {found.kept_aside:,} kept aside"
    return f"less like the known pictures than {found.stranger_than:,} of the {found.kept_aside:,} kept aside"


def _intact(found: Tampering | None) -> Gate:
    if found is None:
        return Gate("intact", None, "Not checked for tampering.")
    if found.passed is None:
        return Gate("intact", None, found.why)
    return Gate("intact", found.passed, found.why)


def _supported(assessment: Assessment) -> Gate:
    class_name = singular(words(assessment.predicted))
    match assessment.level:
        case "unknown":
            return Gate("supported", None, f"No concept of {class_name} has been extracted yet.")
        case "sure" | "probably":
            seen = _seen(assessment.concepts)
            return Gate("supported", True, f"It shows {enumerate_nouns(seen)} of {one(class_name)}.")
        case "cannot-see":
            return Gate("supported", False, f"None of the concepts of {class_name} stands out.")
        case _:
            return Gate("supported", False, _undecided(assessment, class_name))


def _seen(concepts: Sequence[ConceptFinding]) -> list[str]:
    named = [finding for finding in concepts if finding.mentioned] or list(concepts)
    return [words(finding.concept) for finding in sorted(named, key=lambda finding: -finding.probability)]


def _undecided(assessment: Assessment, class_name: str) -> str:
    """Why two classes stay unsure: nothing is seen, or as much of another class."""
    best = max(assessment.concepts, key=lambda finding: finding.difference)
    if all(finding.presence == "absent" for finding in assessment.concepts):
        return f"None of the concepts of {class_name} stands out."
    if best.rival is not None:
        return f"Its {words(best.concept)} fit {one(singular(words(best.rival)))} about as well."
    return f"Its {words(best.concept)} stand out too little."


def _leans_away(finding: ConceptFinding) -> bool:
    """Whether the concept looks clearly more like another class's."""
    return finding.rival is not None and above(-finding.difference, LOW)


def _sentence(
    assessment: Assessment, level: Level, familiarity: Familiarity | None, tampering: Tampering | None
) -> str:
    network = f"The network says {words(assessment.predicted)} ({percent(assessment.confidence)})"
    if level == "unfamiliar" and familiarity is not None:
        return (
            f"I do not know this kind of picture. {network}, but it resembles none of the {familiarity.learned:,} "
            f"known pictures of its classes: it is {_less_like(familiarity)}."
        )
    if level == "tampered" and tampering is not None:
        return f"This picture may have been tampered with. {network}, but {tampering.reason}."
    if level != assessment.level:
        return sentence(replace(assessment, level="probably"))
    return sentence(assessment)


def _advice(
    assessment: Assessment, level: Level, flags: Sequence[str], backing: Backing, doubtful: Sequence[str]
) -> list[str]:
    """What to do next, the most useful first."""
    predicted, found = assessment.predicted, []
    if level == "unfamiliar":
        if "adversarial" in flags:
            return [
                "Look at the nearest known pictures.",
                "Tampered pictures look like this too: if it should be known, find out where it comes from.",
            ]
        return [
            "Look at the nearest known pictures.",
            "If such pictures belong to a class, import some with that class and train the network again.",
        ]
    if level == "tampered":
        return ["Look at where the picture comes from, and compare it with the original."]
    if level == "unknown":
        return [f"Mask a part of {predicted} in a few pictures and extract its space: the paper uses 100 masks."]
    own = {finding.concept for finding in assessment.concepts}
    if "not-compared" in flags:
        others = enumerate_nouns([f"{name}.{min(own)}" for name in backing.classes if name != predicted])
        found.append(f"Only {predicted} has these concepts: mask {others} too, so that there is something to compare.")
    few = {f"{predicted}.{concept}": backing.masks.get(f"{predicted}.{concept}", ENOUGH_MASKS) for concept in own}
    thin = sorted((count, name) for name, count in few.items() if count < ENOUGH_MASKS)
    if thin:
        told = enumerate_nouns([f"{name} ({count} masks)" for count, name in thin])
        found.append(f"Mask more pictures: {told}; from about {ENOUGH_MASKS} on a space is steady.")
    if doubtful:
        names = enumerate_nouns([f"{predicted}.{concept}" for concept in doubtful])
        found.append(f"Extract {names} by another estimator, or mask it more closely: its space scores poor.")
    elsewhere = [finding for finding in assessment.concepts if finding.likeness == "confusing" or _leans_away(finding)]
    if elsewhere:
        told = enumerate_nouns([f"{words(one.concept)} ({words(one.rival or '')})" for one in elsewhere])
        found.append(f"Some concepts fit another class about as well or better: {told}. Look at the evidence map.")
    if not found and level in ("unsure", "cannot-see"):
        found.append("Its parts may be hidden or small: look at the evidence map, or mask another part of the class.")
    return found


@dataclass(frozen=True)
class ImageAssessment:
    """The assessment of one image with its numbers.

    ``level``, ``verdict``, ``gates``, ``flags`` and ``advice`` are the verdict (:class:`Verdict`); ``assessment`` and
    ``sentence`` are the paper's own level and words, which look at the concepts alone.

    ``probabilities`` are semantic probabilities P_s, not clipped, or calibrated ones where the project uses these (the
    paper's are in ``paper_probabilities`` then); ``activations`` A_s; ``outputs`` the softmax of the network.
    ``doubts`` are the spaces of concepts that the sentence names although their P says little of the part, and why;
    ``caution`` says it in a sentence ("" when there is none).
    """

    file: str
    image_id: int | None
    predicted: str
    confidence: float
    outputs: dict[str, float]
    probabilities: dict[str, float]
    activations: dict[str, float]
    assessment: str
    sentence: str
    cnn_line: str
    findings: tuple[ConceptFinding, ...]
    flags: list[str]
    model: str
    level: Level
    verdict: str
    gates: tuple[Gate, ...]
    advice: tuple[str, ...]
    familiarity: Familiarity | None = None
    tampering: Tampering | None = None
    paper_probabilities: dict[str, float] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    caution: str = ""

    def _repr_html_(self) -> str:
        """The verdict, its gates and the probabilities, for notebooks."""
        gates = [(gate.name, _ANSWERS[gate.passed], gate.why) for gate in self.gates]
        rows = [(name, value, self.doubts.get(name, "")) for name, value in self.probabilities.items()]
        advice = [f"Next: {line}" for line in self.advice[:1]]
        tables = [table(("gate", "passed", "why"), gates), table(("concept", "P", "doubt"), rows)]
        return card(f"{TITLES[self.level]}: {self.file}", [self.verdict, self.cnn_line, *advice], tables)
