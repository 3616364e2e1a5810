"""Search by meaning: a small query language over semantic probabilities (S-XAI, "semantic sample searching").

The grammar is in ``query.lark``. Nothing is ever evaluated as Python.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from lark import Token, Tree
from lark.exceptions import UnexpectedInput
from numpy.typing import NDArray

from sxai.errors import QueryError
from sxai.search.completion import LABELS, SPLITS, complete
from sxai.search.conditions import (
    All,
    Any,
    Bools,
    Comparison,
    Concept,
    Condition,
    Equality,
    Extreme,
    Measure,
    Not,
    Number,
    Output,
    Span,
    Term,
    Unfamiliar,
    expand,
    leaves,
)
from sxai.search.frame import Floats, Frame
from sxai.search.grammar import explain_syntax, fail, parser, quote, suggestion, unquote

__all__ = ["Frame", "Query", "Selection", "complete", "parse", "quote"]

MAX_LENGTH = 2000
"""Longest query, in characters."""

MAX_DEPTH = 40
"""Deepest nesting of and, or and not."""

MAX_NUMBER = 2.0
"""Largest number without a percent sign; no semantic probability reaches it, so more is a missing ``%``."""

SYMBOLS = {"≥": ">=", "≤": "<="}


@dataclass(frozen=True, eq=False)
class Selection:
    """Outcome of a search over n images.

    Attributes
    ----------
    matches
        (n,) whether each image is a hit.
    margin
        (n,) by how much it is one (negative: by how much it is not), NaN where a value is unknown.
    order
        indices of the hits, largest margin first; equal margins keep the order of the images.
    """

    matches: Bools
    margin: Floats
    order: NDArray[np.intp]


@dataclass(frozen=True)
class Query:
    """A parsed query."""

    text: str
    condition: Condition

    def names(self) -> set[str]:
        """Concepts that are named in full, ``class.concept``."""
        concepts = {leaf.name for leaf in leaves(self.condition) if isinstance(leaf, Concept)}
        return concepts | {part.name for part in self._extremes() if "." in part.name}

    def classes(self) -> set[str]:
        """Classes that are named inside ``p()``, ``max()`` and ``min()``."""
        outputs = {leaf.name for leaf in leaves(self.condition) if isinstance(leaf, Output)}
        return outputs | {part.name for part in self._extremes() if "." not in part.name}

    def reads(self, known_names: Iterable[str]) -> list[str]:
        """Those of ``known_names`` whose values the query asks for: named in full, or all of a ``max(cat)``.

        >>> parse("max(cat) < 0.2 and p(dog) > 0.5").reads(["cat.eyes", "cat.legs", "dog.nose"])
        ['cat.eyes', 'cat.legs']
        """
        known = list(known_names)
        wanted = self.names() | {name for part in self._extremes() for name in expand(part.name, known)}
        return [name for name in known if name in wanted]

    def check(
        self, known_names: Iterable[str], known_classes: Iterable[str], known_labels: Iterable[str] = LABELS
    ) -> None:
        """Raise QueryError, pointing at the place and offering close names, where something is unknown.

        Values of the labels ``true`` and ``predicted`` must be among ``known_classes``, those of ``split`` among
        the three splits.
        """
        classes, labels = sorted(known_classes), sorted(known_labels)
        self._check_columns(sorted(known_names), classes, labels)
        for leaf in leaves(self.condition):
            if isinstance(leaf, Equality) and not leaf.compares_labels(labels):
                kind, known = ("split", SPLITS) if leaf.label == "split" else ("class", classes)
                if leaf.label in LABELS:
                    self._known(kind, leaf.value, leaf.value_span, known)

    def _check_columns(self, names: list[str], classes: list[str], labels: list[str]) -> None:
        for leaf in leaves(self.condition):
            match leaf:
                case Concept():
                    self._known("concept", leaf.name, leaf.span, names)
                case Output():
                    self._known("class", leaf.name, leaf.span, classes)
                case Extreme():
                    self._check_extreme(leaf, names)
                case Equality():
                    self._known("label", leaf.label, leaf.label_span, labels)

    def evaluate(self, frame: Frame) -> Floats:
        """Margins (n,): above 0 a hit, NaN where unknown; ``>=`` and ``<=`` also hit at 0 (see ``select``)."""
        return self.select(frame).margin

    def matches(self, frame: Frame) -> Bools:
        """Whether each image is a hit: (n,)."""
        return self.select(frame).matches

    def select(self, frame: Frame) -> Selection:
        """Find the hits among n images, best first.

        Raises
        ------
        QueryError
            for a concept, class or label that the frame has not.
        """
        self._check_columns(sorted(frame.probabilities), sorted(frame.outputs), sorted(frame.labels))
        truth = self.condition.truth(frame)
        hits = np.flatnonzero(truth.yes)
        return Selection(truth.yes, truth.margin, hits[np.argsort(-truth.margin[hits], kind="stable")])

    def _extremes(self) -> list[Concept]:
        found = (leaf for leaf in leaves(self.condition) if isinstance(leaf, Extreme))
        return [part for leaf in found for part in leaf.names]

    def _check_extreme(self, leaf: Extreme, names: list[str]) -> None:
        with_concepts = sorted({name.rpartition(".")[0] for name in names})
        for part in leaf.names:
            if not expand(part.name, names):
                kind, known = ("concept", names) if "." in part.name else ("class with concepts", with_concepts)
                self._known(kind, part.name, part.span, known)

    def _known(self, kind: str, name: str, span: Span, known: Collection[str]) -> None:
        if name not in known:
            fail(self.text, span, f"unknown {kind} {name!r}{suggestion(name, known)}")


def parse(text: str) -> Query:
    """Parse a query such as ``cat.legs < 0.1 and cat.eyes > 0.8``.

    Raises
    ------
    QueryError
        with the line, a caret and what would fit there, for anything that is not a query, is longer than MAX_LENGTH or
        nested deeper than MAX_DEPTH.

    Examples
    --------
    >>> sorted(parse("dog.nose > 90 % or not max(cat.eyes, cat.nose) <= .2").names())
    ['cat.eyes', 'cat.nose', 'dog.nose']

    Raises
    ------
    QueryError
        with the line, a caret and what would fit there, for anything that is not a query, is longer than MAX_LENGTH or
        nested deeper than MAX_DEPTH.
    """
    if not text.strip():
        raise QueryError("the query is empty: write a condition such as dog.nose > 0.9")
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the query has {len(text)} characters: {MAX_LENGTH} are allowed; make it shorter")
    try:
        tree = parser().parse(text)
    except UnexpectedInput as error:
        explain_syntax(text, error)
    if _depth(tree) > MAX_DEPTH:
        raise QueryError(f"the query nests more than {MAX_DEPTH} conditions: take some brackets or nots away")
    return Query(text, _condition(text, next(child for child in tree.children if isinstance(child, Tree))))


def _depth(tree: Tree[Token]) -> int:
    """Levels of nesting, counted without recursion."""
    deepest, pending = 0, [(tree, 1)]
    while pending:
        node, level = pending.pop()
        deepest = max(deepest, level)
        pending += [(child, level + 1) for child in node.children if isinstance(child, Tree)]
    return deepest


def _condition(text: str, tree: Tree[Token]) -> Condition:
    """Build the condition of a parse tree, refusing what is grammatical but means nothing."""
    parts = [child for child in tree.children if isinstance(child, Tree)]
    match str(tree.data):
        case "disjunction":
            return Any(tuple(_condition(text, part) for part in parts))
        case "conjunction":
            return All(tuple(_condition(text, part) for part in parts))
        case "negation":
            return Not(_condition(text, parts[0]))
        case "equality":
            return _equality(text, tree)
        case "stranger":
            return Unfamiliar(_span(next(tree.scan_values(lambda child: isinstance(child, Token)))))
        case _:
            return _comparison(text, tree)


def _comparison(text: str, tree: Tree[Token]) -> Comparison:
    operators = [str(child) for child in tree.children if isinstance(child, Token)]
    terms = [_term(text, child) for child in tree.children if isinstance(child, Tree)]
    for left, right in pairwise(terms):
        if isinstance(left, Number) and isinstance(right, Number):
            place = next(child for child in tree.scan_values(lambda child: isinstance(child, Token)))
            fail(text, _span(place), "this compares two numbers: compare a concept, such as dog.nose > 0.9")
    return Comparison(tuple(terms), tuple(SYMBOLS.get(symbol, symbol) for symbol in operators))


def _term(text: str, tree: Tree[Token]) -> Term:
    tokens = [child for child in tree.children if isinstance(child, Token)]
    match str(tree.data):
        case "number":
            return _number(text, tokens)
        case "call":
            return _call(text, tokens)
        case "measure":
            return Measure(_span(tokens[0]))
        case _:
            return _concept(text, tokens[0])


def _number(text: str, tokens: list[Token]) -> Number:
    written, in_percent = str(tokens[0]), len(tokens) > 1
    value = float(written) / (100.0 if in_percent else 1.0)
    if abs(value) > MAX_NUMBER:
        advice = "write a number from 0 to 1" if in_percent else f"write {written} % or a number from 0 to 1"
        fail(text, _span(tokens[0]), f"{written}{' %' * in_percent} is no probability: {advice}")
    return Number(value)


def _call(text: str, tokens: list[Token]) -> Output | Extreme:
    kind = tokens[0].lower()
    names = tuple(Concept(unquote(token), _span(token)) for token in tokens[1:])
    if kind != "p":
        return Extreme(kind, names)
    if len(names) > 1:
        fail(text, names[1].span, "p() takes one class: compare several with 'and' or 'or'")
    return Output(names[0].name, names[0].span)


def _concept(text: str, token: Token) -> Concept:
    name = unquote(token)
    if "." not in name:
        written = quote(name)
        fail(
            text,
            _span(token),
            f"{name!r} alone is no number: write class.concept, such as {written}.eyes, "
            f"or p({written}) for what the network says",
        )
    return Concept(name, _span(token))


def _equality(text: str, tree: Tree[Token]) -> Equality:
    label, sign, value = tree.scan_values(lambda child: isinstance(child, Token))
    if "." in unquote(label):
        fail(text, _span(sign), "a probability is hardly ever equal to a number: write >= or <=")
    return Equality(
        label=unquote(label),
        label_span=_span(label),
        value=unquote(value),
        value_span=_span(value),
        quoted=value[0] in '`"',
        negated=sign in ("!=", "≠"),
    )


def _span(token: Token) -> Span:
    return (token.start_pos or 0, token.end_pos or 0)
