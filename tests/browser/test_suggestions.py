"""Masking by keyboard and suggestions: a whole concept, picture by picture and as proposals for the class."""

import json

import pytest
from playwright.sync_api import expect

from sxai.annotation.verbs.proposals import propagate, proposals
from sxai.annotation.verbs.record import useful_queue
from sxai.annotation.verbs.suggest import suggestion
from sxai.masks.verbs.save import add_concept, canvas_for
from tests.browser.person import PATIENCE

WANTED = 100
BY_HAND = 3


def masks(demo, concept):
    return demo.catalogue.masks(*concept.split("."))


def shown_parts(demo, image, part):
    """The superpixels that hold a part whose region is known, at the picker's usual number of pieces."""
    from sxai.masks.mask import decode_rle
    from sxai.masks.superpixels import overlapping

    canvas = canvas_for(demo, image, "cat.brow")
    known = demo.catalogue.mask(image, "cat", part)
    return overlapping(canvas.labels, decode_rle(known.rle))


def mark_by_keyboard(person, demo, image, concept, known_part):
    """Open a picture and mark the superpixels that hold a known part, by keys alone; which ones."""
    person.open("Mask", f"?concept={concept}&image={image}")
    person.picture_ready()
    labels = shown_parts(demo, image, known_part)
    for label in labels:
        person.picker_key("Home")
        for _ in range(label):
            person.page.keyboard.press("PageDown")
        person.page.keyboard.press("Space")
    person.saved()
    return set(labels)


def tiles(person):
    """The grid of proposals on the table: for each image its verdict and the superpixels marked."""
    person.page.wait_for_selector(".review .tile[data-ready]")
    shown = person.page.locator(".review .tile").evaluate_all("every => every.map((one) => ({...one.dataset}))")
    return {
        int(one["image"]): (one["verdict"], {int(label) for label in one["labels"].split(",") if label})
        for one in shown
    }


def all_saved(person):
    person.page.wait_for_selector('.review .grid[data-pending="0"]')


def next_batch(person):
    """Ask for the next proposals and wait until they lie on the table."""
    grid = person.page.locator(".review .grid")
    batch = grid.get_attribute("data-batch")
    grid.locator(".tile").first.focus()
    person.page.keyboard.press("n")
    expect(grid).not_to_have_attribute("data-batch", batch, timeout=PATIENCE)


def test_a_whole_concept_by_keyboard_and_suggestions(person, demo):
    """Three masks by hand, the rest proposed and accepted by keys alone: a hundred masks of a concept, none lost."""
    add_concept(demo, "cat.brow")
    kept = {
        mask.image_id: mark_by_keyboard(person, demo, mask.image_id, "cat.brow", "ears")
        for mask in masks(demo, "cat.ears")[:BY_HAND]
    }
    person.open("Mask", "?concept=cat.brow")
    image = person.picture_ready()
    person.page.wait_for_selector('.picker[data-proposed="true"]')
    kept[int(image)] = person.selected
    person.page.locator("[data-part=accept]").click()
    person.picture_ready(other_than=image)
    propagate(demo, "cat.brow", limit=WANTED + 30)
    person.page.get_by_text("Review proposals", exact=True).first.click()
    grid = person.page.locator(".review .grid")
    expect(grid.locator(".tile")).to_have_count(24, timeout=PATIENCE)
    [refused, *_] = tiles(person)
    grid.locator(".tile").first.focus()
    for key in ("x", "u", "x", "Enter"):
        person.page.keyboard.press(key)
    while len(kept) < WANTED:
        person.page.keyboard.press("Shift+A")
        all_saved(person)
        shown = tiles(person)
        kept |= {image: labels for image, (verdict, labels) in shown.items() if verdict == "accept"}
        assert {verdict for verdict, _ in shown.values()} <= {"accept", "reject"}
        next_batch(person)
    made = {mask.image_id: mask for mask in masks(demo, "cat.brow")}
    assert {image: set(mask.labels) for image, mask in made.items()} == kept, "every mask is there as it was shown"
    assert refused not in made
    assert [mask.source for mask in made.values()].count("auto") >= WANTED - BY_HAND - 1
    person.no_errors()


def test_a_click_in_the_grid_mends_a_proposal_and_keeps_it(person, demo):
    propagate(demo, "dog.eyes", limit=8)
    first, second, third, *_ = proposals(demo, "dog.eyes")
    person.open("Mask", "?concept=dog.eyes")
    person.picture_ready()
    person.page.get_by_text("Review proposals", exact=True).first.click()
    assert tiles(person)[first.image_id] == ("open", set(first.labels))

    def click(found, label, **options):
        tile = person.page.locator(f".review .tile[data-image='{found.image_id}']")
        expect(tile).to_have_attribute("data-ready", "true", timeout=PATIENCE)
        x, y = json.loads(tile.get_attribute("data-points"))[label]
        box = tile.locator("canvas").bounding_box()
        position = {"x": x * box["width"], "y": y * box["height"]}
        tile.locator("canvas").click(position=position, **options)

    other = first.ranked[-1]
    click(first, other)
    click(second, second.ranked[1], modifiers=["Shift"])
    for label in third.labels:
        click(third, label)
    all_saved(person)
    stored = {mask.image_id: set(mask.labels or ()) for mask in masks(demo, "dog.eyes")}
    assert stored[first.image_id] == {*first.labels, other}
    assert stored[second.image_id] == {second.ranked[1]}
    assert third.image_id not in stored
    assert tiles(person)[third.image_id][0] == "reject"
    person.page.locator(f".review .tile[data-image='{second.image_id}']").focus()
    person.page.keyboard.press("2")
    all_saved(person)
    assert set(demo.catalogue.mask(second.image_id, "dog", "eyes").labels) == set(second.ranked[:2])
    for _ in range(2 + len(third.labels)):
        person.page.keyboard.press("u")
    all_saved(person)
    assert tiles(person)[third.image_id] == ("open", set(third.labels))
    assert tiles(person)[second.image_id] == ("open", set(second.labels))
    assert {mask.image_id for mask in masks(demo, "dog.eyes")} & {second.image_id, third.image_id} == set()
    person.no_errors()


def test_a_click_on_a_suggestion_keeps_the_rest_of_it(person, demo):
    image = useful_queue(demo, "cat.nose").images[0]
    found = suggestion(demo, "cat.nose", image)
    person.open("Mask", f"?concept=cat.nose&image={image}")
    person.picture_ready()
    assert person.selected == set(found.labels)
    assert demo.catalogue.mask(image, "cat", "nose") is None
    other = found.ranked[-1]
    person.click_superpixel(other)
    person.saved()
    assert set(demo.catalogue.mask(image, "cat", "nose").labels) == {*found.labels, other}
    person.picker_key("2")
    person.saved()
    assert set(demo.catalogue.mask(image, "cat", "nose").labels) == set(found.ranked[:2])
    person.picker_key("a")
    person.saved()
    assert set(demo.catalogue.mask(image, "cat", "nose").labels) == set(found.labels)


def test_next_leaves_a_suggestion_unsaved_and_the_accepting_key_saves_it(person, demo):
    first, second = useful_queue(demo, "dog.ears").images[:2]
    for image in (first, second):
        assert suggestion(demo, "dog.ears", image).sure
    person.open("Mask", f"?concept=dog.ears&image={first}")
    person.picture_ready()
    assert person.said("proposed") == "true"
    person.picker_key("n")
    person.picture_ready(other_than=str(first))
    assert demo.catalogue.mask(first, "dog", "ears") is None
    person.page.locator(f"[data-part=queue] button[data-image='{first}']").click()
    person.page.wait_for_selector(f'.picker[data-ready][data-image="{first}"]:not(.waiting)')
    shown = person.selected
    person.picker_key("a")
    person.picture_ready(other_than=str(first))
    person.saved()
    assert set(demo.catalogue.mask(first, "dog", "ears").labels) == shown
    states = person.page.locator("[data-part=queue] img").evaluate_all("every => every.map((one) => one.alt)")
    assert [alt.split(", ")[-1] for alt in states if "masked" in alt and "not" not in alt] == ["masked"]
    person.no_errors()


def test_an_unsure_suggestion_is_shown_only_when_asked_for_and_saved_when_accepted(person, demo):
    images = useful_queue(demo, "cat.legs").images
    image = next(image for image in images if not (made := suggestion(demo, "cat.legs", image)).sure and made.labels)
    person.open("Mask", f"?concept=cat.legs&image={image}")
    person.picture_ready()
    assert (person.said("proposed"), person.selected) == ("false", set())
    person.picker_key("a")
    assert person.said("proposed") == "true"
    assert demo.catalogue.mask(image, "cat", "legs") is None
    person.picker_key("a")
    person.picture_ready(other_than=str(image))
    person.saved()
    assert demo.catalogue.mask(image, "cat", "legs") is not None


@pytest.mark.parametrize("width", [390, 1440])
def test_the_buttons_stay_in_view_at_any_height_of_the_window(person, width):
    person.page.set_viewport_size({"width": width, "height": 500})
    person.open("Mask", "?concept=cat.eyes")
    person.picture_ready()
    person.page.locator(".stage").evaluate("(stage) => stage.scrollIntoView({ block: 'start' })")
    for name in ("skip", "next"):
        expect(person.page.locator(f"[data-part={name}]")).to_be_in_viewport(ratio=1)


def test_skipping_a_suggestion_saves_nothing(person, demo):
    image = useful_queue(demo, "dog.nose").images[0]
    person.open("Mask", f"?concept=dog.nose&image={image}")
    person.picture_ready()
    person.picker_key("s")
    person.picture_ready(other_than=str(image))
    assert demo.catalogue.mask(image, "dog", "nose") is None
    person.no_errors()
