"""The embedded demo: complete, the same every time, resumed after an interruption, never over somebody's work."""

import json

import numpy as np
import pytest

from sxai.assess.verbs.assess import assess_image
from sxai.assess.verbs.class_profile import class_profile
from sxai.demo.pets import demo_pets
from sxai.demo.species import SPECIES
from sxai.demo.verbs.fill import CLASSES, PARTS, fill_demo, is_demo
from sxai.errors import Cancelled, ProjectError
from sxai.images.verbs.stored import read_canvas
from sxai.masks.mask import apply_mask, decode_rle
from sxai.masks.verbs.save import stored_mask
from sxai.networks.verbs.networks import list_models, model_detail
from sxai.overview import overview
from sxai.project.project import Project
from sxai.search.verbs.search import search
from sxai.spaces.verbs.stored import list_spaces

CONCEPTS = [f"{class_name}.{part}" for class_name in CLASSES for part in PARTS]


def test_the_demo_is_a_project_with_every_step_done(demo_project):
    shown = overview(demo_project)
    assert is_demo(demo_project)
    assert shown.demo
    assert [step.title for step in shown.checklist[:5] if not step.done] == []
    assert [space.name for space in shown.spaces] == CONCEPTS
    assert not any(space.stale for space in shown.spaces)
    assert sum(total for *_, total in shown.classes) == 160


def test_its_network_is_measured_on_its_own_pictures(demo_project):
    (model,) = list_models(demo_project)
    assert (model.backbone, model.trained, model.active) == ("small", True, True)
    assert 0.8 < model.accuracy["val"] <= 1
    assert model_detail(demo_project).confusion.sum() == demo_project.catalogue.count_images(split="val")


def test_pictures_are_stored_as_they_were_drawn(demo_project):
    pets = list(demo_pets(6, classes=CLASSES))
    for image, pet in zip(demo_project.catalogue.images(limit=6), pets, strict=True):
        np.testing.assert_array_equal(read_canvas(demo_project, image), pet.pixels)
        assert image.class_name == pet.species
        parts = demo_project.catalogue.parts(image.id)
        assert {name: part.visible for name, part in parts.items()} == dict(pet.visible)
        for name, part in parts.items():
            if part.visible:
                np.testing.assert_array_equal(decode_rle(part.rle), pet.parts[name])


@pytest.mark.parametrize("concept", CONCEPTS)
def test_masks_lie_on_images_that_show_the_part_and_hide_it(demo_project, concept):
    class_name, part = concept.split(".")
    presence = demo_project.catalogue.part_presence(part, class_name)
    masks = demo_project.catalogue.masks(class_name=class_name, concept=part)
    assert len(masks) == min(24, sum(presence.values()))
    assert all(presence[mask.image_id] for mask in masks)
    for record in masks[:4]:
        region = decode_rle(demo_project.catalogue.parts(record.image_id)[part].rle)
        mask = stored_mask(record)
        assert (mask.pixels & region).sum() > 0.9 * region.sum()
        plain = read_canvas(demo_project, demo_project.catalogue.image(record.image_id))
        np.testing.assert_array_equal(apply_mask(plain, mask)[~mask.pixels], plain[~mask.pixels])


def test_masking_a_part_lowers_its_probability_in_most_pictures(demo_project):
    assert all(space.masked.share_lower > 0.8 for space in list_spaces(demo_project))
    assert all(0.5 < space.reference.r2 <= 1 for space in list_spaces(demo_project))


def test_filling_a_finished_demo_again_changes_nothing(demo_project):
    images, spaces, models = demo_project.catalogue.images(), list_spaces(demo_project), demo_project.catalogue.models()
    result = fill_demo(demo_project, images=160, masks=24)
    assert (result.images, list(result.concepts)) == (160, CONCEPTS)
    assert (demo_project.catalogue.images(), list_spaces(demo_project), demo_project.catalogue.models()) == (
        images,
        spaces,
        models,
    )


@pytest.mark.parametrize(("stage", "count"), [("pictures", 30), ("features", 8), ("masks", 5), ("masked images", 4)])
def test_an_interrupted_filling_goes_on_to_the_same_demo(empty_project, stage, count):
    def stop(now, done, total, detail=None):
        if now == stage and done >= count:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        fill_demo(empty_project, images=30, masks=4, progress=stop)
    assert is_demo(empty_project)
    result = fill_demo(empty_project, images=30, masks=4)
    assert result.images == 30
    assert [space.name for space in list_spaces(empty_project)] == CONCEPTS
    assert all(concept.masks == 4 for concept in overview(empty_project).concepts)
    assert list_models(empty_project)[0].accuracy["val"] is not None
    pets = list(demo_pets(30, classes=CLASSES))
    assert sorted(image.class_name for image in empty_project.catalogue.images()) == sorted(pet.species for pet in pets)


def test_somebodys_own_project_is_not_filled(tmp_path, empty_project):
    dataset = empty_project.catalogue.add_dataset("mine", "here")
    empty_project.catalogue.add_image(
        dataset_id=dataset,
        class_name="cat",
        split="train",
        sha256="a" * 64,
        artefact="images/x.png",
        name="x.png",
        width=4,
        height=4,
        format="PNG",
    )
    with pytest.raises(ProjectError, match="already holds a project"):
        fill_demo(empty_project)
    assert not is_demo(empty_project)
    assert empty_project.catalogue.count_images() == 1


def test_the_marker_tells_how_large_the_demo_is(demo_project):
    assert json.loads((demo_project.home / "demo.json").read_text()) == {"images": 160, "masks": 24}


SPECIES_CONCEPTS = [f"{class_name}.{part}" for class_name in SPECIES for part in PARTS]


@pytest.fixture(scope="module")
def species_ws(tmp_path_factory):
    """A small demo of the twenty species: twelve pictures of each and three masks a concept; not to be changed."""
    with Project.open(tmp_path_factory.mktemp("species"), device="cpu") as project:
        fill_demo(project, images=240, masks=3, species=True)
        yield project


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
    assert len(class_profile(species_ws).averages) == 20


def test_many_classes_are_searched(species_ws):
    found = search(species_ws, "kiva.eyes > 0.8 and true = kiva")
    assert found.hits
    assert all(hit.probabilities["kiva.eyes"] > 0.8 for hit in found.hits)


def test_the_two_demos_do_not_mix(species_ws, demo_project):
    with pytest.raises(ProjectError, match="other demo"):
        fill_demo(species_ws)
    with pytest.raises(ProjectError, match="other demo"):
        fill_demo(demo_project, species=True)
    assert not (species_ws.home / "demo.json").exists()
    before = list_spaces(species_ws)
    assert fill_demo(species_ws, images=240, masks=3, species=True).concepts == tuple(SPECIES_CONCEPTS)
    assert list_spaces(species_ws) == before
