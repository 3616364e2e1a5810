import math
import operator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sxai.errors import QueryError
from sxai.search.frame import Frame
from sxai.search.grammar import quote
from sxai.search.query import parse

NAN = math.nan

FRAME = Frame(
    n=5,
    probabilities={
        "cat.eyes": [0.9, 0.5, 0.1, NAN, 0.3],
        "cat.nose": [0.2, 0.5, 0.4, 0.6, 0.1],
        "dog.nose": [0.1, 0.95, 0.3, 0.7, -0.1],
        "dog.front-legs": [0.0, 0.1, 0.2, 0.3, 1.2],
        "golden retriever.eyes": [0.5, 0.6, 0.7, 0.8, 0.9],
    },
    outputs={"cat": [0.99, 0.2, 0.95, 0.6, 0.5], "dog": [0.01, 0.8, 0.05, 0.4, 0.5]},
    labels={
        "true": ["cat", "dog", "dog", None, "cat"],
        "predicted": ["cat", "dog", "cat", "cat", "cat"],
        "split": ["train", "val", "val", "reference", "train"],
    },
)


def hits(text, frame=FRAME):
    return np.flatnonzero(parse(text).matches(frame)).tolist()


def margins(text, frame=FRAME):
    return parse(text).evaluate(frame)


# --- what is written is what is found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dog.nose > 0.9", [1]),
        ("cat.nose < 0.2", [4]),
        ("cat.nose <= 0.2", [0, 4]),
        ("cat.eyes >= 0.5", [0, 1]),
        ("cat.eyes > 0.5", [0]),
        ("cat.nose < 50 % and cat.eyes > 0.2", [0, 4]),
        ("cat.eyes > 80% or dog.nose > 90%", [0, 1]),
        ("not cat.eyes > 0.4", [2, 4]),
        ("not (cat.eyes > 0.4 or dog.nose > 0)", [4]),
        ("0.2 < cat.eyes < 0.6", [1, 4]),
        ("0.6 > cat.eyes > 0.2", [1, 4]),
        ("0.3 <= cat.eyes <= .5", [1, 4]),
        ("dog.nose > cat.nose", [1, 3]),
        ("cat.eyes > cat.nose > dog.nose", [0, 4]),
        ("p(cat) > 0.9 and max(cat) < 0.5", [2]),
        ("max(cat) > 0.45", [0, 1]),
        ("min(cat) >= 0.5", [1]),
        ("min(cat.nose, dog.nose) > 0.4", [1, 3]),
        ("max(dog, cat.nose) < 0.45", [0, 2]),
        ("p(cat) > p(dog)", [0, 2, 3]),
        ("p(cat) = p", None),
        ("true = cat", [0, 4]),
        ("true != cat", [1, 2]),
        ("predicted = true", [0, 1, 4]),
        ("predicted != true", [2]),
        ("not predicted = true", [2]),
        ("split = val and predicted = dog", [1]),
        ("dog.front-legs > 1", [4]),
        ("dog.nose < -0.05", [4]),
        ("`golden retriever.eyes` > 0.75", [3, 4]),
        ('"golden retriever".eyes > 0.75', [3, 4]),
        ("`golden retriever`.`eyes` > 0.75", [3, 4]),
        ("max(`golden retriever`) > 0.75", [3, 4]),
        ("1e-1 < cat.nose < +2e-1", []),
    ],
)
def test_queries_find_the_images_they_describe(text, expected):
    if expected is None:
        with pytest.raises(QueryError):
            parse(text)
        return
    assert hits(text) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("dog.nose>0.9", "dog.nose  >\n\t0.9"),
        ("cat.eyes >= 0.5", "cat.eyes ≥ 0.5"),
        ("cat.eyes <= 0.5", "cat.eyes ≤ 0.5"),
        ("true != cat", "true ≠ cat"),
        ("true = cat", "true == cat"),
        ("dog.nose > 0.9 and cat.eyes < 0.6", "dog.nose > 0.9 AND cat.eyes < 0.6"),
        ("not max(cat) > .5", "NOT MAX( cat ) > 50 %"),
        ("dog.nose > 0.1 or cat.eyes > 0.1 and cat.nose > 9 %", "dog.nose > .1 or (cat.eyes > .1 and cat.nose > .09)"),
        ("not cat.eyes > .4 and dog.nose > 0", "(not cat.eyes > .4) and dog.nose > 0"),
        ("((((cat.eyes > .4))))", "cat.eyes > .4"),
    ],
)
def test_different_ways_of_writing_mean_the_same(first, second):
    np.testing.assert_array_equal(parse(first).matches(FRAME), parse(second).matches(FRAME))
    np.testing.assert_allclose(margins(first), margins(second))


def test_the_papers_searches_read_as_they_are_printed():
    frame = Frame(3, {"dog.nose": [0.95, 0.9, 0.2], "cat.legs": [0.05, 0.1, 0.5]})
    assert hits("dog.nose > 0.9", frame) == [0]
    assert hits("cat.legs < 0.1", frame) == [0]


@pytest.mark.parametrize("name", ["android.eyes", "order.nose", "nothing.legs", "max.eyes", "p.nose", "and-more.ears"])
def test_names_may_begin_like_a_keyword(name):
    frame = Frame(1, {name: [0.9]})
    assert hits(f"not {name} < 0.5 and {name} > 0.5", frame) == [0]


@pytest.mark.parametrize(
    "name", ["3d.eyes", "2-toed_sloth.claws", "n02123045.eyes", "Bär.Augen", "猫.目", "_x._y", "a.b.c"]
)
def test_names_may_hold_digits_hyphens_underscores_and_any_letters(name):
    assert quote(name) == name or name.startswith("2-")
    assert hits(f"{quote(name)} > 0.5", Frame(1, {name: [0.9]})) == [0]


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_name_can_be_quoted(class_name, concept):
    name = f"{class_name}.{concept}"
    if "`" in name and '"' in name:
        return
    assert parse(f"{quote(name)} > 0.5").names() == {name}


def test_a_class_may_be_named_like_a_keyword_or_a_label():
    frame = Frame(
        2, {"not.eyes": [0.9, 0.1]}, {"and": [0.9, 0.1]}, {"true": ["predicted", "x"], "predicted": ["x", "x"]}
    )
    assert hits("`not`.eyes > 0.5 and p(`and`) > 0.5", frame) == [0]
    assert hits("true = `predicted`", frame) == [0]
    assert hits("true = predicted", frame) == [1]


def test_a_class_named_by_a_number_is_a_value():
    assert hits("true = 7", Frame(2, {}, {}, {"true": ["7", "8"]})) == [0]


# --- margins


def test_the_margin_of_a_comparison_is_the_distance_from_the_edge():
    np.testing.assert_allclose(margins("cat.nose > 0.3"), [-0.1, 0.2, 0.1, 0.3, -0.2])
    np.testing.assert_allclose(margins("cat.nose < 0.3"), [0.1, -0.2, -0.1, -0.3, 0.2])
    np.testing.assert_allclose(margins("dog.nose >= cat.nose"), [-0.1, 0.45, -0.1, 0.1, -0.2])


def test_and_takes_the_smaller_margin_or_the_larger_and_not_the_opposite():
    nose, dog = margins("cat.nose > 0.3"), margins("dog.nose > 0.3")
    np.testing.assert_allclose(margins("cat.nose > 0.3 and dog.nose > 0.3"), np.minimum(nose, dog))
    np.testing.assert_allclose(margins("cat.nose > 0.3 or dog.nose > 0.3"), np.maximum(nose, dog))
    np.testing.assert_allclose(margins("not cat.nose > 0.3"), -nose)


def test_the_margin_of_a_chain_is_that_of_its_nearest_edge():
    np.testing.assert_allclose(margins("0.1 < cat.nose < 0.45"), [0.1, -0.05, 0.05, -0.15, 0.0], atol=1e-12)


def test_texts_have_infinite_margins_that_leave_the_numbers_in_charge():
    assert margins("true = cat").tolist()[:3] == [math.inf, -math.inf, -math.inf]
    np.testing.assert_allclose(margins("predicted = cat and cat.nose > 0.1")[[0, 2]], [0.1, 0.3])


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("cat.eyes >= 0.5", True),
        ("cat.eyes <= 0.5", True),
        ("cat.eyes > 0.5", False),
        ("cat.eyes < 0.5", False),
        ("not cat.eyes > 0.5", True),
        ("not cat.eyes >= 0.5", False),
        ("cat.nose >= cat.eyes", True),
        ("0.5 <= cat.eyes <= 0.5", True),
    ],
)
def test_an_image_exactly_on_the_edge_follows_the_sign(text, hit):
    assert margins(text)[1] == 0.0
    assert parse(text).matches(FRAME)[1] == hit


def test_hits_come_with_the_largest_margin_first_and_ties_in_image_order():
    frame = Frame(5, {"cat.eyes": [0.6, 0.9, 0.1, 0.9, 0.7]})
    assert parse("cat.eyes > 0.5").select(frame).order.tolist() == [1, 3, 4, 0]
    assert parse("cat.eyes <= 0.5").select(frame).order.tolist() == [2]


def test_an_empty_frame_gives_no_hits():
    selection = parse("cat.eyes > 0.5 or true = cat").select(Frame(0, {"cat.eyes": []}, {}, {"true": []}))
    assert selection.matches.shape == selection.margin.shape == selection.order.shape == (0,)


# --- what is not known


@pytest.mark.parametrize(
    "text",
    [
        "cat.eyes > 0.1",
        "cat.eyes < 0.1",
        "not cat.eyes > 0.1",
        "not not cat.eyes > 0.1",
        "cat.eyes > dog.nose",
        "max(cat) > 0.1",
        "max(cat) < 0.9",
        "not min(cat) > 0.1",
        "0 < cat.eyes < 1",
        "true = cat",
        "true != cat",
        "predicted != true",
        "not true = dog",
        "cat.eyes > 0.1 and dog.nose > 0.1",
        "cat.eyes > 0.1 or dog.nose > 0.8",
    ],
)
def test_an_unknown_value_is_no_hit_also_under_not(text):
    assert not parse(text).matches(FRAME)[3]
    assert not parse(f"not ({text})").matches(FRAME)[3]
    assert np.isnan(margins(text)[3])


def test_a_known_part_can_still_decide():
    assert 3 in hits("cat.eyes > 0.1 or dog.nose > 0.6")
    assert 3 in hits("not (cat.eyes > 0.1 and dog.nose > 0.8)")
    assert margins("cat.eyes > 0.1 or dog.nose > 0.6")[3] == pytest.approx(0.1)


def test_none_is_an_unknown_number():
    assert hits("not cat.eyes > 0.5", Frame(2, {"cat.eyes": [None, 0.1]})) == [1]


# --- properties over random queries, against plain Python

NAMES = ["cat.eyes", "cat.nose", "dog.nose"]
SIGNS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
eighths = st.integers(0, 8).map(lambda k: k / 8)


def leaf_conditions():
    return st.tuples(st.sampled_from(NAMES), st.sampled_from(list(SIGNS)), eighths)


conditions = st.recursive(
    leaf_conditions(),
    lambda inner: st.one_of(st.tuples(st.just("not"), inner), st.tuples(st.sampled_from(["and", "or"]), inner, inner)),
    max_leaves=8,
)


def written(condition):
    if condition[0] == "not":
        return f"not ({written(condition[1])})"
    if condition[0] in ("and", "or"):
        return f"({written(condition[1])}) {condition[0]} ({written(condition[2])})"
    return f"{condition[0]} {condition[1]} {condition[2]}"


def kleene(condition, row):
    """True, False or None for one image."""
    if condition[0] == "not":
        inner = kleene(condition[1], row)
        return None if inner is None else not inner
    if condition[0] in ("and", "or"):
        parts = [kleene(part, row) for part in condition[1:]]
        decisive = condition[0] == "or"
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    value = row[condition[0]]
    return None if math.isnan(value) else SIGNS[condition[1]](value, condition[2])


rows = st.lists(
    st.fixed_dictionaries({name: st.one_of(eighths, st.just(NAN)) for name in NAMES}), min_size=1, max_size=6
)


@given(conditions, rows)
@settings(max_examples=200, deadline=None)
def test_matches_equal_three_valued_logic_in_plain_python(condition, images):
    frame = Frame(len(images), {name: [image[name] for image in images] for name in NAMES})
    selection = parse(written(condition)).select(frame)
    verdicts = [kleene(condition, image) for image in images]
    assert selection.matches.tolist() == [verdict is True for verdict in verdicts]
    assert np.isnan(selection.margin).tolist() == [verdict is None for verdict in verdicts]
    assert all(selection.margin[i] >= 0 for i, verdict in enumerate(verdicts) if verdict is True)
    assert all(selection.margin[i] <= 0 for i, verdict in enumerate(verdicts) if verdict is False)


@given(conditions)
@settings(max_examples=100, deadline=None)
def test_names_are_those_that_occur(condition):
    text = written(condition)
    assert parse(text).names() == {name for name in NAMES if name in text}


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_either_parses_or_is_refused_with_a_query_error(text):
    try:
        parse(text)
    except QueryError as error:
        assert str(error)  # noqa: PT017


@given(
    st.lists(
        st.sampled_from(["dog.nose", ">", "0.5", "(", ")", "and", "or", "not", "max", "p", "%", "=", ","]), max_size=12
    )
)
@settings(max_examples=300, deadline=None)
def test_any_row_of_words_either_parses_or_is_refused_with_a_place(tokens):
    text = " ".join(tokens)
    try:
        parse(text)
    except QueryError as error:
        assert not text.strip() or "^" in str(error)  # noqa: PT017


# --- names and classes


def test_a_query_tells_the_names_and_classes_it_needs():
    query = parse("p(cat) > 0.9 and max(dog, cat.nose) < 0.2 or not owl.beak > dog.nose and true = cow")
    assert query.names() == {"cat.nose", "owl.beak", "dog.nose"}
    assert query.classes() == {"cat", "dog"}


@pytest.mark.parametrize("text", ["cat.tail > 0", "p(owl) > 0", "max(owl) > 0", "mood = good"])
def test_a_frame_without_a_column_is_refused_too(text):
    with pytest.raises(QueryError, match="unknown"):
        parse(text).evaluate(FRAME)


def test_other_labels_can_be_given():
    frame = Frame(2, {}, {}, {"mark": ["bad", None]})
    query = parse("mark = bad")
    query.check([], [], ["mark"])
    assert hits("mark = bad", frame) == [0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat.eyes > 0.5", ["cat.eyes"]),
        ("0.1 < max(cat) and not min(dog.nose) > 0.5", ["cat.eyes", "cat.nose", "dog.nose"]),
        ("p(cat) > 0.5 and true = dog", []),
        ("owl.beak > 0.5", []),
        ("min(`golden retriever`) > 0.5", ["golden retriever.eyes"]),
    ],
)
def test_what_a_query_reads_of_what_there_is(text, expected):
    assert parse(text).reads(FRAME.probabilities) == expected


# --- how familiar images are


KNOWN = replace(FRAME, familiarity=lambda: np.array([0.9, 0.04, 0.05, NAN, 0.06]), rate=0.05)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unfamiliar", [1, 2]),
        ("not unfamiliar", [0, 4]),
        ("UNFAMILIAR and predicted = dog", [1]),
        ("familiarity < 0.05", [1]),
        ("familiarity <= 5 % or cat.eyes > 0.8", [0, 1, 2]),
        ("0.05 < familiarity < 0.5", [4]),
    ],
)
def test_unfamiliar_images_are_found_by_their_p_value(text, expected):
    assert hits(text, KNOWN) == expected


def test_the_most_unfamiliar_come_first():
    assert parse("unfamiliar").select(KNOWN).order.tolist() == [1, 2]
    assert margins("unfamiliar", KNOWN)[1] == pytest.approx(0.01)


def test_familiarity_is_computed_only_for_queries_that_read_it():
    never = replace(FRAME, familiarity=lambda: pytest.fail("computed"))
    assert hits("cat.eyes > 0.8", never) == [0]


@pytest.mark.parametrize("text", ["unfamiliar", "familiarity < 0.5"])
def test_where_nothing_is_compared_a_query_says_so(text):
    with pytest.raises(QueryError, match="familiarity is not known"):
        hits(text)


def test_classes_and_concepts_may_have_these_names():
    frame = Frame(
        n=2,
        probabilities={"unfamiliar.eyes": [0.9, 0.1], "familiarity.nose": [0.2, 0.8]},
        outputs={"unfamiliar": [0.7, 0.3]},
        labels={"predicted": ["unfamiliar", "other"]},
    )
    assert hits("unfamiliar.eyes > 0.5", frame) == [0]
    assert hits("familiarity.nose > 0.5", frame) == [1]
    assert hits("p(unfamiliar) > 0.5 and predicted = unfamiliar", frame) == [0]
