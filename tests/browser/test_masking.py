"""Masking as people do it: quickly, without a mouse, together, and through a reload."""

from itertools import count

import numpy as np
import pytest
from playwright.sync_api import expect

from sxai.masks.verbs.save import add_concept, canvas_for

NUMBERS = count(1)


@pytest.fixture
def masker(person, demo):
    """Somebody in front of the first picture of a concept that nobody has masked yet."""
    person.concept = add_concept(demo, f"cat.thing{next(NUMBERS)}").name
    person.open("Mask", f"?concept={person.concept}")
    person.image = int(person.picture_ready())
    return person


def mask_of(demo, masker, image=None):
    return demo.catalogue.mask(image or masker.image, *masker.concept.split("."))


def stored(demo, masker, image=None):
    record = mask_of(demo, masker, image)
    return set() if record is None else set(record.labels)


def test_a_click_shows_at_once_and_is_saved(masker, demo):
    masker.click_superpixel(3)
    assert masker.selected == {3}
    assert masker.saved() == 1
    assert stored(demo, masker) == {3}
    masker.no_errors()


def test_the_previewed_colour_is_the_stored_one(masker, demo):
    for label in (2, 5):
        masker.click_superpixel(label)
    masker.saved()
    fill = mask_of(demo, masker).fill
    assert masker.said("colour") == ",".join(map(str, fill))
    shown = masker.page.locator("[data-part=preview]").evaluate(
        """(canvas, at) => {
            const [x, y] = [at.x * canvas.width, at.y * canvas.height];
            return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data];
        }""",
        masker.page.locator(".target [role=option][data-label='5']").evaluate(
            "(option) => ({ x: Number(option.dataset.x), y: Number(option.dataset.y) })"
        ),
    )
    assert shown[:3] == list(fill)


def test_a_hundred_rapid_clicks_are_all_saved(masker, demo, rng):
    """Fired from within the page, far faster than the server answers."""
    labels = range(masker.superpixels)
    clicks = rng.integers(0, len(labels), 100).tolist()
    expected = {label for label in labels if clicks.count(label) % 2}
    points = [masker.point(label) for label in labels]
    masker.page.evaluate(
        """([clicks, points]) => {
            const host = document.querySelector("[data-testid=stBidiComponentIsolated]");
            const target = host.shadowRoot.querySelector(".target");
            for (const label of clicks) {
                const { x, y } = points[label];
                const at = { clientX: x, clientY: y, pointerId: 1, button: 0, bubbles: true, pointerType: "mouse" };
                target.dispatchEvent(new PointerEvent("pointerdown", at));
                target.dispatchEvent(new PointerEvent("pointerup", at));
            }
        }""",
        [clicks, points],
    )
    assert masker.selected == expected
    masker.saved()
    assert masker.selected == expected
    assert stored(demo, masker) == expected
    masker.no_errors()


def test_a_hundred_clicks_of_a_mouse_are_all_saved(masker, demo, rng):
    labels = range(masker.superpixels)
    points = [masker.point(label) for label in labels]
    clicks = rng.integers(0, len(labels), 100).tolist()
    for label in clicks:
        masker.page.mouse.click(points[label]["x"], points[label]["y"])
    masker.saved()
    assert masker.selected == stored(demo, masker) == {label for label in labels if clicks.count(label) % 2}


def test_dragging_paints_and_takes_away(masker, demo):
    first, second = masker.point(0), masker.point(masker.superpixels - 1)
    for wanted in (True, False):
        masker.page.mouse.move(first["x"], first["y"])
        masker.page.mouse.down()
        masker.page.mouse.move(second["x"], second["y"], steps=12)
        masker.page.mouse.up()
        masker.saved()
        assert (0 in masker.selected) is wanted
        assert stored(demo, masker) == masker.selected
        if wanted:
            assert len(masker.selected) >= 3


def test_alt_click_picks_the_fill(masker, demo):
    masker.click_superpixel(1)
    point = masker.point(7)
    masker.page.keyboard.down("Alt")
    masker.page.mouse.click(point["x"], point["y"])
    masker.page.keyboard.up("Alt")
    masker.saved()
    assert masker.said("fill") == "7"
    assert mask_of(demo, masker).fill_label == 7


def test_choosing_the_fill_superpixel_itself_frees_the_fill(masker, demo):
    masker.click_superpixel(1)
    masker.picker_key("f")
    masker.click_superpixel(7)
    masker.click_superpixel(7)
    masker.saved()
    assert masker.said("fill") == "null"
    assert stored(demo, masker) == {1, 7}
    masker.no_errors()


def test_the_keyboard_alone_is_enough(masker, demo):
    """From the top of the page: Tab to the picture, walk, choose, undo, refine, go on, come back."""
    for _ in range(80):
        masker.page.keyboard.press("Tab")
        if masker.page.evaluate("document.activeElement?.shadowRoot?.activeElement?.dataset.part === 'target'"):
            break
    press = masker.page.keyboard.press
    press("Home")
    press("Space")
    press("PageDown")
    press("Enter")
    assert masker.selected == {0, 1}
    press("u")
    assert masker.selected == {0}
    press("r")
    press("Control+z")
    masker.saved()
    assert stored(demo, masker) == {0}
    press("n")
    following = masker.picture_ready(other_than=str(masker.image))
    press("s")
    masker.picture_ready(other_than=following)
    press("p")
    masker.page.wait_for_selector(f'.picker[data-ready][data-image="{following}"]:not(.waiting)')
    press("+")
    masker.page.wait_for_selector('.picker[data-count="30"]:not(.waiting)')
    press("-")
    masker.page.wait_for_selector('.picker[data-count="20"]:not(.waiting)')
    press("?")
    expect(masker.page.locator("[data-part=help]")).to_be_visible()
    assert stored(demo, masker, int(following)) == set()
    masker.no_errors()


def test_arrows_tell_where_they_are(masker):
    masker.picker_key("ArrowRight")
    masker.picker_key("ArrowRight")
    live = masker.page.locator("[data-part=live]")
    expect(live).to_contain_text("of the picture")
    active = masker.page.locator(".target").get_attribute("aria-activedescendant")
    option = masker.page.locator(f"#{active}")
    assert option.get_attribute("aria-label") in live.inner_text()


def test_touch_chooses_and_two_fingers_zoom(masker, demo):
    point = masker.point(4)
    masker.page.evaluate(
        """([tap]) => {
            const host = document.querySelector("[data-testid=stBidiComponentIsolated]");
            const target = host.shadowRoot.querySelector(".target");
            const send = (type, id, x, y) => target.dispatchEvent(new PointerEvent(type, {
                clientX: x, clientY: y, pointerId: id, button: 0, bubbles: true, pointerType: "touch" }));
            send("pointerdown", 1, tap.x, tap.y);
            send("pointerup", 1, tap.x, tap.y);
            const box = target.getBoundingClientRect();
            const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
            send("pointerdown", 2, x - 20, y);
            send("pointerdown", 3, x + 20, y);
            send("pointermove", 2, x - 80, y);
            send("pointermove", 3, x + 80, y);
            send("pointerup", 2, x - 80, y);
            send("pointerup", 3, x + 80, y);
        }""",
        [point],
    )
    masker.saved()
    assert stored(demo, masker) == {4}
    expect(masker.page.locator("[data-part=out]")).to_be_enabled()


def test_zoomed_in_a_click_still_hits_what_is_under_it(masker, demo):
    point = masker.point(6)
    masker.page.locator(".target").focus()
    masker.page.mouse.move(point["x"], point["y"])
    masker.page.mouse.wheel(0, -600)
    masker.page.mouse.click(point["x"], point["y"])
    masker.saved()
    assert stored(demo, masker) == {6}


def test_a_reload_right_after_a_click_loses_nothing(masker, demo):
    masker.page.on("dialog", lambda dialog: dialog.accept())
    masker.click_superpixel(2)
    masker.click_superpixel(5)
    masker.page.reload()
    assert int(masker.picture_ready()) == masker.image
    masker.saved()
    assert masker.selected == {2, 5}
    assert stored(demo, masker) == {2, 5}


def test_leaving_the_page_and_coming_back_shows_the_same(masker, demo):
    masker.click_superpixel(2)
    masker.saved()
    masker.walk_to("Start")
    masker.walk_to("Mask")
    assert int(masker.picture_ready()) == masker.image
    assert masker.selected == {2}


def test_two_people_at_one_picture_both_keep_their_clicks(masker, demo, context):
    from tests.browser.person import Person

    masker.click_superpixel(1)
    masker.saved()
    other = Person(context.new_page(), masker.address)
    other.open("Mask", f"?concept={masker.concept}&image={masker.image}")
    other.picture_ready()
    assert other.selected == {1}
    masker.click_superpixel(2)
    masker.saved()
    other.click_superpixel(5)
    other.saved()
    assert stored(demo, masker) == {1, 2, 5}
    expect(other.page.locator("[data-part=notice]")).to_contain_text("both changes are kept")
    masker.click_superpixel(8)
    masker.saved()
    assert stored(demo, masker) == {1, 2, 5, 8}


def test_a_known_part_is_shown_and_gives_way_to_superpixels(masker, demo):
    image = demo.catalogue.masks("cat", "eyes")[0].image_id
    masker.open("Mask", f"?concept=cat.eyes&image={image}")
    masker.picture_ready()
    assert masker.said("region") == "true"
    masker.click_superpixel(0)
    masker.saved()
    assert 0 in demo.catalogue.mask(image, "cat", "eyes").labels
    masker.page.locator("[data-part=undo]").click()
    masker.saved()
    assert masker.said("region") == "true"


def test_free_hand_strokes_are_saved_and_shown_to_the_picker(masker, demo):
    masker.page.get_by_role("radio", name="Free hand").or_(
        masker.page.get_by_text("Free hand", exact=True)
    ).first.click()
    sheet = masker.page.locator(".canvas-root canvas").last
    box = sheet.bounding_box()
    masker.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    masker.page.mouse.down()
    masker.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"], steps=10)
    masker.page.mouse.up()
    expect(masker.page.locator(".st-key-freehand-preview")).to_contain_text("version 1")
    region = canvas_for(demo, masker.image, masker.concept).region
    rows, columns = np.nonzero(region)
    assert abs(rows.mean() / region.shape[0] - 0.3) < 0.02
    assert abs(columns.mean() / region.shape[1] - 0.45) < 0.03
    masker.no_errors()


def test_three_levels_and_a_superpixel_split_where_it_is_needed(masker, demo):
    """A group by one click, a part of a superpixel by one; what is stored comes back after a reload."""
    whole = masker.superpixels
    masker.page.locator("[data-part=coarse]").click()
    masker.page.wait_for_selector('.picker[data-level="coarse"]:not(.waiting)')
    masker.click_superpixel(0)
    masker.saved()
    group = stored(demo, masker)
    assert 0 in group
    assert len(group) > 1
    masker.picker_key("u")
    masker.page.locator("[data-part=medium]").click()
    masker.page.locator("[data-part=divide]").click()
    masker.click_superpixel(7)
    expect(masker.page.locator(".target [role=option]")).not_to_have_count(whole)
    [part, *others] = [
        int(label)
        for label in masker.page.locator(".target [role=option]").evaluate_all("all => all.map((o) => o.dataset.label)")
        if int(label) >= whole
    ]
    assert others
    masker.click_superpixel(part)
    masker.saved()
    canvas = canvas_for(demo, masker.image, masker.concept)
    assert canvas.selected == (part,)
    assert 0 < canvas.region.sum() < (canvas.labels == 7).sum()
    masker.page.reload()
    masker.picture_ready()
    assert masker.selected == {part}
    masker.picker_key("u")
    masker.page.locator("[data-part=fine]").click()
    masker.page.wait_for_selector('.picker[data-level="fine"]:not(.waiting)')
    assert masker.superpixels > 2 * whole
    masker.no_errors()


def test_going_on_without_waiting_loses_nothing(masker, demo):
    """Mark, go on, mark and go on without waiting: nothing is lost and the order is kept."""
    masker.click_superpixel(1)
    masker.saved()
    first = masker.said("image")
    masker.picker_key("n")
    second = masker.picture_ready(other_than=first)
    masker.click_superpixel(4)
    masker.picker_key("n")
    third = masker.picture_ready(other_than=second)
    masker.saved()
    assert third not in (first, second)
    assert stored(demo, masker, int(second)) == {4}
    masker.picker_key("p")
    masker.page.wait_for_selector(f'.picker[data-ready][data-image="{second}"]:not(.waiting)')
    assert masker.selected == {4}
    masker.no_errors()
