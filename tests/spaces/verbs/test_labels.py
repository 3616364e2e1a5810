"""What images are known to show: from keypoints, said by a person, and asked about."""

import json

import pytest

from sxai.errors import MaskError, SpaceError, UnknownName
from sxai.spaces.verbs.labels import images_to_label, known_visibility, label_visible, truth_from_keypoints

RLE = {"size": [40, 40], "counts": [0, 4, 1596]}


def keypoint_file(path, entries, class_name="cat", side=40):
    """COCO keypoints with the parts ``left`` and ``right``: (file name, left seen, right seen)."""
    images = [{"id": at, "file_name": name, "width": side, "height": 40} for at, (name, _, _) in enumerate(entries)]
    points = [[5, 5, 2 * left, 9, 9, 2 * right] for _, left, right in entries]
    path.write_text(
        json.dumps(
            {
                "images": images,
                "categories": [{"id": 3, "name": class_name, "keypoints": ["left", "right"]}],
                "annotations": [
                    {"id": at, "image_id": at, "category_id": 3, "keypoints": flat} for at, flat in enumerate(points)
                ],
            }
        )
    )
    return path


@pytest.fixture
def cats(toy_project):
    return toy_project.catalogue.images(class_name="cat")


@pytest.fixture
def file(tmp_path, cats):
    names = [f"somewhere/{image.name}" for image in cats[:4]]
    return keypoint_file(tmp_path / "k.json", list(zip(names, [1, 1, 0, 0], [1, 0, 1, 0], strict=True)))


@pytest.mark.parametrize(("require", "expected"), [("any", [True, True, True, False]), ("all", [True] + [False] * 3)])
def test_pictures_show_what_has_points(toy_project, cats, file, require, expected):
    found = truth_from_keypoints(toy_project, file, "cat", "glance", ["left", " right "], require)
    assert (found.concept, found.visible, found.hidden) == ("cat.glance", sum(expected), 4 - sum(expected))
    assert found.skipped == ()
    known = known_visibility(toy_project, "cat", "glance")
    assert known == {image.id: visible for image, visible in zip(cats, expected, strict=False)}
    assert known_visibility(toy_project, "dog", "glance") == {}


def test_other_parts_stay_as_they_were(toy_project, cats, file):
    before = toy_project.catalogue.parts(cats[0].id)
    truth_from_keypoints(toy_project, file, "cat", "glance", ["left"])
    after = toy_project.catalogue.parts(cats[0].id)
    assert after.pop("glance") == (True, None)
    assert after == before


def test_what_was_said_is_replaced_but_a_known_region_never(toy_project, cats, file):
    toy_project.catalogue.set_parts(cats[0].id, {"eyes": (False, RLE)})
    toy_project.catalogue.set_parts(cats[1].id, {"eyes": (False, None)})
    found = truth_from_keypoints(toy_project, file, "cat", "eyes", ["left"])
    assert [entry["reason"] for entry in found.skipped] == ["the region of the part is known already"]
    assert toy_project.catalogue.parts(cats[0].id)["eyes"] == (False, RLE)
    assert toy_project.catalogue.parts(cats[1].id)["eyes"] == (True, None)


def test_pictures_that_are_not_meant_are_skipped_and_named(toy_project, cats, tmp_path):
    name = cats[0].name
    file = keypoint_file(tmp_path / "k.json", [(name, 1, 1), (f"again/{name}", 0, 0), ("else.png", 1, 1)])
    found = truth_from_keypoints(toy_project, file, "cat", "glance", ["left"])
    assert (found.visible, found.hidden) == (1, 0)
    assert [entry["file"] for entry in found.skipped] == [f"again/{name}", "else.png"]
    assert "no such image" in found.skipped[1]["reason"]
    cropped = keypoint_file(tmp_path / "c.json", [(name, 0, 1)], side=60)
    assert (
        "another shape" in truth_from_keypoints(toy_project, cropped, "cat", "glance", ["right"]).skipped[0]["reason"]
    )
    assert known_visibility(toy_project, "cat", "glance") == {cats[0].id: True}


def test_a_stopped_reading_stores_nothing(toy_project, file):
    def stop(stage, done, total, detail=None):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        truth_from_keypoints(toy_project, file, "cat", "glance", ["left"], progress=stop)
    assert known_visibility(toy_project, "cat", "glance") == {}


@pytest.mark.parametrize(
    ("class_name", "points", "require", "error", "message"),
    [
        ("bird", ["left"], "any", UnknownName, "bird"),
        ("cat", ["tail"], "any", UnknownName, "no part 'tail'; it has left, right"),
        ("cat", [" "], "any", MaskError, "no part points"),
        ("cat", ["left"], "most", MaskError, "give any or all"),
    ],
)
def test_what_cannot_be_read_is_refused(toy_project, file, class_name, points, require, error, message):
    with pytest.raises(error, match=message):
        truth_from_keypoints(toy_project, file, class_name, "glance", points, require)


def test_a_label_is_kept_replaced_and_taken_back(toy_project, cats):
    label_visible(toy_project, cats[0].id, "cat.glance", True)
    assert known_visibility(toy_project, "cat", "glance") == {cats[0].id: True}
    label_visible(toy_project, cats[0].id, "cat.glance", False)
    assert known_visibility(toy_project, "cat", "glance") == {cats[0].id: False}
    label_visible(toy_project, cats[0].id, "cat.glance", None)
    assert known_visibility(toy_project, "cat", "glance") == {}


def test_a_label_leaves_the_region_and_other_parts(toy_project, cats):
    toy_project.catalogue.set_parts(cats[0].id, {"eyes": (True, RLE), "nose": (True, None)})
    label_visible(toy_project, cats[0].id, "cat.eyes", False)
    assert toy_project.catalogue.parts(cats[0].id) == {"eyes": (False, RLE), "nose": (True, None)}


def test_a_label_needs_an_image_of_the_class(toy_project, cats):
    with pytest.raises(SpaceError, match="of class cat, not dog"):
        label_visible(toy_project, cats[0].id, "dog.eyes", True)
    with pytest.raises(UnknownName, match="no image 9999"):
        label_visible(toy_project, 9999, "cat.eyes", True)
    with pytest.raises(UnknownName, match="bird"):
        label_visible(toy_project, cats[0].id, "bird.eyes", True)


def test_images_are_asked_about_in_an_order_that_answers_do_not_change(toy_project, cats):
    toy_project.catalogue.add_concept("cat", "glance")
    order = images_to_label(toy_project, "cat", "glance", None)
    assert sorted(order) == sorted(image.id for image in cats)
    assert order != sorted(order)
    label_visible(toy_project, order[1], "cat.glance", True)
    assert images_to_label(toy_project, "cat", "glance", 3) == [order[0], *order[2:4]]


def test_masked_images_are_asked_about_last(toy_project, cats):
    masked = {record.image_id for record in toy_project.catalogue.masks(class_name="cat", concept="eyes")}
    for image in cats:
        label_visible(toy_project, image.id, "cat.eyes", None)
    order = images_to_label(toy_project, "cat", "eyes", None)
    assert len(order) == len(cats)
    assert set(order[-len(masked) :]) == masked
