"""Files as other programs write them; brush masks are what label-studio-sdk 2.1.2 printed for the same pixels."""

import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from sxai.errors import MaskError
from sxai.images.verbs.stored import read_canvas
from sxai.masks.formats.label_studio import pack, unpack
from sxai.masks.mask import decode_rle, encode_rle
from sxai.masks.regions import compress
from sxai.masks.superpixels import superpixels
from sxai.masks.verbs.exchange import import_masks
from sxai.masks.verbs.from_annotations import masks_from_parts

SQUARE = [[10, 20], [30, 20], [30, 40], [10, 40]]
"""20 × 20 pixels of a picture of 40 × 40 or more."""


def square(shape=(40, 40)):
    region = np.zeros(shape, dtype=bool)
    region[20:40, 10:30] = True
    return region


def region(project, concept, name="cats/0.png"):
    (mask,) = (one for one in project.catalogue.masks() if (one.full_name, one.image_name) == (concept, name))
    return decode_rle(mask.rle)


def coco(segmentation, category, size=(40, 40), file="0.png"):
    return {
        "images": [{"id": 5, "file_name": file, "height": size[0], "width": size[1]}],
        "categories": [{"id": 2, **category}],
        "annotations": [{"id": 1, "image_id": 5, "category_id": 2, "segmentation": segmentation}],
    }


def written(path, document):
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    "category",
    [
        {"name": "cat.box"},
        {"name": "box", "supercategory": "cat"},
        {"name": "box"},
        {"name": "box", "supercategory": "box"},
    ],
    ids=str,
)
def test_a_category_is_a_concept_by_its_full_name_or_beside_its_class_or_of_the_picture_s_class(
    twin, tmp_path, category
):
    file = written(tmp_path / "c.json", coco([[10, 20, 30, 20, 30, 40, 10, 40]], category))
    (result,) = import_masks(twin, file)
    assert (result.concept, result.added) == ("cat.box", 1)
    np.testing.assert_array_equal(region(twin, "cat.box"), square())


def test_compressed_and_plain_runs_are_read(twin, tmp_path):
    runs = encode_rle(square())
    file = written(tmp_path / "a.json", coco({**runs, "counts": compress(runs["counts"])}, {"name": "cat.a"}))
    import_masks(twin, file)
    import_masks(twin, written(tmp_path / "b.json", coco(runs, {"name": "cat.b"})))
    np.testing.assert_array_equal(region(twin, "cat.a"), square())
    np.testing.assert_array_equal(region(twin, "cat.b"), square())


def test_instances_of_one_category_are_one_mask(twin, tmp_path):
    document = coco([[10, 20, 30, 20, 30, 40, 10, 40]], {"name": "cat.eyes"})
    document["annotations"].append({**document["annotations"][0], "id": 2, "segmentation": [[0, 0, 5, 0, 5, 5, 0, 5]]})
    (result,) = import_masks(twin, written(tmp_path / "c.json", document))
    assert (result.masks, result.skipped) == (1, ())
    assert region(twin, "cat.eyes").sum() == 400 + 25


def test_key_points_alone_say_what_to_do_with_them(twin, tmp_path):
    document = coco([], {"name": "cat"})
    document["annotations"][0]["keypoints"] = [1, 1, 2]
    with pytest.raises(MaskError, match="sxai mask from-keypoints"):
        import_masks(twin, written(tmp_path / "c.json", document))


def test_pictures_that_are_not_here_are_told(twin, tmp_path):
    for name, concept in (("box", "box"), ("cat.box", "cat.box")):
        file = written(tmp_path / "c.json", coco([[10, 20, 30, 20, 30, 40, 10, 40]], {"name": name}, file="9.png"))
        with pytest.raises(MaskError, match=r"9\.png: the project has no such image"):
            import_masks(twin, file)
        assert concept not in [record.full_name for record in twin.catalogue.concepts()]


def test_label_studio_s_brush_is_read_and_written_as_its_own_converter_does():
    small = np.array([[0, 1, 1], [0, 0, 1]], dtype=bool)
    theirs = [0, 0, 0, 24, 57, 27, 252, 96, 19, 255, 206, 1, 31, 248]
    assert pack(small) == theirs
    np.testing.assert_array_equal(unpack(theirs, (2, 3)), small)
    values_one_by_one = [0, 0, 0, 12, 57, 27, 252, 96, 0, 0, 128, 4, 0, 24, 31, 241, 132, 128]
    assert unpack(values_one_by_one, (1, 3)).tolist() == [[False, True, True]]
    large = square((300, 400))
    np.testing.assert_array_equal(unpack(pack(large), (300, 400)), large)


@pytest.mark.parametrize(
    ("rle", "size"), [([0, 0], (1, 1)), (pack(square()), (40, 41)), (pack(square())[:-2], (40, 40))]
)
def test_a_damaged_brush_is_refused(rle, size):
    with pytest.raises(MaskError, match="brush mask"):
        unpack(rle, size)


def task(*results, image="/data/upload/1/0a1b2c3d-0.png", size=(40, 40), **more):
    return {
        "id": 1,
        "data": {"image": image},
        "annotations": [
            {
                "completed_by": {"email": "ada@lab"},
                "result": [
                    {
                        "type": kind,
                        "original_height": size[0],
                        "original_width": size[1],
                        "value": {kind: [label], **value},
                    }
                    for kind, label, value in results
                ],
            }
            | more
        ],
    }


def test_label_studio_s_shapes_of_an_uploaded_picture_are_read(twin, tmp_path):
    percent = [[x * 2.5, y * 2.5] for x, y in SQUARE]
    file = written(
        tmp_path / "ls.json",
        [
            task(
                ("polygonlabels", "line", {"points": percent}),
                ("rectanglelabels", "box", {"x": 25, "y": 50, "width": 50, "height": 50, "rotation": 0}),
                ("brushlabels", "brush", {"format": "rle", "rle": pack(square())}),
                ("choices", "x", {"choices": ["unsure"]}),
            )
        ],
    )
    results = import_masks(twin, file)
    assert {result.concept for result in results} == {"cat.line", "cat.box", "cat.brush"}
    for result in results:
        np.testing.assert_array_equal(region(twin, result.concept), square())
    assert {mask.author for mask in twin.catalogue.masks()} == {"ada@lab"}


def test_key_points_of_label_studio_and_cvat_become_the_superpixels_that_hold_them(twin, tmp_path):
    studio = task(
        ("keypointlabels", "a", {"x": 25, "y": 50}),
        ("keypointlabels", "a", {"x": 90, "y": 90}),
        image="2.png",
        size=(300, 420),
    )
    import_masks(twin, written(tmp_path / "ls.json", [studio]))
    points = '<points label="b" points="105,150;378,270"/>'
    xml = f'<annotations><image name="2.png" width="420" height="300">{points}</image></annotations>'
    (tmp_path / "cvat.xml").write_text(xml)
    import_masks(twin, tmp_path / "cvat.xml")
    image = twin.catalogue.images()[2]
    pixels = read_canvas(twin, image)
    labels = superpixels(pixels)
    height, width = labels.shape
    chosen = sorted(
        {int(labels[int(0.5 * height), int(0.25 * width)]), int(labels[int(0.9 * height), int(0.9 * width)])}
    )
    for concept in ("a", "b"):
        mask = twin.catalogue.mask(image.id, "cat", concept)
        assert list(mask.labels) == chosen
        np.testing.assert_array_equal(decode_rle(mask.rle), np.isin(labels, chosen))


def test_cancelled_annotations_and_tasks_without_any_are_passed_over(twin, tmp_path):
    box = ("rectanglelabels", "box", {"x": 25, "y": 50, "width": 50, "height": 50})
    file = written(tmp_path / "ls.json", [task(box, was_cancelled=True), {"id": 2, "data": {"image": "x.png"}}])
    with pytest.raises(MaskError, match="it holds none"):
        import_masks(twin, file)


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><name>t</name></task></meta>
<image id="0" name="cats/0.png" width="40" height="40">
  <mask label="cat.mask" source="manual" rle="0, 400" left="10" top="20" width="20" height="20" z_order="0">
  </mask>
  <polygon label="polygon" points="10.00,20.00;30.00,20.00;30.00,40.00;10.00,40.00"><attribute name="a">b</attribute>
  </polygon>
  <box label="box" xtl="10.0" ytl="20.0" xbr="30.0" ybr="40.0"></box>
  <polyline label="line" points="1,1;2,2"></polyline><tag label="odd"></tag>
</image></annotations>"""


@pytest.mark.parametrize("zipped", [False, True])
def test_cvat_s_shapes_are_read_alone_or_from_its_zip(twin, tmp_path, zipped):
    file = tmp_path / ("cvat.zip" if zipped else "cvat.xml")
    if zipped:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("annotations.xml", CVAT)
            archive.writestr("images/0.png", b"not looked at")
    else:
        file.write_text(CVAT)
    results = import_masks(twin, file)
    *done, line = results
    assert {result.concept for result in done} == {"cat.mask", "cat.polygon", "cat.box"}
    assert line.skipped == ({"file": "cats/0.png", "reason": "a polyline has no area; draw a polygon or a mask"},)
    for result in done:
        np.testing.assert_array_equal(region(twin, result.concept), square())


@pytest.mark.parametrize(
    "wrong",
    [
        CVAT.replace("0, 400", "0, 399"),
        CVAT.replace('left="10"', 'left="30"'),
        CVAT.replace("0, 400", "x"),
        CVAT.replace("10.00,20.00;", "10.00;"),
        CVAT.replace('height="40"', 'height="tall"'),
    ],
    ids=range(5),
)
def test_an_entry_that_is_wrong_is_listed_and_with_strict_nothing_is_imported(twin, tmp_path, wrong):
    (tmp_path / "c.xml").write_text(wrong)
    with pytest.raises(MaskError, match=r"c\.xml"):
        import_masks(twin, tmp_path / "c.xml", strict=True)
    assert twin.catalogue.masks() == twin.catalogue.concepts() == []
    if 'height="tall"' in wrong:
        with pytest.raises(MaskError, match="no mask came of"):
            import_masks(twin, tmp_path / "c.xml")
        return
    results = import_masks(twin, tmp_path / "c.xml")
    assert sum(result.masks for result in results) == 2
    assert [item["file"] for result in results for item in result.skipped] == ["cats/0.png"] * 2


@pytest.mark.parametrize(
    "text", ["<a", "", '<!DOCTYPE x [<!ENTITY a "aaaa">]><annotations>&a;</annotations>'], ids=range(3)
)
def test_damaged_or_harmful_xml_is_refused(twin, tmp_path, text):
    (tmp_path / "c.xml").write_text(text)
    with pytest.raises(MaskError, match="XML file"):
        import_masks(twin, tmp_path / "c.xml")


def test_black_and_white_pictures_are_masks_of_the_picture_of_their_name(twin, tmp_path):
    for name in ("cat.a/0.png", "b/cats/1.png", "cat.c/0.png.png"):
        path = tmp_path / "masks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = (57, 91) if "1.png" in name else (40, 40)
        Image.fromarray(square(shape).astype(np.uint8) * 255).save(path)
    results = import_masks(twin, tmp_path / "masks")
    assert [(result.concept, result.added, result.skipped) for result in results] == [
        ("cat.a", 1, ()),
        ("cat.b", 1, ()),
        ("cat.c", 1, ()),
    ]
    np.testing.assert_array_equal(region(twin, "cat.b", "cats/1.png"), square((57, 91)))


def test_pictures_without_folders_are_no_masks(twin, tmp_path):
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "0.png").write_bytes(b"")
    with pytest.raises(MaskError, match=r"CONCEPT/NAME\.png"):
        import_masks(twin, tmp_path / "masks")


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"", b"\x00" * 100])
def test_a_broken_zip_is_refused(twin, tmp_path, content):
    (tmp_path / "m.zip").write_bytes(content)
    with pytest.raises(MaskError, match="no file of masks"):
        import_masks(twin, tmp_path / "m.zip")


@pytest.mark.parametrize(
    "document", ["3", "{}", '{"annotations": 3}', '[{"annotations": [3]}]', "nonsense", '{"masks": 3}']
)
def test_json_that_is_no_masks_is_refused(twin, tmp_path, document):
    (tmp_path / "m.json").write_text(document)
    with pytest.raises(MaskError, match=r"m\.json"):
        import_masks(twin, tmp_path / "m.json")


def test_an_empty_shape_is_named(twin, tmp_path):
    file = written(tmp_path / "c.json", coco([[0, 0, 0, 0, 0, 0]], {"name": "cat.box"}))
    with pytest.raises(MaskError, match=r"0\.png: it marks no pixel"):
        import_masks(twin, file)


def test_what_other_programs_draw_means_the_same_here(twin, tmp_path):
    """Turned boxes, ellipses and skeletons of CVAT, on a picture of 40 × 40."""
    shapes = """<box label="turned" xtl="0" ytl="15" xbr="40" ybr="25" rotation="90"></box>
      <ellipse label="round" cx="20" cy="20" rx="10" ry="5" rotation="90"></ellipse>
      <skeleton label="face"><points label="left" points="10,10" outside="0"></points>
        <points label="right" points="30,10" outside="1"></points></skeleton>"""
    (tmp_path / "c.xml").write_text(
        f'<annotations><image id="0" name="0.png" width="40" height="40">{shapes}</image></annotations>'
    )
    results = import_masks(twin, tmp_path / "c.xml")
    assert sorted(result.concept for result in results) == ["cat.left", "cat.round", "cat.turned"]
    turned = region(twin, "cat.turned")
    rows, columns = np.flatnonzero(turned.any(axis=1)), np.flatnonzero(turned.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (0, 39, 15, 24)
    tall = region(twin, "cat.round")
    assert tall.any(axis=1).sum() > 1.7 * tall.any(axis=0).sum()


def test_label_studio_s_ellipses_turned_boxes_and_other_keys(twin, tmp_path):
    box = ("rectanglelabels", "box", {"x": 75, "y": 25, "width": 50, "height": 25, "rotation": 90})
    oval = ("ellipselabels", "oval", {"x": 50, "y": 50, "radiusX": 25, "radiusY": 10, "rotation": 0})
    ghost = ("keypointlabels", "spot", {"width": 1})
    document = task(box, oval, ghost)
    document["data"] = {"img": f"/data/local-files/?d=photos%2F{document['data'].pop('image')}", "note": "x"}
    results = import_masks(twin, written(tmp_path / "ls.json", [document]))
    assert {result.concept: result.masks for result in results} == {"cat.box": 1, "cat.oval": 1, "spot": 0}
    [told] = [item for result in results for item in result.skipped]
    assert told["reason"] == "it has no 'x'"
    found = region(twin, "cat.box")
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (10, 29, 20, 29)


def test_predictions_and_tracks_say_what_they_are(twin, tmp_path):
    document = {"id": 1, "data": {"image": "0.png"}, "annotations": [], "predictions": [{"result": []}]}
    with pytest.raises(MaskError, match="predictions only"):
        import_masks(twin, written(tmp_path / "ls.json", [document]))
    (tmp_path / "v.xml").write_text('<annotations><track id="0" label="cat"></track></annotations>')
    with pytest.raises(MaskError, match="tracks of a video"):
        import_masks(twin, tmp_path / "v.xml")


def test_a_supercategory_is_a_class_only_where_the_project_has_it(twin, tmp_path):
    shape = [[10, 20, 30, 20, 30, 40, 10, 40]]
    for name, parent in (("own", "cat"), ("other", "pet-parts")):
        file = written(tmp_path / "c.json", coco(shape, {"name": name, "supercategory": parent}))
        assert [result.concept for result in import_masks(twin, file)] == [f"cat.{name}"]


def test_sizes_that_no_picture_has_take_no_memory(twin, tmp_path):
    document = coco([[10, 20, 30, 20, 30, 40, 10, 40]], {"name": "box"})
    document["images"][0] |= {"width": 10**6, "height": 10**6}
    with pytest.raises(MaskError, match="1000000 × 1000000 pixels, which no picture has"):
        import_masks(twin, written(tmp_path / "c.json", document))


def test_a_document_of_endless_elements_is_refused(twin, tmp_path, monkeypatch):
    monkeypatch.setattr("sxai.masks.formats.cvat.MAX_ELEMENTS", 50)
    (tmp_path / "c.xml").write_text(f"<annotations>{'<a/>' * 60}</annotations>")
    with pytest.raises(MaskError, match="more than 50 elements"):
        import_masks(twin, tmp_path / "c.xml")


@pytest.mark.parametrize("name", ["x.xml", "x.json"])
def test_a_refusal_never_quotes_the_file(twin, tmp_path, name):
    """Whoever may name a path must not read a file by it."""
    (tmp_path / name).write_bytes(b"TOPSECRET\n" * 5000 + b"\xff")
    for format in (None, "coco", "cvat", "label-studio"):
        with pytest.raises(MaskError) as refused:
            import_masks(twin, tmp_path / name, format=format)
        assert "TOPSECRET" not in str(refused.value)
        assert len(str(refused.value)) < 600
    with pytest.raises(MaskError) as refused:
        masks_from_parts(twin, tmp_path / name)
    assert "TOPSECRET" not in str(refused.value)


def test_thousands_of_shapes_make_one_mask(twin, tmp_path):
    boxes = "".join(f'<box label="hair" xtl="{x}" ytl="0" xbr="{x + 1}" ybr="9"/>' for x in range(20)) * 100
    (tmp_path / "c.xml").write_text(
        f'<annotations><image name="0.png" width="40" height="40">{boxes}</image></annotations>'
    )
    [result] = import_masks(twin, tmp_path / "c.xml")
    assert (result.concept, result.masks) == ("cat.hair", 1)
    assert region(twin, "cat.hair")[:9, :20].all()
