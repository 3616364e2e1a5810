"""Looking around: the checklist in every state, counts, filters of the gallery, and one image in detail."""

from pathlib import Path

import pytest
import toy

import sxai
from sxai.errors import QueryError, UnknownName
from sxai.workflows import (
    add_concept,
    add_model,
    assess_image,
    extract_spaces,
    list_concepts,
    mark,
    overview,
    predictions,
    sample_detail,
    samples,
    search,
    train_model,
)
from sxai.workflows.browse import checklist
from sxai.workflows.homes import DEMO

STEPS = [
    "Import photographs",
    "Choose a network",
    "Train its head",
    "Mask a concept",
    "Extract semantic spaces",
    "Assess an image",
]


def done(ws):
    return [step.title for step in overview(ws).checklist if step.done]


def test_the_checklist_grows_from_nothing_to_an_explained_prediction(empty_ws):
    shown = overview(empty_ws)
    assert [step.title for step in shown.checklist] == STEPS
    assert (shown.model, shown.classes, shown.concepts, shown.spaces, done(empty_ws)) == (None, [], [], [], [])
    assert shown.next_step.title == STEPS[0]

    toy.add_pictures(empty_ws, "cat", range(12))
    assert done(empty_ws) == []
    toy.add_pictures(empty_ws, "dog", range(12))
    assert done(empty_ws) == STEPS[:1]
    add_model(empty_ws, "toy", "toy:body")
    assert done(empty_ws) == STEPS[:2]
    train_model(empty_ws, "toy", learning_rate=0.2)
    assert done(empty_ws) == STEPS[:3]
    add_concept(empty_ws, "cat.eyes")
    images = empty_ws.catalogue.images(class_name="cat")
    for image in images[:2]:
        toy.mask_part(empty_ws, "cat.eyes", image)
    assert overview(empty_ws).next_step.title == STEPS[3]
    assert "2 images masked" in overview(empty_ws).next_step.hint
    toy.mask_part(empty_ws, "cat.eyes", images[2])
    assert done(empty_ws) == STEPS[:4]
    extract_spaces(empty_ws)
    assess_image(empty_ws, images[0].id)
    assert done(empty_ws) == STEPS
    assert overview(empty_ws).next_step is None


def test_a_step_becomes_undone_when_its_work_is_out_of_date(spaced_ws):
    assert "Extract semantic spaces" in done(spaced_ws)
    for space in overview(spaced_ws).spaces:
        class_name, part = space.name.split(".")
        (mask, *_) = spaced_ws.catalogue.masks(class_name=class_name, concept=part)
        toy.mask_part(spaced_ws, space.name, spaced_ws.catalogue.image(mask.image_id))
    assert overview(spaced_ws).next_step.title == "Extract semantic spaces"


def test_every_step_names_a_page_of_the_app():
    pages = Path(sxai.__file__).resolve().parent.parent / "pages"
    assert all((pages / f"{step.page}.py").exists() for step in checklist([], None, [], []))


def test_classes_are_counted_by_split(toy_ws):
    toy_ws.catalogue.set_split([image.id for image in toy_ws.catalogue.images(dataset="others")], "reference")
    assert overview(toy_ws).classes == [("cat", 15, 5, 4, 24), ("dog", 15, 5, 4, 24)]


def test_a_demo_says_that_it_is_one(toy_ws):
    assert overview(toy_ws).demo is False
    toy_ws.catalogue.set_setting(DEMO, {})
    assert overview(toy_ws).demo is True


def test_waiting_and_running_jobs_are_counted(empty_ws):
    _, second, third = (empty_ws.catalogue.add_job("extract", {}) for _ in range(3))
    empty_ws.catalogue.claim_job(second, 1)
    empty_ws.catalogue.finish_job(third, "failed", error="x")
    assert overview(empty_ws).jobs_running == 2


def test_concepts_tell_masks_and_known_parts(toy_ws):
    by_name = {concept.name: concept for concept in list_concepts(toy_ws)}
    presence = toy_ws.catalogue.part_presence("eyes", "cat")
    assert (by_name["cat.eyes"].masks, by_name["cat.eyes"].known_parts) == (6, sum(presence.values()))


def test_the_gallery_filters_by_class_split_and_mark(toy_ws):
    assert samples(toy_ws).total == 48
    assert {image.class_name for image in samples(toy_ws, class_name="dog").images} == {"dog"}
    page = samples(toy_ws, class_name="dog", split="val")
    assert (page.total, {image.split for image in page.images}) == (6, {"val"})
    chosen = page.images[2].id
    mark(toy_ws, [chosen], "bad sample")
    (marked,) = samples(toy_ws, mark="bad sample").images
    assert (marked.id, marked.marks) == (chosen, ["bad sample"])
    assert samples(toy_ws, class_name="cat", mark="bad sample").total == 0


def test_pages_of_the_gallery_cover_all_images_once(toy_ws):
    pages = [samples(toy_ws, page=number, per_page=20) for number in range(4)]
    assert [len(page.images) for page in pages] == [20, 20, 8, 0]
    assert {page.pages for page in pages} == {3}
    assert [image.id for page in pages for image in page.images] == [i.id for i in toy_ws.catalogue.images()]


def test_right_and_wrong_share_out_the_images_whose_class_is_known(toy_ws):
    dogs = toy_ws.catalogue.images(class_name="dog", limit=5)
    toy_ws.catalogue.set_class([image.id for image in dogs[:3]], "cat")
    toy_ws.catalogue.set_class([image.id for image in dogs[3:]], None)
    right, wrong = (samples(toy_ws, correctness=kind, per_page=100).images for kind in ("right", "wrong"))
    assert [image.id for image in wrong] == [image.id for image in dogs[:3]]
    assert all(image.predicted == image.class_name for image in right)
    assert len(right) + len(wrong) == 46


def test_the_gallery_in_the_order_of_a_search(spaced_ws):
    found = search(spaced_ws, "cat.eyes > 0.5", limit=None)
    page = samples(spaced_ws, query="cat.eyes > 0.5", split="train", per_page=100)
    assert [image.id for image in page.images] == [hit.image_id for hit in found.hits if hit.split == "train"]
    with pytest.raises(QueryError):
        samples(spaced_ws, query="cat.eyes >")


def test_predictions_are_the_class_of_the_largest_output(spaced_ws):
    images = spaced_ws.catalogue.images(limit=8)
    for image_id, (predicted, confidence) in predictions(spaced_ws, images).items():
        said = assess_image(spaced_ws, image_id, keep=False)
        assert (predicted, confidence) == (said.predicted, pytest.approx(said.confidence, abs=1e-5))
    assert list(predictions(spaced_ws, images)) == [image.id for image in images]


def test_without_a_trained_network_nothing_is_predicted(toy_ws):
    add_model(toy_ws, "raw", "toy:body")
    assert predictions(toy_ws, toy_ws.catalogue.images()) == {}
    assert {image.predicted for image in samples(toy_ws).images} == {None}
    assert samples(toy_ws, correctness="wrong").total == 0


def test_one_image_in_detail(spaced_ws):
    image = spaced_ws.catalogue.images(class_name="cat")[0]
    mark(spaced_ws, [image.id], "favourite")
    detail = sample_detail(spaced_ws, image.id)
    assert (detail.width, detail.height, detail.format) == (toy.SIDE, toy.SIDE, "PNG")
    assert sorted(mask["concept"] for mask in detail.masks) == ["cat.eyes", "cat.nose"]
    assert {mask["version"] for mask in detail.masks} == {1}
    _, regions = toy.draw("cat", toy.seed_of(image))
    assert detail.parts == {part: bool(region.any()) for part, region in regions.items()}
    assert detail.sample.marks == ["favourite"]
    assert detail.assessment.predicted == detail.sample.predicted


def test_looking_at_an_image_leaves_no_assessment_behind(spaced_ws):
    sample_detail(spaced_ws, spaced_ws.catalogue.images()[0].id)
    assert spaced_ws.catalogue.assessments() == []


def test_an_image_without_spaces_has_no_assessment(toy_ws):
    detail = sample_detail(toy_ws, toy_ws.catalogue.images()[0].id)
    assert detail.assessment is None
    assert detail.sample.predicted is not None


def test_an_image_that_is_not_there_is_told(toy_ws):
    with pytest.raises(UnknownName, match="no image 4711"):
        sample_detail(toy_ws, 4711)
