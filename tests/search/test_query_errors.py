import pytest

from sxai.errors import QueryError
from sxai.search.query import MAX_DEPTH, MAX_LENGTH, parse


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("dog.nose >", "stops too early: expected a concept such as dog.nose", None),
        ("dog.nose", "stops too early: expected a comparison", None),
        ("not", "stops too early: expected a condition", None),
        ("(dog.nose > 1", r"stops too early: expected '\)'", None),
        ("dog.nose > and cat.eyes < 0.5", "cannot read 'and' here: expected a concept", "and"),
        ("dog.nose 0.9", "expected a comparison", "0.9"),
        ("dog.nose > 0.5 cat.eyes > 0.5", "expected 'and', 'or' or the end", "cat.eyes"),
        ("dog.nose > 0.5, cat.eyes > 0.5", "join conditions with 'and' or 'or'", ","),
        ("dog.nose > 0.5)", "this bracket closes nothing", ")"),
        ("dog.nose > 0.5 & cat.eyes > 0.5", "write 'and'", "&"),
        ("dog.nose > 0.5 | cat.eyes > 0.5", "write 'or'", "|"),
        ("! dog.nose > 0.5", "write 'not'", "!"),
        ('"dog.nose > 0.5', "quote is never closed", '"'),
        ("'dog'.nose > 0.5", "put names between", "'"),
        ("max(cat > 0.5", r"expected ',' or '\)'", ">"),
        ("p() > 0.5", "expected the name of a class or concept", ")"),
        ("p(cat, dog) > 0.5", r"p\(\) takes one class", "dog"),
        ("dog.nose = 0.5", "write >= or <=", "="),
        ("cat > 0.5", r"'cat' alone is no number: write class.concept, such as cat.eyes, or p\(cat\)", "cat"),
        ("dog.nose > 90", "90 is no probability: write 90 % or", "90"),
        ("dog.nose > 900 %", "900 % is no probability: write a number", "900"),
        ("dog.nose > 1e999", "is no probability", "1e999"),
        ("0.1 < 0.2", "compares two numbers", "0.1"),
        ("true =", "expected a class, a split or another label", None),
        ("0.9.1 > dog.nose", "cannot read '0' here", "0"),
        ("dog..nose > 1", "expected a comparison", "."),
        ("__import__('os').system('true')", "cannot read", "("),
        ("dog.nose > (0.5)", "expected a concept", "("),
    ],
)
def test_a_broken_query_says_what_is_wrong_and_points_at_it(text, message, marked):
    with pytest.raises(QueryError, match=message) as caught:
        parse(text)
    _, line, carets = str(caught.value).split("\n")
    place = carets.index("^") - 2
    assert line == f"  {text}"
    if marked is None:
        assert place == len(text)
    else:
        assert text[place : place + carets.count("^")] == marked


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_query_is_refused_with_an_example(text):
    with pytest.raises(QueryError, match=r"the query is empty: write a condition such as dog\.nose > 0\.9"):
        parse(text)


def test_a_query_over_several_lines_is_shown_on_one():
    with pytest.raises(QueryError) as caught:
        parse("dog.nose > 0.5\nand cat.eyes 0.2")
    assert str(caught.value).split("\n")[1] == "  dog.nose > 0.5 and cat.eyes 0.2"


def test_a_long_query_is_shown_around_the_place():
    text = " and ".join(["dog.nose > 0.5"] * 40) + " dog.nose" + " and dog.nose > 0.5" * 10
    with pytest.raises(QueryError) as caught:
        parse(text)
    _, line, carets = str(caught.value).split("\n")
    assert line.startswith("  … ")
    assert line.endswith(" …")
    assert line[carets.index("^") : carets.rindex("^") + 1] == "dog.nose"
    assert len(line) < 130


def test_length_is_limited():
    text = " and ".join(["a.b > 0"] * 1000)
    with pytest.raises(QueryError, match=f"{len(text)} characters: {MAX_LENGTH} are allowed"):
        parse(text)


def test_depth_is_limited_but_brackets_alone_cost_nothing():
    with pytest.raises(QueryError, match=f"more than {MAX_DEPTH}"):
        parse("not " * MAX_DEPTH + "a.b > 0")
    assert parse("not " * (MAX_DEPTH - 4) + "a.b > 0").names() == {"a.b"}
    assert parse("(" * 900 + "a.b > 0" + ")" * 900).names() == {"a.b"}


# --- checking names


KNOWN = (["cat.eyes", "dog.nose", "dog.front-legs", "golden retriever.eyes"], ["cat", "dog", "owl"])


@pytest.mark.parametrize(
    "text",
    [
        "dog.nose > 0.9 and p(owl) < 0.5",
        "max(dog) > 0.5 and min(cat.eyes, dog) < 0.2",
        "true = owl and predicted != true and split = val",
        "max(`golden retriever`) > 0.5",
    ],
)
def test_known_names_pass(text):
    query = parse(text)
    query.check(*KNOWN)
    assert query.text == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dog.nse > 0.9", r"unknown concept 'dog.nse'; did you mean dog.nose\?"),
        ("Dog.Nose > 0.9", r"unknown concept 'Dog.Nose'; did you mean dog.nose\?"),
        ("cat.nose > dog.nose", r"unknown concept 'cat.nose'; did you mean cat.eyes or dog.nose"),
        ("`golden retreiver.eyes` > 0", r"concept 'golden retreiver.eyes'; did you mean `golden retriever.eyes`\?"),
        ("p(dgo) > 0.5", r"unknown class 'dgo'; did you mean dog"),
        ("p(zebra) > 0.5", "unknown class 'zebra'; there are cat, dog, owl"),
        ("max(owl) > 0.5", "unknown class with concepts 'owl'"),
        ("max(cat.eye) > 0.5", r"unknown concept 'cat.eye'; did you mean cat.eyes"),
        ("ture = cat", r"unknown label 'ture'; did you mean true\?"),
        ("true = ct", r"unknown class 'ct'; did you mean cat"),
        ("predicted = Owl", r"unknown class 'Owl'; did you mean owl\?"),
        ("split = validation", "unknown split 'validation'; there are train, val, reference"),
        ("not (0.1 < cat.eys < 0.5)", r"unknown concept 'cat.eys'; did you mean cat.eyes"),
    ],
)
def test_unknown_names_are_pointed_at_with_close_ones(text, message):
    with pytest.raises(QueryError, match=message) as caught:
        parse(text).check(*KNOWN)
    _, line, carets = str(caught.value).split("\n")
    assert line[carets.index("^") : carets.rindex("^") + 1].strip("`") in message.replace(r"\?", "")


def test_with_nothing_known_the_error_says_so():
    with pytest.raises(QueryError, match=r"unknown concept 'dog\.nose'; there are none yet"):
        parse("dog.nose > 0.9").check([], [])
