import json
import math
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from data_store.columns import UtcDateTime, iso, to_json, utc_now
from data_store.records import MASK_SOURCES
from data_store.tables import JOB_STATES, MASK_ACTIONS, SPLITS, Table

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_values_come_back_from_json_as_they_were(value):
    assert json.loads(to_json(value)) == value


@given(st.lists(st.floats()))
def test_json_never_holds_what_other_readers_refuse(values):
    def refuse(constant):
        raise AssertionError(constant)

    back = json.loads(to_json({"history": values}), parse_constant=refuse)["history"]
    assert back == [value if math.isfinite(value) else None for value in values]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(0.5), "0.5"),
        (np.int64(3), "3"),
        (np.bool_(True), "true"),
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (np.array([1.0, np.nan, np.inf]), "[1.0, null, null]"),
        (np.float64("nan"), "null"),
        ({"size": (3, 4)}, '{"size": [3, 4]}'),
        ({"deep": [{"x": float("-inf")}]}, '{"deep": [{"x": null}]}'),
        ("Größe 猫", '"Größe 猫"'),
        (datetime(2026, 1, 2, tzinfo=UTC), '"2026-01-02T00:00:00+00:00"'),
    ],
)
def test_arrays_moments_and_numbers_that_are_not_finite_become_plain_json(value, text):
    assert to_json(value) == text


def test_what_is_no_plain_value_is_refused():
    with pytest.raises(TypeError, match="a object cannot be stored"):
        to_json({"x": object()})


@given(st.datetimes(timezones=ZONES, min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))
def test_moments_come_back_as_the_same_moment_in_utc(moment):
    column = UtcDateTime()
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        back = column.process_result_value(column.process_bind_param(moment, dialect), dialect)
        assert back == moment
        assert back.utcoffset() == timedelta(0)


def test_sqlite_is_given_moments_without_a_zone():
    moment = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert UtcDateTime().process_bind_param(moment, sqlite.dialect()) == datetime(2026, 1, 1, 10)


def test_moments_without_a_zone_are_refused():
    with pytest.raises(ValueError, match=r"use datetime\.now\(UTC\)"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())


def test_no_moment_stays_no_moment():
    column = UtcDateTime()
    assert column.process_bind_param(None, sqlite.dialect()) is None
    assert column.process_result_value(None, sqlite.dialect()) is None
    assert iso(None) is None


def test_iso_text_is_in_utc_with_microseconds():
    assert iso(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-01T00:00:00.000000+00:00"
    assert datetime.fromisoformat(iso(utc_now())).tzinfo == UTC


@pytest.mark.parametrize(
    ("table", "allowed"), [("image", SPLITS), ("mask", MASK_SOURCES), ("mask_event", MASK_ACTIONS), ("job", JOB_STATES)]
)
def test_the_words_a_column_may_hold_are_in_its_table(table, allowed):
    text = str(CreateTable(Table.metadata.tables[table]).compile(dialect=sqlite.dialect()))
    assert f"IN ({', '.join(repr(word) for word in allowed)})" in text
