"""A network renamed, or removed with all that rests on it."""

import pytest

from sxai.attacks.verbs.calibrate_detection import calibrate_detection
from sxai.errors import ModelError, UnknownName
from sxai.networks.verbs.networks import ACTIVE, add_model, list_models, model_record
from sxai.networks.verbs.remove import remove_model, rename_model
from sxai.project.model_settings import model_setting, set_model_setting
from sxai.prototypes.verbs.train import IN_USE
from sxai.spaces.verbs.calibrate import calibrate_probabilities, use_probability
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import use_estimator


def test_what_rests_on_a_network_goes_with_it(spaced_project):
    record = model_record(spaced_project)
    calibrate_detection(spaced_project, 0.2)
    calibrate_probabilities(spaced_project)
    use_probability(spaced_project, "calibrated")
    extract_spaces(spaced_project, ["cat.eyes"], estimator="linear")
    use_estimator(spaced_project, ["cat.eyes"], "s-xai")
    set_model_setting(spaced_project, record, IN_USE, {"key": "x"})
    assert len(spaced_project.catalogue.settings()) == 5
    removed = remove_model(spaced_project, record.name)
    assert (removed.model, removed.features) == (record.name, 48)
    assert sorted(removed.spaces) == ["cat.eyes", "cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]
    assert spaced_project.catalogue.spaces() == []
    assert spaced_project.catalogue.settings() == {}


def test_another_network_is_active_then(toy_project):
    first = model_record(toy_project)
    add_model(toy_project, "second", "toy:body")
    remove_model(toy_project, "second")
    assert [model.active for model in list_models(toy_project)] == [True]
    assert model_record(toy_project) == first
    assert toy_project.catalogue.get_setting(ACTIVE) is None
    with pytest.raises(UnknownName, match="no network 'second'"):
        remove_model(toy_project, "second")


def test_spaces_and_settings_stay_with_a_renamed_network(spaced_project):
    record = model_record(spaced_project)
    spaces = len(spaced_project.catalogue.spaces(model_id=record.id))
    spaced_project.catalogue.set_setting(f"detection rule: {record.name}", {"paper": True})  # by an earlier version
    summary = rename_model(spaced_project, record.name, "animals")
    assert (summary.model, summary.active) == ("animals", True)
    renamed = model_record(spaced_project)
    assert (renamed.id, renamed.name) == (record.id, "animals")
    assert len(spaced_project.catalogue.spaces(model_id=renamed.id)) == spaces
    assert model_setting(spaced_project, renamed, "detection rule") == {"paper": True}


@pytest.mark.parametrize(("new", "message"), [("second", "already a network"), ("a b", "cannot name")])
def test_a_name_that_is_taken_or_odd_is_refused(toy_project, new, message):
    first = model_record(toy_project).name
    add_model(toy_project, "second", "small", "random")
    with pytest.raises(ModelError, match=message):
        rename_model(toy_project, first, new)
    assert {model.model for model in list_models(toy_project)} == {first, "second"}
