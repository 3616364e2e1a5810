"""Which estimator from masks predicts the part best? ``python -m benchmarks.presence [--networks …]``.

Cats and dogs with part points: 100 masks for each of six concepts on the first half of each class by file name,
presence tested on the second half. Every estimator of ``sxai.spaces`` from the same masks and no label of presence,
beside what presence labels reach: a supervised linear model on the same features, the ceiling so far. What a network
says of the photographs is kept in ``build/presence``; the page and the numbers go to ``build/results``.
"""

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pages import RESULTS, render, write_json, write_page
from benchmarks.presence_peers import PEERS, few_labels, supervised
from benchmarks.real_photographs import CLASSES, MASKS, POINTS, REPOSITORY, WEIGHTS
from sxai.images.decode import canvas, decode
from sxai.masks.mask import ConceptMask, apply_mask, mask_from_labels
from sxai.masks.superpixels import SlicParameters, superpixels, touching
from sxai.masks.verbs.from_annotations import MAX_SHARE, KeypointImage, read_keypoints
from sxai.networks.backbones import build
from sxai.networks.features import extract
from sxai.networks.network import Network
from sxai.networks.reading import Reading, default_reading, position_features
from sxai.networks.weights import load_weights
from sxai.spaces.calibration import expected_calibration_error, fit_calibration
from sxai.spaces.distribution import fit_reference
from sxai.spaces.estimators import ESTIMATORS, estimate
from sxai.spaces.presence_auc import presence_auc
from sxai.spaces.spatial import SpatialDirection, coverage, fit_spatial

CEILING = "supervised (ceiling)"
SLIC = SlicParameters(count=40)
SEED = 0
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Photographs:
    """The photographs of one class with their part points, in the order of their file names."""

    folder: Path
    class_name: str
    images: tuple[KeypointImage, ...]

    @classmethod
    def read(cls, data: Path, class_name: str) -> "Photographs":
        """Those of a class of the Animal-Pose folder."""
        found = read_keypoints(data / "animals" / "keypoints.coco.json", class_name)
        return cls(data / "animals", class_name, tuple(sorted(found, key=lambda image: image.file)))

    @property
    def half(self) -> int:
        """How many come first: masks and labels are taken from these alone."""
        return len(self.images) // 2

    def pixels(self, index: int) -> np.ndarray:
        """The canvas of a photograph."""
        return canvas(decode((self.folder / self.images[index].file).read_bytes()).pixels)

    def shows(self, concept: str) -> np.ndarray:
        """In which photographs any point of the part is annotated: (n,) bool."""
        return np.array([bool(set(POINTS[concept]) & set(image.points)) for image in self.images])

    def masks(self, concept: str) -> Iterator[tuple[int, ConceptMask]]:
        """Up to 100 masks on photographs of the first half, drawn by lot: the superpixels that hold the points."""
        made = 0
        for index in np.random.default_rng(SEED).permutation(np.flatnonzero(self.shows(concept)[: self.half])):
            mask = self._mask(int(index), concept) if made < MASKS else None
            if mask is not None and mask.pixels.mean() <= MAX_SHARE:
                made += 1
                yield int(index), mask

    def _mask(self, index: int, concept: str) -> ConceptMask | None:
        image, pixels = self.images[index], self.pixels(index)
        labels = superpixels(pixels, SLIC)
        spots = np.array([spot for part in POINTS[concept] for spot in image.points.get(part, [])])
        chosen = touching(labels, spots * (pixels.shape[1] / image.width, pixels.shape[0] / image.height))
        return mask_from_labels(pixels, labels, chosen, SLIC) if chosen else None


def observe(network: Network, reading: Reading, photos: Photographs) -> Arrays:
    """The network's outputs for one class: GAP features of photographs and pairs, spatial activations of both."""
    masks = {concept: list(photos.masks(concept)) for concept in POINTS}
    gap = extract(network, (photos.pixels(at) for at in range(len(photos.images)))).features
    found: Arrays = {"gap": gap}
    for concept, made in masks.items():
        filled = extract(network, (apply_mask(photos.pixels(at), mask) for at, mask in made)).features
        found |= {f"masked {concept}": filled, f"index {concept}": np.array([at for at, _ in made])}
    seen = _positions(network, reading, photos, {at for made in masks.values() for at, _ in made})
    directions = {
        concept: fit_spatial(
            f"{photos.class_name}.{concept}",
            np.stack([seen[at] for at, _ in made]).astype(np.float32),
            np.stack([coverage(mask.pixels, reading.grid) for _, mask in made]),
        )
        for concept, made in masks.items()
    }
    del seen
    everything = position_features(network, (photos.pixels(at) for at in range(len(photos.images))), reading)
    found |= _activations(directions.values(), everything, "spatial")
    for concept, made in masks.items():
        filled_in = position_features(network, (apply_mask(photos.pixels(at), mask) for at, mask in made), reading)
        found |= _activations(directions.values(), filled_in, f"spatial masked {concept},")
    return found


def _positions(network: Network, reading: Reading, photos: Photographs, wanted: set[int]) -> dict[int, np.ndarray]:
    """Features by position of some photographs, at half precision: they are many."""
    order = sorted(wanted)
    batches = position_features(network, (photos.pixels(at) for at in order), reading)
    rows = (row.astype(np.float16) for batch in batches for row in batch)
    return dict(zip(order, rows, strict=True))


def _activations(directions: Iterable[SpatialDirection], batches: Iterator[np.ndarray], name: str) -> Arrays:
    every = list(directions)
    rows = [[direction.activation(batch) for direction in every] for batch in batches]
    return {
        f"{name} {direction.name.split('.')[1]}": np.concatenate([row[at] for row in rows])
        for at, direction in enumerate(every)
    }


def activations(found: Mapping[str, np.ndarray], concept: str, visible: np.ndarray, half: int) -> Arrays:
    """Scores (n,) of all photographs for one concept by each way; only the last two are told what is visible."""
    gap, at = found["gap"], found[f"index {concept}"]
    pair = gap[at], found[f"masked {concept}"]
    scores = {name: estimate(concept, *pair, estimator=name).space.activation(gap) for name in ESTIMATORS}
    scores |= {name: peer(*pair, gap) for name, peer in PEERS.items()}
    scores["spatial"] = found[f"spatial {concept}"]
    every = np.stack([found[f"spatial {other}"] for other in POINTS], axis=1)
    scores["spatial, 100 labels"] = few_labels(every, scores["spatial"], visible, half)
    scores[CEILING] = supervised(gap, visible, half)
    return scores


def calibration(found: Mapping[str, np.ndarray], concept: str, visible: np.ndarray, half: int) -> dict[str, float]:
    """Expected calibration error on the second half: of P as it is, and calibrated on the labels of the first half."""
    unmasked = np.setdiff1d(np.arange(half), found[f"index {concept}"])
    gap, at = found["gap"], found[f"index {concept}"]
    paper = estimate(concept, gap[at], found[f"masked {concept}"]).space.activation(gap)
    errors = {}
    for name, values in (("s-xai", paper), ("spatial", found[f"spatial {concept}"])):
        chance = fit_reference(values[unmasked]).probability(values[half:])
        fitted = fit_calibration(values[unmasked], visible[unmasked])
        errors[name] = expected_calibration_error(np.clip(chance, 0, 1), visible[half:])
        errors[f"{name}, calibrated"] = expected_calibration_error(fitted.probability(values[half:]), visible[half:])
    return errors


def crosstalk(found: Mapping[str, np.ndarray], concept: str) -> dict[str, float]:
    """Mean fall of every spatial direction when one concept is masked, in deviations over the photographs."""
    at = found[f"index {concept}"]
    falls = {}
    for other in POINTS:
        before = found[f"spatial {other}"]
        falls[other] = float((before[at] - found[f"spatial masked {concept}, {other}"]).mean() / before.std())
    return falls


def judge(found: Mapping[str, np.ndarray], photos: Photographs) -> dict[str, object]:
    """Presence AUC with interval by concept and way on the second half, and cross-talk."""
    half, table = photos.half, {}
    for concept in POINTS:
        visible = photos.shows(concept)
        scores = activations(found, concept, visible, half)
        table[concept] = {name: asdict(presence_auc(row[half:], visible[half:])) for name, row in scores.items()}
    hidden = {concept: int((~photos.shows(concept)[half:]).sum()) for concept in POINTS}
    falls = {concept: crosstalk(found, concept) for concept in POINTS}
    errors = {concept: calibration(found, concept, photos.shows(concept), half) for concept in POINTS}
    return {"tested": len(photos.images) - half, "hidden": hidden, "auc": table, "crosstalk": falls, "ece": errors}


def run(data: Path, kept: Path, name: str) -> dict[str, object]:
    """One network over both classes; what was observed before is read back."""
    network = build(name)
    load_weights(network, data / "weights" / WEIGHTS[name])
    reading = default_reading(network)
    classes = {}
    for class_name in CLASSES:
        photos, file = Photographs.read(data, class_name), kept / f"{name}-{class_name}.npz"
        if not file.exists():
            part = file.with_suffix(".part.npz")
            np.savez(part, **observe(network, reading, photos))
            part.rename(file)
        with np.load(file) as found:
            classes[class_name] = judge(dict(found), photos)
        print(f"{name}, {class_name}: done", flush=True)
    return {"network": name, "reading": asdict(reading), "superpixels": SLIC.count, "classes": classes}


def page(results: Sequence[Mapping[str, Any]]) -> str:
    """Every way side by side, how far each is from the ceiling, cross-talk and calibration errors of all networks."""
    return render("presence", results=results, above_ceiling=above_ceiling)


def above_ceiling(result: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """How far the spatial way is above the supervised ceiling by concept, without and with labels of presence."""
    return {
        f"{name}.{concept}": (
            ways["spatial"]["value"] - ways[CEILING]["value"],
            ways["spatial, 100 labels"]["value"] - ways[CEILING]["value"],
        )
        for name, found in result["classes"].items()
        for concept, ways in found["auc"].items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Observe, judge, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of photographs and weights")
    parser.add_argument("--kept", type=Path, default=REPOSITORY / "build" / "presence")
    parser.add_argument("--networks", default="googlenet_bvlc,mobilenet_v2_tf")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args(arguments)
    if not (chosen.data / "animals").is_dir():
        parser.exit(1, f"no photographs in {chosen.data}; give --data\n")
    chosen.kept.mkdir(parents=True, exist_ok=True)
    results = [run(chosen.data, chosen.kept, name) for name in chosen.networks.split(",")]
    write_json(chosen.out / "presence.json", results)
    write_page(chosen.out / "presence.md", page(results))


if __name__ == "__main__":
    main()
