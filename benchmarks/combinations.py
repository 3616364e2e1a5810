"""Searches for the best combination of superpixels, compared on real photographs.

``python -m benchmarks.combinations [--networks …] [--images 20] [--methods …]``: fitness against the number of forward
passes for our search, the paper's genetic search and the authors' script, and against the true optimum where a picture
has few superpixels. Every outcome is kept in a file of JSON lines, so an interrupted run goes on where it stopped. It
needs the projects of ``python -m benchmarks.real_photographs``; no photograph is written.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.combinations_report import Outcome, write_report
from benchmarks.pages import RESULTS
from data_store.records import ImageRecord
from sxai.batches import in_batches
from sxai.images.verbs.stored import read_canvas
from sxai.masks.superpixels import SlicParameters, superpixels
from sxai.networks.verbs.networks import load_network, model_record
from sxai.project.project import Project
from sxai.traits.search.running import search
from sxai.traits.search.settings import Combination, SearchSettings

REPOSITORY = Path(__file__).resolve().parent.parent
METHODS = ("flips", "genetic", "script")
EVERY = 100
FIRST = 5
GROUP = 4
"""Pictures searched together; what an interrupted run loses at most."""


class Ledger:
    """Outcomes in a file of JSON lines; a later line of the same picture and search takes the earlier's place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.outcomes = {self.key(row): row for row in (Outcome(**json.loads(line)) for line in lines)}

    @staticmethod
    def key(row: Outcome) -> tuple[str, str, int, str]:
        """What an outcome is found by."""
        return row.network, row.image, row.asked, row.method

    def add(self, row: Outcome) -> None:
        """Keep one more."""
        self.outcomes[self.key(row)] = row
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")


def chosen_images(project: Project, count: int) -> list[ImageRecord]:
    """``count`` photographs by rule: every 100th of each class from the sixth on, cats and dogs in turn."""
    pets = [image for image in project.catalogue.images() if image.dataset == "pets"]
    sides = [[image for image in pets if image.class_name == name][FIRST::EVERY] for name in ("cat", "dog")]
    return [image for pair in zip(*sides, strict=False) for image in pair][:count]


def compare(
    project: Project,
    ledger: Ledger,
    network: str,
    images: Sequence[ImageRecord],
    settings: SearchSettings,
    again: bool = False,
) -> None:
    """Search ``images`` as ``settings`` say, leaving out what the ledger has, unless ``again``."""
    record = model_record(project, network)
    model = load_network(project, record)
    slic = SlicParameters(count=settings.superpixels)
    wanted = [(network, image.name, settings.superpixels, settings.method) for image in images]
    missing = [image for image, key in zip(images, wanted, strict=True) if again or key not in ledger.outcomes]
    for group in in_batches(missing, GROUP):
        began = time.monotonic()
        pictures = [read_canvas(project, image) for image in group]
        labels = [superpixels(pixels, slic) for pixels in pictures]
        targets = [model.classes.index(image.class_name) for image in group]
        found = search(model, pictures, labels, targets, settings, project.device)
        seconds = (time.monotonic() - began) / len(group)
        for image, combination in zip(group, found, strict=True):
            ledger.add(outcome(network, image.name, settings, combination, seconds))
            print(
                f"{network} {settings.method} {image.name}: {combination.full_fitness:.2f} → "
                f"{combination.fitness:.2f} in {combination.forwards} ({seconds:.0f} s)",
                flush=True,
            )


def outcome(network: str, image: str, settings: SearchSettings, found: Combination, seconds: float) -> Outcome:
    """A row of the ledger."""
    return Outcome(
        network=network,
        image=image,
        asked=settings.superpixels,
        method=settings.method,
        settings=settings.decisive(),
        genes=len(found.genome),
        fitness=found.fitness,
        full=found.full_fitness,
        probability=found.probability,
        forwards=found.forwards,
        rechecked=found.rechecked,
        history=[list(step) for step in found.history],
        genome="".join("01"[int(kept)] for kept in found.genome),
        seconds=round(seconds, 2),
    )


def fewest(project: Project, network: str, asked: int, count: int, among: int) -> list[ImageRecord]:
    """The ``count`` photographs with the fewest superpixels when ``asked`` for, of the first ``among`` by rule."""
    slic = SlicParameters(count=asked)
    candidates = chosen_images(project, among)
    return sorted(candidates, key=lambda image: int(superpixels(read_canvas(project, image), slic).max()))[:count]


def main() -> None:
    """Run what is missing and write the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.combinations", description=__doc__.split("\n")[0])
    parser.add_argument("--homes", type=Path, default=REPOSITORY / "build" / "real", help="where projects are kept")
    parser.add_argument("--kept", type=Path, default=REPOSITORY / "build" / "combinations", help="outcomes so far")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--networks", default="squeezenet1_1,googlenet_bvlc")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--images", type=int, default=20, help="photographs a network")
    parser.add_argument("--small", type=int, default=0, help="photographs compared with the true optimum")
    parser.add_argument("--again", action="store_true", help="search anew what is kept")
    parser.add_argument("--report-only", action="store_true", help="write the report of what is kept")
    given = parser.parse_args()
    ledgers = {name: Ledger(given.kept / f"{name}.jsonl") for name in given.networks.split(",")}
    for name, ledger in ledgers.items() if not given.report_only else ():
        with Project.open(given.homes / name) as project:
            images = chosen_images(project, given.images)
            for group in in_batches(images, GROUP):
                for method in given.methods.split(","):
                    compare(project, ledger, name, group, SearchSettings(method=method), given.again)
            for image in fewest(project, name, 20, given.small, len(images)):
                for method in (*given.methods.split(","), "exhaustive"):
                    compare(project, ledger, name, [image], SearchSettings(method=method, superpixels=20), given.again)
    write_report([row for ledger in ledgers.values() for row in ledger.outcomes.values()], given.out)


if __name__ == "__main__":
    main()
