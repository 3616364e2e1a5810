"""Automatic concepts of the toy project: found, named, masked, explained; kept and forgotten as they should be."""

import json

import numpy as np
import pytest

from sxai.errors import SpaceError, UnknownName
from sxai.networks.verbs import maps as mapping_module
from sxai.networks.verbs.maps import map_reading
from sxai.networks.verbs.networks import load_network, model_record
from sxai.prototypes.concepts import ProtoParameters
from sxai.prototypes.verbs.train import prototypes_in_use, stored_prototypes, train_concepts
from sxai.spaces.distribution import fit_reference
from tests.prototypes.verbs.conftest import QUICK


def test_what_is_found(trained_ws, found):
    assert found.classes == ("cat", "dog")
    assert sum(len(one.members) for one in found.concepts) == 6
    assert found.images == len(found.parameters["image_ids"]["cat"]) + len(found.parameters["image_ids"]["dog"])
    assert 0 <= found.accuracy["val"] <= 1
    assert all(one.name is None for one in found.concepts)
    for class_name in found.classes:
        shares = [one.share for one in found.concepts if one.class_name == class_name]
        assert sum(shares) in (0, pytest.approx(1))
        effective, assigned, ids = found.ranks(class_name)
        assert len(effective) == len(assigned)
        assert assigned.max() < len(ids)


def test_it_is_kept_and_read_back(trained_ws, found, monkeypatch):
    def refuse(*arguments, **settings):
        raise AssertionError("trained again")

    monkeypatch.setattr("sxai.prototypes.verbs.train.train_prototypes", refuse)
    again = train_concepts(trained_ws, **QUICK)
    assert again.key == found.key
    np.testing.assert_array_equal(again.basis(), found.basis())
    assert again.concepts == found.concepts


def test_each_concept_has_the_normal_of_its_own_peaks(found):
    for one in found.concepts:
        assert one.reference == fit_reference(found.arrays[f"peaks.{one.id}"].astype(np.float64))
    assert set(found.parameters) == set(ProtoParameters.__annotations__)
    assert json.loads(json.dumps(found.summary()))["concepts"][0]["reference"]["maximum"] > 0


def test_the_training_asked_for_last_is_in_use(trained_ws, found, monkeypatch):
    other = train_concepts(trained_ws, **{**QUICK, "per_class": 2})
    assert prototypes_in_use(trained_ws).key == other.key
    train_concepts(trained_ws, **QUICK)
    assert prototypes_in_use(trained_ws).key == found.key


def test_maps_are_read_once(trained_ws, found, monkeypatch):
    read = []
    real = mapping_module.maps_of_pictures
    monkeypatch.setattr(mapping_module, "maps_of_pictures", lambda *given: read.append(given) or real(*given))
    train_concepts(trained_ws, **{**QUICK, "per_class": 2})
    assert read == []


def test_nothing_yet(toy_project):
    assert stored_prototypes(toy_project) is None
    with pytest.raises(SpaceError, match="sxai proto train"):
        prototypes_in_use(toy_project)
    with pytest.raises(UnknownName, match="horse"):
        train_concepts(toy_project, classes=["cat", "horse"])
    with pytest.raises(SpaceError, match="two classes"):
        train_concepts(toy_project, classes=["cat"])
    with pytest.raises(SpaceError, match="orthonormal"):
        train_concepts(toy_project, per_class=300)
    with pytest.raises(SpaceError, match="coarse"):
        map_reading(load_network(toy_project, model_record(toy_project)), "coarse")
