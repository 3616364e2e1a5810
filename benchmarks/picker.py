"""The picker in Chromium on a real photograph: ``python -m benchmarks.picker --home HOME``.

How long hovering and clicking take to repaint, how long until a click is saved and acknowledged, whether a hundred
rapid clicks are all saved, and whether any acknowledged click is lost when the network drops after each. HOME is a copy
of a project made by ``python -m benchmarks.real_photographs``: masks are saved into it.
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.pages import RESULTS, render, write_json, write_page
from sxai.masks.verbs.save import add_concept, mask_queue
from sxai.project.project import Project
from tests.browser.chromium import find_chromium
from tests.browser.person import Person
from tests.browser.serving import serving
from tests.browser.wire import Wire, wired

CLICKS = 100
GOALS = {"hover repaint": 16, "click repaint": 16, "saved and acknowledged": 200}
"""Milliseconds at the 95th percentile."""

REPAINTS = """([points, presses]) => new Promise((done) => {
    const host = document.querySelector("[data-testid=stBidiComponentIsolated]");
    const target = host.shadowRoot.querySelector(".target");
    const send = (type, { x, y }) => target.dispatchEvent(new PointerEvent(type, {
        clientX: x, clientY: y, pointerId: 1, button: 0, bubbles: true, pointerType: "mouse" }));
    const took = [];
    const pixel = () => target.querySelector("canvas").getContext("2d").getImageData(0, 0, 1, 1);
    const step = (at) => {
        if (at === points.length) { done(took); return; }
        const began = performance.now();
        if (presses) { send("pointerdown", points[at]); send("pointerup", points[at]); }
        else send("pointermove", points[at]);
        pixel();
        took.push(performance.now() - began);
        setTimeout(() => step(at + 1), 20);
    };
    step(0);
})"""
ACKNOWLEDGED = """() => new Promise((done) => {
    const picker = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot.querySelector(".picker");
    window.clickBegan = null;
    window.clickTook = [];
    const look = () => {
        if (picker.dataset.pending === "0" && window.clickBegan !== null) {
            window.clickTook.push(performance.now() - window.clickBegan);
            window.clickBegan = null;
        }
    };
    new MutationObserver(look).observe(picker, { attributes: true });
    picker.addEventListener("pointerdown", () => { window.clickBegan = performance.now(); }, true);
    done();
})"""


def summary(took: list[float]) -> dict[str, float]:
    """Median, 95th percentile and largest of milliseconds."""
    return {"median ms": float(np.median(took)), "p95 ms": float(np.percentile(took, 95)), "largest ms": max(took)}


def stored(project: Project, image: int, concept: str) -> set[int]:
    """The superpixels that are saved."""
    record = project.catalogue.mask(image, *concept.split("."))
    return set() if record is None else set(record.labels or ())


def dropped(me: Person, wire: Wire, project: Project, image: int, concept: str, labels: list[int]) -> dict[str, Any]:
    """Click, wait for the acknowledgement, pull the wire, see what is saved, put it back for the next click."""
    lost, expected = 0, set(me.selected)
    for label in labels:
        expected ^= {label}
        me.click_superpixel(label)
        me.saved()
        wire.pull()
        lost += stored(project, image, concept) != expected
        wire.put_back()
    me.page.reload()
    me.picture_ready()
    return {"clicks": len(labels), "lost": lost, "shown after a reload": me.selected == expected}


def rapid(page: Page, me: Person, project: Project, image: int, concept: str, labels: list[int]) -> dict[str, Any]:
    """A hundred clicks as fast as the mouse can."""
    before, points = set(me.selected), {label: me.point(label) for label in set(labels)}
    for label in labels:
        page.mouse.click(points[label]["x"], points[label]["y"])
    me.saved()
    odd = {label for label in labels if labels.count(label) % 2}
    return {"clicks": len(labels), "all saved": stored(project, image, concept) == before ^ odd}


def measure(page: Page, wire: Wire, project: Project, concept: str) -> dict[str, Any]:
    """Every measurement, on the first photograph of the queue."""
    image = mask_queue(project, concept)[0]
    me = Person(page, wire.address)
    me.open("Mask", f"?concept={concept}&image={image}")
    me.picture_ready()
    labels, others = np.random.default_rng(0).integers(0, me.superpixels - 1, (2, CLICKS)).tolist()
    points = [me.point(label) for label in labels]
    result: dict[str, Any] = {"superpixels": me.superpixels}
    result["hover repaint"] = summary(page.evaluate(REPAINTS, [points, False]))
    result["click repaint"] = summary(page.evaluate(REPAINTS, [points, True]))
    me.saved()
    page.evaluate(ACKNOWLEDGED)
    for label in labels:
        me.click_superpixel(label)
        me.saved()
    result["saved and acknowledged"] = summary(page.evaluate("window.clickTook"))
    result["rapid"] = rapid(page, me, project, image, concept, labels)
    result["network dropped after each"] = dropped(me, wire, project, image, concept, others)
    return result


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, Project.open(asked.home) as project, sync_playwright() as driver:
        concept = add_concept(project, "cat.measured").name
        with serving(asked.home, Path(folder) / "app.log") as address, wired(address) as wire:
            browser = driver.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            result = measure(browser.new_page(viewport={"width": 1440, "height": 1000}), wire, project, concept)
    result["load"] = {"before": before, "after": os.getloadavg()[0], "cores": os.cpu_count()}
    write_json(asked.out / "picker.json", result)
    write_page(asked.out / "picker.md", report(result))


def report(result: dict[str, Any]) -> str:
    """The measurements as a page of the documents."""
    timed = [
        {"what": what, **result[what], "goal ms": goal, "met": "yes" if result[what]["p95 ms"] < goal else "no"}
        for what, goal in GOALS.items()
    ]
    return render("picker", result=result, clicks=CLICKS, timed=timed)


if __name__ == "__main__":
    main()
