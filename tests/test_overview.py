"""Looking around: the checklist in every state, counts, filters of the gallery, and one image in detail."""

from pathlib import Path

import pytest
import toy

import sxai
from sxai.assess.verbs.assess import assess_image
from sxai.errors import QueryError, UnknownName
from sxai.masks.verbs.save import add_concept, list_concepts
from sxai.networks.verbs.networks import add_model
from sxai.networks.verbs.train import train_model
from sxai.overview import checklist, overview, predictions, sample_detail, samples
from sxai.project.homes import DEMO
from sxai.search.verbs.search import mark, search
from sxai.spaces.verbs.extract import extract_spaces

STEPS = [
    "Import photographs",
    "Choose a network",
    "Train its head",
    "Mask a concept",
    "Mask another class too",
    "Extract semantic spaces",
    "Assess an image",
]


def done(project):
    return [step.title for step in overview(project).checklist if step.done]


def test_the_checklist_grows_from_nothing_to_an_explained_prediction(empty_project):
    shown = overview(empty_project)
    assert [step.title for step in shown.checklist] == STEPS
    assert (shown.model, shown.classes, shown.concepts, shown.spaces, done(empty_project)) == (None, [], [], [], [])
    assert shown.next_step.title == STEPS[0]

    toy.add_pictures(empty_project, "cat", range(12))
    assert done(empty_project) == []
    toy.add_pictures(empty_project, "dog", range(12))
    assert done(empty_project) == STEPS[:1]
    add_model(empty_project, "toy", "toy:body")
    assert done(empty_project) == STEPS[:2]
    train_model(empty_project, "toy", learning_rate=0.2)
    assert done(empty_project) == STEPS[:3]
    add_concept(empty_project, "cat.eyes")
    images = empty_project.catalogue.images(class_name="cat")
    for image in images[:2]:
        toy.mask_part(empty_project, "cat.eyes", image)
    assert overview(empty_project).next_step.title == STEPS[3]
    assert "2 images masked" in overview(empty_project).next_step.hint
    toy.mask_part(empty_project, "cat.eyes", images[2])
    assert done(empty_project) == STEPS[:4]
    assert "dog has no concept yet" in overview(empty_project).next_step.hint
    add_concept(empty_project, "dog.eyes")
    for image in empty_project.catalogue.images(class_name="dog")[:3]:
        toy.mask_part(empty_project, "dog.eyes", image)
    assert done(empty_project) == STEPS[:5]
    assert "cat.eyes, dog.eyes" in overview(empty_project).next_step.hint
    extract_spaces(empty_project)
    assert done(empty_project) == STEPS[:6]
    assess_image(empty_project, images[0].id)
    assert done(empty_project) == STEPS
    assert overview(empty_project).next_step is None


def test_a_step_becomes_undone_when_its_work_is_out_of_date(spaced_project):
    assert "Extract semantic spaces" in done(spaced_project)
    for space in overview(spaced_project).spaces:
        class_name, part = space.name.split(".")
        (mask, *_) = spaced_project.catalogue.masks(class_name=class_name, concept=part)
        toy.mask_part(spaced_project, space.name, spaced_project.catalogue.image(mask.image_id))
    assert overview(spaced_project).next_step.title == "Extract semantic spaces"


def test_every_step_names_a_page_of_the_app():
    pages = Path(sxai.__file__).resolve().parent.parent / "pages"
    assert all((pages / f"{step.page}.py").exists() for step in checklist([], None, [], []))


def test_classes_are_counted_by_split(toy_project):
    toy_project.catalogue.set_split([image.id for image in toy_project.catalogue.images(dataset="others")], "reference")
    assert overview(toy_project).classes == [("cat", 15, 5, 4, 24), ("dog", 15, 5, 4, 24)]


def test_a_demo_says_that_it_is_one(toy_project):
    assert overview(toy_project).demo is False
    toy_project.catalogue.set_setting(DEMO, {})
    assert overview(toy_project).demo is True


def test_waiting_and_running_jobs_are_counted(empty_project):
    _, second, third = (empty_project.catalogue.add_job("extract", {}) for _ in range(3))
    empty_project.catalogue.claim_job(second, 1)
    empty_project.catalogue.finish_job(third, "failed", error="x")
    assert overview(empty_project).jobs_running == 2


def test_concepts_tell_masks_and_known_parts(toy_project):
    by_name = {concept.name: concept for concept in list_concepts(toy_project)}
    presence = toy_project.catalogue.part_presence("eyes", "cat")
    assert (by_name["cat.eyes"].masks, by_name["cat.eyes"].known_parts) == (6, sum(presence.values()))


def test_the_gallery_filters_by_class_split_and_mark(toy_project):
    assert samples(toy_project).total == 48
    assert {image.class_name for image in samples(toy_project, class_name="dog").images} == {"dog"}
    page = samples(toy_project, class_name="dog", split="val")
    assert (page.total, {image.split for image in page.images}) == (6, {"val"})
    chosen = page.images[2].id
    mark(toy_project, [chosen], "bad sample")
    (marked,) = samples(toy_project, mark="bad sample").images
    assert (marked.id, marked.marks) == (chosen, ["bad sample"])
    assert samples(toy_project, class_name="cat", mark="bad sample").total == 0


def test_pages_of_the_gallery_cover_all_images_once(toy_project):
    pages = [samples(toy_project, page=number, per_page=20) for number in range(4)]
    assert [len(page.images) for page in pages] == [20, 20, 8, 0]
    assert {page.pages for page in pages} == {3}
    assert [image.id for page in pages for image in page.images] == [i.id for i in toy_project.catalogue.images()]


def test_right_and_wrong_share_out_the_images_whose_class_is_known(toy_project):
    dogs = toy_project.catalogue.images(class_name="dog", limit=5)
    toy_project.catalogue.set_class([image.id for image in dogs[:3]], "cat")
    toy_project.catalogue.set_class([image.id for image in dogs[3:]], None)
    right, wrong = (samples(toy_project, correctness=kind, per_page=100).images for kind in ("right", "wrong"))
    assert [image.id for image in wrong] == [image.id for image in dogs[:3]]
    assert all(image.predicted == image.class_name for image in right)
    assert len(right) + len(wrong) == 46


def test_the_gallery_in_the_order_of_a_search(spaced_project):
    found = search(spaced_project, "cat.eyes > 0.5", limit=None)
    page = samples(spaced_project, query="cat.eyes > 0.5", split="train", per_page=100)
    assert [image.id for image in page.images] == [hit.image_id for hit in found.hits if hit.split == "train"]
    with pytest.raises(QueryError):
        samples(spaced_project, query="cat.eyes >")


def test_predictions_are_the_class_of_the_largest_output(spaced_project):
    images = spaced_project.catalogue.images(limit=8)
    for image_id, (predicted, confidence) in predictions(spaced_project, images).items():
        said = assess_image(spaced_project, image_id, keep=False)
        assert (predicted, confidence) == (said.predicted, pytest.approx(said.confidence, abs=1e-5))
    assert list(predictions(spaced_project, images)) == [image.id for image in images]


def test_without_a_trained_network_nothing_is_predicted(toy_project):
    add_model(toy_project, "raw", "toy:body")
    assert predictions(toy_project, toy_project.catalogue.images()) == {}
    assert {image.predicted for image in samples(toy_project).images} == {None}
    assert samples(toy_project, correctness="wrong").total == 0


def test_one_image_in_detail(spaced_project):
    image = spaced_project.catalogue.images(class_name="cat")[0]
    mark(spaced_project, [image.id], "favourite")
    detail = sample_detail(spaced_project, image.id)
    assert (detail.width, detail.height, detail.format) == (toy.SIDE, toy.SIDE, "PNG")
    assert sorted(mask["concept"] for mask in detail.masks) == ["cat.eyes", "cat.nose"]
    assert {mask["version"] for mask in detail.masks} == {1}
    _, regions = toy.draw("cat", toy.seed_of(image))
    assert detail.parts == {part: bool(region.any()) for part, region in regions.items()}
    assert detail.sample.marks == ["favourite"]
    assert detail.assessment.predicted == detail.sample.predicted


def test_looking_at_an_image_leaves_no_assessment_behind(spaced_project):
    sample_detail(spaced_project, spaced_project.catalogue.images()[0].id)
    assert spaced_project.catalogue.assessments() == []


def test_an_image_without_spaces_has_no_assessment(toy_project):
    detail = sample_detail(toy_project, toy_project.catalogue.images()[0].id)
    assert detail.assessment is None
    assert detail.sample.predicted is not None


def test_an_image_that_is_not_there_is_told(toy_project):
    with pytest.raises(UnknownName, match="no image 4711"):
        sample_detail(toy_project, 4711)
