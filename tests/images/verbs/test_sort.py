"""Images moved and removed after they were imported."""

import pytest

from sxai.errors import ProjectError, UnknownName
from sxai.images.verbs.sort import move_back, move_images, remove_images, rename_image


@pytest.fixture
def plain_cat(toy_project):
    """An image of a cat without masks."""
    masked = {mask.image_id for mask in toy_project.catalogue.masks()}
    return next(image for image in toy_project.catalogue.images(class_name="cat") if image.id not in masked)


def test_images_move_to_another_class_and_split(toy_project, plain_cat, transactions):
    moved = move_images(toy_project, [plain_cat.name, str(plain_cat.id + 1)], "dog", "reference")
    assert len(transactions) == 1
    assert moved.images == (plain_cat.id, plain_cat.id + 1)
    found = toy_project.catalogue.images(ids=moved.images)
    assert [(image.class_name, image.split) for image in found] == [("dog", "reference")] * 2


def test_the_masks_of_moved_images_are_told(toy_project):
    mask = toy_project.catalogue.masks("cat", "eyes")[0]
    told = move_images(toy_project, [str(mask.image_id)], "dog").masks
    assert told["cat.eyes"] == 1
    assert mask in toy_project.catalogue.masks("cat", "eyes")


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["1", "999"], {"split": "val"}, "no image 999"),
        (["1"], {"split": "exam"}, "no split 'exam'; choose one of train, val, reference"),
        (["1"], {"class_name": "cow"}, "no class 'cow'; this project has cat, dog"),
    ],
)
def test_what_there_is_not_is_refused_and_nothing_moved(toy_project, names, options, message):
    before = toy_project.catalogue.images()
    with pytest.raises(UnknownName, match=message):
        move_images(toy_project, names, **options)
    assert toy_project.catalogue.images() == before


def test_a_place_to_move_to_must_be_given(toy_project):
    with pytest.raises(ProjectError, match="a class or to a split"):
        move_images(toy_project, ["1"])


def test_an_image_is_removed_with_its_features(toy_project, plain_cat):
    assert remove_images(toy_project, [plain_cat.name]).images == (plain_cat.id,)
    assert plain_cat not in toy_project.catalogue.images()
    with pytest.raises(UnknownName, match=plain_cat.name):
        remove_images(toy_project, [plain_cat.name])


def test_masks_are_lost_only_when_it_is_said(toy_project):
    mask = toy_project.catalogue.masks("cat", "eyes")[0]
    with pytest.raises(ProjectError, match=r"have masks \(.*cat\.eyes 1.*would be lost"):
        remove_images(toy_project, [str(mask.image_id)])
    assert mask in toy_project.catalogue.masks("cat", "eyes")
    assert remove_images(toy_project, [str(mask.image_id)], masks=True).masks["cat.eyes"] == 1
    assert mask not in toy_project.catalogue.masks("cat", "eyes")


def test_a_new_class_is_made_when_it_is_said_and_an_empty_one_forgotten(toy_project):
    cats = [str(image.id) for image in toy_project.catalogue.images(class_name="cat")]
    with pytest.raises(ProjectError, match="no name"):
        move_images(toy_project, cats, " ", new=True)
    move_images(toy_project, cats[:1], "calf", new=True)
    assert [record.name for record in toy_project.catalogue.classes()] == ["cat", "dog", "calf"]
    move_images(toy_project, cats[:1], "cat")
    assert [record.name for record in toy_project.catalogue.classes()] == ["cat", "dog"]


def test_a_move_is_undone(toy_project):
    before = toy_project.catalogue.images()
    moved = move_images(toy_project, [str(image.id) for image in before], "mouse", "reference", new=True)
    assert {(image.class_name, image.split) for image in toy_project.catalogue.images()} == {("mouse", "reference")}
    move_back(toy_project, moved)
    assert toy_project.catalogue.images() == before


def test_an_image_is_renamed_inside_the_project(toy_project, plain_cat):
    assert rename_image(toy_project, plain_cat.name, "tired.png").id == plain_cat.id
    assert toy_project.catalogue.image(plain_cat.id).name == "tired.png"
