"""What goes out comes back: every mask to the last pixel, with everything that this program knows of it."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from mask_files import EXPORTS

from sxai.masks.mask import decode_rle
from sxai.masks.verbs.exchange import FORMATS, export_masks, import_masks
from sxai.masks.verbs.save import canvas_for, save_region


def test_every_format_is_tried():
    assert {format for format, _, _ in EXPORTS} == set(FORMATS)


def test_masks_come_back_without_loss_and_the_format_is_recognised(shapes_project, twin, tmp_path, export, kept):
    format, name, polygons = export
    assert export_masks(shapes_project, tmp_path / name, format=format, polygons=polygons) == 5
    results = import_masks(twin, tmp_path / name)
    assert [(result.concept, result.added, result.skipped) for result in results] == [
        ("cat.dots", 1, ()),
        ("cat.ring", 4, ()),
    ]
    assert kept(twin) == kept(shapes_project)


def without_own(path):
    """The same COCO file as another program would have written it."""
    document = json.loads(path.read_text())
    for entry in (*document["images"], *document["annotations"]):
        entry.pop("sxai", None)
    path.write_text(json.dumps(document))


def test_pixels_alone_come_back_to_the_last_one_by_name(shapes_project, twin, tmp_path, kept):
    export_masks(shapes_project, tmp_path / "c.json", format="coco", polygons=True)
    without_own(tmp_path / "c.json")
    import_masks(twin, tmp_path / "c.json", author="Eve")
    before, after = kept(shapes_project), kept(twin)
    assert after.keys() == before.keys()
    for key, mask in after.items():
        assert mask[5] == before[key][5], "the pixels"
        assert (mask[1], mask[6], mask[7]) == (None, "import", "Eve")


def test_pixels_changed_elsewhere_come_back_as_a_new_version_without_the_superpixels_that_they_no_longer_are(
    shapes_project, ids, tmp_path
):
    export_masks(shapes_project, tmp_path / "c.json", "cat.ring", "coco")
    document = json.loads((tmp_path / "c.json").read_text())
    (changed,) = (one for one in document["annotations"] if one["image_id"] == ids[2])
    box = [[10, 10, 50, 10, 50, 90, 10, 90]]
    changed["segmentation"] = box
    (tmp_path / "c.json").write_text(json.dumps(document))
    before = shapes_project.catalogue.mask(ids[2], "cat", "ring")
    assert import_masks(shapes_project, tmp_path / "c.json")[0].replaced == 0, "masks that are there stay"
    (result,) = import_masks(shapes_project, tmp_path / "c.json", replace=True, author="cvat")
    assert (result.masks, result.added, result.replaced) == (4, 0, 1)
    after = shapes_project.catalogue.mask(ids[2], "cat", "ring")
    assert (after.labels, after.author, after.version) == (None, "cvat", before.version + 1)
    assert shapes_project.catalogue.mask_events(ids[2], "cat", "ring")[-1].before["labels"] == [2, 3]
    expected = np.zeros(SHAPE, dtype=bool)
    scale = SHAPE[0] / 300
    expected[round(10 * scale) : round(90 * scale), round(10 * scale) : round(50 * scale)] = True
    assert (decode_rle(after.rle) ^ expected).sum() < 0.1 * expected.sum()


SHAPE = (256, 358)
"""The canvas of a picture of 300 × 420 pixels."""


def test_the_canvas_is_what_this_file_takes_it_for(shapes_project, ids):
    assert canvas_for(shapes_project, ids[2], "cat.ring").labels.shape == SHAPE


def test_shapes_are_written_at_the_size_of_the_pictures(shapes_project, tmp_path):
    export_masks(shapes_project, tmp_path / "c.json", format="coco")
    document = json.loads((tmp_path / "c.json").read_text())
    assert {(one["height"], one["width"]) for one in document["images"]} == {(40, 40), (57, 91), (300, 420), (520, 260)}
    for annotation in document["annotations"]:
        (image,) = (one for one in document["images"] if one["id"] == annotation["image_id"])
        assert annotation["segmentation"]["size"] == [image["height"], image["width"]]
        left, top, width, height = annotation["bbox"]
        region = decode_rle(annotation["segmentation"])
        assert region[top : top + height, left : left + width].sum() == region.sum() == annotation["area"]


def test_names_of_pictures_and_concepts_cannot_leave_the_folder(shapes_project, tmp_path, monkeypatch):
    real = shapes_project.catalogue.images
    evil = "../../etc/../x\\..\\y.png"
    monkeypatch.setattr(
        shapes_project.catalogue, "images", lambda *a, **k: [replace(one, name=evil) for one in real(*a, **k)]
    )
    (tmp_path / "out").mkdir()
    export_masks(shapes_project, tmp_path / "out" / "masks.zip", "cat.dots", "png")
    with zipfile.ZipFile(tmp_path / "out" / "masks.zip") as archive:
        assert archive.namelist() == ["cat.dots/etc/x/y.png.png", "masks.json"]
    export_masks(shapes_project, tmp_path / "out" / "folder", "cat.dots", "png")
    assert {path.name for path in tmp_path.iterdir()} == {"out", "shapes"}


def test_a_label_of_many_masks_can_be_drawn_on_again_and_exported_again(shapes_project, twin, ids, tmp_path, kept):
    """Two rounds: nothing gathers up."""
    export_masks(shapes_project, tmp_path / "a.xml", format="cvat")
    import_masks(twin, tmp_path / "a.xml")
    region = np.zeros((40, 40), dtype=bool)
    region[3:9, 3:9] = True
    save_region(twin, twin.catalogue.images()[0].id, "cat.dots", region, author="Eve")
    export_masks(twin, tmp_path / "b.xml", format="cvat")
    import_masks(shapes_project, tmp_path / "b.xml", replace=True)
    assert kept(shapes_project) == kept(twin)
    assert Path(tmp_path / "b.xml").read_text().count("<image ") == 4
