"""Stored spaces: which one is used, which are stale, whose they are."""

import numpy as np
import pytest
import toy

from sxai.errors import UnknownName
from sxai.masks.verbs.save import save_region
from sxai.networks.verbs.networks import add_model, use_model
from sxai.spaces.distribution import fit_reference
from sxai.spaces.parameters import SpaceParameters
from sxai.spaces.verbs.details import overlap_detail, space_detail
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import (
    ReferenceFit,
    list_spaces,
    parameters_of,
    reference_values,
    remove_space,
    space_record,
    summarise,
)


def test_a_space_is_stale_once_a_mask_is_added_and_fresh_when_extracted_again(spaced_project):
    toy.mask_part(spaced_project, "cat.eyes", spaced_project.catalogue.images(class_name="cat")[8])
    assert [space.name for space in list_spaces(spaced_project) if space.stale] == ["cat.eyes"]
    extract_spaces(spaced_project, ["cat.eyes"])
    assert not any(space.stale for space in list_spaces(spaced_project))


def test_a_space_is_stale_once_a_mask_is_edited(spaced_project):
    image = spaced_project.catalogue.images(class_name="dog")[0]
    region = np.zeros((toy.SIDE, toy.SIDE), dtype=bool)
    region[:9, :9] = True
    save_region(spaced_project, image.id, "dog.nose", region)
    assert [space.name for space in list_spaces(spaced_project) if space.stale] == ["dog.nose"]


def test_a_space_is_stale_once_a_mask_is_cleared(spaced_project):
    image = spaced_project.catalogue.images(class_name="dog")[0]
    save_region(spaced_project, image.id, "dog.eyes", np.zeros((toy.SIDE, toy.SIDE), dtype=bool))
    assert [space.name for space in list_spaces(spaced_project) if space.stale] == ["dog.eyes"]


def test_new_images_alone_make_no_space_stale(spaced_project):
    toy.add_pictures(spaced_project, "cat", range(60, 63))
    assert not any(space.stale for space in list_spaces(spaced_project))


def test_the_space_extracted_last_is_the_one_that_is_used(toy_project):
    paper = extract_spaces(toy_project, ["cat.eyes", "cat.nose"], n_ssn=2).spaces
    other = extract_spaces(toy_project, ["cat.eyes"], estimator="all-channels").spaces[0]
    assert other.estimator == "all-channels"
    assert len(other.channels) > 2
    used = {space.name: space.estimator for space in list_spaces(toy_project)}
    assert used["cat.eyes"] == "all-channels"
    assert used["cat.nose"] == "s-xai"
    assert space_detail(toy_project, "cat.eyes").summary.estimator == "all-channels"
    assert overlap_detail(toy_project).names.count("cat.eyes") == 1
    assert len(toy_project.catalogue.spaces()) == len(used) + 1  # the paper's is kept
    again = extract_spaces(toy_project, ["cat.eyes"], n_ssn=2).spaces[0]
    assert (again.estimator, again.channels, again.delta) == ("s-xai", paper[0].channels, paper[0].delta)
    assert space_detail(toy_project, "cat.eyes").summary.estimator == "s-xai"


def test_without_a_network_there_are_no_spaces(empty_project):
    assert list_spaces(empty_project) == []
    with pytest.raises(UnknownName, match="sxai model add"):
        extract_spaces(empty_project)


def test_each_network_has_spaces_of_its_own(spaced_project):
    add_model(spaced_project, "second", "toy:body")
    assert list_spaces(spaced_project) == []
    extract_spaces(spaced_project, ["cat.eyes"])
    assert [(space.name, space.model) for space in list_spaces(spaced_project)] == [("cat.eyes", "second")]
    use_model(spaced_project, "toy")
    assert len(list_spaces(spaced_project)) == 4
    assert len(list_spaces(spaced_project, "second")) == 1


def test_a_removed_space_leaves_its_concept_to_another_estimator_or_to_none(spaced_project):
    extract_spaces(spaced_project, ["cat.eyes"], estimator="linear")
    removed = remove_space(spaced_project, "cat.eyes")
    assert (removed.name, removed.estimator, removed.now) == ("cat.eyes", "linear", "s-xai")
    assert remove_space(spaced_project, "cat.eyes").now is None
    assert "cat.eyes" not in [space.name for space in list_spaces(spaced_project)]
    assert spaced_project.catalogue.masks("cat", "eyes")
    with pytest.raises(UnknownName, match=r"no semantic space 'cat\.eyes'"):
        remove_space(spaced_project, "cat.eyes")


def test_the_stored_fit_is_the_one_that_its_values_give(spaced_project):
    record = space_record(spaced_project, "cat.eyes")
    values, _ = reference_values(spaced_project, record)
    assert ReferenceFit.of(record.reference).distribution == fit_reference(values)
    assert summarise(spaced_project, record).reference == ReferenceFit.of(record.reference)


def test_what_a_space_was_made_with_is_read_with_the_version(spaced_project):
    record = space_record(spaced_project, "cat.eyes")
    assert parameters_of(record) == {**record.parameters, "version": record.version}
    assert set(parameters_of(record)) <= set(SpaceParameters.__annotations__)
