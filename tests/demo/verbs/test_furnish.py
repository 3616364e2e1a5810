"""The demo's furniture: what is packed, and what a project takes of it."""

import pytest

from sxai.demo.verbs import furnish as furnish_
from sxai.demo.verbs.furnish import KINDS, furnish, pack
from sxai.networks.verbs.networks import model_record
from sxai.project.analyses import keep, kept_all


@pytest.fixture
def packed(demo_project, tmp_path, monkeypatch):
    """A package made of two analyses of the demo, in the place of the real one."""
    record = model_record(demo_project)
    made = "2026-01-31T12:00:00.000000+00:00"
    keep(demo_project, record, "vectors", {"n": 3}, {"answer": 42}, {"row": [1.5, 2.5]}, made)
    keep(demo_project, record, "prototype-names", {"of": "x"}, {"names": {"cat:0": "ears"}}, {})
    count = pack(demo_project, record.name, tmp_path / furnish_.PACKAGED)
    monkeypatch.setattr(furnish_.resources, "files", lambda _: tmp_path)
    for kind in KINDS:
        demo_project.catalogue.remove_analyses(record.id, kind)
    return count


def test_what_was_packed_is_stored_again_with_its_arrays(demo_project, packed):
    record = model_record(demo_project)
    assert furnish(demo_project, record.name) == packed == 2
    [vectors] = kept_all(demo_project, record, "vectors")
    assert vectors.result == {"answer": 42}
    assert vectors.created == "2026-01-31T12:00:00.000000+00:00"
    assert vectors.arrays["row"].tolist() == [1.5, 2.5]
    assert kept_all(demo_project, record, "prototype-names")[0].arrays == {}


def test_a_second_time_nothing_is_stored(demo_project, packed):
    name = model_record(demo_project).name
    furnish(demo_project, name)
    assert furnish(demo_project, name) == 0


def test_another_network_s_furniture_stays_in_the_package(demo_project, packed):
    record = model_record(demo_project)
    demo_project.catalogue.update_model(record.id, sha256="0" * 64)
    assert furnish(demo_project, record.name) == 0


def test_an_outcome_of_a_checkpoint_belongs_to_the_project_s_own_file(demo_project, tmp_path, monkeypatch):
    record = model_record(demo_project)
    keep(demo_project, record, "occluder", {"class": "cat", "checkpoint": "models/elsewhere"}, {}, {"row": [1.0]})
    pack(demo_project, record.name, tmp_path / furnish_.PACKAGED)
    monkeypatch.setattr(furnish_.resources, "files", lambda _: tmp_path)
    demo_project.catalogue.remove_analyses(record.id, "occluder")
    assert furnish(demo_project, record.name) == 1
    [occluder] = kept_all(demo_project, record, "occluder")
    assert occluder.parameters["checkpoint"] == record.artefact
