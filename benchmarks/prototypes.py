"""Automatic concepts held against what is known: ``python -m benchmarks.prototypes [demo] [species] [real] [pets]``.

On the demo, of two classes or of twenty species, every part is known to the pixel, on photographs of five animals its
key points are. Everything is kept in
projects under ``--homes``, so an interrupted run goes on. Tables go to ``build/results/prototypes*.json`` and ``.md``,
no photographs.
"""

import argparse
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.occluders import prepare
from benchmarks.pages import RESULTS, render, write_json, write_page
from benchmarks.real_photographs import POINTS, WEIGHTS
from sxai.demo.canvas import PARTS
from sxai.demo.verbs.fill import fill_demo
from sxai.images.verbs.import_ import import_images
from sxai.images.verbs.stored import read_canvas
from sxai.masks.mask import decode_rle
from sxai.masks.verbs.from_annotations import masks_from_keypoints, read_keypoints
from sxai.networks.reading import RESOLUTIONS, Resolution
from sxai.networks.verbs.maps import maps_of
from sxai.networks.verbs.networks import active_model, add_model, list_models, load_network, model_record
from sxai.networks.verbs.train import train_model
from sxai.project.project import Project
from sxai.prototypes.concepts import AutoConcept, Prototypes
from sxai.prototypes.regions import overlap_of
from sxai.prototypes.training import similarity_maps
from sxai.prototypes.verbs.explain import explain_files, explain_image
from sxai.prototypes.verbs.names import masks_from_prototypes, name_concepts, named_groups, propose_names
from sxai.prototypes.verbs.regions import concept_region
from sxai.prototypes.verbs.train import prototypes_in_use, train_concepts
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.score import score_spaces
from sxai.spaces.verbs.stored import SpaceSummary

REPOSITORY = Path(__file__).resolve().parent.parent
ANIMALS = ("cat", "dog", "cow", "horse", "sheep")
NETWORK = "googlenet_bvlc"
GROUPS = {
    "eyes": ("left_eye", "right_eye"),
    "nose": ("nose",),
    "ears": ("left_ear", "right_ear"),
    "legs": tuple(
        f"{side}_{end}_{point}"
        for side in ("left", "right")
        for end in ("front", "back")
        for point in ("elbow", "knee", "paw")
    ),
    "body": ("throat", "withers", "tailbase"),
}
JUDGED = 60
ASSESSED = 15
"""Images of a species that are assessed at most."""

LEVELS = ("sure", "probably", "unsure-because", "unsure", "unknown")
CLEAR = 0.6
"""A concept whose regions hold the same group of points in this share of photographs is clear."""

MASKS = 50
"""Masks of a concept, found automatically and made from key points alike."""
STRANGERS = (
    "tiger",
    "lion",
    "timber_wolf",
    "red_fox",
    "brown_bear",
    "zebra",
    "leopard",
    "jaguar",
    "cheetah",
    "coyote",
    "dingo",
    "hyena",
    "arctic_fox",
    "lynx",
    "hog",
    "ox",
    "water_buffalo",
    "bison",
    "ram",
    "llama",
)


def say(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
    """Progress as one line a stage."""
    if done == total:
        print(f"  {stage}: {done} of {total}", flush=True)


def seen_in(project: Project, found: Prototypes, images: Sequence[Any]) -> np.ndarray:
    """Maps (n, C, h, w) of stored images."""
    record = model_record(project, found.model)
    return maps_of(project, record, load_network(project, record), images, found.reading, say)


def demo(home: Path) -> dict[str, Any]:
    """Concepts of the demo against its parts, on images that nothing was trained on."""
    with Project.open(home / "demo", device="cpu") as project:
        fill_demo(project, progress=say)
        without = train_concepts(project, orthonormality=0.0, use=False, progress=say)
        found = train_concepts(project, progress=say)
        name_concepts(project, {one.id: one.name for one in propose_names(project, progress=say)})
        found = prototypes_in_use(project)
        rows = [row for name in found.classes for row in part_rows(project, found, name)]
        masks = masks_from_prototypes(project, progress=say)
        extracted = extract_spaces(project, list(masks.masks), progress=say)
        return {
            "accuracy": found.accuracy,
            "off_diagonal": found.off_diagonal,
            "off_diagonal_without_loss": without.off_diagonal,
            "parts": rows,
            "spaces": [space_row(project, space) for space in extracted.spaces],
            "effort": effort(found, masks.masks),
        }


def species(home: Path) -> dict[str, Any]:
    """Twenty species: the parts that are found of each, and what is said of pictures that nothing was trained on."""
    with Project.open(home / "species", device="cpu") as project:
        fill_demo(project, species=True, progress=say)
        found = train_concepts(project, progress=say)
        name_concepts(project, {one.id: one.name for one in propose_names(project, progress=say)})
        found = prototypes_in_use(project)
        rows = [row for name in found.classes for row in part_rows(project, found, name)]
        good = [row["IoU"] >= 0.4 and (row["AUC"] or 0) >= 0.9 for row in rows]
        return {
            "accuracy": found.accuracy,
            "off_diagonal": found.off_diagonal,
            "parts with IoU ≥ 0.4 and AUC ≥ 0.9": f"{sum(good)} of {len(good)}",
            "mean IoU": round(float(np.mean([row["IoU"] for row in rows])), 3),
            "assessments": levels(project, found),
            "parts": rows,
        }


def levels(project: Project, found: Prototypes) -> list[dict[str, Any]]:
    """How sure automatic concepts are of validation images on which the network is right, and of others."""
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for name in found.classes:
        for image in project.catalogue.images(class_name=name, split="val")[:ASSESSED]:
            one = explain_image(project, image.id)
            counts[one.predicted == name][one.assessment.level] += 1
    return [
        {"network": "right" if right else "wrong", "images": count.total(), **{level: count[level] for level in LEVELS}}
        for right, count in counts.items()
    ]


def part_rows(project: Project, found: Prototypes, class_name: str) -> list[dict[str, Any]]:
    """For each part the concept that fits it best, by IoU of regions, with the AUC of its largest similarity."""
    images = project.catalogue.images(class_name=class_name, split="val")
    maps = seen_in(project, found, images)
    known = [project.catalogue.parts(image.id) for image in images]
    pixels = [read_canvas(project, image) for image in images]
    rows = []
    for part in PARTS:
        visible = np.array([one[part].visible for one in known])
        candidates = [[one] for one in found.of_class(class_name)]
        candidates += [group for name, group in named_groups(found).items() if name == f"{class_name}.{part}"]
        scored = [_scored(found, group, part, maps, known, pixels, visible) for group in candidates]
        rows.append(
            {
                "class": class_name,
                "part": part,
                "visible": int(visible.sum()),
                "hidden": int((~visible).sum()),
                **max(scored, key=lambda row: row["IoU"]),
            }
        )
    return rows


def _scored(
    found: Prototypes,
    group: Sequence[AutoConcept],
    part: str,
    maps: np.ndarray,
    known: Sequence[Any],
    pixels: Sequence[np.ndarray],
    visible: np.ndarray,
) -> dict[str, Any]:
    similarity = similarity_maps(found.proto, maps)
    margin = np.max([found.maps(one, similarity).max(axis=(1, 2)) - one.threshold for one in group], axis=0)
    overlaps = []
    for at in np.flatnonzero(visible)[:JUDGED]:
        regions = [concept_region(found, one, maps[at], pixels[at], "squash") for one in group]
        overlaps.append(overlap_of(np.any(regions, axis=0), decode_rle(known[at][part].rle)))
    both = visible.any() and not visible.all()
    return {
        "concept": "+".join(one.id for one in group),
        "IoU": round(float(np.mean(overlaps)), 3),
        "AUC": round(float(roc_auc_score(visible, margin)), 3) if both else None,
    }


def space_row(project: Project, space: SpaceSummary) -> dict[str, Any]:
    """A space made from automatic masks, in a line."""
    selectivity = {one.name: one.selectivity for one in score_spaces(project, [space.name], draws=50).spaces}
    return {
        "space": space.name,
        "masks": space.n_masks,
        "R²": round(space.reference.r2, 4),
        "P unmasked": round(space.masked.p_unmasked or 0, 3),
        "P masked": round(space.masked.p_masked or 0, 3),
        "selectivity": selectivity.get(space.name),
    }


def effort(found: Prototypes, masks: Mapping[str, int]) -> dict[str, Any]:
    """Actions of a person: a name for each concept and a save for each class, against two for each mask by hand."""
    automatic = sum(bool(one.name) for one in found.concepts) + len(found.classes)
    by_hand = 2 * sum(masks.values())  # at least one superpixel, and on to the next image
    return {"automatic": automatic, "by hand, at least": by_hand, "ratio": round(automatic / by_hand, 4)}


def real(home: Path, data: Path, network: str, resolution: Resolution, per_class: int) -> dict[str, Any]:
    """Concepts of five animals against key points, their spaces beside those masked by hand, and strangers."""
    with Project.open(home / f"animals-{network}", device="cpu") as project:
        if not project.catalogue.classes():
            for name in ANIMALS:
                import_images(project, data / "animals" / name, "animals", "auto", name, progress=say)
        if not list_models(project):
            add_model(project, network, network, data / "weights" / WEIGHTS[network], progress=say)
        if not active_model(project).trained:
            train_model(project, network, progress=say)
        found = train_concepts(project, per_class=per_class, images=150, resolution=resolution, progress=say)
        rows, names = [], {}
        for class_name in found.classes:
            mine = keypoint_rows(project, found, class_name, data)
            rows += mine
            names |= {row["concept"]: row["points"] for row in mine if row["clear"]}
        found = name_concepts(project, names)
        masks = masks_from_prototypes(project, n=MASKS, progress=say)
        enough = [name for name, count in masks.masks.items() if count >= 3]
        parts = hand_masked(project, data)
        fisher = [extract_spaces(project, names, estimator="fisher", progress=say).spaces for names in (enough, parts)]
        automatic, by_hand = (extract_spaces(project, names, progress=say).spaces for names in (enough, parts))
        return {
            "network": network,
            "resolution": resolution,
            "prototypes of a class": per_class,
            "accuracy": found.accuracy,
            "off_diagonal": found.off_diagonal,
            "concepts that hold one group of points": float(np.mean([row["clear"] for row in rows])),
            "by chance": float(np.mean([row["by chance"] >= CLEAR for row in rows])),
            "R² ≥ 0.98, automatic": share_normal(automatic),
            "R² ≥ 0.98, by hand": share_normal(by_hand),
            "R² ≥ 0.98, automatic, Fisher's direction": share_normal(fisher[0]),
            "R² ≥ 0.98, by hand, Fisher's direction": share_normal(fisher[1]),
            "effort": effort(found, masks.masks),
            "concepts": rows,
            "spaces": [space_row(project, space) for space in (*automatic, *by_hand)],
            "strangers": strangers(project, data),
        }


def pets(home: Path, data: Path, network: str, resolution: Resolution, per_class: int) -> dict[str, Any]:
    """Concepts of 1,250 cats and as many dogs without annotated points: normality of all their spaces."""
    with Project.open(home / f"pets-{network}", device="cpu") as project:
        prepare(project, data, network, "pets")
        found = train_concepts(project, per_class=per_class, images=150, resolution=resolution, progress=say)
        name_concepts(project, {one.id: f"concept-{one.id.rpartition(':')[2]}" for one in found.concepts})
        masks = masks_from_prototypes(project, n=MASKS, progress=say)
        enough = [name for name, count in masks.masks.items() if count >= 3]
        fisher = extract_spaces(project, enough, estimator="fisher", progress=say).spaces
        paper = extract_spaces(project, enough, progress=say).spaces
        return {
            "network": network,
            "resolution": resolution,
            "prototypes of a class": per_class,
            "accuracy": found.accuracy,
            "off_diagonal": found.off_diagonal,
            "concepts with masks": f"{len(enough)} of {len(found.concepts)}",
            "R² ≥ 0.98": share_normal(paper),
            "R² ≥ 0.98, Fisher's direction": share_normal(fisher),
            "spaces": [
                {
                    "space": one.name,
                    "masks": one.n_masks,
                    "R²": round(one.reference.r2, 4),
                    "R², Fisher's direction": round(other.reference.r2, 4),
                }
                for one, other in zip(paper, fisher, strict=True)
            ],
        }


def hand_masked(project: Project, data: Path) -> list[str]:
    """Mask each animal's parts from its key points, as a person would; what the concepts are called."""
    return [
        masks_from_keypoints(
            project, data / "animals" / "keypoints.coco.json", name, part, points, MASKS, progress=say
        ).concept
        for name in ANIMALS
        for part, points in POINTS.items()
    ]


def share_normal(spaces: Sequence[SpaceSummary]) -> float:
    """Share of spaces whose activations over the class are as good as normal, by a q-q R² of 0.98 or more."""
    return round(float(np.mean([space.reference.r2 >= 0.98 for space in spaces])), 3)


def keypoint_rows(project: Project, found: Prototypes, class_name: str, data: Path) -> list[dict[str, Any]]:
    """Each concept with the group of key points that its regions hold in most images, against regions turned about."""
    annotated = {
        Path(one.file).name: one for one in read_keypoints(data / "animals" / "keypoints.coco.json", class_name)
    }
    images = [one for one in project.catalogue.images(class_name=class_name) if Path(one.name).name in annotated][
        :JUDGED
    ]
    seen, rows = seen_in(project, found, images), []
    pixels = [read_canvas(project, image) for image in images]
    for concept in found.of_class(class_name):
        regions = [concept_region(found, concept, maps, one, "squash") for maps, one in zip(seen, pixels, strict=True)]
        held = {name: _held(images, regions, annotated, points) for name, points in GROUPS.items()}
        name = max(held, key=lambda key: held[key][0])
        share, chance, count = held[name]
        rows.append(
            {
                "concept": concept.id,
                "points": name,
                "share": round(share, 3),
                "by chance": round(chance, 3),
                "images": count,
                "clear": share >= CLEAR and share >= 1.5 * chance,
            }
        )
    return rows


def _held(
    images: Sequence[Any], regions: Sequence[np.ndarray], annotated: Mapping[str, Any], points: Sequence[str]
) -> tuple[float, float, int]:
    """Share of images with a region and a point of the group in which the region holds one; turned about; how many."""
    inside, chance = [], []
    for image, region in zip(images, regions, strict=True):
        one = annotated[Path(image.name).name]
        scale_y, scale_x = region.shape[0] / one.height, region.shape[1] / one.width
        marked = [place for name, places in one.points.items() if name in points for place in places]
        places = [(int(y * scale_y), int(x * scale_x)) for x, y in marked]
        places = [(y, x) for y, x in places if 0 <= y < region.shape[0] and 0 <= x < region.shape[1]]
        if not places or not region.any():
            continue
        inside.append(any(region[y, x] for y, x in places))
        chance.append(any(region[::-1, ::-1][y, x] for y, x in places))
    return (float(np.mean(inside)), float(np.mean(chance)), len(inside)) if inside else (0.0, 0.0, 0)


def strangers(project: Project, data: Path) -> list[dict[str, Any]]:
    """The most similar class of each part of animals of unknown classes."""
    files = {path.stem.split("_", 1)[1].lower(): path for path in sorted((data / "other_animals").glob("*.jpg"))}
    chosen = [files[name] for name in STRANGERS if name in files]
    chosen += [path for path in files.values() if path not in chosen][: 20 - len(chosen)]
    found = explain_files(project, chosen, progress=say)
    return [
        {"file": Path(one.file).stem, "network": f"{one.predicted} {one.confidence:.0%}", "said": one.strange}
        for one in found.images
    ]


def page(result: Mapping[str, Any], title: str) -> str:
    """A result as Markdown: its tables, then its numbers."""
    tables = {key: value for key, value in result.items() if isinstance(value, list) and value}
    numbers = {
        key: json.dumps(value, ensure_ascii=False) for key, value in result.items() if not isinstance(value, list)
    }
    return render("prototypes", title=title, numbers=numbers, tables=tables)


PAGES = {
    "demo": ("prototypes", "Automatic concepts on the demo"),
    "species": ("prototypes-species", "Automatic concepts of twenty species"),
    "real": ("prototypes-animals", "Automatic concepts of five animals"),
    "pets": ("prototypes-pets", "Automatic concepts of cats and dogs"),
}
"""File and title of each part."""


def main() -> None:
    """Run what was asked for and write tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    parser.add_argument("parts", nargs="*", choices=list(PAGES), help="default all")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--homes", type=Path, default=REPOSITORY / "build" / "prototypes")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--network", default=NETWORK)
    parser.add_argument("--resolution", choices=RESOLUTIONS, default="fine")
    parser.add_argument("--per-class", type=int, default=10, help="prototypes of a class on photographs")
    chosen = parser.parse_args()
    for part in chosen.parts or PAGES:
        name, title = PAGES[part]
        if part in ("demo", "species"):
            result = {"demo": demo, "species": species}[part](chosen.homes)
        else:
            photographs = {"real": real, "pets": pets}[part]
            result = photographs(chosen.homes, chosen.data, chosen.network, chosen.resolution, chosen.per_class)
        write_json(chosen.out / f"{name}.json", result)
        write_page(chosen.out / f"{name}.md", page(result, title))


if __name__ == "__main__":
    main()
