"""Twenty classes: does a semantic probability predict a part of any of them?

``python -m benchmarks.species_truth [--out FILE.json] [--page FILE.md]`` fills the demo of the twenty invented species
(or takes the one in ``--home``), draws fresh pictures with other seeds and measures, for each of the eighty spaces:

* auc: area under ROC of P_s against whether the part shows, over fresh pictures of the class;
* r2: q-q R² of the reference distribution;
* lowered: share of the masked images, held out from the space, whose P_s falls;
* visible, hidden: mean P_s (clipped) of fresh pictures that show the part, and of those that do not.

And for the project: accuracy on the fresh pictures, and how often each level of assessment (supplement S.4) is given
when the network is right and when it is wrong.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.pages import render, write_json
from sxai.assess.verbs.assess import Assessor
from sxai.demo.canvas import PARTS
from sxai.demo.pets import Pet, demo_pets
from sxai.demo.species import SPECIES
from sxai.demo.verbs.fill import fill_demo
from sxai.networks.features import extract
from sxai.networks.verbs.networks import list_models
from sxai.project.project import Project
from sxai.spaces.verbs.stored import SpaceSummary, list_spaces

FRESH_SEED = 90_002


@dataclass(frozen=True)
class Finding:
    """What was measured for one space on fresh pictures of its class; NaN where one kind of picture is missing."""

    space: str
    present: float
    auc: float
    visible: float
    hidden: float
    r2: float
    lowered: float | None


def run(project: Project, fresh: int, seed: int = FRESH_SEED) -> dict[str, Any]:
    """Measure everything on ``fresh`` new pictures; plain JSON values."""
    began = time.monotonic()
    assessor = Assessor.of(project)
    pets = list(demo_pets(fresh, seed, SPECIES))
    features = extract(assessor.network, [pet.pixels for pet in pets], device="cpu").features
    summaries = {space.name: space for space in list_spaces(project)}
    findings = [
        _finding(space.name, space.probability(features), pets, summaries[space.name]) for space in assessor.spaces
    ]
    said = [assessor.assess(str(row), features[row : row + 1]) for row in range(len(pets))]
    right = [one.predicted == pet.species for one, pet in zip(said, pets, strict=True)]
    return {
        "settings": {
            "fresh": fresh,
            "seed": seed,
            "images": project.catalogue.count_images(),
            "masks": _masks(summaries),
        },
        "accuracy": {**list_models(project)[0].accuracy, "fresh": float(np.mean(right))},
        "spaces": [asdict(finding) for finding in findings],
        "by part": [_mean_of(part, findings) for part in PARTS],
        "levels": {
            "right": dict(Counter(one.assessment for one, good in zip(said, right, strict=True) if good)),
            "wrong": dict(Counter(one.assessment for one, good in zip(said, right, strict=True) if not good)),
        },
        "examples": _examples(said),
        "seconds": round(time.monotonic() - began, 1),
    }


def _masks(summaries: dict[str, SpaceSummary]) -> list[int]:
    counts = [space.n_masks for space in summaries.values()]
    return [min(counts), max(counts)]


def _finding(name: str, probability: np.ndarray, pets: Sequence[Pet], summary: SpaceSummary) -> Finding:
    species, part = name.split(".")
    own = np.array([pet.species == species for pet in pets])
    shows = np.array([pet.visible[part] for pet in pets])
    clipped = np.clip(probability, 0, 1)
    both = 0 < shows[own].sum() < own.sum()
    return Finding(
        space=name,
        present=float(shows[own].mean()),
        auc=float(roc_auc_score(shows[own], probability[own])) if both else float("nan"),
        visible=float(clipped[own & shows].mean()),
        hidden=float(clipped[own & ~shows].mean()) if both else float("nan"),
        r2=summary.reference.r2,
        lowered=summary.masked.share_lower_held_out,
    )


def _mean_of(part: str, findings: Sequence[Finding]) -> dict[str, Any]:
    """One line over the twenty species."""
    rows = [asdict(finding) for finding in findings if finding.space.endswith(f".{part}")]
    auc = [row["auc"] for row in rows]
    weakest = min(rows, key=lambda row: row["auc"])
    mean = {key: float(np.nanmean([row[key] for row in rows])) for key in ("visible", "hidden", "r2", "lowered")}
    return {
        "part": part,
        "auc": float(np.nanmean(auc)),
        "auc, lowest": f"{weakest['auc']:.3f} ({weakest['space']})",
        **mean,
    }


def _examples(said: Sequence[Any]) -> list[dict[str, str]]:
    """The first assessment of each level, as a person reads it."""
    first = {one.assessment: one for one in reversed(said)}
    return [{"level": level, "sentence": one.sentence, "CNN": one.cnn_line} for level, one in first.items()]


def page(result: dict[str, Any]) -> str:
    """The whole page."""
    return render("species", parts=result["by part"], **result)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page; 0 when the network tells the species apart and P the parts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.species_truth", description=__doc__.split("\n")[0])
    parser.add_argument("--home", type=Path, help="a filled demo of the species (default: fill one, then drop it)")
    parser.add_argument("--fresh", type=int, default=3000, help="number of fresh pictures")
    parser.add_argument("--out", type=Path, help="also write the numbers as JSON")
    parser.add_argument("--page", type=Path, help="also write a page of the documentation")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Project.open(given.home or folder, device="cpu") as project:
        fill_demo(project, species=True)
        result = run(project, given.fresh)
    text = page(result)
    sys.stdout.write(text)
    if given.out:
        write_json(given.out, result)
    if given.page:
        given.page.write_text(text, encoding="utf-8")
    return 0 if result["accuracy"]["fresh"] > 0.9 and min(row["auc"] for row in result["by part"]) > 0.8 else 1


if __name__ == "__main__":
    raise SystemExit(main())
