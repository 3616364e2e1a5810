"""Why the first common trait spreads as it does: ``python -m benchmarks.spread [--networks …]``.

From the projects of ``benchmarks.real_photographs``. A score of the first component is √N_s times a weighted mean of
a channel over the samples. If all that matters is how much a channel differs between photographs (its coefficient of
variation, CV = deviation / mean), the average of N_e = 3 repeats leaves the spread

    e ≈ 100 · √(4 / 3π) · mean CV / √N_s per cent,

whatever the network. The table sets that beside what is measured.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from math import ceil, pi, sqrt
from pathlib import Path

import numpy as np

from benchmarks.pages import RESULTS, render, write_json, write_page
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.project.project import Project
from sxai.traits.verbs.spread import trait_spread
from sxai.traits.verbs.traits import class_images

REPOSITORY = Path(__file__).resolve().parent.parent
SIZES = (10, 25, 50, 100, 200, 300, 500)
PAPER, PAPER_SAMPLES = 3.9, 300
FACTOR = 100 * sqrt(4 / (3 * pi))


@dataclass(frozen=True)
class Row:
    """One class in one network: what is measured at 300 and 500 samples, and what the channels let one expect."""

    network: str
    cls: str
    cv: float
    expected: float
    measured: float
    searched: float | None
    at_500: float
    needed: int
    fall: float


def row(project: Project, network: str, class_name: str) -> Row:
    """Measure the spread of one class on whole images, and look up the one with the search."""
    record = model_record(project)
    features = features_of(project, record, load_network(project, record), class_images(project, class_name)).features
    cv = float(np.mean(features.std(axis=0) / np.maximum(features.mean(axis=0), 1e-6)))
    points = {point.size: point for point in trait_spread(project, class_name, SIZES).points}
    searched = trait_spread.known(project, class_name, search="flips")
    sizes = np.log([size for size in points if size >= 25])
    slope = np.polyfit(sizes, np.log([points[size].percent for size in points if size >= 25]), 1)[0]
    return Row(
        network,
        class_name,
        cv,
        FACTOR * cv / sqrt(PAPER_SAMPLES),
        points[PAPER_SAMPLES].percent,
        searched.points[-1].percent if searched else None,
        points[500].percent,
        ceil((FACTOR * cv / PAPER) ** 2),
        float(slope),
    )


def page(rows: list[Row]) -> str:
    """The table with what it says."""
    paper_cv = PAPER * sqrt(PAPER_SAMPLES) / FACTOR
    return render("spread", rows=rows, paper=PAPER, samples=PAPER_SAMPLES, paper_cv=paper_cv)


def main() -> None:
    """Measure, print and write the page; networks that are not asked for stay as they were measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--homes", type=Path, default=REPOSITORY / "build" / "real")
    parser.add_argument("--networks", default="squeezenet1_1,googlenet_bvlc")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    file = chosen.out / "spread.json"
    known = [Row(**each) for each in json.loads(file.read_text())] if file.exists() else []
    measured = {(each.network, each.cls): each for each in known}
    for network in chosen.networks.split(","):
        with Project.open(chosen.homes / network) as project:
            measured |= {(network, name): row(project, network, name) for name in ("cat", "dog")}
    rows = list(measured.values())
    write_json(file, [asdict(each) for each in rows])
    write_page(chosen.out / "spread.md", page(rows))


if __name__ == "__main__":
    main()
