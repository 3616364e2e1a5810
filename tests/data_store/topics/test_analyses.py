import pytest

from data_store.errors import NotFound


@pytest.fixture
def model(catalogue):
    return catalogue.add_model("m", "small", 64)


def test_an_outcome_is_found_by_model_kind_and_key(catalogue, model):
    other = catalogue.add_model("other", "small", 64)
    kept = catalogue.save_analysis(model.id, "traits", "k1", {"n": 3}, {"ratio": 0.5}, "analyses/a.npz", "1.0")
    assert catalogue.analyses(model.id, "traits", ["k1"]) == {"k1": kept}
    assert (kept.parameters, kept.result, kept.artefact, kept.version) == (
        {"n": 3},
        {"ratio": 0.5},
        "analyses/a.npz",
        "1.0",
    )
    for model_id, kind, key in ((other.id, "traits", "k1"), (model.id, "spread", "k1"), (model.id, "traits", "k2")):
        assert catalogue.analyses(model_id, kind, [key]) == {}


def test_keeping_again_replaces(catalogue, model):
    catalogue.save_analysis(model.id, "traits", "k", {}, {"ratio": 0.5}, "analyses/a.npz")
    catalogue.save_analysis(model.id, "traits", "k", {}, {"ratio": 0.6})
    assert [row.result for row in catalogue.analyses(model.id, "traits").values()] == [{"ratio": 0.6}]
    assert "analyses/a.npz" not in catalogue.referenced_artefacts()


def test_files_of_outcomes_are_referenced(catalogue, model):
    catalogue.save_analysis(model.id, "traits", "k", {}, {}, "analyses/a.npz")
    assert "analyses/a.npz" in catalogue.referenced_artefacts()


def test_many_keys_are_looked_up_at_once_and_come_oldest_first(catalogue, model):
    with catalogue.write():
        for number in range(1200):
            catalogue.save_analysis(model.id, "combination", f"k{number}", {}, {"number": number})
    found = catalogue.analyses(model.id, "combination", [f"k{number}" for number in reversed(range(1300))])
    assert [row.result["number"] for row in found.values()] == list(range(1200))
    assert list(catalogue.analyses(model.id, "combination", ["k7", "k7", "none"])) == ["k7"]
    assert len(catalogue.analyses(model.id, "combination")) == 1200


def test_outcomes_go_with_their_model_and_by_kind(catalogue, model):
    catalogue.save_analysis(model.id, "traits", "k", {}, {})
    catalogue.save_analysis(model.id, "spread", "k", {}, {})
    assert catalogue.remove_analyses(model.id, "traits") == 1
    assert list(catalogue.analyses(model.id, "spread")) == ["k"]
    catalogue.remove_model(model.id)
    assert catalogue.analyses(model.id, "spread") == {}


def test_an_outcome_needs_its_model(catalogue):
    with pytest.raises(NotFound, match="no model has the id 7"):
        catalogue.save_analysis(7, "traits", "k", {}, {})
