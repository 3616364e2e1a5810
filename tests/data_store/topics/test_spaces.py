import dataclasses

import numpy as np
import pytest

from data_store.errors import CatalogueError, NotFound
from data_store.records import ReferenceRecord, SpaceMaskRecord, SpaceRecord

FIT = ReferenceRecord(
    n=120, mean=0.25, std=0.125, minimum=-0.5, maximum=1.5, r2=0.991, ks=0.04, artefact="spaces/ab/r.npz"
)


@pytest.fixture
def model(catalogue, add_pictures):
    add_pictures(catalogue, 3)
    catalogue.add_concept("cat", "eyes")
    catalogue.add_concept("cat", "nose")
    return catalogue.add_model("m", "small", 64)


def test_a_space_comes_back_as_it_was_saved(catalogue, model):
    saved = catalogue.save_space(
        model_id=model.id,
        class_name="cat",
        concept="eyes",
        channels=[3, 60],
        delta=[0.5, -0.25],
        n_masks=100,
        parameters={"n_ssn": 2},
        masking={"p_unmasked": 0.6, "p_masked": 0.1, "share_lower": 0.99},
        ratios={"unmasked": 0.7, "masked": 0.8},
        artefact="spaces/ab/s.npz",
        version="0.1.0",
        reference=FIT,
        masks=[],
    )
    assert saved == SpaceRecord(
        id=saved.id,
        model_id=model.id,
        model="m",
        class_name="cat",
        concept="eyes",
        full_name="cat.eyes",
        estimator="s-xai",
        channels=(3, 60),
        delta=(0.5, -0.25),
        parameters={"n_ssn": 2},
        n_masks=100,
        masking={"p_unmasked": 0.6, "p_masked": 0.1, "share_lower": 0.99},
        ratios={"unmasked": 0.7, "masked": 0.8},
        artefact="spaces/ab/s.npz",
        version="0.1.0",
        created=saved.created,
        reference=FIT,
    )
    assert catalogue.spaces() == [saved]
    assert catalogue.space(model.id, "cat.eyes") == saved


def test_a_space_may_be_without_reference(catalogue, model):
    saved = catalogue.save_space(model.id, "cat", "eyes", [1], [0.5], 3)
    assert saved.reference is None
    assert saved.masking is saved.ratios is saved.artefact is None
    assert catalogue.spaces() == [saved]


def test_numbers_of_numpy_are_stored_exactly(catalogue, model):
    delta = np.random.default_rng(0).normal(size=5).astype(np.float32)
    saved = catalogue.save_space(model.id, "cat", "eyes", np.arange(5), delta, 3)
    assert saved.channels == (0, 1, 2, 3, 4)
    assert np.array_equal(np.array(saved.delta, np.float32), delta)


def test_a_new_extraction_takes_the_place_of_the_old_with_all_that_belongs_to_it(catalogue, model, save):
    masks = [save(catalogue, id) for id in (1, 2, 3)]
    old = catalogue.save_space(
        model.id, "cat", "eyes", [1], [0.5], 3, reference=FIT, masks=[(mask.id, 1) for mask in masks]
    )
    new = catalogue.save_space(
        model.id, "cat", "eyes", [2], [0.75], 1, reference=dataclasses.replace(FIT, n=9), masks=[(masks[0].id, 1)]
    )
    assert catalogue.spaces() == [new]
    assert new.id != old.id, "what remembers the old id must not meet the new space"
    assert new.reference.n == 9
    assert catalogue.space_masks(new.id) == [SpaceMaskRecord(masks[0].id, 1, 1)]
    assert catalogue.space_masks(old.id) == []
    without = catalogue.save_space(model.id, "cat", "eyes", [2], [0.75], 1)
    assert without.reference is None


def test_spaces_of_other_models_concepts_and_estimators_stay(catalogue, model):
    other = catalogue.add_model("n", "small", 64)
    for model_id, concept, estimator in [
        (model.id, "nose", "s-xai"),
        (model.id, "eyes", "s-xai"),
        (model.id, "eyes", "vector"),
        (other.id, "eyes", "s-xai"),
    ]:
        catalogue.save_space(model_id, "cat", concept, [1], [0.5], 3, estimator=estimator)

    def names(**filters):
        return [(space.model, space.full_name, space.estimator) for space in catalogue.spaces(**filters)]

    assert names() == [
        ("m", "cat.eyes", "s-xai"),
        ("m", "cat.eyes", "vector"),
        ("m", "cat.nose", "s-xai"),
        ("n", "cat.eyes", "s-xai"),
    ]
    assert names(model_id=model.id) == names()[:3]
    assert names(estimator="vector") == [("m", "cat.eyes", "vector")]
    assert names(model_id=other.id, estimator="vector") == []
    assert catalogue.space(model.id, "cat.eyes", "vector").estimator == "vector"
    assert catalogue.space(other.id, "cat.nose") is None


def test_a_space_that_cannot_be_saved_leaves_the_old_one(catalogue, model):
    old = catalogue.save_space(model.id, "cat", "eyes", [1], [0.5], 3, reference=FIT)
    with pytest.raises(CatalogueError, match="nothing was stored"):
        catalogue.save_space(model.id, "cat", "eyes", [2], [0.5], 3, masks=[(1, 1), (1, 1)])
    assert catalogue.spaces() == [old]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(catalogue, model, value):
    broken = dataclasses.replace(FIT, r2=value, std=value)
    with pytest.raises(CatalogueError, match="std, r2 is not a finite number: nothing was stored"):
        catalogue.save_space(model.id, "cat", "eyes", [2], [0.5], 3, reference=broken)
    with pytest.raises(CatalogueError, match="a delta is not a finite number"):
        catalogue.save_space(model.id, "cat", "eyes", [2], [value], 3)
    assert catalogue.spaces() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_id": 99}, "no model has the id 99"),
        ({"class_name": "fox"}, "no class is called 'fox'"),
        ({"concept": "tail"}, "'cat' has no concept 'tail': it has eyes, nose"),
        ({"delta": [0.5, 0.5]}, "1 channels and 2 deltas"),
    ],
)
def test_a_bad_space_is_refused(catalogue, model, change, message):
    given = {"model_id": model.id, "class_name": "cat", "concept": "eyes", "channels": [1], "delta": [0.5]}
    with pytest.raises(CatalogueError, match=message):
        catalogue.save_space(**(given | change), n_masks=3)
    assert catalogue.spaces() == []


def test_a_space_knows_which_of_its_masks_changed_since(catalogue, model, save):
    same, changed, deleted = (save(catalogue, id) for id in (1, 2, 3))
    space = catalogue.save_space(
        model.id, "cat", "eyes", [1], [0.5], 3, masks=[(mask.id, mask.version) for mask in (same, changed, deleted)]
    )
    save(catalogue, 2, labels=[8], expected=1)
    catalogue.delete_mask(3, "cat", "eyes", "ann", 1)
    save(catalogue, 3)
    assert catalogue.space_masks(space.id) == [
        SpaceMaskRecord(same.id, 1, 1),
        SpaceMaskRecord(changed.id, 1, 2),
        SpaceMaskRecord(deleted.id, 1, None),
    ]


def test_a_removed_space_takes_its_reference_along(catalogue, model):
    space = catalogue.save_space(model.id, "cat", "eyes", [1], [0.5], 3, artefact="spaces/s.npz", reference=FIT)
    assert {"spaces/s.npz", FIT.artefact} <= catalogue.referenced_artefacts()
    catalogue.remove_space(space.id)
    assert catalogue.spaces() == []
    assert not {"spaces/s.npz", FIT.artefact} & catalogue.referenced_artefacts()
    with pytest.raises(NotFound, match="no space has the id"):
        catalogue.remove_space(space.id)


def test_a_space_is_asked_for_by_its_full_name(catalogue, model):
    with pytest.raises(NotFound, match=r"write class\.concept"):
        catalogue.space(model.id, "eyes")
