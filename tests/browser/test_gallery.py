"""Galleries, live search and pasting in the real browser: what only their scripts can show."""

import base64

import pytest

from sxai.assess.verbs.assess import assess_bytes
from sxai.images.decode import encode
from sxai.images.verbs.stored import read_canvas
from sxai.search.verbs.search import unmark

PASTE = """(field, data) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const clipboard = new DataTransfer();
  clipboard.items.add(new File([bytes], "clip.png", { type: "image/png" }));
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true }));
}"""


@pytest.fixture
def samples(page, address):
    page.goto(f"{address}/samples")
    page.locator(".gallery[data-ready]").wait_for()
    page.locator(".tile >> nth=39").wait_for()
    return page


def test_forty_pictures_are_shown_with_words_for_those_who_cannot_see_them(samples):
    assert samples.locator(".tile").count() == 40
    texts = samples.locator(".tile img").evaluate_all("all => all.map((one) => one.alt)")
    assert all("cat" in text or "dog" in text for text in texts)


def test_a_picture_opens_by_keyboard_and_closes_again(samples):
    samples.locator(".tile .open").first.focus()
    samples.keyboard.press("ArrowRight")
    samples.keyboard.press("Enter")
    dialog = samples.get_by_role("dialog")
    dialog.get_by_text("2 of 40").wait_for()
    samples.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def test_previous_and_next_step_inside_the_close_look(samples):
    samples.locator(".tile .open").first.click()
    dialog = samples.get_by_role("dialog")
    dialog.get_by_text("1 of 40").wait_for()
    dialog.get_by_role("button", name="Next", exact=True).click()
    dialog.get_by_text("2 of 40").wait_for()
    samples.keyboard.press("Escape")


def test_ticked_pictures_are_marked_and_lose_their_ticks(samples, demo):
    for at in (3, 4):
        samples.locator(".tile").nth(at).hover()
        samples.locator(".tile .pick input").nth(at).check()
    samples.get_by_text("2 selected").wait_for()
    samples.locator("[class*='-mark'] button", has_text="Mark").first.click()
    samples.locator(".tile .marks").nth(1).wait_for()
    assert samples.locator(".tile[data-picked=true]").count() == 0
    marked = [record.image_id for record in demo.catalogue.marks(kind="bad sample")]
    unmark(demo, marked, "bad sample")
    assert len(marked) == 2


def test_search_answers_while_one_types_and_keeps_the_query_in_the_address(page, address):
    page.goto(f"{address}/search")
    query = page.locator("input[aria-label=Query]")
    query.click()
    query.press_sequentially("cat.ey", delay=30)
    page.locator(".st-key-completions button").first.click()
    page.wait_for_function("document.querySelector('input[aria-label=Query]').value === 'cat.eyes '")
    query.click()
    query.press("End")
    query.press_sequentially("> 0.5", delay=30)
    page.locator(".tile").first.wait_for()
    assert "q=cat.eyes" in page.url
    page.locator(".tile .open").first.hover()
    assert page.locator(".tile").first.locator(".hover svg polygon").count() >= 3


def test_a_pasted_picture_is_assessed(page, address, demo):
    image = demo.catalogue.images(limit=1)[0]
    data = base64.b64encode(encode(read_canvas(demo, image), "png")).decode()
    heading = assess_bytes(demo, "pasted.png", encode(read_canvas(demo, image), "png")).verdict
    page.goto(f"{address}/assess")
    page.get_by_text("Paste", exact=True).click()
    page.locator(".paste[data-ready]").evaluate(PASTE, data)
    page.get_by_text(heading).wait_for()
