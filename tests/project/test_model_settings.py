"""Settings of one network: kept by its id, read where earlier versions kept them, and removed with it."""

import pytest

from sxai.networks.verbs.networks import add_model, model_record
from sxai.networks.verbs.remove import remove_model
from sxai.project.model_settings import (
    EARLIER_KEYS,
    forget_model_setting,
    forget_model_settings,
    model_setting,
    set_model_setting,
)

KEY = "probability"


@pytest.fixture
def two(toy_project):
    """A project, and both of its networks."""
    first = model_record(toy_project)
    add_model(toy_project, "second", "toy:body")
    return toy_project, first, model_record(toy_project, "second")


def earlier(record, key):
    return EARLIER_KEYS[key].format(id=record.id, name=record.name)


def test_a_setting_belongs_to_one_network(two):
    project, first, second = two
    set_model_setting(project, first, KEY, "calibrated")
    assert model_setting(project, first, KEY) == "calibrated"
    assert model_setting(project, second, KEY, "paper") == "paper"
    assert model_setting(project, first, KEY, settings=project.catalogue.settings()) == "calibrated"
    assert model_setting(project, first, KEY, settings={}) is None


@pytest.mark.parametrize("key", EARLIER_KEYS)
def test_what_an_earlier_version_kept_is_read(two, key):
    project, first, second = two
    project.catalogue.set_setting(earlier(first, key), {"by": "earlier"})
    assert model_setting(project, first, key) == {"by": "earlier"}
    assert model_setting(project, second, key) is None


def test_the_keys_of_earlier_versions_are_those_that_they_wrote(two):
    _, first, _ = two
    assert [earlier(first, key) for key in EARLIER_KEYS] == [
        f"detection rule: {first.name}",
        f"probability: {first.name}",
        f"estimators in use: {first.id}",
        f"prototypes in use {first.id}",
    ]


def test_a_new_value_takes_the_place_of_an_earlier_one(two):
    project, first, _ = two
    project.catalogue.set_setting(earlier(first, KEY), "calibrated")
    set_model_setting(project, first, KEY, "paper")
    assert model_setting(project, first, KEY) == "paper"
    assert earlier(first, KEY) not in project.catalogue.settings()


def test_a_new_value_wins_over_one_that_an_earlier_version_writes_later(two):
    project, first, _ = two
    set_model_setting(project, first, KEY, "paper")
    project.catalogue.set_setting(earlier(first, KEY), "calibrated")
    assert model_setting(project, first, KEY) == "paper"


@pytest.mark.parametrize("key", EARLIER_KEYS)
def test_a_forgotten_setting_is_gone_wherever_it_was_kept(two, key):
    project, first, _ = two
    before = project.catalogue.settings()
    set_model_setting(project, first, key, 1)
    project.catalogue.set_setting(earlier(first, key), 2)
    forget_model_setting(project, first, key)
    forget_model_setting(project, first, key)
    assert project.catalogue.settings() == before


def test_a_setting_goes_with_its_network_under_another_name_and_is_not_inherited(two):
    project, first, _ = two
    set_model_setting(project, first, KEY, "calibrated")
    project.catalogue.update_model(first.id, name="renamed")
    add_model(project, first.name, "toy:body")
    assert model_setting(project, model_record(project, "renamed"), KEY) == "calibrated"
    assert model_setting(project, model_record(project, first.name), KEY) is None


def test_removing_a_network_leaves_none_of_its_settings_and_all_of_others(two):
    project, first, second = two
    for key in (*EARLIER_KEYS, "a later one"):
        set_model_setting(project, first, key, 1)
        set_model_setting(project, second, key, 2)
    for key in EARLIER_KEYS:
        project.catalogue.set_setting(earlier(second, key), 3)
    remove_model(project, "second")
    assert set(project.catalogue.settings()) == {f"model {first.id}: {key}" for key in (*EARLIER_KEYS, "a later one")}


def test_forgetting_the_settings_of_network_1_leaves_those_of_network_12(two):
    project, first, _ = two
    project.catalogue.set_setting(f"model {first.id}2: {KEY}", "calibrated")
    forget_model_settings(project, first)
    assert project.catalogue.get_setting(f"model {first.id}2: {KEY}") == "calibrated"
