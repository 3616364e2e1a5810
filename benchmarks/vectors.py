"""Semantic vectors on real photographs: ``python -m benchmarks.vectors [--networks …] [--composites N]``.

Five animals and ten textures, the first half of each by file name to make vectors from and to train the head on, the
second half held out. Retrieval, the paper's Table 1, diversity against accuracy, the role of colour and the pointing
game on composites of two animals. Each network has a project of its own, in which everything is kept, so an interrupted
run goes on. The page and the numbers go to ``docs/results``; no photograph is written there.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.real_photographs import REPOSITORY, WEIGHTS, say
from benchmarks.vectors_page import page
from sxai import workflows as verbs
from sxai.workflows import Gate, VectorSet, Workspace

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


def prepare(ws: Workspace, data: Path, network: str) -> None:
    """Import both collections by halves, add the network and train its head; what is there already is left alone."""
    groups = {"animals": ANIMALS, "textures": sorted(one.name for one in (data / "textures").iterdir() if one.is_dir())}
    have = {record.name for record in ws.catalogue.classes()}
    for collection, names in groups.items():
        for name in names:
            files = sorted((data / collection / name).glob("*.jp*g"))
            half = len(files) // 2
            for split, part in (("train", files[:half]), ("val", files[half:])):
                if name not in have:
                    verbs.import_images(ws, part, collection, split, name, progress=say)
    if ws.catalogue.model(network) is None:
        verbs.add_model(ws, network, network, data / "weights" / WEIGHTS[network], progress=say)
    if not verbs.active_model(ws).trained:
        verbs.train_model(ws, network, epochs=EPOCHS, progress=say)


def retrieval(vectors: VectorSet) -> list[dict[str, Any]]:
    """Precision of every concept among its own set's held-out photographs."""
    return [asdict(row) for row in vectors.retrieval()]


def shifts(ws: Workspace, vectors: VectorSet, threshold: float | None) -> dict[str, Any]:
    """Table 1 at one gate."""
    found = verbs.perturbation_table(ws, vectors, threshold, progress=say)
    return {
        "level": vectors.level, "threshold": found.threshold, "kept": found.kept, "before": found.before,
        "ways": {way: asdict(shift) for way, shift in found.total.items()},
    }  # fmt: skip


def correlation(ws: Workspace, vectors: VectorSet) -> dict[str, Any]:
    """D_c against accuracy over one set's classes."""
    rows, found = verbs.diversity_accuracy(ws, vectors)
    return {"rows": [asdict(row) for row in rows], **asdict(found)}


def game(ws: Workspace, vectors: VectorSet, composites: int) -> dict[str, Any]:
    """Choose the gate on photographs that made the vectors, then play on held-out ones."""
    tried = {}
    for share in GATES:
        found = verbs.pointing_game(ws, vectors, TRIED, Gate(share=share), made=True, progress=say)
        tried[share] = float(np.mean([found.gains[key].gain for key in found.gains if key[1] == "most"]))
    best = max(tried, key=lambda one: tried[one])
    played = verbs.pointing_game(ws, vectors, composites, Gate(share=best), progress=say)
    return {"tried": [{"share": key, "mean gain": value} for key, value in tried.items()], **played.summary()}


def species(home: Path) -> dict[str, Any]:
    """D_c against accuracy on the demo's twenty drawn species."""
    with Workspace.open(home, device="cpu") as ws:
        if not ws.catalogue.spaces():
            verbs.fill_demo(ws, species=True, progress=say)
        return {
            str(level): correlation(ws, verbs.semantic_vectors(ws, level=level, progress=say)) for level in (0.9, 0.0)
        }


def run(data: Path, homes: Path, network: str, composites: int) -> dict[str, Any]:
    """One network: everything that the page tells of it."""
    print(network, flush=True)
    with Workspace.open(homes / network, device="cpu") as ws:
        prepare(ws, data, network)
        sets = {
            name: verbs.semantic_vectors(ws, dataset=dataset, progress=say)
            for name, dataset in (("animals", "animals"), ("textures", "textures"), ("both", None))
        }
        paper = {
            name: verbs.semantic_vectors(ws, dataset=dataset, level=0.0, progress=say)
            for name, dataset in (("animals", "animals"), ("textures", "textures"), ("both", None))
        }
        levels = {level: verbs.semantic_vectors(ws, level=level, progress=say) for level in LEVELS}
        summary = verbs.active_model(ws)
        return {
            "network": network,
            "accuracy": summary.accuracy,
            "channels": summary.channels,
            "images": {name: [int(one.made.sum()), int((~one.made).sum())] for name, one in sets.items()},
            "level": sets["both"].level,
            "retrieval": {name: retrieval(one) for name, one in sets.items()},
            "retrieval, zero": {name: retrieval(one) for name, one in paper.items()},
            "shifts": [
                *(shifts(ws, one, None) for one in levels.values()),
                *(shifts(ws, sets["both"], threshold) for threshold in SWEEP),
            ],
            "diversity": {name: correlation(ws, one) for name, one in sets.items()},
            "diversity, zero": {name: correlation(ws, one) for name, one in paper.items()},
            "nearest": nearest(sets["both"]),
            "colour": asdict(verbs.colour_role(ws, sets["both"], progress=say)),
            "game": game(ws, sets["animals"], composites),
        }


def nearest(vectors: VectorSet) -> list[dict[str, Any]]:
    """The most relevant other concept of each."""
    related = vectors.relevance() - 2 * np.eye(len(vectors.words))
    return [
        {"concept": name, "nearest": vectors.words[int(row.argmax())], "cosine": float(row.max()),
         "diversity": vectors.concept(name).diversity}
        for name, row in zip(vectors.words, related, strict=True)
    ]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the networks asked for and write the page and its charts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of photographs and weights")
    parser.add_argument("--homes", type=Path, default=REPOSITORY / "build" / "vectors", help="where projects are kept")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "results")
    parser.add_argument("--networks", default="googlenet_bvlc,squeezenet1_1")
    parser.add_argument("--composites", type=int, default=COMPOSITES)
    chosen = parser.parse_args(arguments)
    if not (chosen.data / "animals").is_dir():
        parser.exit(1, f"no photographs in {chosen.data}; give --data\n")
    results = {
        "networks": [
            run(chosen.data, chosen.homes, name, chosen.composites) for name in chosen.networks.split(",")
        ],
        "species": species(chosen.homes / "species"),
    }  # fmt: skip
    (chosen.out / "vectors.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    text = page(results, chosen.out / "vectors")
    (chosen.out / "vectors.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
