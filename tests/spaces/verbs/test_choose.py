"""Extraction by two estimators, of which the recommended one is used."""

import pytest
import torch

from sxai.spaces.defaults import RECOMMENDED
from sxai.spaces.verbs import choose
from sxai.spaces.verbs.choose import extract_chosen
from sxai.spaces.verbs.extract import ExtractResult
from sxai.spaces.verbs.recommend import recommend_estimators
from sxai.spaces.verbs.stored import list_spaces, stored_estimators

NAMES = ["cat.eyes", "cat.nose"]


def test_both_are_extracted_and_the_recommended_is_used(toy_project):
    found = extract_chosen(toy_project, NAMES, n_ssn=2)
    assert {name: set(times) for name, times in stored_estimators(toy_project).items()} == {
        name: {"s-xai", "spatial"} for name in NAMES
    }
    best = {concept.name: concept.best for concept in recommend_estimators(toy_project, draws=20).concepts}
    assert {space.name: space.estimator for space in list_spaces(toy_project)} == best
    assert {space.name: space.estimator for space in found.spaces} == best
    assert all(name in found.note for name in NAMES)


def test_without_labels_of_presence_the_papers_is_used(toy_project, monkeypatch):
    monkeypatch.setattr("sxai.spaces.verbs.recommend.LEAST", 10_000)
    extract_chosen(toy_project, NAMES, n_ssn=2)
    assert {space.estimator for space in list_spaces(toy_project)} == {"s-xai"}
    assert set(stored_estimators(toy_project)["cat.eyes"]) == {"s-xai", "spatial"}


@pytest.mark.parametrize(("device", "left_out"), [("cpu", True), ("cuda", False)])
def test_many_pictures_are_read_by_position_on_a_gpu_alone(toy_project, monkeypatch, device, left_out):
    monkeypatch.setattr(choose, "MOST_READ", 5)
    monkeypatch.setattr(choose, "resolve_device", lambda _: torch.device(device))
    found = extract_chosen(toy_project, NAMES, n_ssn=2)
    assert ("left out" in found.note) is left_out
    assert ("spatial" in stored_estimators(toy_project)["cat.eyes"]) is not left_out


def test_an_estimator_that_is_named_is_the_only_one(toy_project):
    found = extract_chosen(toy_project, NAMES, estimator="fisher", n_ssn=2)
    assert {space.estimator for space in found.spaces} == {"fisher"}
    assert found.note == ""


def test_a_concept_that_only_the_paper_can_read_keeps_its_space(toy_project, monkeypatch):
    real = choose.extract_spaces

    def broken(project, names, model, estimator, *rest, skip=False):
        assert skip or estimator != "spatial"
        return real(project, ["cat.eyes"] if estimator == "spatial" else names, model, estimator, *rest, skip=skip)

    monkeypatch.setattr(choose, "extract_spaces", broken)
    found = extract_chosen(toy_project, NAMES, n_ssn=2)
    assert next(space for space in found.spaces if space.name == "cat.nose").estimator == "s-xai"


def test_recommended_is_no_estimator_of_its_own(toy_project):
    assert RECOMMENDED not in {space.estimator for space in extract_chosen(toy_project, NAMES, n_ssn=2).spaces}


def test_without_any_space_by_the_paper_nothing_else_is_extracted(empty_project, monkeypatch):
    asked = []

    def nothing(project, names, model, estimator, *rest, **options):
        asked.append(estimator)
        return ExtractResult((), (("cat.eyes", "too few masks"),))

    monkeypatch.setattr(choose, "extract_spaces", nothing)
    assert extract_chosen(empty_project).skipped == (("cat.eyes", "too few masks"),)
    assert asked == ["s-xai"]
