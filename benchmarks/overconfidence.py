"""Is a picture without the animal still called "sure"? ``python -m benchmarks.overconfidence [--networks …]``.

Photographs that the network calls cat or dog with at least 90 %: clear frontal ones, those from behind, other animals
and textures. How sure is the assessment of each group, on the paper's spaces and on spatial ones, with the paper's P
and with calibrated probabilities? Works on the projects of ``benchmarks.real_photographs``; numbers go
to ``build/results``.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pages import render, write_json, write_page
from benchmarks.presence import Photographs
from benchmarks.real_photographs import CLASSES, POINTS, project_arguments, projects, say
from sxai.assess.assessment import assess
from sxai.images.decode import canvas, decode
from sxai.networks.verbs.networks import load_network, model_record, probabilities_of
from sxai.project.analyses import kept
from sxai.project.project import Project
from sxai.spaces.space import SemanticSpace
from sxai.spaces.verbs.calibrate import calibrated_space, read_ahead
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.labels import truth_from_keypoints
from sxai.spaces.verbs.reader import Reader
from sxai.spaces.verbs.stored import newest_spaces, spaces_of

CERTAIN = 0.9
EYES = {"left_eye", "right_eye"}
GROUPS = ("frontal", "from behind", "other animals", "textures")
ESTIMATORS = ("s-xai", "spatial")
LEVELS = ("sure", "probably", "unsure")


def pictures(data: Path) -> dict[str, list[Path]]:
    """The files of each group; photographs from behind and frontal ones are of the second half by file name."""
    found: dict[str, list[Path]] = {group: [] for group in GROUPS}
    for class_name in CLASSES:
        photos = Photographs.read(data, class_name)
        for image in photos.images[photos.half :]:
            seen = set(image.points)
            if seen >= EYES | {"nose"}:
                found["frontal"].append(photos.folder / image.file)
            elif not seen & (EYES | {"nose"}):
                found["from behind"].append(photos.folder / image.file)
    with (data / "other_animals" / "labels.csv").open(newline="") as file:
        strangers = [row["file"] for row in csv.DictReader(file) if row["group"] not in ("dog", "domestic cat")]
    found["other animals"] = [data / "other_animals" / name for name in strangers]
    found["textures"] = sorted((data / "textures").glob("*/*.jpg"))
    return found


def levels(
    spaces: Sequence[SemanticSpace], classes: Sequence[str], outputs: np.ndarray, rows: np.ndarray
) -> Iterator[str]:
    """The level of each picture's assessment."""
    chances = {space.name: space.probability(rows) for space in spaces}
    for at, output in enumerate(outputs):
        predicted = classes[int(output.argmax())]
        yield assess(predicted, float(output.max()), {name: float(p[at]) for name, p in chances.items()}, classes).level


def run(project: Project, data: Path) -> list[dict[str, object]]:
    """One row a way and group: pictures called cat or dog with certainty, and how many of them at each level."""
    record = model_record(project)
    network = load_network(project, record)
    if not any(space.estimator == "spatial" for space in newest_spaces(project, record)):
        extract_spaces(project, estimator="spatial", reference="animals", progress=say)
    every = newest_spaces(project, record)
    stored = {estimator: [space for space in every if space.estimator == estimator] for estimator in ESTIMATORS}
    reader = Reader.of(project, record, network, stored["spatial"])
    ways: dict[str, tuple[SemanticSpace, ...]] = {}
    for estimator, records in stored.items():
        read_ahead(project, record, records, say)
        spaces = spaces_of(records, project)
        fitted = [calibrated_space(project, record, one, "platt").calibration for one in records]
        ways[f"{estimator}, paper's P"] = spaces
        ways[f"{estimator}, calibrated"] = tuple(
            replace(space, calibration=one) for space, one in zip(spaces, fitted, strict=True)
        )
    rows = []
    for group, files in pictures(data).items():
        features = _read(project, reader, group, files)
        outputs = probabilities_of(network, features)
        certain = outputs.max(axis=1) >= CERTAIN
        for way, used in ways.items():
            found = list(levels(used, record.classes, outputs[certain], features[certain]))
            count = {level: found.count(level) for level in LEVELS}
            rows.append(_row(way, group, {"pictures": len(files), "certain": len(found), **count}))
    return rows + [pooled(rows, way) for way in ways]


def _row(way: str, group: str, counts: Mapping[str, int]) -> dict[str, object]:
    certain = max(counts["certain"], 1)
    return {
        "way": way,
        "group": group,
        **counts,
        "not sure": 1 - counts["sure"] / certain,
        "sure or probably": (counts["sure"] + counts["probably"]) / certain,
    }


def pooled(rows: Sequence[Mapping[str, Any]], way: str) -> dict[str, object]:
    """One row of all groups in which the animal cannot be recognised by what the concepts stand for."""
    mine = [row for row in rows if row["way"] == way and row["group"] != GROUPS[0]]
    names = ("pictures", "certain", *LEVELS)
    return _row(way, "all but frontal", {name: sum(row[name] for row in mine) for name in names})


def _read(project: Project, reader: Reader, group: str, files: Sequence[Path]) -> np.ndarray:
    """Features of the pictures of one group, kept."""
    parameters = {"group": group, "files": [file.name for file in files], **reader.identity}

    def make() -> tuple[dict[str, object], dict[str, np.ndarray]]:
        canvases = [canvas(decode(file.read_bytes()).pixels) for file in files]
        return {}, {"features": reader.pictures(canvases, progress=say)}

    return kept(project, reader.record, "benchmark-features", parameters, make).arrays["features"]


def page(results: Mapping[str, Sequence[Mapping[str, object]]]) -> str:
    """Markdown of all networks."""
    return render("overconfidence", results=results)


def main(arguments: Sequence[str] | None = None) -> None:
    """Assess, print and write."""
    parser = project_arguments(__doc__, "googlenet_bvlc")
    chosen = parser.parse_args(arguments)
    results = {}
    for network, home in projects(parser, chosen):
        with Project.open(home) as project:
            for class_name in CLASSES:
                for concept, points in POINTS.items():
                    truth_from_keypoints(
                        project, chosen.data / "animals" / "keypoints.coco.json", class_name, concept, points
                    )
            results[network] = run(project, chosen.data)
    write_json(chosen.out / "overconfidence.json", results)
    write_page(chosen.out / "overconfidence.md", page(results))


if __name__ == "__main__":
    main()
