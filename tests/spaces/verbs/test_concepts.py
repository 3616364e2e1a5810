"""Concepts renamed and removed as a whole."""

import pytest

from data_store.errors import CatalogueError
from sxai.errors import SpaceError
from sxai.networks.verbs.networks import model_record
from sxai.spaces.verbs.concepts import remove_concept, rename_concept
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import list_spaces, spaces_in_use, use_estimator


def test_spaces_and_the_chosen_estimator_follow_a_new_name(spaced_project):
    extract_spaces(spaced_project, ["cat.eyes"], estimator="spatial")
    use_estimator(spaced_project, ["cat.eyes"], "s-xai")
    masks = len(spaced_project.catalogue.masks("cat", "eyes"))
    assert rename_concept(spaced_project, "cat.eyes", "gaze").now == "cat.gaze"
    assert len(spaced_project.catalogue.masks("cat", "gaze")) == masks
    names = {space.name for space in list_spaces(spaced_project)}
    assert "cat.gaze" in names
    assert "cat.eyes" not in names
    in_use = spaces_in_use(spaced_project, model_record(spaced_project))
    assert {space.full_name: space.estimator for space in in_use}["cat.gaze"] == "s-xai"


def test_a_removed_concept_takes_its_masks_and_spaces(spaced_project):
    masks = len(spaced_project.catalogue.masks("cat", "eyes"))
    removed = remove_concept(spaced_project, "cat.eyes")
    assert (removed.masks, removed.spaces) == (masks, 1)
    assert "cat.eyes" not in {space.name for space in list_spaces(spaced_project)}


def test_unknown_concepts_are_named(spaced_project):
    with pytest.raises(CatalogueError, match="no concept 'wings'"):
        rename_concept(spaced_project, "cat.wings", "eyes")
    with pytest.raises(SpaceError, match="has no name"):
        remove_concept(spaced_project, "cat.")
