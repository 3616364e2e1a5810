"""How long the next picture takes with suggestions on: ``python -m benchmarks.next_picture``.

A project of drawn pets (5,000 images, a small network, masks of cat.eyes) is served and masked in Chromium: the person
accepts what is suggested, or marks a superpixel, and goes on. Timed in the browser from the key until the next picture
is drawn with its superpixels, while the rule is learned again and again in the background.
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.pages import RESULTS, write_json
from sxai.demo.verbs.fill import fill_demo
from sxai.project.project import Project
from tests.browser.chromium import find_chromium
from tests.browser.person import Person
from tests.browser.serving import serving

IMAGES, PICTURES, GOAL = 5000, 40, 300
LOOK = 1500
"""Milliseconds that the person looks at a picture."""
CONCEPT = "cat.eyes"

TIMED = """() => {
    const picker = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot.querySelector(".picker");
    window.took = [];
    let begun = null;
    let image = picker.dataset.image;
    new MutationObserver(() => {
        const ready = picker.dataset.ready && !picker.classList.contains("waiting");
        if (begun !== null && ready && picker.dataset.image !== image) {
            image = picker.dataset.image;
            window.took.push(performance.now() - begun);
            begun = null;
        }
    }).observe(picker, { attributes: true });
    picker.addEventListener("keydown", (event) => {
        if ("an".includes(event.key)) { begun = performance.now(); image = picker.dataset.image; }
    }, true);
}"""


def measure(page: Page, address: str, pictures: int) -> dict[str, Any]:
    """Mask ``pictures`` pictures: as suggested where something is shown, else by a click."""
    me = Person(page, address)
    me.open("Mask", f"?concept={CONCEPT}")
    image, accepted = me.picture_ready(), 0
    page.evaluate(TIMED)
    for _ in range(pictures):
        page.wait_for_timeout(LOOK)
        if me.said("proposed") == "true":
            accepted += 1
            me.picker_key("a")
        else:
            me.click_superpixel(me.superpixels // 2)
            me.saved()
            me.picker_key("n")
        image = me.picture_ready(other_than=image)
    took = page.evaluate("window.took")
    return {
        "pictures": len(took),
        "accepted": accepted,
        "median ms": float(np.median(took)),
        "p95 ms": float(np.percentile(took, 95)),
        "largest ms": max(took),
        "goal ms": GOAL,
    }


def main() -> None:
    """Make the project, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "root" / "demo"
        with Project.open(home, device="cpu") as project:
            fill_demo(project, images=asked.images, masks=8)
        with serving(home.parent, Path(folder) / "app.log") as address, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            result = measure(browser.new_page(viewport={"width": 1440, "height": 1000}), address, asked.pictures)
            browser.close()
    result |= {"images": asked.images, "load": os.getloadavg()[0], "cores": os.cpu_count()}
    print(result)
    write_json(asked.out / "next_picture.json", result)


if __name__ == "__main__":
    main()
