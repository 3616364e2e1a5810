"""Two people at one picture: both are told that their edits met, and an earlier version comes back."""

from itertools import count

import pytest
from playwright.sync_api import expect

from sxai.masks.verbs.history import mask_conflicts, mask_history
from sxai.masks.verbs.save import add_concept
from tests.browser.person import Person

NUMBERS = count(1)


def sit_down(page, address, concept, name, image=None):
    """Somebody who has said their name, in front of a picture of a concept, by default the first."""
    person = Person(page, address)
    person.open("Mask", f"?concept={concept}" + (f"&image={image}" if image else ""))
    person.page.get_by_role("button", name="Your name").click()
    field = person.page.get_by_label("Masks are saved under this name")
    field.fill(name)
    field.press("Enter")
    person.page.wait_for_timeout(1000)  # a name is taken in a run of its own, which begins a moment later
    person.settle()
    person.page.keyboard.press("Escape")
    person.image = int(person.picture_ready())
    person.settle()
    return person


@pytest.fixture
def concept(demo):
    return add_concept(demo, f"cat.detail{next(NUMBERS)}").name


def test_two_people_see_that_their_edits_met_and_either_version_can_be_brought_back(person, demo, context, concept):
    ada = sit_down(person.page, person.address, concept, "Ada")
    bob = sit_down(context.new_page(), person.address, concept, "Bob", ada.image)
    assert ada.image == bob.image
    ada.click_superpixel(2)
    ada.saved()
    bob.click_superpixel(5)
    bob.saved()
    (met,) = mask_conflicts(demo, concept)
    assert (met.author, met.other, met.settled) == ("Bob", "Ada", 2)
    for one, words in ((ada, "Your and Bob's edits"), (bob, "Ada's and your edits")):
        expect(one.page.locator(".st-key-mask-conflicts")).to_contain_text(words)
        one.page.get_by_role("button", name="Seen").click()
        expect(one.page.locator(".st-key-mask-conflicts")).to_have_count(0)
    ada.page.locator(".st-key-mask-records").get_by_text("History", exact=True).click()
    ada.page.locator(".st-key-mask-back-1 button").click()
    expect(ada.page.locator(".picker")).to_have_attribute("data-selected", "2")
    history = mask_history(demo, ada.image, concept)
    assert [(change.author, change.restored) for change in history] == [("Ada", None), ("Bob", None), ("Ada", 1)]
    ada.no_errors()
    bob.no_errors()
