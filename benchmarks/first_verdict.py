"""From a folder of photographs to the first verdict: ``python -m benchmarks.first_verdict DATA [--masks 5]``.

A script does in Chromium what a new user would do, on 200 cats and 200 dogs of ``DATA/animals`` and the SqueezeNet
weights of ``DATA/weights``, and counts seconds and actions: each click, and each field that is filled in, is one. Where
the eyes of a cat are is read from the key points beside the photographs, in place of the person who sees them.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from sxai.project.project import Project
from tests.browser.chromium import find_chromium
from tests.browser.person import PATIENCE, Person
from tests.browser.serving import serving

WEIGHTS = "squeezenet1_1_torchvision.safetensors"
IMAGES = 200
"""Photographs of each class."""
GOAL_SECONDS, GOAL_ACTIONS = 480, 40
LOOKED_AT = 60
"""Pictures after which the search for eyes is given up."""
EYES = ("left_eye", "right_eye")


@dataclass
class Walk:
    """A person's way: seconds and actions of each step, in order."""

    person: Person
    steps: list[tuple[str, float, int]] = field(default_factory=list)
    actions: int = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Time what is done inside, and count its actions."""
        began, before = time.monotonic(), self.actions
        yield
        self.steps.append((title, time.monotonic() - began, self.actions - before))
        print(f"{title:<28}{self.steps[-1][1]:>8.1f} s{self.steps[-1][2]:>5} actions", flush=True)

    def click(self, selector: str) -> None:
        """One click on what ``selector`` finds."""
        self.actions += 1
        self.person.page.locator(selector).first.click()
        self.person.settle()

    def fill(self, selector: str, text: str) -> None:
        """One field filled in and left."""
        self.actions += 1
        box = self.person.page.locator(selector).first
        box.fill(text)
        box.press("Enter")
        self.person.settle()

    def go(self, title: str) -> None:
        """One click in the navigation."""
        self.actions += 1
        self.person.walk_to(title)


def main(arguments: list[str] | None = None) -> int:
    """Walk the whole path; 0 when it stayed within both goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--masks", type=int, default=5)
    parser.add_argument("--out", type=Path, help="Write the numbers here as JSON.")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        photographs = _photographs(chosen.data / "animals", Path(folder) / "animals")
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with serving(Path(folder) / "home", Path(folder) / "app.log") as address:
            person = Person(browser.new_page(viewport={"width": 1440, "height": 1000}), address)
            person.open("New project")
            walk = _walk(Walk(person), photographs, chosen.data, Path(folder) / "home", chosen.masks)
        browser.close()
    seconds = sum(step[1] for step in walk.steps)
    result = {"seconds": round(seconds, 1), "actions": walk.actions, "masks": chosen.masks, "steps": walk.steps}
    print(f"{'folder to first verdict':<28}{seconds:>8.1f} s{walk.actions:>5} actions")
    if chosen.out:
        chosen.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return int(seconds > GOAL_SECONDS or walk.actions > GOAL_ACTIONS)


def _photographs(source: Path, target: Path) -> Path:
    """A folder with the first photographs of each class, and one cat more to assess beside it."""
    for name in ("cat", "dog"):
        (target / name).mkdir(parents=True)
        files = sorted((source / name).iterdir())
        for file in files[:IMAGES]:
            shutil.copy(file, target / name)
    shutil.copy(sorted((source / "cat").iterdir())[IMAGES], target.parent / "another cat.jpg")
    return target


def _walk(walk: Walk, photographs: Path, data: Path, home: Path, masks: int) -> Walk:
    with walk.step("start a project"):
        walk.fill(".st-key-start-folder input", str(photographs))
        walk.fill(".st-key-start-weights-squeezenet1_1 input", str(data / "weights" / WEIGHTS))
        walk.click(".st-key-start-go button")
        walk.person.settle("Start")
    with Project.open(home) as project:
        with walk.step("import and network"):
            _until(walk, lambda: project.catalogue.count_images() == 2 * IMAGES and _quiet(project))
        with walk.step("train its head"):
            walk.go("Networks")
            walk.click(".st-key-train-go button")
            _until(walk, lambda: any(model.trained for model in project.catalogue.models()) and _quiet(project))
        with walk.step(f"mask {masks} pairs of eyes"):
            _mask(walk, project, data / "animals" / "keypoints.coco.json", masks)
        with walk.step("extract the space"):
            walk.go("Spaces")
            print(f"{len(project.catalogue.masks())} masks are stored", flush=True)
            walk.click(".st-key-extract-go button")
            _until(walk, lambda: bool(project.catalogue.spaces()) and _quiet(project))
    with walk.step("assess a new photograph"):
        walk.go("Assess")
        walk.actions += 2
        walk.person.page.get_by_text("Upload", exact=True).first.click()
        walk.person.settle()
        walk.person.page.locator("input[type=file]").first.set_input_files(photographs.parent / "another cat.jpg")
        walk.person.page.locator(".js-plotly-plot").first.wait_for(timeout=PATIENCE)
        walk.person.settle()
    return walk


def _quiet(project: Project) -> bool:
    return not project.catalogue.jobs(states=("queued", "running"))


def _until(walk: Walk, done: Any) -> None:
    deadline = time.monotonic() + GOAL_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("the job did not end")
        walk.person.page.wait_for_timeout(250)
    walk.person.settle()


def _mask(walk: Walk, project: Project, keypoints: Path, wanted: int) -> None:
    walk.go("Mask")
    page = walk.person.page
    walk.actions += 3
    page.get_by_role("button", name="New concept").click()
    page.get_by_label("What it is, in a word").fill("eyes")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator('.picker[data-concept="cat.eyes"]').wait_for(timeout=PATIENCE)
    known = _eyes(keypoints)
    names = {str(image.id): image.name for image in project.catalogue.images()}
    before, made = None, 0
    for _ in range(LOOKED_AT):
        before = walk.person.picture_ready(other_than=before)
        points = known.get(names[before], [])
        for point in points:
            _click_on(walk, point)
        made += bool(walk.person.selected)
        if made == wanted:
            return
        walk.actions += 1
        page.locator("[data-part=next]").click()
    raise RuntimeError(f"{made} of {LOOKED_AT} cats show their eyes")


def _click_on(walk: Walk, point: tuple[float, float]) -> None:
    """Select the superpixel at a point; where both eyes lie in one, the click that took it back is made again."""
    page, before = walk.person.page, walk.person.selected
    box: Any = page.locator(".target").bounding_box()
    for _ in range(2):
        walk.actions += 1
        page.mouse.click(box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"])
        page.wait_for_timeout(150)
        walk.person.saved()
        if len(walk.person.selected) >= len(before):
            return


def _eyes(file: Path) -> dict[str, list[tuple[float, float]]]:
    """Where the eyes of each image are, as shares of its width and height; images that show none are left out."""
    document = json.loads(file.read_text(encoding="utf-8"))
    names = document["categories"][0]["keypoints"]
    images = {image["id"]: image for image in document["images"]}
    found: dict[str, list[tuple[float, float]]] = {}
    for annotation in document["annotations"]:
        image = images[annotation["image_id"]]
        for part in EYES:
            x, y, seen = annotation["keypoints"][3 * names.index(part) :][:3]
            if seen:
                found.setdefault(image["file_name"], []).append((x / image["width"], y / image["height"]))
    return found


if __name__ == "__main__":
    sys.exit(main())
