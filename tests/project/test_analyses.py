import numpy as np
import pytest

from sxai.errors import ModelError
from sxai.networks.verbs.networks import model_record
from sxai.project.analyses import digest, keep, kept, kept_all, kept_many


@pytest.fixture
def record(toy_project):
    return model_record(toy_project)


def outcome(value=0.5):
    return {"ratio": value}, {"scores": np.arange(4.0)}


def never():
    pytest.fail("made although it is kept")


def test_an_outcome_is_made_once(toy_project, record):
    first = kept(toy_project, record, "traits", {"n": 3, "sizes": (1, 2)}, outcome)
    again = kept(toy_project, record, "traits", {"sizes": [1, 2], "n": 3}, never)
    assert (first.fresh, again.fresh) == (True, False)
    assert again.result == first.result == {"ratio": 0.5}
    assert again.parameters == {"n": 3, "sizes": [1, 2], "network": record.sha256}
    np.testing.assert_array_equal(again.arrays["scores"], np.arange(4.0))


def test_it_is_made_anew_when_asked(toy_project, record):
    kept(toy_project, record, "traits", {"n": 3}, outcome)
    assert kept(toy_project, record, "traits", {"n": 3}, lambda: outcome(0.7), again=True).result == {"ratio": 0.7}
    assert kept(toy_project, record, "traits", {"n": 3}, never).result == {"ratio": 0.7}


def test_other_parameters_kinds_and_weights_are_other_outcomes(toy_project, record):
    keep(toy_project, record, "traits", {"n": 3}, *outcome())
    assert kept_many(toy_project, record, "traits", [{"n": 4}]) == [None]
    assert kept_many(toy_project, record, "spread", [{"n": 3}]) == [None]
    toy_project.catalogue.update_model(record.id, sha256="other weights")
    assert kept_many(toy_project, model_record(toy_project), "traits", [{"n": 3}]) == [None]


def test_many_are_looked_up_in_the_order_asked(toy_project, record):
    keep(toy_project, record, "traits", {"n": 1}, {"value": 1}, {})
    keep(toy_project, record, "traits", {"n": 2}, {"value": 2}, {})
    found = kept_many(toy_project, record, "traits", [{"n": 2}, {"n": 3}, {"n": 1}])
    assert [item and item.result["value"] for item in found] == [2, None, 1]


def test_nothing_is_kept_for_weights_that_changed_meanwhile(toy_project, record):
    toy_project.catalogue.update_model(record.id, sha256="other weights")
    with pytest.raises(ModelError, match="was changed while it was analysed; do it again"):
        keep(toy_project, record, "traits", {"n": 3}, *outcome())


def test_a_lost_file_counts_as_missing(toy_project, record):
    keep(toy_project, record, "traits", {"n": 3}, *outcome())
    [row] = toy_project.catalogue.analyses(record.id, "traits").values()
    toy_project.artefacts.path(row.artefact).unlink()
    assert kept(toy_project, record, "traits", {"n": 3}, outcome).fresh


def test_a_parameter_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"n": float("nan")})


def test_all_of_a_kind_are_read_back_the_last_at_the_end(toy_project, record):
    for n in (2, 1):
        keep(toy_project, record, "score", {"n": n}, {"value": n}, {})
    keep(toy_project, record, "traits", {"n": 3}, *outcome())
    keep(toy_project, record, "score", {"n": 2}, {"value": 3}, {})
    assert [one.result["value"] for one in kept_all(toy_project, record, "score")] == [1, 3]
    toy_project.catalogue.update_model(record.id, sha256="other weights")
    assert kept_all(toy_project, model_record(toy_project), "score") == []
