"""Automatic concepts held against what is known: ``python -m benchmarks.prototypes [demo] [species] [real] [pets]``.

On the demo, of two classes or of twenty species, every part is known to the pixel, on photographs of five animals its
key points are. Everything is kept in
projects under ``--homes``, so an interrupted run goes on. Tables go to ``docs/results/prototypes*.json`` and ``.md``,
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
from benchmarks.real_photographs import POINTS, WEIGHTS
from benchmarks.report import table
from sxai import workflows as verbs
from sxai.demo.easel import PARTS
from sxai.images.masks import decode_rle
from sxai.spaces.prototypes import overlap_of, similarity_maps
from sxai.workflows import AutoConcept, Prototypes, Workspace
from sxai.workflows.annotating import read_keypoints
from sxai.workflows.mapping import RESOLUTIONS, Resolution, maps_of
from sxai.workflows.networks import load_network, model_record
from sxai.workflows.proto_naming import named_groups
from sxai.workflows.proto_regions import concept_region
from sxai.workflows.workspace import read_canvas

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
}  # fmt: skip
JUDGED = 60
ASSESSED = 15
"""Images of a species that are assessed at most."""

LEVELS = ("sure", "probably", "unsure-because", "unsure", "unknown")
CLEAR = 0.6
"""A concept whose regions hold the same group of points in this share of photographs is clear."""

MASKS = 50
"""Masks of a concept, found automatically and made from key points alike."""
STRANGERS = (
    "tiger", "lion", "timber_wolf", "red_fox", "brown_bear", "zebra", "leopard", "jaguar", "cheetah", "coyote", "dingo",
    "hyena", "arctic_fox", "lynx", "hog", "ox", "water_buffalo", "bison", "ram", "llama",
)  # fmt: skip


def say(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
    """Progress as one line a stage."""
    if done == total:
        print(f"  {stage}: {done} of {total}", flush=True)


def seen_in(ws: Workspace, found: Prototypes, images: Sequence[Any]) -> np.ndarray:
    """Maps (n, C, h, w) of stored images."""
    record = model_record(ws, found.model)
    return maps_of(ws, record, load_network(ws, record), images, found.reading, say)


def demo(home: Path) -> dict[str, Any]:
    """Concepts of the demo against its parts, on images that nothing was trained on."""
    with Workspace.open(home / "demo", device="cpu") as ws:
        verbs.fill_demo(ws, progress=say)
        without = verbs.train_concepts(ws, orthonormality=0.0, use=False, progress=say)
        found = verbs.train_concepts(ws, progress=say)
        verbs.name_concepts(ws, {one.id: one.name for one in verbs.propose_names(ws, progress=say)})
        found = verbs.prototypes_in_use(ws)
        rows = [row for name in found.classes for row in part_rows(ws, found, name)]
        masks = verbs.masks_from_prototypes(ws, progress=say)
        extracted = verbs.extract_spaces(ws, list(masks.masks), progress=say)
        return {
            "accuracy": found.accuracy, "off_diagonal": found.off_diagonal,
            "off_diagonal_without_loss": without.off_diagonal,  "parts": rows,
            "spaces": [space_row(ws, space) for space in extracted.spaces], "effort": effort(found, masks.masks),
        }  # fmt: skip


def species(home: Path) -> dict[str, Any]:
    """Twenty species: the parts that are found of each, and what is said of pictures that nothing was trained on."""
    with Workspace.open(home / "species", device="cpu") as ws:
        verbs.fill_demo(ws, species=True, progress=say)
        found = verbs.train_concepts(ws, progress=say)
        verbs.name_concepts(ws, {one.id: one.name for one in verbs.propose_names(ws, progress=say)})
        found = verbs.prototypes_in_use(ws)
        rows = [row for name in found.classes for row in part_rows(ws, found, name)]
        good = [row["IoU"] >= 0.4 and (row["AUC"] or 0) >= 0.9 for row in rows]
        return {
            "accuracy": found.accuracy, "off_diagonal": found.off_diagonal,
            "parts with IoU ≥ 0.4 and AUC ≥ 0.9": f"{sum(good)} of {len(good)}",
            "mean IoU": round(float(np.mean([row["IoU"] for row in rows])), 3),
            "assessments": levels(ws, found), "parts": rows,
        }  # fmt: skip


def levels(ws: Workspace, found: Prototypes) -> list[dict[str, Any]]:
    """How sure automatic concepts are of validation images on which the network is right, and of others."""
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for name in found.classes:
        for image in ws.catalogue.images(class_name=name, split="val")[:ASSESSED]:
            one = verbs.explain_image(ws, image.id)
            counts[one.predicted == name][one.assessment.level] += 1
    return [
        {"network": "right" if right else "wrong", "images": count.total(), **{level: count[level] for level in LEVELS}}
        for right, count in counts.items()
    ]


def part_rows(ws: Workspace, found: Prototypes, class_name: str) -> list[dict[str, Any]]:
    """For each part the concept that fits it best, by IoU of regions, with the AUC of its largest similarity."""
    images = ws.catalogue.images(class_name=class_name, split="val")
    maps = seen_in(ws, found, images)
    known = [ws.catalogue.parts(image.id) for image in images]
    pixels = [read_canvas(ws, image) for image in images]
    rows = []
    for part in PARTS:
        visible = np.array([one[part].visible for one in known])
        candidates = [[one] for one in found.of_class(class_name)]
        candidates += [group for name, group in named_groups(found).items() if name == f"{class_name}.{part}"]
        scored = [_scored(found, group, part, maps, known, pixels, visible) for group in candidates]
        rows.append({"class": class_name, "part": part, "visible": int(visible.sum()), "hidden": int((~visible).sum()),
                     **max(scored, key=lambda row: row["IoU"])})  # fmt: skip
    return rows


def _scored(
    found: Prototypes, group: Sequence[AutoConcept], part: str, maps: np.ndarray, known: Sequence[Any],
    pixels: Sequence[np.ndarray], visible: np.ndarray,
) -> dict[str, Any]:  # fmt: skip
    similarity = similarity_maps(found.proto, maps)
    margin = np.max([found.maps(one, similarity).max(axis=(1, 2)) - one.threshold for one in group], axis=0)
    overlaps = []
    for at in np.flatnonzero(visible)[:JUDGED]:
        regions = [concept_region(found, one, maps[at], pixels[at], "squash") for one in group]
        overlaps.append(overlap_of(np.any(regions, axis=0), decode_rle(known[at][part].rle)))
    both = visible.any() and not visible.all()
    return {"concept": "+".join(one.id for one in group), "IoU": round(float(np.mean(overlaps)), 3),
            "AUC": round(float(roc_auc_score(visible, margin)), 3) if both else None}  # fmt: skip


def space_row(ws: Workspace, space: verbs.SpaceSummary) -> dict[str, Any]:
    """A space made from automatic masks, in a line."""
    selectivity = {one.name: one.selectivity for one in verbs.score_spaces(ws, [space.name], draws=50).spaces}
    return {
        "space": space.name, "masks": space.n_masks, "R²": round(space.reference["r2"], 4),
        "P unmasked": round(space.masked["p_unmasked"] or 0, 3), "P masked": round(space.masked["p_masked"] or 0, 3),
        "selectivity": selectivity.get(space.name),
    }  # fmt: skip


def effort(found: Prototypes, masks: Mapping[str, int]) -> dict[str, Any]:
    """Actions of a person: a name for each concept and a save for each class, against two for each mask by hand."""
    automatic = sum(bool(one.name) for one in found.concepts) + len(found.classes)
    by_hand = 2 * sum(masks.values())  # at least one superpixel, and on to the next image
    return {"automatic": automatic, "by hand, at least": by_hand, "ratio": round(automatic / by_hand, 4)}


def real(home: Path, data: Path, network: str, resolution: Resolution, per_class: int) -> dict[str, Any]:
    """Concepts of five animals against key points, their spaces beside those masked by hand, and strangers."""
    with Workspace.open(home / f"animals-{network}", device="cpu") as ws:
        if not ws.catalogue.classes():
            for name in ANIMALS:
                verbs.import_images(ws, data / "animals" / name, "animals", "auto", name, progress=say)
        if not verbs.list_models(ws):
            verbs.add_model(ws, network, network, data / "weights" / WEIGHTS[network], progress=say)
        if not verbs.active_model(ws).trained:
            verbs.train_model(ws, network, progress=say)
        found = verbs.train_concepts(ws, per_class=per_class, images=150, resolution=resolution, progress=say)
        rows, names = [], {}
        for class_name in found.classes:
            mine = keypoint_rows(ws, found, class_name, data)
            rows += mine
            names |= {row["concept"]: row["points"] for row in mine if row["clear"]}
        found = verbs.name_concepts(ws, names)
        masks = verbs.masks_from_prototypes(ws, n=MASKS, progress=say)
        enough = [name for name, count in masks.masks.items() if count >= 3]
        parts = hand_masked(ws, data)
        fisher = [verbs.extract_spaces(ws, names, estimator="fisher", progress=say).spaces for names in (enough, parts)]
        automatic, by_hand = (verbs.extract_spaces(ws, names, progress=say).spaces for names in (enough, parts))
        return {
            "network": network, "resolution": resolution, "prototypes of a class": per_class,
            "accuracy": found.accuracy, "off_diagonal": found.off_diagonal,
            "concepts that hold one group of points": float(np.mean([row["clear"] for row in rows])),
            "by chance": float(np.mean([row["by chance"] >= CLEAR for row in rows])),
            "R² ≥ 0.98, automatic": share_normal(automatic), "R² ≥ 0.98, by hand": share_normal(by_hand),
            "R² ≥ 0.98, automatic, Fisher's direction": share_normal(fisher[0]),
            "R² ≥ 0.98, by hand, Fisher's direction": share_normal(fisher[1]),
            "effort": effort(found, masks.masks), "concepts": rows,
            "spaces": [space_row(ws, space) for space in (*automatic, *by_hand)],
            "strangers": strangers(ws, data),
        }  # fmt: skip


def pets(home: Path, data: Path, network: str, resolution: Resolution, per_class: int) -> dict[str, Any]:
    """Concepts of 1,250 cats and as many dogs, whose points nobody knows: how normal their spaces are, all of them."""
    with Workspace.open(home / f"pets-{network}", device="cpu") as ws:
        prepare(ws, data, network, "pets")
        found = verbs.train_concepts(ws, per_class=per_class, images=150, resolution=resolution, progress=say)
        verbs.name_concepts(ws, {one.id: f"concept-{one.id.rpartition(':')[2]}" for one in found.concepts})
        masks = verbs.masks_from_prototypes(ws, n=MASKS, progress=say)
        enough = [name for name, count in masks.masks.items() if count >= 3]
        fisher = verbs.extract_spaces(ws, enough, estimator="fisher", progress=say).spaces
        paper = verbs.extract_spaces(ws, enough, progress=say).spaces
        return {
            "network": network, "resolution": resolution, "prototypes of a class": per_class,
            "accuracy": found.accuracy, "off_diagonal": found.off_diagonal,
            "concepts with masks": f"{len(enough)} of {len(found.concepts)}",
            "R² ≥ 0.98": share_normal(paper), "R² ≥ 0.98, Fisher's direction": share_normal(fisher),
            "spaces": [
                {"space": one.name, "masks": one.n_masks, "R²": round(one.reference["r2"], 4),
                 "R², Fisher's direction": round(other.reference["r2"], 4)}
                for one, other in zip(paper, fisher, strict=True)
            ],
        }  # fmt: skip


def hand_masked(ws: Workspace, data: Path) -> list[str]:
    """Mask each animal's parts from its key points, as a person would; what the concepts are called."""
    return [
        verbs.masks_from_keypoints(
            ws, data / "animals" / "keypoints.coco.json", name, part, points, MASKS, progress=say
        ).concept
        for name in ANIMALS
        for part, points in POINTS.items()
    ]


def share_normal(spaces: Sequence[verbs.SpaceSummary]) -> float:
    """Share of spaces whose activations over the class are as good as normal, by a q-q R² of 0.98 or more."""
    return round(float(np.mean([space.reference["r2"] >= 0.98 for space in spaces])), 3)


def keypoint_rows(ws: Workspace, found: Prototypes, class_name: str, data: Path) -> list[dict[str, Any]]:
    """Each concept with the group of key points that its regions hold in most images, against regions turned about."""
    annotated = {
        Path(one.file).name: one for one in read_keypoints(data / "animals" / "keypoints.coco.json", class_name)
    }
    images = [one for one in ws.catalogue.images(class_name=class_name) if Path(one.name).name in annotated][:JUDGED]
    seen, rows = seen_in(ws, found, images), []
    pixels = [read_canvas(ws, image) for image in images]
    for concept in found.of_class(class_name):
        regions = [concept_region(found, concept, maps, one, "squash") for maps, one in zip(seen, pixels, strict=True)]
        held = {name: _held(images, regions, annotated, points) for name, points in GROUPS.items()}
        name = max(held, key=lambda key: held[key][0])
        share, chance, count = held[name]
        rows.append({"concept": concept.id, "points": name, "share": round(share, 3), "by chance": round(chance, 3),
                     "images": count, "clear": share >= CLEAR and share >= 1.5 * chance})  # fmt: skip
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


def strangers(ws: Workspace, data: Path) -> list[dict[str, Any]]:
    """What animals of no class are most like, part by part."""
    files = {path.stem.split("_", 1)[1].lower(): path for path in sorted((data / "other_animals").glob("*.jpg"))}
    chosen = [files[name] for name in STRANGERS if name in files]
    chosen += [path for path in files.values() if path not in chosen][: 20 - len(chosen)]
    found = verbs.explain_files(ws, chosen, progress=say)
    return [
        {"file": Path(one.file).stem, "network": f"{one.predicted} {one.confidence:.0%}", "said": one.strange}
        for one in found.images
    ]


def page(result: Mapping[str, Any], title: str) -> str:
    """A result as Markdown: its tables, then its numbers."""
    lines = [f"# {title}", ""]
    numbers = {key: value for key, value in result.items() if not isinstance(value, list)}
    lines += [f"- **{key}**: {json.dumps(value, ensure_ascii=False)}" for key, value in numbers.items()]
    for key, value in result.items():
        if isinstance(value, list) and value:
            lines += ["", f"## {key.capitalize()}", "", table(value)]
    return "\n".join(lines) + "\n"


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
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "results")
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
        text = json.dumps(result, indent=1, ensure_ascii=False, default=float)
        (chosen.out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        (chosen.out / f"{name}.md").write_text(page(result, title), encoding="utf-8")
        print(page(result, title))


if __name__ == "__main__":
    main()
