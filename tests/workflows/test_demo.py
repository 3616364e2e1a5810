"""The embedded demo: complete, the same every time, resumed after an interruption, never over somebody's work."""

import json

import numpy as np
import pytest

from sxai.demo import SPECIES, demo_pets
from sxai.errors import Cancelled, ProjectError
from sxai.images.masks import apply_mask, decode_rle
from sxai.workflows import (
    Workspace,
    assess_image,
    class_average,
    fill_demo,
    is_demo,
    list_models,
    list_spaces,
    model_detail,
    overview,
    read_canvas,
    search,
)
from sxai.workflows.demo import CLASSES, PARTS
from sxai.workflows.masking import stored_mask

CONCEPTS = [f"{class_name}.{part}" for class_name in CLASSES for part in PARTS]


def test_the_demo_is_a_project_with_every_step_done(demo_ws):
    shown = overview(demo_ws)
    assert is_demo(demo_ws)
    assert shown.demo
    assert [step.title for step in shown.checklist[:5] if not step.done] == []
    assert [space.name for space in shown.spaces] == CONCEPTS
    assert not any(space.stale for space in shown.spaces)
    assert sum(total for *_, total in shown.classes) == 160


def test_its_network_is_measured_on_its_own_pictures(demo_ws):
    (model,) = list_models(demo_ws)
    assert (model.backbone, model.trained, model.active) == ("small", True, True)
    assert 0.8 < model.accuracy["val"] <= 1
    assert model_detail(demo_ws).confusion.sum() == demo_ws.catalogue.count_images(split="val")


def test_pictures_are_stored_as_they_were_drawn(demo_ws):
    pets = list(demo_pets(6, classes=CLASSES))
    for image, pet in zip(demo_ws.catalogue.images(limit=6), pets, strict=True):
        np.testing.assert_array_equal(read_canvas(demo_ws, image), pet.pixels)
        assert image.class_name == pet.species
        parts = demo_ws.catalogue.parts(image.id)
        assert {name: part.visible for name, part in parts.items()} == dict(pet.visible)
        for name, part in parts.items():
            if part.visible:
                np.testing.assert_array_equal(decode_rle(part.rle), pet.parts[name])


@pytest.mark.parametrize("concept", CONCEPTS)
def test_masks_lie_on_images_that_show_the_part_and_hide_it(demo_ws, concept):
    class_name, part = concept.split(".")
    presence = demo_ws.catalogue.part_presence(part, class_name)
    masks = demo_ws.catalogue.masks(class_name=class_name, concept=part)
    assert len(masks) == min(24, sum(presence.values()))
    assert all(presence[mask.image_id] for mask in masks)
    for record in masks[:4]:
        region = decode_rle(demo_ws.catalogue.parts(record.image_id)[part].rle)
        mask = stored_mask(record)
        assert (mask.pixels & region).sum() > 0.9 * region.sum()
        plain = read_canvas(demo_ws, demo_ws.catalogue.image(record.image_id))
        np.testing.assert_array_equal(apply_mask(plain, mask)[~mask.pixels], plain[~mask.pixels])


def test_masking_a_part_lowers_its_probability_in_most_pictures(demo_ws):
    assert all(space.masked["share_lower"] > 0.8 for space in list_spaces(demo_ws))
    assert all(0.5 < space.reference["r2"] <= 1 for space in list_spaces(demo_ws))


def test_filling_a_finished_demo_again_changes_nothing(demo_ws):
    images, spaces, models = demo_ws.catalogue.images(), list_spaces(demo_ws), demo_ws.catalogue.models()
    result = fill_demo(demo_ws, images=160, masks=24)
    assert (result.images, list(result.concepts)) == (160, CONCEPTS)
    assert (demo_ws.catalogue.images(), list_spaces(demo_ws), demo_ws.catalogue.models()) == (images, spaces, models)


@pytest.mark.parametrize(("stage", "count"), [("pictures", 30), ("features", 8), ("masks", 5), ("masked images", 4)])
def test_an_interrupted_filling_goes_on_to_the_same_demo(empty_ws, stage, count):
    def stop(now, done, total, detail=None):
        if now == stage and done >= count:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        fill_demo(empty_ws, images=30, masks=4, progress=stop)
    assert is_demo(empty_ws)
    result = fill_demo(empty_ws, images=30, masks=4)
    assert result.images == 30
    assert [space.name for space in list_spaces(empty_ws)] == CONCEPTS
    assert all(concept.masks == 4 for concept in overview(empty_ws).concepts)
    assert list_models(empty_ws)[0].accuracy["val"] is not None
    pets = list(demo_pets(30, classes=CLASSES))
    assert sorted(image.class_name for image in empty_ws.catalogue.images()) == sorted(pet.species for pet in pets)


def test_somebodys_own_project_is_not_filled(tmp_path, empty_ws):
    dataset = empty_ws.catalogue.add_dataset("mine", "here")
    empty_ws.catalogue.add_image(
        dataset_id=dataset, class_name="cat", split="train", sha256="a" * 64, artefact="images/x.png", name="x.png",
        width=4, height=4, format="PNG",
    )  # fmt: skip
    with pytest.raises(ProjectError, match="already holds a project"):
        fill_demo(empty_ws)
    assert not is_demo(empty_ws)
    assert empty_ws.catalogue.count_images() == 1


def test_the_marker_tells_how_large_the_demo_is(demo_ws):
    assert json.loads((demo_ws.home / "demo.json").read_text()) == {"images": 160, "masks": 24}


SPECIES_CONCEPTS = [f"{class_name}.{part}" for class_name in SPECIES for part in PARTS]


@pytest.fixture(scope="module")
def species_ws(tmp_path_factory):
    """A small demo of the twenty species: twelve pictures of each and three masks a concept; not to be changed."""
    with Workspace.open(tmp_path_factory.mktemp("species"), device="cpu") as ws:
        fill_demo(ws, images=240, masks=3, species=True)
        yield ws


def test_twenty_species_fill_a_project_with_every_step_done(species_ws):
    shown = overview(species_ws)
    assert shown.demo
    assert [step.title for step in shown.checklist[:5] if not step.done] == []
    assert {name: total for name, *_, total in shown.classes} == dict.fromkeys(SPECIES, 12)
    assert sorted(space.name for space in shown.spaces) == sorted(SPECIES_CONCEPTS)


def test_a_head_alone_tells_the_species_apart(species_ws):
    (model,) = list_models(species_ws)
    assert (model.model, model.backbone, model.parameters["head_only"]) == ("species", "small", True)
    assert set(model.classes) == set(SPECIES)
    assert model.accuracy["val"] > 0.6
    assert model_detail(species_ws).confusion.shape == (20, 20)


def test_many_classes_are_assessed_by_the_rules_for_many(species_ws):
    levels = {"sure", "probably", "cannot-see"}
    said = [assess_image(species_ws, image.id, keep=False) for image in species_ws.catalogue.images(limit=40)]
    assert {one.assessment for one in said} <= levels
    sure = [one for one in said if one.assessment == "sure"]
    assert len(sure) > 20
    for one in sure:
        own = [value for name, value in one.probabilities.items() if name.startswith(f"{one.predicted}.")]
        assert len(own) == 4
        assert max(own) > 0.5
        assert one.sentence.startswith("I am sure it is")
    assert len(class_average(species_ws)) == 20


def test_many_classes_are_searched(species_ws):
    found = search(species_ws, "kiva.eyes > 0.8 and true = kiva")
    assert found.hits
    assert all(hit.probabilities["kiva.eyes"] > 0.8 for hit in found.hits)


def test_the_two_demos_do_not_mix(species_ws, demo_ws):
    with pytest.raises(ProjectError, match="other demo"):
        fill_demo(species_ws)
    with pytest.raises(ProjectError, match="other demo"):
        fill_demo(demo_ws, species=True)
    assert not (species_ws.home / "demo.json").exists()
    before = list_spaces(species_ws)
    assert fill_demo(species_ws, images=240, masks=3, species=True).concepts == tuple(SPECIES_CONCEPTS)
    assert list_spaces(species_ws) == before
