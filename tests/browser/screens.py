"""Pictures of every page, to look at: ``python -m tests.browser.screens [FOLDER]`` (default ``build/screens``)."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from sxai import workflows as verbs
from tests.browser.chromium import find_chromium
from tests.browser.person import PAGES, Person
from tests.browser.serving import serving

WINDOWS = {"wide": (1440, 1000), "narrow": (420, 900)}
QUERIES = {"Search": "?q=dog.nose%20%3E%200.9", "Mask concepts": "?concept=cat.eyes"}


def main(folder: Path) -> int:
    """Save one picture for each page, theme and width."""
    chromium = find_chromium()
    if chromium is None:
        print("no Chromium found", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        with verbs.Workspace.open(Path(home) / "demo") as ws:
            verbs.fill_demo(ws)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with serving(Path(home), folder / "app.log") as address:
            for theme in ("light", "dark"):
                for window, (width, height) in WINDOWS.items():
                    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
                    _pages(Person(context.new_page(), address), folder, f"{theme}-{window}")
                    context.close()
        browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    return 0


def _pages(person: Person, folder: Path, suffix: str) -> None:
    for title, path in PAGES.items():
        person.open(title, QUERIES.get(title, ""))
        if title == "Mask concepts":
            person.picture_ready()
        person.page.wait_for_timeout(800)
        person.page.screenshot(path=folder / f"{path or 'overview'}-{suffix}.png")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screens")))
