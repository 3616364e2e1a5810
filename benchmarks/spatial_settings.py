"""Which settings of the spatial direction are best? ``python -m benchmarks.spatial_settings [--networks …]``.

Chosen on the first half of the photographs of ``benchmarks.presence`` alone: directions from its 100 masks a concept,
AUC of presence over its photographs that are not masked for the concept. The second half, which that benchmark tests
on, is not looked at.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.pages import RESULTS, table, write_json
from benchmarks.presence import Photographs
from benchmarks.real_photographs import CLASSES, POINTS, REPOSITORY, WEIGHTS
from sxai.networks.backbones import build
from sxai.networks.reading import Reading, default_reading, position_features
from sxai.networks.weights import load_weights
from sxai.spaces import spatial
from sxai.spaces.spatial import coverage, fit_spatial, strongest_mean

LAYERS = ("without the one between", "default")
SPREADS = (0.25, 1.0, 3.0, 10.0)
SHARES = (0.02, 0.04, 0.08, 0.16)


def observe(data: Path, name: str, photos: Photographs) -> tuple[Reading, np.ndarray, list[int]]:
    """Positions (n, G, G, D) of the first half at half precision, and where each layer begins along D."""
    network = build(name)
    load_weights(network, data / "weights" / WEIGHTS[name])
    reading = default_reading(network)
    batches = position_features(network, (photos.pixels(at) for at in range(photos.half)), reading)
    positions = np.concatenate([batch.astype(np.float16) for batch in batches])
    widths = [
        next(position_features(network, [photos.pixels(0)], Reading((tap,), reading.size, reading.grid))).shape[-1]
        for tap in reading.taps
    ]
    return reading, positions, [0, *np.cumsum(widths).tolist()]


def judged(name: str, photos: Photographs, seen: tuple[Reading, np.ndarray, list[int]]) -> Iterator[dict[str, object]]:
    """AUC on unmasked photographs of the first half, by concept and settings."""
    reading, positions, cuts = seen
    between = len(reading.taps) - 3
    columns = np.concatenate([np.arange(cuts[0], cuts[between]), np.arange(cuts[between + 1], cuts[-1])])
    for concept in POINTS:
        masks = list(photos.masks(concept))
        at = np.array([index for index, _ in masks])
        shares = np.stack([coverage(mask.pixels, reading.grid) for _, mask in masks])
        free = np.setdiff1d(np.arange(photos.half), at)
        visible = photos.shows(concept)[free]
        for layers, spread in product(LAYERS, SPREADS):
            table_ = positions if layers == "default" else positions[..., columns]
            spatial.PRIOR_VARIANCE = spread
            direction = fit_spatial(f"{photos.class_name}.{concept}", table_[at].astype(np.float32), shares)
            heat = np.concatenate([direction.heat(table_[row : row + 1].astype(np.float32)) for row in free])
            for share in SHARES:
                auc = float(roc_auc_score(visible, strongest_mean(heat, share)))
                yield {
                    "network": name,
                    "concept": direction.name,
                    "layers": layers,
                    "spread": spread,
                    "share": share,
                    "auc": auc,
                }


def ranked(found: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Settings by falling mean AUC over networks and concepts."""
    rows = []
    for layers, spread, share in product(LAYERS, SPREADS, SHARES):
        aucs = [
            float(str(one["auc"]))
            for one in found
            if (one["layers"], one["spread"], one["share"]) == (layers, spread, share)
        ]
        rows.append({"layers": layers, "spread": spread, "share": share, "mean AUC": f"{np.mean(aucs):.4f}"})
    return sorted(rows, key=lambda row: str(row["mean AUC"]), reverse=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Observe, judge, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of photographs and weights")
    parser.add_argument("--networks", default="googlenet_bvlc,mobilenet_v2_tf")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args(arguments)
    if not (chosen.data / "animals").is_dir():
        parser.exit(1, f"no photographs in {chosen.data}; give --data\n")
    found = []
    for name, class_name in product(chosen.networks.split(","), CLASSES):
        photos = Photographs.read(chosen.data, class_name)
        found += list(judged(name, photos, observe(chosen.data, name, photos)))
        print(f"{name}, {class_name}: done", flush=True)
    rows = ranked(found)
    write_json(chosen.out / "spatial-settings.json", {"mean": rows, "all": found})
    print(table(rows))


if __name__ == "__main__":
    main()
