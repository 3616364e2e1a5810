"""Pictures of every page, to look at: ``python -m tests.browser.screens [FOLDER]`` (default ``build/screens``)."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from sxai.demo.verbs.fill import fill_demo
from sxai.occluders.verbs.learn import learn_occluders
from sxai.project.project import Project
from sxai.traits.verbs.traits import common_traits
from sxai.vectors.verbs.vectors import semantic_vectors
from tests.browser.chromium import find_chromium
from tests.browser.person import PAGES, Person
from tests.browser.serving import serving

WINDOWS = {"wide": (1440, 1000), "narrow": (420, 900)}
DRAWN = {
    "Traits": "traits-scores",
    "Attacks": "attack-radar-adversarial",
    "Assess": "evidence-cam",
    "Vectors": "vectors-attributes",
    "Occluders": "occluders-space",
}
"""The chart by which a page is known to be drawn."""
TALL = 2600
"""Pages longer than a window are photographed down to here."""
QUERIES = {"Search": "?q=dog.nose%20%3E%200.9", "Mask": "?concept=cat.eyes"}


def main(folder: Path) -> int:
    """Save one picture for each page, theme and width."""
    chromium = find_chromium()
    if chromium is None:
        print("no Chromium found", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        with Project.open(Path(home) / "demo") as project:
            fill_demo(project)
            common_traits(project, "cat", search=None)
            semantic_vectors(project)
            learn_occluders(project, epsilon=[5 / 255, 14 / 255], images=60)
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
        _prepare(person, title)
        _photograph(person, folder / f"{path or 'overview'}-{suffix}.png")
    person.open("Scoreboard", "?show=Is+it+visible%3F&space=cat.eyes")
    _photograph(person, folder / f"score-labels-{suffix}.png")
    person.open("Assess", "?view=Saliency")
    _photograph(person, folder / f"saliency-{suffix}.png")
    person.open("Attacks", "?view=Many+pictures%2C+and+the+rule")
    _photograph(person, folder / f"attack-table-{suffix}.png")


def _prepare(person: Person, title: str) -> None:
    """Bring a page to where it has something to show, and wait until that is drawn."""
    if title == "Mask":
        person.picture_ready()
    if title == "Attacks":
        person.page.locator(".st-key-attack-go button").click()
    if title in DRAWN:
        person.page.locator(f".st-key-{DRAWN[title]} .js-plotly-plot .main-svg").first.wait_for()
        person.settle()


def _photograph(person: Person, file: Path) -> None:
    """The page in a window as tall as what is on it."""
    page = person.page
    window = page.viewport_size or {"width": WINDOWS["wide"][0], "height": WINDOWS["wide"][1]}
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({**window, "height": max(window["height"], min(int(tall), TALL))})
    page.wait_for_timeout(800)
    page.screenshot(path=file)
    page.set_viewport_size(window)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screens")))
