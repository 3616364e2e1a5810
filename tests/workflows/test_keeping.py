import numpy as np
import pytest

from sxai.errors import ModelError
from sxai.workflows.keeping import digest, keep, kept, kept_all, kept_many
from sxai.workflows.networks import model_record


@pytest.fixture
def record(toy_ws):
    return model_record(toy_ws)


def outcome(value=0.5):
    return {"ratio": value}, {"scores": np.arange(4.0)}


def never():
    pytest.fail("made although it is kept")


def test_an_outcome_is_made_once(toy_ws, record):
    first = kept(toy_ws, record, "traits", {"n": 3, "sizes": (1, 2)}, outcome)
    again = kept(toy_ws, record, "traits", {"sizes": [1, 2], "n": 3}, never)
    assert (first.fresh, again.fresh) == (True, False)
    assert again.result == first.result == {"ratio": 0.5}
    assert again.parameters == {"n": 3, "sizes": [1, 2], "network": record.sha256}
    np.testing.assert_array_equal(again.arrays["scores"], np.arange(4.0))


def test_it_is_made_anew_when_asked(toy_ws, record):
    kept(toy_ws, record, "traits", {"n": 3}, outcome)
    assert kept(toy_ws, record, "traits", {"n": 3}, lambda: outcome(0.7), again=True).result == {"ratio": 0.7}
    assert kept(toy_ws, record, "traits", {"n": 3}, never).result == {"ratio": 0.7}


def test_other_parameters_kinds_and_weights_are_other_outcomes(toy_ws, record):
    keep(toy_ws, record, "traits", {"n": 3}, *outcome())
    assert kept_many(toy_ws, record, "traits", [{"n": 4}]) == [None]
    assert kept_many(toy_ws, record, "spread", [{"n": 3}]) == [None]
    toy_ws.catalogue.update_model(record.id, sha256="other weights")
    assert kept_many(toy_ws, model_record(toy_ws), "traits", [{"n": 3}]) == [None]


def test_many_are_looked_up_in_the_order_asked(toy_ws, record):
    keep(toy_ws, record, "traits", {"n": 1}, {"value": 1}, {})
    keep(toy_ws, record, "traits", {"n": 2}, {"value": 2}, {})
    found = kept_many(toy_ws, record, "traits", [{"n": 2}, {"n": 3}, {"n": 1}])
    assert [item and item.result["value"] for item in found] == [2, None, 1]


def test_nothing_is_kept_for_weights_that_changed_meanwhile(toy_ws, record):
    toy_ws.catalogue.update_model(record.id, sha256="other weights")
    with pytest.raises(ModelError, match="was changed while it was analysed; do it again"):
        keep(toy_ws, record, "traits", {"n": 3}, *outcome())


def test_a_lost_file_counts_as_missing(toy_ws, record):
    keep(toy_ws, record, "traits", {"n": 3}, *outcome())
    [row] = toy_ws.catalogue.analyses(record.id, "traits").values()
    toy_ws.artefacts.path(row.artefact).unlink()
    assert kept(toy_ws, record, "traits", {"n": 3}, outcome).fresh


def test_a_parameter_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"n": float("nan")})


def test_all_of_a_kind_are_read_back_the_last_at_the_end(toy_ws, record):
    for n in (2, 1):
        keep(toy_ws, record, "score", {"n": n}, {"value": n}, {})
    keep(toy_ws, record, "traits", {"n": 3}, *outcome())
    keep(toy_ws, record, "score", {"n": 2}, {"value": 3}, {})
    assert [one.result["value"] for one in kept_all(toy_ws, record, "score")] == [1, 3]
    toy_ws.catalogue.update_model(record.id, sha256="other weights")
    assert kept_all(toy_ws, model_record(toy_ws), "score") == []
