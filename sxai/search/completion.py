"""Completions for a query that is being typed."""

import re
from collections.abc import Collection, Iterable, Sequence

from lark import Token
from lark.exceptions import UnexpectedInput

from sxai.search.grammar import parser, quote

LABELS = ("true", "predicted", "split")
"""Labels that a query may compare unless the caller names others."""

SPLITS = ("train", "val", "reference")

COMPARISONS = (">", ">=", "<", "<=")


def complete(
    text: str, cursor: int, names: Iterable[str], classes: Iterable[str] = (), labels: Sequence[str] = LABELS
) -> list[str]:
    """What may stand at ``cursor``, as replacements for the unfinished word before it.

    ``names`` are the concepts, ``classes`` the CNN's classes (those of ``names`` are known anyway). Words that
    begin as the unfinished one come first, then those that hold it, e.g. ``dog.nose`` for ``no``. Where the text
    before is no beginning of a query, nothing is offered.

    >>> complete("dog.n", 5, ["dog.nose", "cat.eyes"])
    ['dog.nose']
    >>> complete("dog.nose > 0.9 a", 16, ["dog.nose"])
    ['and']
    """
    before = text[: max(cursor, 0)]
    start = _start_of_word(before)
    tokens, fits = _state(before[:start])
    concepts = list(dict.fromkeys(names))
    known_classes = list(dict.fromkeys([*classes, *(name.rpartition(".")[0] for name in concepts)]))
    choices = _choices(tokens, fits, concepts, known_classes, labels)
    return _matching(before[start:], choices)


def _start_of_word(before: str) -> int:
    """Where the unfinished word begins: at an open quote, or after the last character that no name has."""
    for sign in '`"':
        if before.count(sign) % 2:
            opened = before.rindex(sign)
            return opened - len(re.search(r"[\w.`-]*$", before[:opened])[0])  # type: ignore[index]
    return len(before) - len(re.search(r"[\w.-]*$", before)[0])  # type: ignore[index]


def _state(before: str) -> tuple[list[Token], set[str]]:
    """Tokens read so far and the terminals that may follow."""
    progress = parser().parse_interactive(before)
    try:
        tokens = list(progress.exhaust_lexer())
        return tokens, progress.accepts()
    except UnexpectedInput:
        return [], set()


def _choices(
    tokens: Sequence[Token], fits: Collection[str], names: list[str], classes: list[str], labels: Sequence[str]
) -> list[str]:
    """Every word that may follow, most likely first."""
    last = tokens[-1] if tokens else None
    if "NAME" in fits:
        return _names(tokens, fits, names, classes, labels)
    if "EQUALS" in fits and last is not None and last in labels:
        return ["=", "!="]
    words = ["and", "or"] if "AND" in fits else list(COMPARISONS) if "COMPARE" in fits else []
    return words + [")"] * ("RPAR" in fits)


def _names(
    tokens: Sequence[Token], fits: Collection[str], names: list[str], classes: list[str], labels: Sequence[str]
) -> list[str]:
    """Names that may follow, by where they stand: in a call, behind ``=``, or as a condition's beginning."""
    concepts, quoted_classes = [quote(name) for name in names], [quote(name) for name in classes]
    if tokens and tokens[-1].type == "EQUALS":
        label = str(tokens[-2])
        others = [other for other in ("true", "predicted") if other in labels and other != label]
        return list(SPLITS) if label == "split" else [*quoted_classes, *others]
    if "FUNCTION" not in fits:
        call = next(token for token in reversed(tokens) if token.type == "FUNCTION")
        return quoted_classes if call.lower() == "p" else [*quoted_classes, *concepts]
    functions = ["p(", "max(", "min(", "familiarity"]
    return [*concepts, *functions, *([*labels, "unfamiliar", "not"] if "NOT" in fits else [])]


def _matching(word: str, choices: Sequence[str]) -> list[str]:
    """Choices that begin with ``word``, then those that hold it; quotes and case do not matter."""
    sought = re.sub(r"[`\"]", "", word).casefold()
    folded = [(choice, re.sub(r"[`\"]", "", choice).casefold()) for choice in dict.fromkeys(choices)]
    first = [choice for choice, plain in folded if plain.startswith(sought)]
    rest = [choice for choice, plain in folded if sought in plain and not plain.startswith(sought)]
    return first + rest
