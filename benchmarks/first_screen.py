"""From an empty home to the first screen: ``python -m benchmarks.first_screen [--times 3]``.

The app is started on an empty home and opened in Chromium. Timed after the server answers: until the first example with
its verdict is seen, until the page can be used (its drop zone is there), and until the demo is furnished in full.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.pages import table
from sxai.jobs.launch import OVER
from sxai.project.homes import demo_home
from sxai.project.project import Project
from tests.browser.chromium import find_chromium
from tests.browser.serving import serving

PATIENCE = 240_000


def once(browser: Browser, folder: Path) -> dict[str, float]:
    """One start on an empty home; seconds of each mark."""
    home = folder / "home"
    with serving(home, folder / "app.log") as address:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        began = time.monotonic()
        page.goto(address)
        page.wait_for_selector(".st-key-example img", timeout=PATIENCE)
        marks = {"first example": time.monotonic() - began}
        page.wait_for_selector("[data-testid=stFileUploader]", timeout=PATIENCE)
        marks["usable"] = time.monotonic() - began
        with Project.open(demo_home(home), device="cpu") as project:
            while any(job.state not in OVER for job in project.catalogue.jobs()):
                time.sleep(0.1)
        marks["furnished"] = time.monotonic() - began
        page.close()
    return marks


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_screen", description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=3, help="starts, each on an empty home")
    times = parser.parse_args().times
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        runs = []
        for _ in range(times):
            with tempfile.TemporaryDirectory() as folder:
                runs.append(once(browser, Path(folder)))
        browser.close()
    rows = [
        {
            "until": mark,
            "median s": statistics.median(run[mark] for run in runs),
            "most s": max(run[mark] for run in runs),
        }
        for mark in runs[0]
    ]
    print(table(rows))
    print(f"{times} starts, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
