"""AS-XAI on single pictures: hybrids, the parts that tell a species, animals half seen, one picture among classes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from sxai.images.verbs.stored import read_canvas
from sxai.names import split_name
from sxai.plot.contact_sheets import Tile, contact_sheet
from sxai.plot.panels import Look, panels
from sxai.plot.theme import alt_text, concept_of, describe
from sxai.plot.word_map import word_map
from sxai.prototypes.concepts import Prototypes
from sxai.prototypes.figures import bubble_rings, similarity_bars
from sxai.prototypes.verbs.explain import Explainer, ProtoExplanation, explain_image
from sxai.prototypes.verbs.regions import highlighted
from sxai.reproduction.study import Item, ItemResult, Study, prototypes_of


def hybrids(study: Study) -> ItemResult:
    """Fig. 5a, b: animals of no class, made of two; and, where the project has them, images of other classes."""
    found = prototypes_of(study)
    shown = list(_explained(study, {**_hybrids(study), **_others(study, found)}).values())
    words = sorted({like.concept for one in shown for like in one.likenesses})
    cells = [{like.concept: like for like in one.likenesses} for one in shown]
    fig = word_map(
        words,
        [one.file for one in shown],
        [[f"{row[word].class_name}'s" if word in row else "not seen" for word in words] for row in cells],
        [[float(np.clip(row[word].probability, 0, 1)) if word in row else 0.0 for word in words] for row in cells],
        ("concept, darker the higher its P", ""),
        "What strangers are like, part by part",
    )
    rows = [
        {"picture": one.file, "CNN": one.predicted or "", "confidence": one.confidence, "said": one.strange}
        for one in shown
    ]
    mixed = [len({like.class_name for like in one.likenesses}) > 1 for one in shown]
    ours = {"pictures": len(shown), "like more than one class": sum(mixed), "first": shown[0].strange}
    sheets = {"as-fig-5": contact_sheet([[_tile(one, one.strange) for one in shown]])} if study.pictures else {}
    note = "A hybrid is the upper half of one class's first image on the lower half of the other's."
    return ItemResult("as-fig-5", ours, {"strangers": rows}, {"as-fig-5": fig}, sheets, note)


def _hybrids(study: Study) -> dict[str, np.ndarray]:
    """The upper half of one class's first image on the lower half of the other's, both ways round."""
    first, second = study.classes
    pixels = {name: read_canvas(study.project, study.images[name][0]) for name in study.classes}
    return {
        f"{upper} above, {lower} below": _joined(pixels[upper], pixels[lower])
        for upper, lower in ((first, second), (second, first))
    }


def _joined(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    height, width = upper.shape[:2]
    below = np.asarray(Image.fromarray(lower).resize((width, height), Image.Resampling.BILINEAR))
    return np.vstack([upper[: height // 2], below[height // 2 :]])


def _others(study: Study, found: Prototypes) -> dict[str, np.ndarray]:
    """The first image of each class that the prototypes do not know, a few at most."""
    names = [one.name for one in study.project.catalogue.classes() if one.name not in found.classes]
    images = [study.project.catalogue.images(class_name=name)[0] for name in names[: study.amounts.gallery]]
    return {str(image.class_name): read_canvas(study.project, image) for image in images}


def _tile(one: ProtoExplanation, said: str) -> Tile:
    seen: Sequence[np.ndarray] = [region for region in one.regions.values() if region.any()]
    return Tile(highlighted(one.pixels, seen), one.file, (said,))


def trustworthy(study: Study) -> ItemResult:
    """Fig. 6c: one picture as bubble rings and as similarity with every class."""
    found = prototypes_of(study)
    image = study.images[study.classes[-1]][0]
    shown = explain_image(study.project, image.id, study.model)
    p = {one.name: one.probability for one in shown.concepts}
    values = {one.name: one.pcs for one in shown.concepts}
    rings = bubble_rings(p, values, study.palette)
    bars = similarity_bars(shown.similarity, shown.with_hsv, study.palette)
    alt, caption = f"{alt_text(rings)} {alt_text(bars)}", f"{describe(rings)} {describe(bars)}"
    fig = panels([[rings, bars]], "One picture in automatic concepts", alt, caption, look=Look(row_height=330))
    ours = {
        "CNN": shown.confidence,
        "class by prototypes": shown.by_prototypes,
        "sentence": shown.assessment.sentence,
        "concepts": len(found.concepts),
    }
    rows = [{"concept": one.name, "P": one.probability, "PCS": one.pcs, "area": one.area} for one in shown.concepts]
    note = f"The picture is the first of {study.classes[-1]}: {image.name}."
    return ItemResult("as-fig-6c", ours, {"concepts": rows}, {"as-fig-6c": fig}, note=note)


def telling_parts(study: Study) -> ItemResult:
    """Fig. 5c and Supplementary Fig. 5: where a species is told by, and how much each part counts (PCS)."""
    found = prototypes_of(study)
    names = found.classes[: study.amounts.gallery]
    shown = _explained(study, {name: _first(study, name) for name in names})
    cells = {name: _own(one, name, found) for name, one in shown.items()}
    words = list(dict.fromkeys(word for row in cells.values() for word in row))
    fig = word_map(
        words,
        list(shown),
        [[f"{row[word]:.2f}" if word in row else "" for word in words] for row in cells.values()],
        [[float(np.clip(row.get(word, 0.0), 0, 1)) for word in words] for row in cells.values()],
        ("concept, darker the larger its PCS", ""),
        "Which parts a species is told by",
    )
    rows = [
        {"species": name, "concept": word, "PCS": value} for name, row in cells.items() for word, value in row.items()
    ]
    first = sorted(cells[names[0]].items(), key=lambda one: -one[1])
    ours: dict[str, Any] = {"species": names[0]}
    ours |= {f"PCS of part {at}": f"{value:.4f} ({word})" for at, (word, value) in enumerate(first[:2], start=1)}
    sheets = {"as-fig-5c": contact_sheet([[_tile(one, one.file) for one in shown.values()]])} if study.pictures else {}
    note = "The first image of every class; Supplementary Fig. 5 asks the same of more species."
    return ItemResult("as-fig-5c", ours, {"parts": rows}, {"as-fig-5c": fig}, sheets, note)


def half_seen(study: Study) -> ItemResult:
    """Fig. 6a, b: the same animal whole and from views that show little of it; a CNN may stay certain."""
    prototypes_of(study)
    name = study.classes[0]
    whole = _first(study, name)
    height, width = whole.shape[:2]
    views = {
        "whole": whole,
        "lower half": whole[height // 2 :],
        "one side": whole[:, : width // 2],
        "a patch of it": whole[3 * height // 8 : 5 * height // 8, 3 * width // 8 : 5 * width // 8],
    }
    shown = _explained(study, views)
    largest = {view: one.assessment.largest or 0.0 for view, one in shown.items()}
    fig = word_map(
        ["what the network says", "what its concepts say"],
        list(shown)[::-1],
        [
            [f"{one.predicted} {one.confidence or 0:.0%}", one.assessment.sentence.replace(" because ", "<br>because ")]
            for one in reversed(shown.values())
        ],
        [[one.confidence or 0.0, float(np.clip(largest[view], 0, 1))] for view, one in reversed(shown.items())],
        ("darker the more certain", ""),
        f"A {name} that is only half seen",
    )
    rows = [
        {
            "view": view,
            "CNN": one.predicted or "",
            "confidence": one.confidence,
            "Δmax": largest[view],
            "sentence": one.assessment.sentence,
        }
        for view, one in shown.items()
    ]
    patch = shown["a patch of it"]
    ours = {
        "CNN, whole": shown["whole"].confidence,
        "CNN, hardly seen": patch.confidence,
        "sentence, hardly seen": patch.assessment.sentence,
    }
    sheets = {"as-fig-6a": contact_sheet([[_tile(one, one.assessment.sentence) for one in shown.values()]])}
    note = f"The picture is the first of {name}, and parts of it."
    return ItemResult("as-fig-6a", ours, {"views": rows}, {"as-fig-6a": fig}, sheets if study.pictures else {}, note)


def among_many(study: Study) -> ItemResult:
    """Fig. 6d: one image of every class, its concepts and its likeness to each class's."""
    found = prototypes_of(study)
    names = found.classes[: study.amounts.gallery]
    shown = _explained(study, {name: _first(study, name) for name in names})
    likeness = np.array([[one.with_hsv[other] for other in found.classes] for one in shown.values()])
    span = np.ptp(likeness, axis=1, keepdims=True)
    fig = word_map(
        list(found.classes),
        list(shown),
        [[f"{value:.3f}" for value in row] for row in likeness],
        ((likeness - likeness.min(axis=1, keepdims=True)) / np.maximum(span, 1e-9)).tolist(),
        ("mean similarity with the class's patches, colours included", ""),
        "One picture among many classes",
    )
    rows = [
        {
            "picture of": name,
            "CNN": one.predicted or "",
            "confidence": one.confidence,
            "by prototypes": one.by_prototypes,
            "closest": max(one.with_hsv, key=lambda other: one.with_hsv[other]),
            "sentence": one.assessment.sentence,
        }
        for name, one in shown.items()
    ]
    ours: dict[str, Any] = {
        "classes": len(found.classes),
        "pictures": len(rows),
        "right by prototypes": sum(row["by prototypes"] == row["picture of"] for row in rows),
        "closest to their own class": sum(row["closest"] == row["picture of"] for row in rows),
    }
    return ItemResult("as-fig-6d", ours, {"pictures": rows}, {"as-fig-6d": fig})


def _first(study: Study, class_name: str) -> np.ndarray:
    """The first validation image of a class, or the first of all."""
    images = study.project.catalogue.images(class_name=class_name, split="val") or study.project.catalogue.images(
        class_name=class_name
    )
    return read_canvas(study.project, images[0])


def _explained(study: Study, pictures: Mapping[str, np.ndarray]) -> dict[str, ProtoExplanation]:
    explainer, shown = Explainer.of(study.project, study.model), {}
    for done, (name, pixels) in enumerate(pictures.items()):
        study.progress("pictures", done, len(pictures))
        shown[name] = explainer.explain(np.ascontiguousarray(pixels), name)
    return shown


def _own(one: ProtoExplanation, class_name: str, found: Prototypes) -> dict[str, float]:
    """PCS of a class's own concepts in a picture, by concept."""
    return {
        concept_of(seen.name): seen.pcs
        for seen in one.concepts
        if split_name(seen.name, found.classes)[0] == class_name
    }


ITEMS: Mapping[str, Item] = {
    "as-fig-5": hybrids,
    "as-fig-5c": telling_parts,
    "as-fig-6a": half_seen,
    "as-fig-6c": trustworthy,
    "as-fig-6d": among_many,
}
"""The items of this module by name."""
