import time

import pytest

from sxai.errors import QueryError
from sxai.search.grammar import fail, quote, suggestion, unquote
from sxai.search.query import parse

KNOWN = ["cat.eyes", "cat.nose", "dog.nose", "golden retriever.eyes"]


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("cat.eyes", "cat.eyes"),
        ("`cat.eyes`", "cat.eyes"),
        ('"golden retriever".eyes', "golden retriever.eyes"),
        ('`a"b`.c', 'a"b.c'),
        ('"a`b".`c d`', "a`b.c d"),
    ],
)
def test_quotes_are_taken_off_and_what_is_inside_is_kept(token, name):
    assert unquote(token) == name


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("cat.eyes", "cat.eyes"),
        ("dog.front-legs", "dog.front-legs"),
        ("android", "android"),
        ("not-a-cat.eyes", "not-a-cat.eyes"),
        ("and", "`and`"),
        ("NOT", "`NOT`"),
        ("7", "`7`"),
        ("a b.c", "`a b.c`"),
        ("a.-b", "`a.-b`"),
        ("a`b.c", '"a`b.c"'),
        ("", "``"),
    ],
)
def test_names_are_quoted_only_where_they_must_be(name, written):
    assert quote(name) == written


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dog.nse", "; did you mean dog.nose?"),
        ("CAT.EYES", "; did you mean cat.eyes?"),
        ("nose", "; did you mean cat.nose or dog.nose?"),
        ("golden retriver.eyes", "; did you mean `golden retriever.eyes`?"),
        ("zzz", "; there are cat.eyes, cat.nose, dog.nose, `golden retriever.eyes`"),
        ("", "; there are cat.eyes, cat.nose, dog.nose, `golden retriever.eyes`"),
    ],
)
def test_close_names_are_suggested_or_all_of_a_few_listed(name, words):
    assert suggestion(name, KNOWN) == words


def test_of_many_names_only_the_first_are_listed():
    assert suggestion("zzz", [f"k{i}.x" for i in range(30)]).endswith("k7.x, …")


def test_the_caret_marks_the_whole_span():
    with pytest.raises(QueryError) as caught:
        fail("cat.eyes > 0.5", (0, 8), "wrong")
    assert str(caught.value) == "wrong\n  cat.eyes > 0.5\n  ^^^^^^^^"


def test_an_empty_span_still_gets_a_caret():
    with pytest.raises(QueryError, match=r"\n  ab\n    \^$"):
        fail("ab", (2, 2), "wrong")


@pytest.mark.parametrize("unit", ["a-", "1", "a.", "`", '"', "(", "not ", "a.b>", "-", "0.", "a b ", "1e", "_"])
def test_long_nonsense_is_refused_quickly(unit):
    text = (unit * 2000)[:2000]
    started = time.perf_counter()
    with pytest.raises(QueryError):
        parse(text)
    # Quadratic or worse reading of 2,000 characters would take seconds.
    assert time.perf_counter() - started < 2.0
