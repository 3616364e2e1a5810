"""Conditions of a query over a frame, in three-valued logic.

An unknown value (NaN, None) makes its comparison neither true nor false, as NULL does in SQL: it is no hit, and
neither is its negation; ``or`` can still be true by another part, ``and`` can still be false.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sxai.search.frame import Floats, Frame

Bools = NDArray[np.bool_]
Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Truth:
    """Verdicts on n images.

    Attributes
    ----------
    yes, no
        (n,) whether the condition holds, or does not; both False where it is not known.
    margin
        (n,) by how much; NaN where not known, ±inf for texts.
    """

    yes: Bools
    no: Bools
    margin: Floats


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float

    def values(self, frame: Frame) -> Floats:
        return np.full(frame.n, self.value)


@dataclass(frozen=True)
class Concept:
    """The semantic probability of ``class.concept``."""

    name: str
    span: Span

    def values(self, frame: Frame) -> Floats:
        return frame.probability(self.name)


@dataclass(frozen=True)
class Output:
    """The CNN's probability of a class: ``p(cat)``."""

    name: str
    span: Span

    def values(self, frame: Frame) -> Floats:
        return frame.output(self.name)


@dataclass(frozen=True)
class Extreme:
    """Largest or smallest probability over concepts and over all concepts of classes: ``max(cat)``."""

    kind: str
    names: tuple[Concept, ...]

    def values(self, frame: Frame) -> Floats:
        concepts = [name for part in self.names for name in expand(part.name, list(frame.probabilities))]
        columns = np.stack([frame.probability(name) for name in concepts])
        return np.asarray(columns.max(axis=0) if self.kind == "max" else columns.min(axis=0))


@dataclass(frozen=True)
class Measure:
    """How familiar the image is: the conformal p-value ``familiarity``."""

    span: Span

    def values(self, frame: Frame) -> Floats:
        return frame.p_values()


Term = Number | Concept | Output | Extreme | Measure

COMPARISONS: Mapping[str, Callable[[Floats, float], Bools]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.gt,
    "<=": operator.ge,
}
"""Each comparison as a test of its margin against 0: the margin of ``a < b`` is b − a."""


@dataclass(frozen=True)
class Comparison:
    """``a > b``, also chained: ``0.2 < a <= 0.5`` is true when each neighbouring pair is."""

    terms: tuple[Term, ...]
    operators: tuple[str, ...]

    def truth(self, frame: Frame) -> Truth:
        values = [term.values(frame) for term in self.terms]
        pairs = zip(values, self.operators, values[1:], strict=False)
        return conjunction([_compare(left, symbol, right) for left, symbol, right in pairs])


def _compare(left: Floats, symbol: str, right: Floats) -> Truth:
    with np.errstate(invalid="ignore"):
        margin = left - right if symbol in (">", ">=") else right - left
    yes = COMPARISONS[symbol](margin, 0.0)
    return Truth(yes, ~yes & ~np.isnan(margin), margin)


@dataclass(frozen=True)
class Unfamiliar:
    """The image is unfamiliar at the chosen rate of false alarms α; the margin is α − p."""

    span: Span

    def truth(self, frame: Frame) -> Truth:
        values = frame.p_values()
        margin = frame.rate - values
        yes = margin >= 0
        return Truth(yes, ~yes & ~np.isnan(values), margin)


@dataclass(frozen=True)
class Equality:
    """``predicted = dog`` or, between two labels, ``predicted != true``. The margin is ±inf."""

    label: str
    label_span: Span
    value: str
    value_span: Span
    quoted: bool
    negated: bool

    def compares_labels(self, labels: Sequence[str]) -> bool:
        """Whether the right side names a label rather than a value (quotes make it a value)."""
        return not self.quoted and self.value in labels

    def truth(self, frame: Frame) -> Truth:
        left = frame.labels[self.label]
        right: Sequence[str | None] = [self.value] * frame.n
        if self.compares_labels(list(frame.labels)):
            right = frame.labels[self.value]
        known = np.array([a is not None and b is not None for a, b in zip(left, right, strict=True)], dtype=bool)
        same = np.array([a == b for a, b in zip(left, right, strict=True)], dtype=bool)
        yes = known & (same != self.negated)
        margin = np.where(known, np.where(yes, np.inf, -np.inf), np.nan)
        return Truth(yes, known & ~yes, margin)


@dataclass(frozen=True)
class All:
    """Every part holds; the margin is the smallest."""

    parts: tuple["Condition", ...]

    def truth(self, frame: Frame) -> Truth:
        return conjunction([part.truth(frame) for part in self.parts])


@dataclass(frozen=True)
class Any:
    """At least one part holds; the margin is the largest."""

    parts: tuple["Condition", ...]

    def truth(self, frame: Frame) -> Truth:
        return negation(conjunction([negation(part.truth(frame)) for part in self.parts]))


@dataclass(frozen=True)
class Not:
    """The part does not hold; the margin is turned round."""

    part: "Condition"

    def truth(self, frame: Frame) -> Truth:
        return negation(self.part.truth(frame))


Condition = Comparison | Equality | Unfamiliar | All | Any | Not


def negation(truth: Truth) -> Truth:
    """Swap true and false; unknown stays unknown."""
    return Truth(truth.no, truth.yes, 0.0 - truth.margin)


def conjunction(truths: Sequence[Truth]) -> Truth:
    """Kleene's *and*: false as soon as one part is, true when all are, else unknown."""
    yes = np.logical_and.reduce([truth.yes for truth in truths])
    no = np.logical_or.reduce([truth.no for truth in truths])
    # fmin passes unknown parts over; where they decide, the whole is unknown.
    margin = np.fmin.reduce([truth.margin for truth in truths])
    return Truth(yes, no, np.where(yes | no, margin, np.nan))


def expand(name: str, concepts: Sequence[str]) -> list[str]:
    """The concepts that a name inside ``max()`` or ``min()`` stands for: itself, or all of a class."""
    return [name] if name in concepts else [full for full in concepts if full.rpartition(".")[0] == name]


def leaves(condition: Condition) -> Iterator[Term | Equality | Unfamiliar]:
    """Every term, equality and flag of a condition, in the order of the text."""
    match condition:
        case Comparison():
            yield from condition.terms
        case Equality() | Unfamiliar():
            yield condition
        case Not():
            yield from leaves(condition.part)
        case All() | Any():
            for part in condition.parts:
                yield from leaves(part)
