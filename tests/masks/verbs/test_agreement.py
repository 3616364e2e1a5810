"""Do annotators mark the same: from the log of edits, and against somebody else's file."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from sxai.errors import MaskError
from sxai.masks.mask import decode_rle
from sxai.masks.verbs.agreement import mask_agreement
from sxai.masks.verbs.exchange import export_masks
from sxai.masks.verbs.save import save_labels, save_region


@pytest.fixture
def images(toy_project):
    toy_project.catalogue.add_concept("cat", "tail")
    return [image.id for image in toy_project.catalogue.images(class_name="cat", limit=4)]


def drawn(top, height):
    region = np.zeros((40, 40), dtype=bool)
    region[top : top + height] = True
    return region


def test_two_people_are_compared_by_the_last_mask_that_each_saved(toy_project, images):
    save_region(toy_project, images[0], "cat.tail", drawn(0, 30), "ada")
    save_region(toy_project, images[0], "cat.tail", drawn(0, 20), "ada")
    save_region(toy_project, images[0], "cat.tail", drawn(10, 20), "bob")
    save_region(toy_project, images[1], "cat.tail", drawn(0, 10), "ada")
    (pair,) = mask_agreement(toy_project, "cat.tail").pairs
    assert (pair.first, pair.second, pair.images, pair.edited) == ("ada", "bob", 1, 1)
    assert pair.iou == pytest.approx(10 / 30)
    assert pair.worst[0].image_id == images[0]


def test_a_mask_made_after_the_other_s_was_cleared_is_its_own(toy_project, images):
    save_region(toy_project, images[0], "cat.tail", drawn(0, 20), "ada")
    save_region(toy_project, images[0], "cat.tail", drawn(0, 0), "ada")
    save_region(toy_project, images[0], "cat.tail", drawn(0, 20), "bob")
    with pytest.raises(MaskError, match="no two people"):
        mask_agreement(toy_project, "cat.tail")


def test_a_file_is_compared_without_being_stored_and_kappa_is_cohen_s_over_all_superpixels(
    toy_project, images, tmp_path
):
    for image in images:
        save_labels(toy_project, image, "cat.tail", [0, 1], author="ada")
    export_masks(toy_project, tmp_path / "theirs.json", "cat.tail", "coco")
    first = []
    for number, image in enumerate(images):
        save_labels(toy_project, image, "cat.tail", [0, 1 + number], author="bob")
        first.append({0, 1 + number})
    before = toy_project.catalogue.mask_log()
    (pair,) = mask_agreement(toy_project, "cat.tail", tmp_path / "theirs.json").pairs
    assert toy_project.catalogue.mask_log() == before
    assert ({pair.first, pair.second}, pair.images, pair.edited) == ({"this project", "theirs.json"}, 4, 0)
    pieces = [sum((one.both, one.only_first, one.only_second, one.neither)) for one in pair.worst]
    a = [label in chosen for chosen, n in zip(first, pieces, strict=True) for label in range(n)]
    b = [label in {0, 1} for n in pieces for label in range(n)]
    assert pair.kappa == pytest.approx(cohen_kappa_score(a, b))
    assert pair.interval[0] <= pair.iou <= pair.interval[1]
    assert max(one.iou for one in pair.worst) == 1


def test_the_least_alike_come_first(toy_project, images):
    for height, image in zip((40, 20, 5), images, strict=False):
        save_region(toy_project, image, "cat.tail", drawn(0, min(height, 39)), "ada")
        save_region(toy_project, image, "cat.tail", drawn(0, 20), "bob")
    (pair,) = mask_agreement(toy_project, "cat.tail", worst=2).pairs
    assert [one.iou for one in pair.worst] == pytest.approx([0.25, 20 / 39])


def test_a_file_of_other_pictures_is_nothing_to_compare(toy_project, images, tmp_path):
    save_region(toy_project, images[0], "cat.tail", drawn(0, 20), "ada")
    (tmp_path / "x.json").write_text('{"format": "sxai-masks", "version": 1, "masks": []}')
    with pytest.raises(MaskError, match="no two people"):
        mask_agreement(toy_project, "cat.tail", tmp_path / "x.json")
    assert decode_rle(toy_project.catalogue.masks("cat", "tail")[0].rle).sum() == 800
