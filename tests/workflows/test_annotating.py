"""Masks without clicking: keypoints, known regions, and exchange between projects."""

import json

import numpy as np
import pytest
from PIL import Image

from sxai.errors import MaskError, UnknownName
from sxai.images.masks import encode_rle
from sxai.workflows import canvas_for, export_masks, import_masks, masks_from_keypoints, masks_from_parts


def keypoint_file(path, ws, spots, class_name="cat", scale=1.0):
    """COCO keypoints with the parts ``eye`` and ``paw`` for the first images of the class."""
    images = ws.catalogue.images(class_name=class_name)[: len(spots)]
    flat = [[value for spot in given for value in (*(spot or (0, 0)), 2 if spot else 0)] for given in spots]
    document = {
        "images": [
            {
                "id": i,
                "file_name": f"somewhere/{image.name}",
                "width": int(image.width * scale),
                "height": int(image.height * scale),
            }
            for i, image in enumerate(images)
        ],
        "categories": [{"id": 7, "name": class_name, "keypoints": ["eye", "paw"]}],
        "annotations": [
            {"id": i, "image_id": i, "category_id": 7, "keypoints": points} for i, points in enumerate(flat)
        ],
    }
    path.write_text(json.dumps(document))
    return images


def test_superpixels_that_hold_the_points_are_masked(demo_ws, tmp_path):
    file = tmp_path / "k.json"
    spots = [[(40, 30), (20, 100)], [None, (20, 100)], [(60, 64), None]]
    images = keypoint_file(file, demo_ws, spots)
    result = masks_from_keypoints(demo_ws, file, "cat", "glance", ["eye"])
    assert (result.concept, result.masks) == ("cat.glance", 2)
    assert [entry["reason"] for entry in result.skipped] == ["the part is not visible"]
    canvas = canvas_for(demo_ws, images[0].id, "cat.glance")
    assert canvas.selected == (canvas.labels[30, 40],)
    assert canvas.source == "keypoints"


def test_points_are_scaled_to_the_canvas(demo_ws, tmp_path):
    file = tmp_path / "k.json"
    images = keypoint_file(file, demo_ws, [[(80, 60), None]], scale=2.0)
    masks_from_keypoints(demo_ws, file, "cat", "glance", ["eye"])
    canvas = canvas_for(demo_ws, images[0].id, "cat.glance")
    assert canvas.region[30, 40]


def test_any_point_is_enough_unless_all_are_required(demo_ws, tmp_path):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_ws, [[(40, 30), (20, 100)], [None, (20, 100)]])
    assert masks_from_keypoints(demo_ws, file, "cat", "some", ["eye", "paw"]).masks == 2
    assert masks_from_keypoints(demo_ws, file, "cat", "every", ["eye", "paw"], require="all").masks == 1


def test_no_more_masks_than_asked_for_and_running_again_adds_none(demo_ws, tmp_path):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_ws, [[(40, 30), None]] * 6)
    assert masks_from_keypoints(demo_ws, file, "cat", "glance", ["eye"], n=4).masks == 4
    assert masks_from_keypoints(demo_ws, file, "cat", "glance", ["eye"], n=4).masks == 4
    versions = [record.version for record in demo_ws.catalogue.masks(class_name="cat", concept="glance")]
    assert versions == [1, 1, 1, 1]


def test_pictures_the_project_lacks_are_skipped_by_name(demo_ws, tmp_path):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_ws, [[(40, 30), None]])
    document = json.loads(file.read_text())
    document["images"][0]["file_name"] = "elsewhere.jpg"
    file.write_text(json.dumps(document))
    result = masks_from_keypoints(demo_ws, file, "cat", "glance", ["eye"])
    assert result.masks == 0
    assert result.skipped == ({"file": "elsewhere.jpg", "reason": "the project has no such image"},)


@pytest.mark.parametrize("text", ["not json", "{}", '{"images": [], "categories": 3, "annotations": []}', "[1]"])
def test_a_file_that_is_not_keypoints_is_refused(demo_ws, tmp_path, text):
    file = tmp_path / "k.json"
    file.write_text(text)
    with pytest.raises(MaskError, match="COCO"):
        masks_from_keypoints(demo_ws, file, "cat", "glance", ["eye"])


def test_unknown_classes_and_parts_are_named(demo_ws, tmp_path):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_ws, [[(40, 30), None]])
    with pytest.raises(UnknownName, match=r"'bird'.*cat"):
        masks_from_keypoints(demo_ws, file, "bird", "glance", ["eye"])
    with pytest.raises(UnknownName, match=r"'wing'.*eye"):
        masks_from_keypoints(demo_ws, file, "cat", "glance", ["wing"])
    with pytest.raises(MaskError, match="--points"):
        masks_from_keypoints(demo_ws, file, "cat", "glance", [" "])


def test_known_regions_become_masks_from_codes_and_from_pictures(demo_ws, tmp_path):
    first, second = demo_ws.catalogue.images(class_name="dog")[:2]
    region = np.zeros((first.height, first.width), dtype=bool)
    region[20:60, 30:70] = True
    half = Image.fromarray(region[::2, ::2])
    half.save(tmp_path / "region.png")
    document = {
        "images": [
            {"file": first.name, "class": "dog", "parts": {"chest": encode_rle(region)}},
            {"file": second.name, "class": "dog", "parts": {"chest": "region.png"}},
        ]
    }
    (tmp_path / "parts.json").write_text(json.dumps(document))
    (result,) = masks_from_parts(demo_ws, tmp_path / "parts.json")
    assert (result.concept, result.masks, result.skipped) == ("dog.chest", 2, ())
    np.testing.assert_array_equal(canvas_for(demo_ws, first.id, "dog.chest").region, region)
    np.testing.assert_array_equal(canvas_for(demo_ws, second.id, "dog.chest").region, region)


def test_region_files_stay_beside_the_list(demo_ws, tmp_path):
    image = demo_ws.catalogue.images(class_name="dog")[0]
    inside = tmp_path / "inside"
    inside.mkdir()
    Image.new("L", (128, 128), 255).save(tmp_path / "secret.png")
    entry = {"file": image.name, "class": "dog", "parts": {"chest": "../secret.png"}}
    (inside / "parts.json").write_text(json.dumps({"images": [entry]}))
    (result,) = masks_from_parts(demo_ws, inside / "parts.json")
    assert result.masks == 0
    assert "outside" in result.skipped[0]["reason"]


def test_a_selection_that_hides_the_animal_is_skipped(demo_ws, tmp_path):
    image = demo_ws.catalogue.images(class_name="dog")[0]
    whole = np.ones((image.height, image.width), dtype=bool)
    whole[:20] = False
    entry = {"file": image.name, "class": "dog", "parts": {"chest": encode_rle(whole)}}
    (tmp_path / "parts.json").write_text(json.dumps({"images": [entry]}))
    (result,) = masks_from_parts(demo_ws, tmp_path / "parts.json")
    assert "covers 84%" in result.skipped[0]["reason"]


def test_exported_masks_come_back_without_loss(demo_ws, tmp_path):
    file = tmp_path / "masks.json"
    before = demo_ws.catalogue.masks(class_name="cat", concept="nose")
    assert export_masks(demo_ws, file, "cat.nose") == len(before) > 0
    for record in before:
        demo_ws.catalogue.delete_mask(record.image_id, "cat", "nose", author="me", expected_version=record.version)
    (result,) = import_masks(demo_ws, file)
    assert (result.masks, result.skipped) == (len(before), ())
    after = demo_ws.catalogue.masks(class_name="cat", concept="nose")
    kept = ("image_id", "labels", "slic", "fill_label", "fill", "rle")
    assert [[getattr(r, k) for k in kept] for r in after] == [[getattr(r, k) for k in kept] for r in before]


def test_a_foreign_file_is_no_export(demo_ws, tmp_path):
    (tmp_path / "x.json").write_text('{"masks": [{"concept": 1}]')
    with pytest.raises(MaskError, match="sxai mask export"):
        import_masks(demo_ws, tmp_path / "x.json")
