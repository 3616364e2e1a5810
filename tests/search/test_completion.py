import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sxai.errors import QueryError
from sxai.search.completion import COMPARISONS, LABELS, SPLITS, complete
from sxai.search.query import parse

NAMES = ["dog.nose", "dog.legs", "cat.eyes", "golden retriever.eyes"]
CLASSES = ["cat", "dog", "owl"]


def offered(text, cursor=None):
    return complete(text, len(text) if cursor is None else cursor, NAMES, CLASSES)


def test_a_condition_may_begin_with_a_concept_a_function_a_label_or_not():
    assert offered("") == [
        "dog.nose",
        "dog.legs",
        "cat.eyes",
        "`golden retriever.eyes`",
        "p(",
        "max(",
        "min(",
        "familiarity",
        *LABELS,
        "unfamiliar",
        "not",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dog", ["dog.nose", "dog.legs"]),
        ("dog.", ["dog.nose", "dog.legs"]),
        ("DOG.n", ["dog.nose"]),
        ("eye", ["cat.eyes", "`golden retriever.eyes`"]),
        ("gold", ["`golden retriever.eyes`"]),
        ("`golden re", ["`golden retriever.eyes`"]),
        ('"golden re', ["`golden retriever.eyes`"]),
        ("tr", ["true", "`golden retriever.eyes`"]),
        ("zzz", []),
        ("dog.nose ", list(COMPARISONS)),
        ("true ", ["=", "!="]),
        ("true = o", ["owl", "dog", "`golden retriever`"]),
        ("true != p", ["predicted"]),
        ("split = ", list(SPLITS)),
        ("dog.nose > 0.9 ", ["and", "or"]),
        ("dog.nose > 0.9 a", ["and"]),
        ("(dog.nose > 0.9 ", ["and", "or", ")"]),
        ("dog.nose > 0.9 and ca", ["cat.eyes"]),
        ("not ca", ["cat.eyes"]),
        ("p(", ["cat", "dog", "owl", "`golden retriever`"]),
        ("max(cat.", ["cat.eyes"]),
        ("max(cat, do", ["dog", "dog.nose", "dog.legs"]),
        ("max(cat ", [")"]),
        ("dog.nose > ca", ["cat.eyes"]),
        ("dog.nose > 0.9 0.9 ", []),
        ("&", []),
    ],
)
def test_what_fits_is_offered(text, expected):
    assert offered(text) == expected


def test_only_what_stands_before_the_cursor_counts():
    assert offered("dog.n > 0.9", cursor=5) == ["dog.nose"]
    assert offered("dog.n > 0.9", cursor=0) == offered("")
    assert offered("dog.n", cursor=99) == ["dog.nose"]


def test_classes_follow_from_the_names():
    assert complete("p(", 2, NAMES) == ["dog", "cat", "`golden retriever`"]


@given(st.text(max_size=30), st.integers(-2, 35))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_completed_without_an_error(text, cursor):
    assert isinstance(complete(text, cursor, NAMES, CLASSES), list)


@given(st.lists(st.integers(0, 100), max_size=12))
@settings(max_examples=100, deadline=None)
def test_following_the_offers_never_leads_into_a_wall(choices):
    """Whoever takes any offer each time types the beginning of a query, never an error in its middle."""
    text = ""
    for choice in choices:
        options = offered(text)
        assert options, text
        text += options[choice % len(options)]
        text += "" if text.endswith("(") else " "
        try:
            parse(text)
        except QueryError as error:
            message = str(error)
            assert "stops too early" in message or "empty" in message, message
