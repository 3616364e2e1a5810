"""Masks from a person's clicks: stored at once, read back the same, conflicts told."""

import numpy as np
import pytest

from data_store.errors import CatalogueError
from sxai.errors import EditConflict, MaskError, SpaceError, UnknownName
from sxai.images.verbs.stored import read_canvas
from sxai.masks.mask import apply_mask
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.save import (
    add_concept,
    canvas_for,
    list_concepts,
    mask_queue,
    masked_preview,
    save_labels,
    save_region,
)


@pytest.fixture
def image(demo_project):
    add_concept(demo_project, "cat.face")
    return demo_project.catalogue.images(class_name="cat")[0]


def test_a_new_canvas_has_superpixels_and_no_selection(demo_project, image):
    canvas = canvas_for(demo_project, image.id, "cat.face")
    assert canvas.labels.shape == canvas.pieces.pixels.shape[:2]
    assert len(canvas.pieces.colours) == canvas.labels.max() + 1 == len(canvas.pieces.neighbours)
    assert (canvas.selected, canvas.version, canvas.region, canvas.fill_label) == ((), 0, None, None)
    assert canvas.pieces.jpeg[:2] == b"\xff\xd8"


def test_neighbours_are_mutual(demo_project, image):
    neighbours = canvas_for(demo_project, image.id, "cat.face").pieces.neighbours
    assert all(label in neighbours[other] for label, ring in enumerate(neighbours) for other in ring)


def test_clicks_are_stored_and_come_back(demo_project, image):
    saved = save_labels(demo_project, image.id, "cat.face", [2, 1], author="ann")
    canvas = canvas_for(demo_project, image.id, "cat.face")
    assert saved.version == canvas.version == 1
    assert canvas.selected == (1, 2)
    np.testing.assert_array_equal(canvas.region, np.isin(canvas.labels, [1, 2]))
    assert saved.pixels == canvas.region.sum()


def test_the_preview_is_the_stored_mask_applied(demo_project, image):
    saved = save_labels(demo_project, image.id, "cat.face", [3])
    preview = masked_preview(demo_project, image.id, "cat.face")
    plain = read_canvas(demo_project, image)
    inside = canvas_for(demo_project, image.id, "cat.face").region
    assert (preview[inside] == saved.fill).all()
    np.testing.assert_array_equal(preview[~inside], plain[~inside])


def test_a_picked_fill_is_kept(demo_project, image):
    canvas = canvas_for(demo_project, image.id, "cat.face")
    saved = save_labels(demo_project, image.id, "cat.face", [0], fill_label=4)
    np.testing.assert_allclose(saved.fill, canvas.pieces.colours[4], atol=1)
    assert canvas_for(demo_project, image.id, "cat.face").fill_label == 4


def test_a_fill_inside_the_selection_is_refused_and_nothing_changes(demo_project, image):
    save_labels(demo_project, image.id, "cat.face", [0])
    with pytest.raises(MaskError):
        save_labels(demo_project, image.id, "cat.face", [0, 1], fill_label=1)
    assert canvas_for(demo_project, image.id, "cat.face").selected == (0,)


def test_choosing_nothing_clears_the_mask(demo_project, image):
    save_labels(demo_project, image.id, "cat.face", [0])
    assert save_labels(demo_project, image.id, "cat.face", []).version == 0
    assert canvas_for(demo_project, image.id, "cat.face").version == 0
    actions = [event.action for event in demo_project.catalogue.mask_events(image.id, "cat", "face")]
    assert len(actions) == 2


def test_a_mask_survives_finer_superpixels(demo_project, image):
    save_labels(demo_project, image.id, "cat.face", [0, 1])
    coarse = canvas_for(demo_project, image.id, "cat.face")
    fine = canvas_for(demo_project, image.id, "cat.face", count=80)
    np.testing.assert_array_equal(coarse.region, fine.region)
    assert len(fine.pieces.colours) > len(coarse.pieces.colours)
    area = np.bincount(fine.labels.ravel())
    inside = np.bincount(fine.labels.ravel(), weights=fine.region.ravel())
    assert set(fine.selected) == set(np.flatnonzero(inside > area / 2))


def test_fine_pieces_are_stored_and_come_back(demo_project, image):
    canvas = canvas_for(demo_project, image.id, "cat.eyes")
    part = int(np.flatnonzero(canvas.pieces.nested.parents == 3)[-1])
    saved = save_labels(demo_project, image.id, "cat.eyes", [1, part], fill_label=2)
    assert saved.labels == (1, part)
    again = canvas_for(demo_project, image.id, "cat.eyes")
    assert again.selected == (1, part)
    assert again.fill_label == 2
    np.testing.assert_array_equal(again.region, canvas.pieces.covers([1, part]))
    np.testing.assert_allclose(again.fill, canvas.pieces.colours[2], atol=0.5)


def test_all_fine_pieces_of_a_superpixel_are_the_superpixel(demo_project, image):
    canvas = canvas_for(demo_project, image.id, "cat.eyes")
    parts = np.flatnonzero(canvas.pieces.nested.parents == 3)[1:].tolist()
    assert save_labels(demo_project, image.id, "cat.eyes", parts).labels == (3,)
    assert canvas_for(demo_project, image.id, "cat.eyes").selected == (3,)


def test_a_free_hand_mask_keeps_its_pixels(demo_project, image):
    region = np.zeros(read_canvas(demo_project, image).shape[:2], dtype=bool)
    region[10:30, 20:50] = True
    save_region(demo_project, image.id, "cat.face", region)
    canvas = canvas_for(demo_project, image.id, "cat.face")
    np.testing.assert_array_equal(canvas.region, region)
    assert save_region(demo_project, image.id, "cat.face", np.zeros_like(region)).version == 0


def test_two_people_on_one_image_see_each_other(demo_project, image):
    first = save_labels(demo_project, image.id, "cat.face", [0], author="ann")
    save_labels(demo_project, image.id, "cat.face", [1], author="bob", expected_version=first.version)
    with pytest.raises(EditConflict, match=r"cat\.face"):
        save_labels(demo_project, image.id, "cat.face", [2], author="ann", expected_version=first.version)
    with pytest.raises(EditConflict):
        save_labels(demo_project, image.id, "cat.face", [], author="ann", expected_version=first.version)
    assert canvas_for(demo_project, image.id, "cat.face").selected == (1,)


def test_labels_belong_to_the_superpixels_they_were_clicked_on(demo_project, image):
    slic = SlicParameters(count=60)
    saved = save_labels(demo_project, image.id, "cat.face", [5], slic=slic)
    canvas = canvas_for(demo_project, image.id, "cat.face")
    assert canvas.slic == slic
    assert (canvas.labels == 5).sum() == saved.pixels


def test_the_queue_leaves_out_what_is_masked_or_known_not_to_show_it(demo_project):
    queue = mask_queue(demo_project, "cat.eyes")
    masked = {record.image_id for record in demo_project.catalogue.masks(class_name="cat", concept="eyes")}
    presence = demo_project.catalogue.part_presence("eyes", "cat")
    assert queue
    assert not masked & set(queue)
    assert all(presence[image_id] for image_id in queue)
    assert set(mask_queue(demo_project, "cat.eyes", todo_only=False)) == masked | set(queue)


def test_concepts_need_a_known_class_and_a_full_name(demo_project):
    with pytest.raises(UnknownName, match=r"'bird'.*cat, dog"):
        add_concept(demo_project, "bird.eyes")
    with pytest.raises(SpaceError, match=r"class\.concept"):
        add_concept(demo_project, "eyes")
    add_concept(demo_project, "cat.tail")
    add_concept(demo_project, "cat.tail")
    assert [concept.name for concept in list_concepts(demo_project)].count("cat.tail") == 1


def test_applying_a_mask_changes_nothing_else(demo_project, image):
    from sxai.masks.verbs.save import stored_mask

    save_labels(demo_project, image.id, "cat.face", [1])
    mask = stored_mask(demo_project.catalogue.mask(image.id, "cat", "face"))
    plain = read_canvas(demo_project, image)
    masked = apply_mask(plain, mask)
    assert ((masked != plain).any(axis=2) <= mask.pixels).all()


@pytest.mark.parametrize(("name", "message"), [("", "has no name"), ("left.eye", "'left.eye' .* holds a dot")])
def test_names_that_no_concept_can_have_are_told_in_words(toy_project, name, message):
    with pytest.raises((SpaceError, CatalogueError), match=message):
        add_concept(toy_project, f"cat.{name}")
