import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_store.catalogue import Catalogue

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def test_a_setting_that_was_never_set_has_the_default(catalogue):
    assert catalogue.get_setting("device") is None
    assert catalogue.get_setting("device", "auto") == "auto"


def test_a_setting_holds_the_last_value(catalogue):
    catalogue.set_setting("device", "cpu")
    catalogue.set_setting("device", {"name": "cuda", "index": 0})
    assert catalogue.get_setting("device") == {"name": "cuda", "index": 0}


def test_a_stored_null_is_not_the_default(catalogue):
    catalogue.set_setting("active", None)
    assert catalogue.get_setting("active", "fallback") is None
    assert catalogue.settings() == {"active": None}


@pytest.mark.parametrize("value", [0, False, "", [], {}])
def test_empty_values_are_values(catalogue, value):
    catalogue.set_setting("x", value)
    assert catalogue.get_setting("x", "default") == value


def test_a_dropped_setting_is_gone(catalogue):
    catalogue.set_setting("x", 1)
    catalogue.drop_setting("x")
    catalogue.drop_setting("x")
    assert catalogue.get_setting("x") is None


def test_settings_survive_closing(file):
    with Catalogue.open(file) as catalogue:
        catalogue.set_setting("b", 2)
        catalogue.set_setting("a", 1)
    with Catalogue.open(file) as catalogue:
        assert list(catalogue.settings().items()) == [("a", 1), ("b", 2)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50), JSON)
def test_any_json_comes_back_as_it_was(catalogue, key, value):
    catalogue.set_setting(key, value)
    assert catalogue.get_setting(key) == value
