"""The parser of the query language, its quoting, and errors that point at the place."""

import re
from collections.abc import Collection
from difflib import SequenceMatcher
from functools import cache
from typing import NoReturn

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from sxai.errors import QueryError

Span = tuple[int, int]

QUOTED = re.compile(r"`([^`]+)`|\"([^\"]+)\"")
BARE = re.compile(r"(?!(?:and|or|not)(?![\w.-]))\d*[^\W\d]\w*(?:-\w+)*(?:\.\d*[^\W\d]\w*(?:-\w+)*)*", re.IGNORECASE)

STARTS = (
    ({"NOT"}, "a condition such as dog.nose > 0.9"),
    ({"FUNCTION"}, "a concept such as dog.nose, p(dog), max(dog), min(dog) or a number"),
    ({"NAME", "NUMBER"}, "a class, a split or another label"),
    ({"NAME"}, "the name of a class or concept"),
)
"""Words for what may begin here: the first row whose terminals all fit."""

HINTS = {
    "&": "write 'and'",
    "|": "write 'or'",
    "!": "write 'not', or != between labels",
    "'": 'put names between ` or "',
    "`": "this quote is never closed, or nothing is in it",
    '"': "this quote is never closed, or nothing is in it",
    ",": "join conditions with 'and' or 'or'",
    ")": "this bracket closes nothing",
}
"""What to do about a character that does not belong."""

MARGIN = 50
"""Characters shown on either side of the place of an error."""


@cache
def parser() -> Lark:
    """The LALR parser of ``query.lark``, built once."""
    return Lark.open("query.lark", rel_to=__file__, parser="lalr", lexer="contextual", maybe_placeholders=False)


def unquote(token: str) -> str:
    """A name without its quotes.

    >>> unquote('`golden retriever`.front-legs'), unquote('"cat.eyes"')
    ('golden retriever.front-legs', 'cat.eyes')
    """
    return QUOTED.sub(lambda found: found[1] or found[2], token)


def quote(name: str) -> str:
    """A name as a query must write it: bare where that is possible.

    >>> quote("dog.front-legs"), quote("golden retriever.eyes"), quote("not")
    ('dog.front-legs', '`golden retriever.eyes`', '`not`')
    """
    if BARE.fullmatch(name):
        return name
    return f'"{name}"' if "`" in name else f"`{name}`"


def fail(text: str, span: Span, message: str) -> NoReturn:
    """Raise QueryError with ``message``, the query and a caret under ``span`` (start, end)."""
    start, end = span
    left, right = max(start - MARGIN, 0), min(max(end, start + 1) + MARGIN, len(text))
    before, after = "… " * (left > 0), " …" * (right < len(text))
    line = re.sub(r"\s", " ", text[left:right])
    carets = "^" * max(min(end, right) - start, 1)
    raise QueryError(f"{message}\n  {before}{line}{after}\n  {' ' * (len(before) + start - left)}{carets}")


def suggestion(name: str, known: Collection[str]) -> str:
    """Close names for a wrong one, or else the known names.

    >>> suggestion("dog.nse", ["cat.eyes", "dog.nose"])
    '; did you mean dog.nose?'
    >>> suggestion("zebra", ["cat", "dog"])
    '; there are cat, dog'
    """
    close = [choice for choice in known if name and choice.endswith(f".{name}")][:3] or _closest(name, known)
    if close:
        return f"; did you mean {' or '.join(map(quote, close))}?"
    if not known:
        return "; there are none yet"
    more = ", …" if len(known) > 8 else ""
    return f"; there are {', '.join(quote(choice) for choice in list(known)[:8])}{more}"


def _closest(name: str, known: Collection[str]) -> list[str]:
    """Up to three similar names, whatever their case; only those about as similar as the best one."""
    likeness = {choice: SequenceMatcher(None, name.casefold(), choice.casefold()).ratio() for choice in known}
    enough = max(0.6, max(likeness.values(), default=0.0) - 0.1)
    return sorted((c for c in likeness if likeness[c] >= enough), key=lambda c: -likeness[c])[:3]


def explain_syntax(text: str, error: UnexpectedInput) -> NoReturn:
    """Turn the parser's error into one that says what would fit, and where."""
    match error:
        case UnexpectedToken(token=token) if token.type == "$END":
            fail(text, (len(text.rstrip()),) * 2, f"the query stops too early: expected {_expected(error.accepts)}")
        case UnexpectedToken(token=token):
            span = (token.start_pos or 0, token.end_pos or 0)
            hint = HINTS.get(str(token)) if "$END" in error.accepts else None
            fail(text, span, f"cannot read {str(token)!r} here: {hint or 'expected ' + _expected(error.accepts)}")
        case UnexpectedCharacters():
            place = error.pos_in_stream or 0
            hint = HINTS.get(text[place]) or f"expected {_expected(error.allowed)}"
            fail(text, (place, place + 1), f"cannot read {text[place]!r} here: {hint}")
        case _:
            raise QueryError(f"the query cannot be read: {error}") from error


def _expected(accepts: Collection[str]) -> str:
    """The terminals that would fit, in words."""
    fits = set(accepts)
    parts = [words for terminals, words in STARTS if terminals <= fits][:1]
    if "COMPARE" in fits and "AND" not in fits:
        parts.append("a comparison (>, >=, <, <=)")
    if "EQUALS" in fits:
        parts.append("= or != for a label")
    parts += ["'and'", "'or'"] if "AND" in fits else []
    parts += ["','"] if "COMMA" in fits else []
    parts += ["')'"] if "RPAR" in fits else []
    parts += ["the end"] if "$END" in fits else []
    return " or ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
