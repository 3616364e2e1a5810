"""What a person can do with the app, in their words."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from widgets.ui.pages import GROUPS, HOME

PAGES = {page.title: "" if page.file == HOME else page.address for group in GROUPS.values() for page in group}
HEADS = {"Start": "How far can this prediction be trusted?", "Networks": "Networks"}
"""Headings that differ from the page's title."""

PATIENCE = 60_000


class Person:
    """Someone in front of the app at ``address``."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, title: str = "Start", query: str = "") -> None:
        """Go to a page by its address and wait until it has been drawn."""
        self.page.goto(f"{self.address}/{PAGES[title]}{query}")
        self.settle(title)

    def walk_to(self, title: str) -> None:
        """Go to a page through the navigation."""
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        self.settle(title)

    def reload(self) -> None:
        self.page.reload()
        self.settle()

    def settle(self, title: str | None = None) -> None:
        """Wait until the script has run and nothing is stale."""
        if title is not None:
            expect(self.page.locator("h1", has_text=HEADS.get(title, title)).first).to_be_visible(timeout=PATIENCE)
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PATIENCE)

    def no_errors(self) -> None:
        """Neither a red box on the page nor a script error in the browser."""
        assert self.page.get_by_test_id("stException").count() == 0, self.page.get_by_test_id(
            "stException"
        ).first.inner_text()
        errors = self.page.locator('[data-testid="stAlertContentError"]')
        assert errors.count() == 0, errors.first.inner_text()
        assert self.complaints == []

    def choose(self, container: Locator | Page, label: str, option: str) -> None:
        """Pick an option of a select box."""
        container.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option, exact=True).click()
        self.settle()

    # ---- The superpixel picker -----------------------------------------------------------------------------

    @property
    def picker(self) -> Locator:
        return self.page.locator(".picker")

    def picture_ready(self, other_than: str | None = None) -> str:
        """Wait for a picture in the picker (another one than the last, if given); which one."""
        suffix = f':not([data-image="{other_than}"])' if other_than else ""
        self.page.wait_for_selector(f".picker[data-ready]:not(.waiting){suffix}", timeout=PATIENCE)
        return self.said("image")

    def said(self, name: str) -> str:
        """A fact that the picker states about itself."""
        return self.picker.get_attribute(f"data-{name}") or ""

    @property
    def selected(self) -> set[int]:
        return {int(label) for label in self.said("selected").split(",") if label}

    @property
    def superpixels(self) -> int:
        return self.page.locator(".target [role=option]").count()

    def point(self, label: int) -> dict[str, float]:
        """Where a superpixel is on the screen."""
        option = self.page.locator(f".target [role=option][data-label='{label}']")
        box: Any = self.page.locator(".target").bounding_box()
        x, y = (float(option.get_attribute(f"data-{axis}") or 0) for axis in "xy")
        return {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}

    def click_superpixel(self, label: int, **options: Any) -> None:
        point = self.point(label)
        self.page.mouse.click(point["x"], point["y"], **options)

    def saved(self) -> int:
        """Wait until nothing waits to be saved; the stored version."""
        self.page.wait_for_selector('.picker[data-pending="0"]', timeout=PATIENCE)
        return int(self.said("version"))

    def picker_key(self, key: str) -> None:
        self.page.locator(".target").focus()
        self.page.keyboard.press(key)
