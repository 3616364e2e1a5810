"""Actions to mask a photograph, clicking alone against suggestions: ``python -m benchmarks.annotation --home HOME``.

A scripted annotator masks photographs whose part points are annotated: the superpixels that hold the points are the
truth, and both ways end with exactly these. Clicking costs one action a superpixel and one to go on. With suggestions
the annotator mends proposals in the grid, where a click changes a superpixel and Shift + click marks one alone, accepts
the rest of a batch with one key and goes on with another. A photograph for which nothing is proposed is masked in the
picker, by clicks or by the key that takes so many of the likeliest. HOME is a project made by
``python -m benchmarks.real_photographs``; its masks are the first lessons, and none of the photographs counted is among
them. Suggestions are kept in HOME, so an interrupted run goes on.
"""

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path

import numpy as np

from benchmarks.pages import RESULTS, render, write_json, write_page
from benchmarks.real_photographs import POINTS, say
from sxai.annotation.verbs.suggest import Suggestion, suggestion, suggestion_model
from sxai.images.verbs.stored import find_image
from sxai.masks.mask import apply_mask, mask_from_labels
from sxai.masks.superpixels import SlicParameters, touching
from sxai.masks.verbs.from_annotations import MAX_SHARE, read_keypoints
from sxai.masks.verbs.save import mask_queue, segmented
from sxai.networks.features import extract
from sxai.networks.verbs.networks import load_network, model_record
from sxai.project.project import Project
from sxai.spaces.space import extract_space
from widgets.masks.review import PER_BATCH

PHOTOGRAPHS = 50
COUNTS = (20,)
CONCEPTS = ("cat.eyes", "cat.nose", "dog.eyes", "dog.nose", "cat.legs", "dog.legs")


@dataclass(frozen=True)
class Row:
    """One concept at one number of superpixels: means over photographs."""

    concept: str
    superpixels: int
    photographs: int
    taught_by: int
    plain: float
    suggested: float
    ratio: float
    picker: float
    right: float
    proposed: float
    precision: float
    iou_unseen: float
    cosine_unseen: float
    cosine_right: float | None


def truths(project: Project, concept: str, keypoints: Path, count: int) -> Iterator[tuple[int, set[int]]]:
    """Photographs without a mask of the concept, each with the superpixels that hold its points."""
    class_name, part = concept.split(".")
    drawn = {Path(image.file).name: image for image in read_keypoints(keypoints, class_name)}
    for image_id in mask_queue(project, concept):
        image = find_image(project, image_id)
        points = drawn.get(Path(image.name).name)
        spots = [spot for name in POINTS[part] for spot in points.points.get(name, [])] if points else []
        if points is None or not spots:
            continue
        pixels, labels = segmented(project, image, SlicParameters(count=count))
        scale = pixels.shape[1] / points.width, pixels.shape[0] / points.height
        chosen = touching(labels, np.asarray(spots) * scale)
        if chosen and np.isin(labels, chosen).mean() <= MAX_SHARE:
            yield image_id, set(chosen)


def in_picker(found: Suggestion, truth: set[int]) -> int:
    """Clicks and keys in the picker until exactly ``truth`` is masked and the next photograph is shown."""
    by_suggestion = len(set(found.labels) ^ truth)
    by_number = min(1 + len(set(found.ranked[:number]) ^ truth) for number in range(1, 10))
    return 1 + min(by_suggestion, by_number)


def in_grid(found: Suggestion, truth: set[int]) -> int:
    """Clicks on a tile: one for each wrong superpixel, or all are marked anew, the first with Shift."""
    return min(len(set(found.labels) ^ truth), len(truth))


def all_actions(judged: list[tuple[Suggestion, set[int]]]) -> int:
    """Clicks and keys for all photographs, with two keys for each batch on the table."""
    shown = [pair for pair in judged if pair[0].labels]
    hidden = [pair for pair in judged if not pair[0].labels]
    return sum(in_grid(*pair) for pair in shown) + 2 * ceil(len(shown) / PER_BATCH) + sum(in_picker(*p) for p in hidden)


def measure(project: Project, concept: str, keypoints: Path, count: int) -> Row:
    """Both ways over the photographs of one concept."""
    record = model_record(project)
    rule_model = suggestion_model(project, concept, count, progress=say)
    judged: list[tuple[Suggestion, set[int]]] = []
    for image_id, truth in truths(project, concept, keypoints, count):
        judged.append((suggestion(project, concept, image_id, count), truth))
        say("photographs", len(judged), PHOTOGRAPHS)
        if len(judged) == PHOTOGRAPHS:
            break
    plain = np.array([len(truth) + 1 for _, truth in judged])
    quick = all_actions(judged) / len(judged)
    one_by_one = np.array([in_picker(found, truth) for found, truth in judged])
    chosen = [set(found.labels) for found, _ in judged]
    hits = sum(len(labels & truth) for labels, (_, truth) in zip(chosen, judged, strict=True))
    ious = [len(labels & truth) / len(labels | truth) for labels, (_, truth) in zip(chosen, judged, strict=True)]
    exact = [row for row, (labels, (_, truth)) in enumerate(zip(chosen, judged, strict=True)) if labels == truth]
    network = load_network(project, record)
    whole, by_truth = _features(project, network, judged, [truth for _, truth in judged], count)
    _, by_suggestion = _features(project, network, judged, chosen, count)
    plain_space = extract_space(concept, whole, by_truth).difference
    return Row(
        concept=concept,
        superpixels=count,
        photographs=len(judged),
        taught_by=rule_model.masks,
        plain=float(plain.mean()),
        suggested=quick,
        ratio=quick / float(plain.mean()),
        picker=float(one_by_one.mean()),
        right=len(exact) / len(judged),
        proposed=sum(map(bool, chosen)) / len(judged),
        precision=hits / max(1, sum(map(len, chosen))),
        iou_unseen=float(np.mean(ious)),
        cosine_unseen=_cosine(plain_space, extract_space(concept, whole, by_suggestion).difference),
        cosine_right=_cosine(plain_space, extract_space(concept, whole[exact], by_truth[exact]).difference)
        if len(exact) >= 3
        else None,
    )


def _features(project, network, judged, chosen, count):  # type: ignore[no-untyped-def]
    """Features (n, C) of the photographs as they are, and with the ``chosen`` superpixels filled."""
    before, after = [], []
    for (found, _), labels in zip(judged, chosen, strict=True):
        pixels, pieces = segmented(project, find_image(project, found.image_id), SlicParameters(count=count))
        before.append(pixels)
        after.append(apply_mask(pixels, mask_from_labels(pixels, pieces, labels)) if labels else pixels)
    return extract(network, before).features, extract(network, after).features


def _cosine(first: np.ndarray, second: np.ndarray) -> float:
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


def page(rows: list[Row], network: str) -> str:
    """The results as a page of the documents."""
    return render("annotation", rows=rows, network=network)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--concepts", nargs="+", default=CONCEPTS)
    parser.add_argument("--counts", nargs="+", type=int, default=COUNTS)
    asked = parser.parse_args()
    with Project.open(asked.home, device="cpu") as project:
        network = model_record(project).name
        rows = []
        for concept in asked.concepts:
            for count in asked.counts:
                rows.append(measure(project, concept, asked.data / "animals" / "keypoints.coco.json", count))
                print(rows[-1], flush=True)
    write_json(asked.out / "annotation.json", {"network": network, "rows": [asdict(row) for row in rows]})
    write_page(asked.out / "annotation.md", page(rows, network))


if __name__ == "__main__":
    main()
