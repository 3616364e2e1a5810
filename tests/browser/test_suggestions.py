"""Masking by keyboard and suggestions: a whole concept, picture by picture and as proposals for the class."""

import time

from playwright.sync_api import expect

from sxai import workflows as verbs

WANTED = 100
BY_HAND = 3


def masks(demo, concept):
    return demo.catalogue.masks(*concept.split("."))


def shown_parts(demo, image, part):
    """The superpixels that hold a part whose region is known, at the picker's usual number of pieces."""
    from sxai.images.masks import decode_rle
    from sxai.images.superpixels import overlapping

    canvas = verbs.canvas_for(demo, image, "cat.brow")
    known = demo.catalogue.mask(image, "cat", part)
    return overlapping(canvas.labels, decode_rle(known.rle))


def test_a_whole_concept_by_keyboard_and_suggestions(person, demo):
    """Three masks by hand, a job proposes the rest, and keys alone accept them: a hundred masks of a new concept."""
    verbs.add_concept(demo, "cat.brow")
    for mask in masks(demo, "cat.ears")[:BY_HAND]:
        person.open("Mask concepts", f"?concept=cat.brow&image={mask.image_id}")
        person.picture_ready()
        for label in shown_parts(demo, mask.image_id, "ears"):
            person.picker_key("Home")
            for _ in range(label):
                person.page.keyboard.press("PageDown")
            person.page.keyboard.press("Space")
        person.saved()
    assert len(masks(demo, "cat.brow")) == BY_HAND
    verbs.propagate(demo, "cat.brow", limit=WANTED + 30)
    person.open("Mask concepts", "?concept=cat.brow")
    image = person.picture_ready()
    assert person.said("proposed") == "true"
    assert masks(demo, "cat.brow")[-1].image_id != int(image)
    person.picker_key("n")
    person.picture_ready(other_than=image)
    assert demo.catalogue.mask(int(image), "cat", "brow").labels
    person.page.get_by_text("Review proposals", exact=True).first.click()
    grid = person.page.locator(".review .grid")
    expect(grid.locator(".tile").first).to_be_visible()
    grid.locator(".tile").first.focus()
    press = person.page.keyboard.press
    press("x")
    press("u")
    press("Enter")
    deadline = time.monotonic() + 120
    while len(masks(demo, "cat.brow")) < WANTED and time.monotonic() < deadline:
        press("Shift+A")
        person.page.wait_for_selector('.review .grid[data-open="0"][data-pending="0"]')
        batch = grid.get_attribute("data-batch")
        press("n")
        person.page.wait_for_function(
            """(batch) => {
                const host = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
                    .map((one) => one.shadowRoot?.querySelector(".grid")).find(Boolean);
                return host && host.dataset.batch !== batch;
            }""",
            arg=batch,
        )
    made = masks(demo, "cat.brow")
    assert len(made) >= WANTED
    assert {mask.source for mask in made} == {"manual", "auto"}
    person.no_errors()


def test_a_click_on_a_suggestion_keeps_the_rest_of_it(person, demo):
    image = verbs.useful_queue(demo, "cat.nose").images[0]
    found = verbs.suggestion(demo, "cat.nose", image)
    person.open("Mask concepts", f"?concept=cat.nose&image={image}")
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


def test_skipping_a_suggestion_saves_nothing(person, demo):
    image = verbs.useful_queue(demo, "dog.nose").images[0]
    person.open("Mask concepts", f"?concept=dog.nose&image={image}")
    person.picture_ready()
    person.picker_key("s")
    person.picture_ready(other_than=str(image))
    assert demo.catalogue.mask(image, "dog", "nose") is None
    person.no_errors()
