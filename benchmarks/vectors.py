"""Semantic vectors on real photographs: ``python -m benchmarks.vectors [--networks …] [--composites N]``.

Five animals and ten textures, the first half of each by file name to make vectors from and to train the head on, the
second half held out. Retrieval, the paper's Table 1, diversity against accuracy, the role of colour and the pointing
game on composites of two animals. Each network has a project of its own, in which everything is kept, so an interrupted
run goes on. The page and the numbers go to ``build/results``; no photograph is written there.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pages import RESULTS, render, save_figure, write_json, write_page
from benchmarks.real_photographs import REPOSITORY, WEIGHTS, say
from benchmarks.vectors_goals import goals
from sxai.assess.pointing_figures import gain_band, pointing_curves
from sxai.demo.verbs.fill import fill_demo
from sxai.images.verbs.import_ import import_images
from sxai.networks.verbs.networks import active_model, add_model
from sxai.networks.verbs.train import train_model
from sxai.project.project import Project
from sxai.vectors.figures import diversity_scatter
from sxai.vectors.vectors import Gate
from sxai.vectors.verbs.pointing_game import pointing_game
from sxai.vectors.verbs.tests import colour_role, perturbation_table
from sxai.vectors.verbs.vectors import VectorSet, diversity_accuracy, semantic_vectors

TITLES = {"guided-backprop": "Guided backprop", "gradient-input": "Gradient × input"}
ANIMALS = ("cat", "cow", "dog", "horse", "sheep")
EPOCHS = 20
COMPOSITES = 300
TRIED = 60
"""Composites of photographs that vectors were made from, on which the gate of the game is chosen."""

GATES = (0.02, 0.03, 0.05, 0.1, 0.2)
"""Gates that are tried there, as shares of the units."""

SWEEP = (0.05, 0.15, 0.2, 0.3)
"""Gates of Table 1 beside the usual one, as activation rates."""

LEVELS = (0.9, 0.5, 0.0)
"""Zeros of Table 1: the usual one, the median, whose usual gate is the paper's 0.5, and the paper's."""


def prepare(project: Project, data: Path, network: str) -> None:
    """Import both collections by halves, add the network and train its head; what is there already is left alone."""
    groups = {"animals": ANIMALS, "textures": sorted(one.name for one in (data / "textures").iterdir() if one.is_dir())}
    have = {record.name for record in project.catalogue.classes()}
    for collection, names in groups.items():
        for name in names:
            files = sorted((data / collection / name).glob("*.jp*g"))
            half = len(files) // 2
            for split, part in (("train", files[:half]), ("val", files[half:])):
                if name not in have:
                    import_images(project, part, collection, split, name, progress=say)
    if project.catalogue.model(network) is None:
        add_model(project, network, network, data / "weights" / WEIGHTS[network], progress=say)
    if not active_model(project).trained:
        train_model(project, network, epochs=EPOCHS, progress=say)


def retrieval(vectors: VectorSet) -> list[dict[str, Any]]:
    """Precision of every concept among its own set's held-out photographs."""
    return [asdict(row) for row in vectors.retrieval()]


def shifts(project: Project, vectors: VectorSet, threshold: float | None) -> dict[str, Any]:
    """Table 1 at one gate."""
    found = perturbation_table(project, vectors, threshold, progress=say)
    return {
        "level": vectors.level,
        "threshold": found.threshold,
        "kept": found.kept,
        "before": found.before,
        "ways": {way: asdict(shift) for way, shift in found.total.items()},
    }


def correlation(project: Project, vectors: VectorSet) -> dict[str, Any]:
    """D_c against accuracy over one set's classes."""
    rows, found = diversity_accuracy(project, vectors)
    return {"rows": [asdict(row) for row in rows], **asdict(found)}


def game(project: Project, vectors: VectorSet, composites: int) -> dict[str, Any]:
    """Choose the gate on photographs that made the vectors, then play on held-out ones."""
    tried = {}
    for share in GATES:
        found = pointing_game(project, vectors, TRIED, Gate(share=share), made=True, progress=say)
        tried[share] = float(np.mean([found.gains[key].gain for key in found.gains if key[1] == "most"]))
    best = max(tried, key=lambda one: tried[one])
    played = pointing_game(project, vectors, composites, Gate(share=best), progress=say)
    return {"tried": [{"share": key, "mean gain": value} for key, value in tried.items()], **played.summary()}


def species(home: Path) -> dict[str, Any]:
    """D_c against accuracy on the demo's twenty drawn species."""
    with Project.open(home, device="cpu") as project:
        if not project.catalogue.spaces():
            fill_demo(project, species=True, progress=say)
        return {
            str(level): correlation(project, semantic_vectors(project, level=level, progress=say))
            for level in (0.9, 0.0)
        }


def run(data: Path, homes: Path, network: str, composites: int) -> dict[str, Any]:
    """One network: everything that the page tells of it."""
    print(network, flush=True)
    with Project.open(homes / network, device="cpu") as project:
        prepare(project, data, network)
        sets = {
            name: semantic_vectors(project, dataset=dataset, progress=say)
            for name, dataset in (("animals", "animals"), ("textures", "textures"), ("both", None))
        }
        paper = {
            name: semantic_vectors(project, dataset=dataset, level=0.0, progress=say)
            for name, dataset in (("animals", "animals"), ("textures", "textures"), ("both", None))
        }
        levels = {level: semantic_vectors(project, level=level, progress=say) for level in LEVELS}
        summary = active_model(project)
        return {
            "network": network,
            "accuracy": summary.accuracy,
            "channels": summary.channels,
            "images": {name: [int(one.made.sum()), int((~one.made).sum())] for name, one in sets.items()},
            "level": sets["both"].level,
            "retrieval": {name: retrieval(one) for name, one in sets.items()},
            "retrieval, zero": {name: retrieval(one) for name, one in paper.items()},
            "shifts": [
                *(shifts(project, one, None) for one in levels.values()),
                *(shifts(project, sets["both"], threshold) for threshold in SWEEP),
            ],
            "diversity": {name: correlation(project, one) for name, one in sets.items()},
            "diversity, zero": {name: correlation(project, one) for name, one in paper.items()},
            "nearest": nearest(sets["both"]),
            "colour": asdict(colour_role(project, sets["both"], progress=say)),
            "game": game(project, sets["animals"], composites),
        }


def nearest(vectors: VectorSet) -> list[dict[str, Any]]:
    """The most relevant other concept of each."""
    related = vectors.relevance() - 2 * np.eye(len(vectors.words))
    return [
        {
            "concept": name,
            "nearest": vectors.words[int(row.argmax())],
            "cosine": float(row.max()),
            "diversity": vectors.concept(name).diversity,
        }
        for name, row in zip(vectors.words, related, strict=True)
    ]


def page(results: Mapping[str, Any]) -> str:
    """The whole page."""
    return render("vectors", goals=goals(results), methods=TITLES, **results)


def draw(one: Mapping[str, Any], charts: Path) -> None:
    """One network's charts: accuracy by diversity, and each saliency method with and without the gate."""
    found, game, name = one["diversity"]["both"], one["game"], one["network"]
    columns = ([row[key] for row in found["rows"]] for key in ("name", "diversity", "accuracy"))
    save_figure(diversity_scatter(*columns, found["r"], found["p"]), charts, f"{name}-diversity")
    for curve in game["curves"]:
        if curve["reading"] == "most":
            shares, title, stem = game["shares"], TITLES[curve["method"]], f"{name}-{curve['method']}"
            rates = (curve["plain"], curve["gated"], game["grad_cam"]["most"])
            save_figure(pointing_curves(shares, *rates, title, "most of the pixels"), charts, f"{stem}-hits")
            gains = (curve["gain"], curve["low"], curve["high"])
            save_figure(gain_band(shares, *gains, title), charts, f"{stem}-gain")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the networks asked for and write the page and its charts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of photographs and weights")
    parser.add_argument("--homes", type=Path, default=REPOSITORY / "build" / "vectors", help="where projects are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--networks", default="googlenet_bvlc,squeezenet1_1")
    parser.add_argument("--composites", type=int, default=COMPOSITES)
    chosen = parser.parse_args(arguments)
    if not (chosen.data / "animals").is_dir():
        parser.exit(1, f"no photographs in {chosen.data}; give --data\n")
    results = {
        "networks": [run(chosen.data, chosen.homes, name, chosen.composites) for name in chosen.networks.split(",")],
        "species": species(chosen.homes / "species"),
    }
    write_json(chosen.out / "vectors.json", results)
    for one in results["networks"]:
        draw(one, chosen.out / "charts")
    write_page(chosen.out / "vectors.md", page(results))


if __name__ == "__main__":
    main()
