"""Why are some spaces less normal than the paper's? ``python -m benchmarks.normality [--homes …] [--crop …]``.

The paper reports a q-q R² of 0.97 or more in all of its spaces. On the projects that ``benchmarks.real_photographs``
leaves behind, each explanation that comes to mind is tested on the stored features, and settings are compared for
what they cost. Results go to ``build/results/normality.md`` and ``.json``.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats
from sklearn.metrics import roc_auc_score

from benchmarks.normality_page import page
from benchmarks.pages import RESULTS, write_json, write_page
from benchmarks.real_photographs import CLASSES, POINTS, REPOSITORY
from benchmarks.trial_masks import annotated, trial_pair
from data_store.records import ModelRecord
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.project.project import Project
from sxai.spaces.distribution import fit_reference, lilliefors_p_value
from sxai.spaces.empirical import fit_empirical
from sxai.spaces.overlap import crosstalk, dominant_rows
from sxai.spaces.space import SemanticSpace, extract_space, largest
from sxai.spaces.verbs.directions import held_out_share

Floats = np.ndarray
Pair = tuple[Floats, Floats, set[int]]
NETWORKS = ("squeezenet1_1", "googlenet_bvlc")
SIZES = (100, 300, 1000)
COUNTS = (1, 3, 5, 10, 20, 50, 100)
OWN: tuple[int, int] | None = None
TRIALS = {
    "the project's own": (OWN,),
    "40 superpixels": ((0, 40),),
    "100 others": ((1, 20),),
    "another 100": ((2, 20),),
    "all 300 together": (OWN, (1, 20), (2, 20)),
}
"""Which masks: the project's own, or (draw, superpixels) of :func:`trial_pair`."""

N_SSN = (5, 10, 20, 50)
REPEATS = 200


@dataclass(frozen=True, eq=False)
class Material:
    """What one space was made from: Δ (C,), features (n, C) of the class, and of the image pairs (m, C)."""

    space: SemanticSpace
    difference: Floats
    table: Floats
    unmasked: Floats
    masked: Floats

    @property
    def channels(self) -> list[int]:
        """The sensitive channels."""
        return list(self.space.channels)

    @property
    def values(self) -> Floats:
        """A_s (n,) of the reference images."""
        return self.space.activation(self.table)


@dataclass(frozen=True, eq=False)
class Presence:
    """Photographs of a class with annotated points: which (k,), features (k, C), and where each concept is seen."""

    ids: Floats
    table: Floats
    seen: dict[str, Floats]


@lru_cache(maxsize=64)
def medians(n: int) -> Floats:
    """Normal order-statistic medians (n,), as q-q plots have them."""
    (quantiles, _) = stats.probplot(np.arange(n, dtype=float), fit=False)
    return np.asarray(quantiles)


def r2(values: Floats) -> float:
    """R² of the q-q plot of (n,) values."""
    return float(np.corrcoef(medians(len(values)), np.sort(values))[0, 1] ** 2)


def spread(make: Callable[[], float], repeats: int = REPEATS, at: Sequence[float] = (5, 50, 95)) -> list[float]:
    """Percentiles over repeated calls of ``make``."""
    return [float(value) for value in np.percentile([make() for _ in range(repeats)], at)]


def weighted(material: Material, count: int) -> Floats:
    """A_s (n,) when the ``count`` largest differences are read."""
    chosen = largest(material.difference, count)
    return material.table[:, chosen] @ material.difference[chosen]


def tested(material: Material, rng: np.random.Generator) -> dict[str, Any]:
    """Every explanation tested on one space."""
    values, table = material.values, material.table
    sensitive, weights = table[:, material.channels].astype(float), np.asarray(material.space.delta)
    tail = len(values) // 100
    fitted = fit_reference(values)
    return {
        "space": material.space.name,
        "SSNs": list(material.channels),
        "delta": [round(value, 2) for value in material.space.delta],
        "n": fitted.n,
        "R²": fitted.r2,
        "interval": spread(lambda: r2(rng.choice(values, len(values))), 500, (2.5, 97.5)),
        "KS": fitted.ks,
        "chance": lilliefors_p_value(fitted.ks, fitted.n),
        "skewness": float(stats.skew(values)),
        **_apart(values),
        "by images": {
            str(size): spread(lambda size=size: r2(rng.choice(values, size, replace=False))) for size in SIZES
        },
        "by N_SSN": {str(count): r2(weighted(material, count)) for count in (*COUNTS, table.shape[1])},
        "trimmed 1 %": r2(np.sort(values)[tail:-tail]),
        "channel skewness": stats.skew(sensitive, axis=0).tolist(),
        "channel zeros": (sensitive == 0).mean(axis=0).tolist(),
        "channel R²": [r2(column) for column in sensitive.T],
        "correlation": _together(sensitive * weights),
        "independent": spread(lambda: r2(rng.permuted(sensitive, axis=0) @ weights), 50)[1],
        "square roots": r2(np.sqrt(sensitive) @ weights),
        "logarithms": r2(np.log1p(sensitive) @ weights),
        "plain means": r2(_by_means(material)),
        "other masks": spread(lambda: r2(_resampled(material, rng))),
    }


def _apart(values: Floats) -> dict[str, float]:
    """How far P_s of the n images differs between the fitted normal and the images themselves."""
    normal, empirical = fit_reference(values).probability(values), fit_empirical(values).probability(values)
    bands = [np.digitize(probability, (0.2, 0.5), right=True) for probability in (normal, empirical)]
    return {
        "P differs by up to": float(np.abs(normal - empirical).max()),
        "other band": float((bands[0] != bands[1]).mean()),
    }


def _together(contributions: Floats) -> float:
    """Mean correlation between the contributions (n, k) of different channels to A_s."""
    matrix = np.corrcoef(contributions.T)
    return float(matrix[np.triu_indices(len(matrix), 1)].mean())


def _by_means(material: Material) -> Floats:
    """A_s (n,) when Δ is the difference of mean features instead of first components."""
    difference = material.unmasked.mean(axis=0) - material.masked.mean(axis=0)
    chosen = largest(difference, len(material.channels))
    return material.table[:, chosen] @ difference[chosen]


def _resampled(material: Material, rng: np.random.Generator) -> Floats:
    """A_s (n,) in a space made from as many pairs, drawn again with replacement."""
    rows = rng.choice(len(material.unmasked), len(material.unmasked))
    pair = material.unmasked[rows], material.masked[rows]
    return extract_space(material.space.name, *pair, n_ssn=len(material.channels)).space.activation(material.table)


def random_directions(materials: Sequence[Material], rng: np.random.Generator) -> dict[str, Any]:
    """R² of randomly chosen channels with their own Δ, and its correlation with skewness."""
    found: dict[int, list[float]] = {}
    skewness = []
    for count in (5, 20, 50):
        for material in materials:
            for _ in range(REPEATS):
                chosen = rng.choice(len(material.difference), count, replace=False)
                values = material.table[:, chosen] @ material.difference[chosen]
                found.setdefault(count, []).append(r2(values))
                if count == 5:
                    skewness.append(abs(float(stats.skew(values))))
    return {
        "R²": {str(count): [float(value) for value in np.percentile(row, (5, 50, 95))] for count, row in found.items()},
        "rank correlation of R² with |skewness|": float(stats.spearmanr(skewness, found[5]).statistic),
    }


def settings(
    project: Project,
    record: ModelRecord,
    materials: Sequence[Material],
    presence: dict[str, Presence],
    keypoints: Path | None,
) -> Iterator[dict[str, Any]]:
    """One row for each choice of masks and N_SSN: R² of every space, and what the choice does to the method."""
    for label, parts in TRIALS.items():
        if keypoints is None and parts != (OWN,):
            continue
        pairs = {
            material.space.name: _joined([_pair(project, record, material, keypoints, part) for part in parts])
            for material in materials
        }
        for n_ssn in N_SSN:
            yield {"masks": label, "N_SSN": n_ssn, **_quality(materials, pairs, presence, n_ssn)}


def _pair(
    project: Project, record: ModelRecord, material: Material, keypoints: Path | None, part: tuple[int, int] | None
) -> Pair:
    name = material.space.name
    if part is None or keypoints is None:
        return material.unmasked, material.masked, _masked_ids(project, record, name)
    return trial_pair(project, record, name, keypoints, *part)


def _joined(pairs: Sequence[Pair]) -> Pair:
    unmasked, masked, used = zip(*pairs, strict=True)
    return np.concatenate(unmasked), np.concatenate(masked), set().union(*used)


def _masked_ids(project: Project, record: ModelRecord, name: str) -> set[int]:
    space = project.catalogue.space(record.id, name)
    stored = (
        project.artefacts.read_arrays(space.artefact, ["image_ids"]) if space and space.artefact else {"image_ids": []}
    )
    return set(np.asarray(stored["image_ids"]).tolist())


def _quality(
    materials: Sequence[Material], pairs: dict[str, Pair], presence: dict[str, Presence], n_ssn: int
) -> dict[str, Any]:
    made, aucs, lowered = [], [], []
    for material in materials:
        name = material.space.name
        unmasked, masked, used = pairs[name]
        space = extract_space(name, unmasked, masked, n_ssn=n_ssn).space.with_reference(material.table)
        made.append(space)
        lowered.append(held_out_share(name, unmasked, masked, n_ssn, 0) or float("nan"))
        shown = presence[name.split(".")[0]]
        free = ~np.isin(shown.ids, list(used))
        seen = shown.seen[name.split(".")[1]][free]
        aucs.append(float(roc_auc_score(seen, space.activation(shown.table[free]))))
    table = crosstalk(made, *({name: pair[at] for name, pair in pairs.items()} for at in (0, 1)))
    return {
        "R²": {space.name: space.reference.r2 for space in made},  # type: ignore[union-attr]
        "fall of P": float(np.diag(table).mean()),
        "lowered, held out": float(np.mean(lowered)),
        "presence AUC": float(np.mean(aucs)),
        "own largest": int(dominant_rows(table).sum()),
    }


def materials_of(project: Project, record: ModelRecord) -> list[Material]:
    """Every space of a network with its material."""
    network, tables, found = load_network(project, record), {}, []
    for space in project.catalogue.spaces(model_id=record.id):
        if space.class_name not in tables:
            images = project.catalogue.images(class_name=space.class_name, dataset="pets")
            tables[space.class_name] = features_of(project, record, network, images).features
        arrays = project.artefacts.read_arrays(space.artefact or "")
        direction = SemanticSpace(space.full_name, space.channels, space.delta)
        pair = arrays["unmasked"], arrays["masked"]
        found.append(Material(direction, arrays["difference"], tables[space.class_name], *pair))
    return found


def presence_of(project: Project, record: ModelRecord, keypoints: Path) -> dict[str, Presence]:
    """Annotated photographs by class, with their features."""
    network, found = load_network(project, record), {}
    for name in CLASSES:
        drawn = annotated(keypoints, name)
        images = [
            image
            for image in project.catalogue.images(class_name=name, dataset="animals")
            if Path(image.name).name in drawn
        ]
        points = [set(drawn[Path(image.name).name].points) for image in images]
        seen = {
            concept: np.array([bool(wanted & set(parts)) for wanted in points]) for concept, parts in POINTS.items()
        }
        ids = np.array([image.id for image in images])
        found[name] = Presence(ids, features_of(project, record, network, images).features, seen)
    return found


def run(home: Path, keypoints: Path, trials: bool = True) -> dict[str, Any]:
    """All measurements with one network."""
    rng = np.random.default_rng(0)
    with Project.open(home) as project:
        record = model_record(project)
        materials, presence = materials_of(project, record), presence_of(project, record, keypoints)
        print(record.name, home.name, flush=True)
        return {
            "network": record.name,
            "channels": int(materials[0].table.shape[1]),
            "median channel skewness": float(np.median([stats.skew(m.table, axis=0) for m in materials])),
            "spaces": [tested(material, rng) for material in materials] if trials else [],
            "random channels": random_directions(materials, rng) if trials else {},
            "settings": list(settings(project, record, materials, presence, keypoints if trials else None)),
        }


def main() -> None:
    """Measure, write the page and its JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    data = os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(data), help="folder of photographs with annotated points")
    parser.add_argument("--homes", type=Path, default=REPOSITORY / "build" / "real", help="where projects are kept")
    parser.add_argument("--crop", type=Path, help="the same, made with --fit crop")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    keypoints = chosen.data / "animals" / "keypoints.coco.json"
    results = [run(chosen.homes / network, keypoints) for network in NETWORKS]
    cropped = [chosen.crop / network for network in NETWORKS if chosen.crop and (chosen.crop / network).is_dir()]
    document = {"results": results, "cropped": [run(home, keypoints, trials=False) for home in cropped]}
    write_json(chosen.out / "normality.json", document)
    write_page(chosen.out / "normality.md", page(**document))


if __name__ == "__main__":
    main()
