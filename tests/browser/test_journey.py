"""The whole path as a person walks it, in a real browser, on the demo."""

import time

import pytest
from playwright.sync_api import expect

from sxai.demo.pets import draw_pet
from sxai.images.decode import encode
from tests.browser.person import PAGES, PATIENCE

CONCEPT = "cat.tail"


def test_an_empty_home_becomes_the_demo_without_a_further_step(newcomer):
    newcomer.page.goto(newcomer.address)
    expect(newcomer.page.locator(".st-key-example img").first).to_be_visible(timeout=PATIENCE)
    expect(newcomer.page.locator(".st-key-demo-progress")).to_be_visible(timeout=PATIENCE)
    expect(newcomer.page.locator(".st-key-path")).to_be_visible(timeout=400_000)
    newcomer.settle("Start")
    expect(newcomer.page.locator(".st-key-project")).to_contain_text("Demo")
    newcomer.no_errors()
    newcomer.walk_to("New project")


def mask_three(person):
    """Make a concept and mask three pictures by clicking; the pictures and what was chosen in them."""
    person.walk_to("Mask")
    person.page.get_by_role("button", name="New concept").click()
    person.page.get_by_label("What it is, in a word").fill("tail")
    person.page.get_by_role("button", name="Add", exact=True).click()
    expect(person.page.locator(f'.picker[data-concept="{CONCEPT}"]')).to_be_visible(timeout=PATIENCE)
    masks, before = {}, None
    for round_ in range(3):
        image = person.picture_ready(other_than=before)
        for label in (round_ + 1, round_ + 4):
            person.click_superpixel(label)
        person.saved()
        masks[int(image)] = person.selected
        person.page.locator("[data-part=next]").click()
        before = image
    person.picture_ready(other_than=before)
    return masks


def test_from_three_masks_to_a_searched_meaning_and_nothing_is_lost(person, demo):
    person.open()
    masks = mask_three(person)
    person.no_errors()
    for image, labels in masks.items():
        assert set(demo.catalogue.mask(image, "cat", "tail").labels) == labels
    extract(person, demo)
    look_at_the_distribution(person)
    assess_an_upload(person)
    search(person)
    person.reload()
    person.settle("Search")
    person.open("Mask", f"?concept={CONCEPT}&image={next(iter(masks))}")
    person.picture_ready()
    assert person.selected == next(iter(masks.values()))
    assert {space.full_name for space in demo.catalogue.spaces()} >= {CONCEPT, "cat.eyes", "dog.nose"}
    person.no_errors()


def extract(person, demo):
    person.walk_to("Spaces")
    person.page.locator(".st-key-extract-go button").click()
    deadline = time.monotonic() + 300
    while not any(space.full_name == CONCEPT for space in demo.catalogue.spaces()):
        assert time.monotonic() < deadline, "the space was not extracted"
        person.page.wait_for_timeout(300)
    person.settle()
    person.no_errors()


def look_at_the_distribution(person):
    person.walk_to("Distributions")
    expect(person.page.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
    expect(person.page.get_by_test_id("stMain")).to_contain_text("R²")
    person.no_errors()


def assess_an_upload(person):
    person.walk_to("Assess")
    person.page.get_by_role("radio", name="Upload").or_(person.page.get_by_text("Upload", exact=True)).first.click()
    pet = draw_pet("dog", seed=987_654)
    person.page.locator("input[type=file]").first.set_input_files(
        {"name": "a fresh dog.png", "mimeType": "image/png", "buffer": encode(pet.pixels)}
    )
    expect(person.page.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
    expect(person.page.get_by_test_id("stMain")).to_contain_text("dog")
    person.settle()
    person.no_errors()


def search(person):
    person.walk_to("Search")
    box = person.page.get_by_role("textbox").first
    box.fill("dog.nose > 0.9")
    box.press("Enter")
    person.settle()
    expect(person.page.get_by_test_id("stMain")).to_contain_text("dog.nose", timeout=PATIENCE)
    person.no_errors()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 420])
def test_every_page_opens_without_error_and_fits_its_window(person, scheme, width):
    person.page.set_viewport_size({"width": width, "height": 900})
    person.page.emulate_media(color_scheme=scheme)
    for title in PAGES:
        person.open(title)
        person.no_errors()
        wide = person.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= person.page.evaluate("document.querySelector('[data-testid=stMain]').clientWidth") + 1, title
