"""Masks without clicking: keypoints, known regions, and exchange between projects."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from sxai.errors import MaskError, UnknownName
from sxai.masks.mask import encode_rle
from sxai.masks.verbs.exchange import export_masks, import_masks
from sxai.masks.verbs.from_annotations import masks_from_keypoints, masks_from_parts
from sxai.masks.verbs.save import canvas_for


@pytest.fixture
def renamed(demo_project, monkeypatch):
    """Gives images of the project other names, which need not be unique."""
    real = demo_project.catalogue.images

    def rename(names):
        def images(*args, **kwargs):
            return [replace(image, name=names.get(image.id, image.name)) for image in real(*args, **kwargs)]

        monkeypatch.setattr(demo_project.catalogue, "images", images)

    return rename


def without_masks(project, concept):
    """Delete the masks of a concept; what they were."""
    class_name, part = concept.split(".")
    records = project.catalogue.masks(class_name=class_name, concept=part)
    for record in records:
        project.catalogue.delete_mask(record.image_id, class_name, part, author="me", expected_version=record.version)
    return records


def keypoint_file(path, project, spots, class_name="cat", scale=1.0):
    """COCO keypoints with the parts ``eye`` and ``paw`` for the first images of the class."""
    images = project.catalogue.images(class_name=class_name)[: len(spots)]
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


def test_superpixels_that_hold_the_points_are_masked(demo_project, tmp_path):
    file = tmp_path / "k.json"
    spots = [[(40, 30), (20, 100)], [None, (20, 100)], [(60, 64), None]]
    images = keypoint_file(file, demo_project, spots)
    result = masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"])
    assert (result.concept, result.masks) == ("cat.glance", 2)
    assert [entry["reason"] for entry in result.skipped] == ["the part is not visible"]
    canvas = canvas_for(demo_project, images[0].id, "cat.glance")
    assert canvas.selected == (canvas.labels[30, 40],)
    assert canvas.source == "keypoints"


def test_points_are_scaled_to_the_canvas(demo_project, tmp_path):
    file = tmp_path / "k.json"
    images = keypoint_file(file, demo_project, [[(80, 60), None]], scale=2.0)
    masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"])
    canvas = canvas_for(demo_project, images[0].id, "cat.glance")
    assert canvas.region[30, 40]


def test_any_point_is_enough_unless_all_are_required(demo_project, tmp_path):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_project, [[(40, 30), (20, 100)], [None, (20, 100)]])
    assert masks_from_keypoints(demo_project, file, "cat", "some", ["eye", "paw"]).masks == 2
    assert masks_from_keypoints(demo_project, file, "cat", "every", ["eye", "paw"], require="all").masks == 1


def test_no_more_masks_than_asked_for_and_running_again_adds_none(demo_project, tmp_path):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_project, [[(40, 30), None]] * 6)
    assert masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"], n=4).masks == 4
    assert masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"], n=4).masks == 4
    versions = [record.version for record in demo_project.catalogue.masks(class_name="cat", concept="glance")]
    assert versions == [1, 1, 1, 1]


def test_pictures_the_project_lacks_are_skipped_by_name(demo_project, tmp_path):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_project, [[(40, 30), None]])
    document = json.loads(file.read_text())
    document["images"][0]["file_name"] = "elsewhere.jpg"
    file.write_text(json.dumps(document))
    result = masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"])
    assert result.masks == 0
    assert result.skipped == ({"file": "elsewhere.jpg", "reason": "the project has no such image"},)


@pytest.mark.parametrize("text", ["not json", "{}", '{"images": [], "categories": 3, "annotations": []}', "[1]"])
def test_a_file_that_is_not_keypoints_is_refused(demo_project, tmp_path, text):
    file = tmp_path / "k.json"
    file.write_text(text)
    with pytest.raises(MaskError, match="COCO"):
        masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"])


def test_unknown_classes_and_parts_are_named(demo_project, tmp_path):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_project, [[(40, 30), None]])
    with pytest.raises(UnknownName, match=r"'bird'.*cat"):
        masks_from_keypoints(demo_project, file, "bird", "glance", ["eye"])
    with pytest.raises(UnknownName, match=r"'wing'.*eye"):
        masks_from_keypoints(demo_project, file, "cat", "glance", ["wing"])
    with pytest.raises(MaskError, match="--points"):
        masks_from_keypoints(demo_project, file, "cat", "glance", [" "])


def test_known_regions_become_masks_from_codes_and_from_pictures(demo_project, tmp_path):
    first, second = demo_project.catalogue.images(class_name="dog")[:2]
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
    (result,) = masks_from_parts(demo_project, tmp_path / "parts.json")
    assert (result.concept, result.masks, result.skipped) == ("dog.chest", 2, ())
    np.testing.assert_array_equal(canvas_for(demo_project, first.id, "dog.chest").region, region)
    np.testing.assert_array_equal(canvas_for(demo_project, second.id, "dog.chest").region, region)


def test_region_files_stay_beside_the_list(demo_project, tmp_path):
    image = demo_project.catalogue.images(class_name="dog")[0]
    inside = tmp_path / "inside"
    inside.mkdir()
    Image.new("L", (128, 128), 255).save(tmp_path / "secret.png")
    entry = {"file": image.name, "class": "dog", "parts": {"chest": "../secret.png"}}
    (inside / "parts.json").write_text(json.dumps({"images": [entry]}))
    (result,) = masks_from_parts(demo_project, inside / "parts.json")
    assert result.masks == 0
    assert "outside" in result.skipped[0]["reason"]


def test_a_selection_that_hides_the_animal_is_skipped(demo_project, tmp_path):
    image = demo_project.catalogue.images(class_name="dog")[0]
    whole = np.ones((image.height, image.width), dtype=bool)
    whole[:20] = False
    entry = {"file": image.name, "class": "dog", "parts": {"chest": encode_rle(whole)}}
    (tmp_path / "parts.json").write_text(json.dumps({"images": [entry]}))
    (result,) = masks_from_parts(demo_project, tmp_path / "parts.json")
    assert "covers 84%" in result.skipped[0]["reason"]


KEPT = ("image_id", "labels", "slic", "fill_label", "fill", "rle", "source", "author", "note")


def kept(records):
    return [[getattr(record, key) for key in KEPT] for record in records]


def test_exported_masks_come_back_without_loss(demo_project, tmp_path):
    file = tmp_path / "masks.json"
    large = demo_project.catalogue.masks(class_name="cat", concept="nose")[0]
    image = demo_project.catalogue.images(ids=[large.image_id])[0]
    whole = np.ones((image.height, image.width), dtype=bool)
    whole[:20] = False
    demo_project.catalogue.save_mask(
        large.image_id,
        "cat",
        "nose",
        None,
        None,
        None,
        (1, 2, 3),
        encode_rle(whole),
        "manual",
        "Ada",
        expected_version=large.version,
        note="nearly all of it",
    )
    before = demo_project.catalogue.masks(class_name="cat", concept="nose")
    assert export_masks(demo_project, file, "cat.nose") == len(before) > 1
    without_masks(demo_project, "cat.nose")
    (result,) = import_masks(demo_project, file)
    assert (result.masks, result.added, result.skipped) == (len(before), len(before), ())
    after = demo_project.catalogue.masks(class_name="cat", concept="nose")
    assert kept(after) == kept(before)
    assert {record.author for record in after} > {"Ada"}
    assert (import_masks(demo_project, file)[0].masks, import_masks(demo_project, file)[0].added) == (len(before), 0)


def test_images_of_one_name_get_their_own_masks_by_content(demo_project, tmp_path, renamed):
    file = tmp_path / "masks.json"
    renamed({image.id: "cat/same.png" for image in demo_project.catalogue.images(class_name="cat")})
    export_masks(demo_project, file, "cat.nose")
    document = json.loads(file.read_text())
    for entry in document["masks"]:
        entry["file"] = "cat/same.png"
    file.write_text(json.dumps(document))
    before = without_masks(demo_project, "cat.nose")
    (result,) = import_masks(demo_project, file)
    assert (result.added, result.skipped) == (len(before), ())
    assert kept(demo_project.catalogue.masks(class_name="cat", concept="nose")) == kept(before)


def test_a_name_stands_for_an_image_only_when_no_other_has_it(demo_project, tmp_path, renamed):
    first, second, third = demo_project.catalogue.images(class_name="cat")[:3]
    file = tmp_path / "k.json"
    renamed({first.id: "a/x.png", second.id: "b/x.png", third.id: "b/y.png"})
    keypoint_file(file, demo_project, [[(40, 30), None]] * 3)
    document = json.loads(file.read_text())
    for image, name in zip(document["images"], ["b/x.png", "c/x.png", "c/y.png"], strict=True):
        image["file_name"] = name
    file.write_text(json.dumps(document))
    result = masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"])
    assert result.skipped == ({"file": "c/x.png", "reason": "several images have this name"},)
    masked = demo_project.catalogue.masks(class_name="cat", concept="glance")
    assert {record.image_id for record in masked} == {second.id, third.id}


def test_a_whole_name_that_several_images_have_is_skipped(demo_project, tmp_path, renamed):
    first, second = demo_project.catalogue.images(class_name="dog")[:2]
    renamed({first.id: "x.png", second.id: "x.png"})
    rle = encode_rle(np.eye(128, dtype=bool))
    (tmp_path / "parts.json").write_text(
        json.dumps({"images": [{"file": "x.png", "class": "dog", "parts": {"chest": rle}}]})
    )
    (result,) = masks_from_parts(demo_project, tmp_path / "parts.json")
    assert (result.masks, result.skipped[0]["reason"]) == (0, "several images have this name")


def exported(project, file, change=None):
    """One exported mask that is then deleted, changed on the way."""
    export_masks(project, file, "cat.nose")
    before = without_masks(project, "cat.nose")[0]
    entry = json.loads(file.read_text())["masks"][0] | (change or {})
    file.write_text(json.dumps({"masks": [entry]}))
    return before, entry


def test_a_second_mask_for_the_same_image_is_told(demo_project, tmp_path):
    _, entry = exported(demo_project, tmp_path / "m.json")
    (tmp_path / "m.json").write_text(json.dumps({"masks": [entry, entry]}))
    (result,) = import_masks(demo_project, tmp_path / "m.json")
    assert (result.added, [item["reason"] for item in result.skipped]) == (
        1,
        ["the file has another mask for the same image"],
    )


def test_an_unknown_content_is_found_by_name_and_a_known_one_never_is(demo_project, tmp_path):
    before, entry = exported(demo_project, tmp_path / "m.json", {"sha256": "unknown"})
    assert import_masks(demo_project, tmp_path / "m.json")[0].added == 1
    assert [r.image_id for r in demo_project.catalogue.masks(class_name="cat", concept="nose")] == [before.image_id]
    dog = demo_project.catalogue.images(class_name="dog")[0]
    other = entry | {"sha256": dog.sha256, "concept": "cat.chin"}
    (tmp_path / "m.json").write_text(json.dumps({"masks": [other]}))
    with pytest.raises(MaskError, match="the project has it in class 'dog'"):
        import_masks(demo_project, tmp_path / "m.json")


def test_imported_masks_are_scaled_but_not_bent(demo_project, tmp_path):
    half = np.zeros((64, 64), dtype=bool)
    half[10:20, 10:20] = True
    before, entry = exported(demo_project, tmp_path / "m.json", {"rle": encode_rle(half)})
    assert import_masks(demo_project, tmp_path / "m.json")[0].added == 1
    assert canvas_for(demo_project, before.image_id, "cat.nose").region[20:40, 20:40].all()
    wide = entry | {"concept": "cat.chin", "rle": encode_rle(half[:32])}
    (tmp_path / "m.json").write_text(json.dumps({"masks": [wide]}))
    with pytest.raises(MaskError, match="the annotation is for a picture of another shape"):
        import_masks(demo_project, tmp_path / "m.json")


@pytest.mark.parametrize(
    "change",
    [
        {"fill": [0, 0, 300]},
        {"labels": ["a"]},
        {"slic": {"pieces": 1}},
        {"rle": {}},
        {"source": "dream"},
        {"concept": "nose"},
        {"concept": 3},
        {"file": None},
        {"sha256": []},
        {"author": 3},
        {"note": "\ud800"},
    ],
    ids=str,
)
def test_one_malformed_entry_is_named_and_nothing_is_imported(demo_project, tmp_path, change):
    _, entry = exported(demo_project, tmp_path / "m.json", {"concept": "cat.chin"})
    (tmp_path / "m.json").write_text(json.dumps({"masks": [entry, entry | change]}))
    before = (demo_project.catalogue.concepts(), demo_project.catalogue.masks())
    with pytest.raises(MaskError, match="entry 2 of"):
        import_masks(demo_project, tmp_path / "m.json")
    assert (demo_project.catalogue.concepts(), demo_project.catalogue.masks()) == before


def test_entries_that_are_none_or_lack_keys_are_named(demo_project, tmp_path):
    _, entry = exported(demo_project, tmp_path / "m.json")
    for wrong in [3, "x", [], None, *({k: v for k, v in entry.items() if k != key} for key in ("fill", "sha256"))]:
        (tmp_path / "m.json").write_text(json.dumps({"masks": [wrong]}))
        with pytest.raises(MaskError, match="entry 1 of"):
            import_masks(demo_project, tmp_path / "m.json")


def test_an_unknown_class_is_listed_and_the_rest_imported_unless_all_or_nothing_is_asked_for(demo_project, tmp_path):
    _, entry = exported(demo_project, tmp_path / "m.json", {"concept": "cat.chin"})
    (tmp_path / "m.json").write_text(json.dumps({"masks": [entry, entry | {"concept": "zebra.chin"}]}))
    before = demo_project.catalogue.concepts()
    with pytest.raises(MaskError, match=r"no class 'zebra'.*Nothing was imported"):
        import_masks(demo_project, tmp_path / "m.json", strict=True)
    assert demo_project.catalogue.concepts() == before
    chin, zebra = import_masks(demo_project, tmp_path / "m.json")
    assert (chin.concept, chin.added) == ("cat.chin", 1)
    assert (zebra.concept, zebra.masks) == ("zebra.chin", 0)
    assert "no class 'zebra'" in zebra.skipped[0]["reason"]


def test_masks_without_an_origin_are_imports_of_the_caller(demo_project, tmp_path):
    _, entry = exported(demo_project, tmp_path / "m.json")
    bare = {key: value for key, value in entry.items() if key not in ("source", "author", "note")}
    (tmp_path / "m.json").write_text(json.dumps({"masks": [bare]}))
    import_masks(demo_project, tmp_path / "m.json", author="Ada")
    (record,) = demo_project.catalogue.masks(class_name="cat", concept="nose")
    assert (record.source, record.author, record.note) == ("import", "Ada", "")


def resized(file, width, height):
    document = json.loads(file.read_text())
    document["images"][0] |= {"width": width, "height": height}
    file.write_text(json.dumps(document))


def test_points_set_on_another_shape_are_skipped(demo_project, tmp_path):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_project, [[(40, 30), None]])
    resized(file, 256, 128)
    result = masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"])
    assert (result.added, result.skipped[0]["reason"]) == (0, "the annotation is for a picture of another shape")
    resized(file, 257, 256)
    assert masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"]).added == 1


@pytest.mark.parametrize("size", [(0, 128), (128, -1), (float("inf"), 128)], ids=str)
def test_a_size_that_no_picture_has_is_refused(demo_project, tmp_path, size):
    file = tmp_path / "k.json"
    keypoint_file(file, demo_project, [[(40, 30), None]])
    resized(file, *size)
    with pytest.raises(MaskError):
        masks_from_keypoints(demo_project, file, "cat", "glance", ["eye"])


def test_points_are_required_in_one_of_two_ways(demo_project, tmp_path):
    keypoint_file(tmp_path / "k.json", demo_project, [[(40, 30), None]])
    with pytest.raises(MaskError, match=r"'al'.*any or all"):
        masks_from_keypoints(demo_project, tmp_path / "k.json", "cat", "glance", ["eye"], require="al")


def test_a_file_that_is_not_there_is_not_called_malformed(demo_project, tmp_path):
    file = tmp_path / "none.json"
    for read in (masks_from_parts, import_masks, lambda *a: masks_from_keypoints(*a, "cat", "glance", ["eye"])):
        with pytest.raises(MaskError, match=r"none\.json cannot be read"):
            read(demo_project, file)


def test_a_foreign_file_is_no_export(demo_project, tmp_path):
    (tmp_path / "x.json").write_text('{"masks": [{"concept": 1}]')
    with pytest.raises(MaskError, match="sxai mask export"):
        import_masks(demo_project, tmp_path / "x.json")
