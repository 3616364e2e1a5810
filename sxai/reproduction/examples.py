"""Examples of assessments, chosen by rule among the project's own images (never by hand)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from data_store.records import ImageRecord
from sxai.assess.assessment import Assessment, assess
from sxai.assess.verbs.assess import assessment_fingerprint
from sxai.errors import SpaceError
from sxai.reproduction.study import Study
from sxai.search.verbs.search import evaluated

MIN_CERTAIN = 0.9
"""The CNN's probability from which a view counts as confidently recognised; the paper's examples are above it."""


@dataclass(frozen=True)
class Candidate:
    """An image of the project with its assessment."""

    image: ImageRecord
    verdict: Assessment

    @property
    def right(self) -> bool:
        """Whether the CNN predicts the image's own class."""
        return self.image.class_name == self.verdict.predicted

    @property
    def certain(self) -> bool:
        """Whether the CNN is at least 90 % certain."""
        return self.verdict.confidence >= MIN_CERTAIN

    @property
    def strongest(self) -> float:
        """Largest P of the predicted class's concepts; 0 when it has none."""
        return self.verdict.p_max or 0.0

    @property
    def confusing(self) -> int:
        """Number of concepts that look like another class's as well."""
        return sum(finding.likeness == "confusing" for finding in self.verdict.concepts)

    @property
    def clear(self) -> int:
        """Number of concepts that are named and not confusing."""
        return sum(finding.mentioned and finding.likeness != "confusing" for finding in self.verdict.concepts)

    @property
    def weakest_difference(self) -> float:
        """Smallest ΔP of all concepts of the predicted class."""
        return min((finding.difference for finding in self.verdict.concepts), default=-1.0)


Rule = tuple[str, Callable[[Candidate], bool]]


@dataclass(frozen=True)
class Profile:
    """Rules to choose an example: conditions in falling importance, then the largest value of ``by``."""

    rules: Sequence[Rule]
    by: Callable[[Candidate], float]


MAX_NATURAL = 0.9
"""Largest P at which no detection rule flags an image as attacked."""

RECOGNISED: tuple[Rule, ...] = (("rightly recognised", lambda c: c.right), ("P(CNN) ≥ 0.9", lambda c: c.certain))

NATURAL_RULE: Rule = ("no P above 0.9", lambda c: c.strongest <= MAX_NATURAL)

NOTHING_SEEN = Profile(
    (*RECOGNISED, ("not sure", lambda c: c.verdict.level in ("unsure", "cannot-see"))), lambda c: -c.strongest
)
"""A view that hides the class's concepts (Fig. 4a): the lowest P of all."""

ONE_CONFUSING = Profile(
    (
        *RECOGNISED,
        ("one confusing concept", lambda c: c.confusing == 1),
        ("two clear ones", lambda c: c.clear >= 2),
        ("probably", lambda c: c.verdict.level == "probably"),
        NATURAL_RULE,
    ),
    lambda c: c.strongest,
)
"""Several clear concepts and one confusing concept (Fig. 4b, the golden retriever)."""

FRONT_VIEW = Profile(
    (
        *RECOGNISED,
        ("sure", lambda c: c.verdict.level == "sure"),
        ("none confusing", lambda c: not c.confusing),
        NATURAL_RULE,
    ),
    lambda c: c.weakest_difference,
)
"""All concepts visible, none confusing (Fig. 4c, front)."""

SIDE_VIEW = Profile(
    (
        *RECOGNISED,
        ("probably", lambda c: c.verdict.level == "probably"),
        ("one confusing concept", lambda c: c.confusing == 1),
        ("one clear", lambda c: c.clear == 1),
        NATURAL_RULE,
    ),
    lambda c: c.strongest,
)
"""Few concepts visible, one of them confusing (Fig. 4c, side)."""


def candidates(study: Study, class_name: str) -> list[Candidate]:
    """All images of a class with their assessment, in the order of the catalogue.

    Raises
    ------
    SpaceError
        when the network has no space of the class.
    """
    if not study.concepts(class_name):
        raise SpaceError(
            f"no semantic space of {class_name} for the network {study.model}; mask a concept of it and run: "
            "sxai space extract --all"
        )
    known = study.project.remember(
        ("reproduction", assessment_fingerprint(study.project, study.model), study.project.catalogue.count_images()),
        lambda: evaluated(study.project, study.model, study.progress),
    )
    frame, classes = known.frame, study.record.classes
    names = list(frame.probabilities)
    pool = []
    for row, image in enumerate(known.images):
        if image.class_name == class_name:
            predicted = known.predicted[row]
            probabilities = {name: float(frame.probability(name)[row]) for name in names}
            verdict = assess(predicted, float(frame.output(predicted)[row]), probabilities, classes)
            pool.append(Candidate(image, verdict))
    return pool


def choose(pool: Sequence[Candidate], profile: Profile) -> tuple[Candidate, list[str]]:
    """The example that fits a profile best, and the conditions it meets.

    A condition that no remaining image meets is passed over, so that every project has an example.
    """
    left = list(pool)
    met: list[str] = []
    if not left:
        raise SpaceError("there is no image to choose an example from; import images of both classes.")
    for words, fits in profile.rules:
        fitting = [candidate for candidate in left if fits(candidate)]
        if fitting:
            left, met = fitting, [*met, words]
    return max(left, key=profile.by), met
