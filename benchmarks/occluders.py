"""Occluders on real photographs: ``python -m benchmarks.occluders [--networks …] [--images N]``.

Two tasks: five animals, half of each by file name to learn on and half held out, with concepts masked from part points;
and cats against dogs. For each network and task an occluder for every class at ε = 14/255, its accuracies matched and
unmatched as in the paper's Tables S1 and S2, and the concepts by their share of what it takes away. SqueezeNet's for
the animals are learned at other ε too. Every network and task has a project of its own in which all is kept, so an
interrupted run goes on. The page, its numbers and charts go to ``build/results``; no photograph does.
"""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.pages import RESULTS, render, save_figure, write_json, write_page
from benchmarks.real_photographs import POINTS, REPOSITORY, WEIGHTS, say
from sxai.errors import SpaceError
from sxai.images.verbs.import_ import import_images
from sxai.masks.verbs.from_annotations import masks_from_keypoints
from sxai.networks.verbs.networks import active_model, add_model
from sxai.networks.verbs.train import train_model
from sxai.occluders.defaults import IMAGES
from sxai.occluders.effects import Occluders
from sxai.occluders.figures import epsilon_sweep, occluder_dumbbells, occluder_matrix
from sxai.occluders.verbs.learn import learn_occluders
from sxai.occluders.verbs.rank_concepts import rank_concepts
from sxai.project.project import Project
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import list_spaces
from sxai.vectors.verbs.vectors import semantic_vectors

VGG = ("VGG-16", {"matched": 0.1616 / 0.7358, "unmatched": 0.5035 / 0.7358})
PAPER = {"googlenet_bvlc": ("GoogLeNet", {"matched": 0.2606 / 0.7494, "unmatched": 0.5662 / 0.7494})}
"""Share of clean test accuracy left under occluders in the paper (Tables S1 and S2), where it has the network."""

WANTED = {"matched": "at most 0.250", "unmatched": "at least 0.667"}

ANIMALS = ("cat", "cow", "dog", "horse", "sheep")
TASKS = ("animals", "pets")
SWEEPS = {("squeezenet1_1", "animals"): (7 / 255, 10 / 255)}
"""Other ε at which occluders are learned too, by network and task."""

MASKS = 60
EPOCHS = 20


def prepare(project: Project, data: Path, network: str, task: str) -> None:
    """Import the photographs, add the network and train its head; what is there already is left alone."""
    have = {record.name for record in project.catalogue.classes()}
    if task == "pets":
        for name in ("cat", "dog"):
            if name not in have:
                import_images(project, data / "pets" / f"{name}s", "pets", "auto", name, progress=say)
    else:
        for name in [one for one in ANIMALS if one not in have]:
            files = sorted((data / "animals" / name).glob("*.jp*g"))
            half = len(files) // 2
            import_images(project, files[:half], "animals", "train", name, progress=say)
            import_images(project, files[half:], "animals", "val", name, progress=say)
    if project.catalogue.model(network) is None:
        add_model(project, network, network, data / "weights" / WEIGHTS[network], progress=say)
    if not active_model(project).trained:
        train_model(project, network, epochs=EPOCHS, progress=say)


def concepts(project: Project, data: Path) -> None:
    """A space for each part of each animal, from part points; and the semantic vectors of textures."""
    keypoints = data / "animals" / "keypoints.coco.json"
    if not list_spaces(project):
        for name in ANIMALS:
            for concept, points in POINTS.items():
                masks_from_keypoints(project, keypoints, name, concept, points, MASKS, 20, progress=say)
        extract_spaces(project, progress=say)
    semantic_vectors(project, str(data / "textures"), progress=say)


def rankings(project: Project, found: Occluders) -> Iterator[dict[str, Any]]:
    """The concepts of every class that has some."""
    for name in found.names:
        try:
            yield rank_concepts(project, found.of(name), progress=say).summary()
        except SpaceError as error:
            yield {"class": name, "failed": str(error)}


def run(setting: argparse.Namespace, network: str, task: str) -> dict[str, Any]:
    """Everything of one network and task, and its charts."""
    with Project.open(setting.homes / f"{network}-{task}") as project:
        prepare(project, setting.data, network, task)
        found = learn_occluders(project, images=setting.images, progress=say)
        charts = {
            "effects": occluder_dumbbells(found.names, found.pairs("matched"), found.pairs("unmatched")),
            "specific": occluder_matrix(found.names, found.classes, found.changes()),
        }
        result: dict[str, Any] = {"network": network, "task": task, "occluders": found.summary(), "sweep": []}
        if task == "animals":
            concepts(project, setting.data)
            result["rankings"] = list(rankings(project, found))
        if others := [
            learn_occluders(project, None, one, images=setting.images, progress=say)
            for one in SWEEPS.get((network, task), ())
        ]:
            every = [found, *others]
            every.sort(key=lambda one: one.epsilon)
            result["sweep"] = [one.summary() for one in every]
            charts["sweep"] = epsilon_sweep(
                [one.epsilon for one in every],
                *(
                    [(kind(one).clean, kind(one).occluded) for one in every]
                    for kind in (Occluders.matched, Occluders.unmatched)
                ),
            )
        for name, chart in charts.items():
            save_figure(chart, setting.out / "charts", f"occluders-{network}-{task}-{name}")
        return {**result, "charts": sorted(charts)}


def page(results: Sequence[dict[str, Any]]) -> str:
    """What was found first, then every table, and the charts that tell most."""
    return render("occluders", results=results, paper=PAPER, vgg=VGG, wanted=WANTED)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is missing and write the page from all results."""
    default = os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.occluders", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of photographs and weights")
    parser.add_argument(
        "--homes", type=Path, default=REPOSITORY / "build" / "occluders", help="where projects are kept"
    )
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--networks", default="squeezenet1_1,googlenet_bvlc")
    parser.add_argument("--images", type=int, default=IMAGES, help="images of a class and split at most")
    given = parser.parse_args(arguments)
    file = given.out / "occluders.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    results = {(one["network"], one["task"]): one for one in known}
    for network in given.networks.split(","):
        for task in TASKS:
            results[network, task] = run(given, network, task)
            write_json(file, list(results.values()))
    write_page(given.out / "occluders.md", page(list(results.values())))


if __name__ == "__main__":
    main()
