"""The pictures of the documents, photographed in Chromium on the demo: ``python -m benchmarks.doc_pictures [HOME]``.

Only drawn pets are shown. HOME is a root that holds a filled ``demo`` and is copied; without one the demo is made anew.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from sxai.demo.verbs.fill import fill_demo
from sxai.project.project import Project
from tests.browser.chromium import find_chromium
from tests.browser.person import Person
from tests.browser.serving import serving

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WINDOW = {"width": 1280, "height": 860}
QUALITY = 82
SCENES = {
    "start": ("Start", ""),
    "assess": ("Assess", ""),
    "search": ("Search", "?q=dog.nose%20%3E%200.9"),
    "mask": ("Mask", "?concept=cat.eyes"),
    "attack": ("Attacks", ""),
    "own-pictures": ("New project", ""),
}
"""Picture, page and address of each."""


def main(root: Path | None) -> int:
    """Save every picture of the documents as WebP."""
    chromium = find_chromium()
    if chromium is None:
        print("no Chromium found: install one, or name it in SXAI_CHROMIUM", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        _fill(home, root)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with serving(home, Path(folder) / "app.log") as address:
            page = browser.new_context(viewport=WINDOW, color_scheme="light").new_page()
            person = Person(page, address)
            for name in SCENES:
                _scene(person, name)
                _save(page, FOLDER / f"{name}.webp")
        browser.close()
    print(f"{len(SCENES)} pictures in {FOLDER}")
    return 0


def _fill(home: Path, root: Path | None) -> None:
    if root is not None:
        shutil.copytree(root, home)
        return
    with Project.open(home / "demo") as project:
        fill_demo(project)


def _scene(person: Person, name: str) -> None:
    """Bring a page to what the text beside its picture says."""
    title, query = SCENES[name]
    person.open(title, query)
    if name == "mask":
        person.picture_ready()
        for label in (person.superpixels // 3, person.superpixels // 3 + 1):
            place = person.point(label)
            person.page.mouse.click(place["x"], place["y"])
    if name == "attack":
        person.page.locator(".st-key-attack-go button").click()
        person.page.locator(".st-key-attack-radar-adversarial .js-plotly-plot .main-svg").first.wait_for()
    person.settle()
    person.page.wait_for_timeout(1500)


def _save(page: Page, file: Path) -> None:
    """What the window shows, as a small file."""
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(file, "WEBP", quality=QUALITY, method=6)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
