"""Visualisation, the paper's gradient descent against the fast method: ``python -m benchmarks.inversion``.

Both minimise the same function for the same targets in the same batch on one thread, so wall time compares; CPU time is
given beside it, since a machine is rarely quiet for an hour. The descent is kept every 200 steps and goes on after an
interruption. Numbers and charts go to ``build/results``; the pictures, which come from photographs, stay in
``build/inversion``.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from PIL import Image, ImageDraw

from benchmarks.pages import RESULTS, render, save_figure, write_json, write_page
from sxai.networks.verbs.networks import load_network, model_record
from sxai.project.project import Project
from sxai.visualisation.crops import Crop
from sxai.visualisation.figures import method_race
from sxai.visualisation.inversion import Inversion, invert
from sxai.visualisation.settings import InversionSettings
from sxai.visualisation.verbs.targets import TraitSource, target_vector

REPOSITORY = Path(__file__).resolve().parent.parent
TRAITS = ("cat:1", "cat:2", "cat:3", "dog:1", "dog:2", "dog:3")
SPACES = ("cat.eyes", "cat.nose", "cat.legs", "dog.eyes", "dog.nose", "dog.legs")
TARGETS = {"squeezenet1_1": TRAITS + SPACES, "googlenet_bvlc": ("cat:1", "dog:1", "cat.eyes", "dog.nose")}
METHODS = ("paper", "fast")
CELL, LEFT, TOP = 224, 44, 24
"""Pixels of the contact sheet: a picture, the names of methods, the names of targets."""


class Stopwatch:
    """Processor seconds at every step, kept beside the checkpoint; goes on after an interruption."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.read: list[float] = np.load(path).tolist() if path.exists() else []
        self.zero: float | None = None

    def __call__(self, stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
        if self.zero is None:
            self.read = self.read[: done - 1]
            self.zero = time.process_time() - (self.read[-1] if self.read else 0.0)
        self.read.append(time.process_time() - self.zero)
        if done % 200 == 0:
            np.save(self.path, np.array(self.read))
            print(f"{self.name}: {done} of {total}, {self.read[-1]:.0f} s of processor time", flush=True)


def run(network: str, method: str, homes: Path, out: Path) -> None:
    """One method on all targets of a network in one batch; nothing when that was done before."""
    folder = out / network
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / f"{method}.npz").exists():
        return
    with Project.open(homes / network, device="cpu") as project:
        vectors = _vectors(project, folder / "targets.npz", TARGETS[network])
        watch = Stopwatch(folder / f"{method}.clock.npy", f"{network} {method}")
        found = invert(
            load_network(project, model_record(project)),
            vectors,
            InversionSettings(method=method),
            device="cpu",
            progress=watch,
            checkpoint=folder / f"{method}.checkpoint.npz",
        )
    _store(folder / method, TARGETS[network], found, watch.read)


def _vectors(project: Project, path: Path, names: Sequence[str]) -> np.ndarray:
    """The targets (T, C): those of the first run, so that every method gets the same."""
    if not path.exists():
        source, record = TraitSource(search=None), model_record(project)
        np.savez(path, **{name: target_vector(project, record, name, source) for name in names})
    with np.load(path) as stored:
        return np.stack([stored[name] for name in names])


def _store(stem: Path, names: Sequence[str], found: Sequence[Inversion], processor: list[float]) -> None:
    """Keep curves, pictures and ends; the curve of a target that ended early is shorter."""
    arrays: dict[str, np.ndarray] = {"processor": np.array(processor)}
    ends = {}
    for name, one in zip(names, found, strict=True):
        arrays |= {f"{name}/losses": one.curve, f"{name}/seconds": one.seconds, f"{name}/picture": one.picture}
        ends[name] = {
            "loss": one.loss,
            "misfit": one.misfit,
            "variation": one.variation,
            "blank": one.blank_loss,
            "steps": one.steps,
            "remarks": list(one.remarks),
            "crops": [asdict(crop) for crop in one.crops],
        }
    np.savez_compressed(stem.with_suffix(".npz"), **arrays)
    stem.with_suffix(".json").write_text(json.dumps(ends, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, eq=False)
class Outcome:
    """One method on one network: ends by target, and the arrays that were kept."""

    ends: dict[str, dict[str, Any]]
    arrays: dict[str, np.ndarray]

    @classmethod
    def read(cls, stem: Path) -> Self:
        """The stored outcome of :func:`run` in that folder."""
        with np.load(stem.with_suffix(".npz")) as stored:
            return cls(json.loads(stem.with_suffix(".json").read_text(encoding="utf-8")), dict(stored))

    def curve(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Wall seconds and losses (n,) of a target."""
        return self.arrays[f"{name}/seconds"], self.arrays[f"{name}/losses"]

    def processor(self) -> float:
        """Processor seconds of the whole batch."""
        return float(self.arrays["processor"][-1])

    def reaches(self, name: str, goal: float) -> int | None:
        """The first step (from 0) of a target with a loss of at most ``goal``."""
        there = np.flatnonzero(self.arrays[f"{name}/losses"] <= goal)
        return int(there[0]) if len(there) else None


def compared(paper: Outcome, fast: Outcome) -> list[dict[str, Any]]:
    """One row a target: what the paper ends with, and when the fast method is there."""
    rows = []
    whole = {"wall": float(next(paper.arrays[key] for key in paper.arrays if key.endswith("/seconds"))[-1])}
    for name, end in paper.ends.items():
        at = fast.reaches(name, end["loss"])
        lowest = float(np.nanmin(np.append(paper.arrays[f"{name}/losses"], end["loss"])))
        seconds, _ = fast.curve(name)
        rows.append(
            {
                "target": name,
                "blank": end["blank"],
                "paper: final loss": end["loss"],
                "paper: lowest loss": lowest,
                "fast: final loss": fast.ends[name]["loss"],
                "steps to the paper's final": None if at is None else at + 1,
                "steps to the paper's lowest": None if (low := fast.reaches(name, lowest)) is None else low + 1,
                "wall s": None if at is None else float(seconds[at]),
                "share of the paper's wall time": None if at is None else float(seconds[at]) / whole["wall"],
                "share of its processor time": None
                if at is None
                else float(fast.arrays["processor"][at]) / paper.processor(),
            }
        )
    return rows


def contact_sheet(outcomes: dict[str, Outcome], names: Sequence[str], path: Path) -> None:
    """Pictures side by side, a row a method, with the fast method's crops in a last row."""
    sheet = Image.new("RGB", (LEFT + CELL * len(names), TOP + CELL * (len(outcomes) + 1)), "white")
    draw = ImageDraw.Draw(sheet)
    for column, name in enumerate(names):
        draw.text((LEFT + CELL * column + 6, 6), name, fill="black")
        for row, (method, outcome) in enumerate(outcomes.items()):
            draw.text((4, TOP + CELL * row + 6), method, fill="black")
            picture = outcome.arrays[f"{name}/picture"]
            cell = Image.fromarray(picture).resize((CELL - 4, CELL - 4), Image.Resampling.LANCZOS)
            sheet.paste(cell, (LEFT + CELL * column, TOP + CELL * row))
        last = list(outcomes)[-1]
        for crop in outcomes[last].ends[name]["crops"][:1]:
            part = Image.fromarray(Crop(**crop).of(outcomes[last].arrays[f"{name}/picture"]))
            cell = part.resize((CELL - 4, CELL - 4), Image.Resampling.LANCZOS)
            sheet.paste(cell, (LEFT + CELL * column, TOP + CELL * len(outcomes)))
    draw.text((4, TOP + CELL * len(outcomes) + 6), "crop", fill="black")
    sheet.save(path)


def numbers(network: str, out: Path, docs: Path) -> dict[str, Any]:
    """One network's numbers; draws the chart and the contact sheet."""
    outcomes = {method: Outcome.read(out / network / method) for method in METHODS}
    paper, fast = outcomes["paper"], outcomes["fast"]
    rows = compared(paper, fast)
    names = [row["target"] for row in rows]
    wall = float(paper.curve(names[0])[0][-1])
    race = {
        method: [(one.curve(name)[0], one.curve(name)[1] / paper.ends[name]["loss"]) for name in names]
        for method, one in outcomes.items()
    }
    save_figure(method_race(race, quarter=wall / 4), docs / "charts", f"inversion-{network}")
    contact_sheet(outcomes, names, out / f"{network}.png")
    return {
        "targets": rows,
        "ends": {method: one.ends for method, one in outcomes.items()},
        "wall": wall,
        "processor": paper.processor(),
    }


def report(networks: Sequence[str], out: Path, docs: Path) -> None:
    """Write ``inversion.md`` and ``inversion.json``; what was seen in the pictures stands in the template."""
    found = {network: numbers(network, out, docs) for network in networks}
    write_json(docs / "inversion.json", found)
    write_page(docs / "inversion.md", page(found))


def page(networks: dict[str, Any]) -> str:
    """The whole page."""
    return render("inversion", networks=networks)


def main() -> None:
    """Run what is missing for the networks asked for, and write the report over all that is finished."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path, default=REPOSITORY / "build" / "real", help="where projects are kept")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "inversion", help="pictures and checkpoints")
    parser.add_argument("--docs", type=Path, default=RESULTS)
    parser.add_argument("--networks", default=",".join(TARGETS))
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    for network in chosen.networks.split(","):
        for method in chosen.methods.split(","):
            run(network, method, chosen.homes, chosen.out)
    ready = [name for name in TARGETS if all((chosen.out / name / f"{method}.npz").exists() for method in METHODS)]
    if ready:
        report(ready, chosen.out, chosen.docs)
    else:
        print("no network has been through all methods yet")


if __name__ == "__main__":
    main()
