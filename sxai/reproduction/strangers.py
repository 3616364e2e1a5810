"""AS-XAI on single pictures: unknown classes and hybrids, importance of parts, partial views, many classes."""

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
    """Fig. 5a, b: hybrids of two classes, and images of classes that the prototypes do not know, if there are any."""
    prototypes = prototypes_of(study)
    shown = list(_explained(study, {**_hybrids(study), **_others(study, prototypes)}).values())
    words = sorted({like.concept for explanation in shown for like in explanation.likenesses})
    cells = [{like.concept: like for like in explanation.likenesses} for explanation in shown]
    fig = word_map(
        words,
        [explanation.file for explanation in shown],
        [[f"{row[word].class_name}'s" if word in row else "not seen" for word in words] for row in cells],
        [[float(np.clip(row[word].probability, 0, 1)) if word in row else 0.0 for word in words] for row in cells],
        ("concept, darker the higher its P", ""),
        "Which known class each part of an unknown animal resembles",
    )
    rows = [
        {
            "picture": explanation.file,
            "CNN": explanation.predicted or "",
            "confidence": explanation.confidence,
            "said": explanation.strange,
        }
        for explanation in shown
    ]
    mixed = [len({like.class_name for like in explanation.likenesses}) > 1 for explanation in shown]
    ours = {"pictures": len(shown), "like more than one class": sum(mixed), "first": shown[0].strange}
    sheets = (
        {"as-fig-5": contact_sheet([[_tile(explanation, explanation.strange) for explanation in shown]])}
        if study.pictures
        else {}
    )
    note = "A hybrid is the upper half of one class's first image on the lower half of the other's."
    return ItemResult("as-fig-5", ours, {"strangers": rows}, {"as-fig-5": fig}, sheets, note)


def _hybrids(study: Study) -> dict[str, np.ndarray]:
    """Hybrids: the upper half of one class's first image above the lower half of the other's, for both orders."""
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


def _others(study: Study, prototypes: Prototypes) -> dict[str, np.ndarray]:
    """The first image of each class that the prototypes do not know, a few at most."""
    names = [label.name for label in study.project.catalogue.classes() if label.name not in prototypes.classes]
    images = [study.project.catalogue.images(class_name=name)[0] for name in names[: study.amounts.gallery]]
    return {str(image.class_name): read_canvas(study.project, image) for image in images}


def _tile(explanation: ProtoExplanation, note: str) -> Tile:
    seen: Sequence[np.ndarray] = [region for region in explanation.regions.values() if region.any()]
    return Tile(highlighted(explanation.pixels, seen), explanation.file, (note,))


def trustworthy(study: Study) -> ItemResult:
    """Fig. 6c: one picture as bubble rings and as similarity with every class."""
    prototypes = prototypes_of(study)
    image = study.images[study.classes[-1]][0]
    shown = explain_image(study.project, image.id, study.model)
    p = {concept.name: concept.probability for concept in shown.concepts}
    values = {concept.name: concept.pcs for concept in shown.concepts}
    rings = bubble_rings(p, values, study.palette)
    bars = similarity_bars(shown.similarity, shown.with_hsv, study.palette)
    alt, caption = f"{alt_text(rings)} {alt_text(bars)}", f"{describe(rings)} {describe(bars)}"
    fig = panels([[rings, bars]], "One picture in automatic concepts", alt, caption, look=Look(row_height=330))
    ours = {
        "CNN": shown.confidence,
        "class by prototypes": shown.by_prototypes,
        "sentence": shown.assessment.sentence,
        "concepts": len(prototypes.concepts),
    }
    rows = [
        {"concept": concept.name, "P": concept.probability, "PCS": concept.pcs, "area": concept.area}
        for concept in shown.concepts
    ]
    note = f"The picture is the first of {study.classes[-1]}: {image.name}."
    return ItemResult("as-fig-6c", ours, {"concepts": rows}, {"as-fig-6c": fig}, note=note)


def telling_parts(study: Study) -> ItemResult:
    """Fig. 5c and Supplementary Fig. 5: the parts by which each species is recognised, and their PCS."""
    prototypes = prototypes_of(study)
    names = prototypes.classes[: study.amounts.gallery]
    shown = _explained(study, {name: _first(study, name) for name in names})
    cells = {name: _own(explanation, name, prototypes) for name, explanation in shown.items()}
    words = list(dict.fromkeys(word for row in cells.values() for word in row))
    fig = word_map(
        words,
        list(shown),
        [[f"{row[word]:.2f}" if word in row else "" for word in words] for row in cells.values()],
        [[float(np.clip(row.get(word, 0.0), 0, 1)) for word in words] for row in cells.values()],
        ("concept, darker the larger its PCS", ""),
        "Importance of each part for its species (PCS)",
    )
    rows = [
        {"species": name, "concept": word, "PCS": value} for name, row in cells.items() for word, value in row.items()
    ]
    first = sorted(cells[names[0]].items(), key=lambda item: -item[1])
    ours: dict[str, Any] = {"species": names[0]}
    ours |= {f"PCS of part {at}": f"{value:.4f} ({word})" for at, (word, value) in enumerate(first[:2], start=1)}
    sheets = (
        {"as-fig-5c": contact_sheet([[_tile(explanation, explanation.file) for explanation in shown.values()]])}
        if study.pictures
        else {}
    )
    note = "The first image of every class; Supplementary Fig. 5 shows more species."
    return ItemResult("as-fig-5c", ours, {"parts": rows}, {"as-fig-5c": fig}, sheets, note)


def half_seen(study: Study) -> ItemResult:
    """Fig. 6a, b: a whole animal and partial views of it, on which a CNN may stay certain."""
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
    largest = {view: seen.assessment.largest or 0.0 for view, seen in shown.items()}
    fig = word_map(
        ["prediction of the network", "assessment by its concepts"],
        list(shown)[::-1],
        [
            [
                f"{seen.predicted} {seen.confidence or 0:.0%}",
                seen.assessment.sentence.replace(" because ", "<br>because "),
            ]
            for seen in reversed(shown.values())
        ],
        [[seen.confidence or 0.0, float(np.clip(largest[view], 0, 1))] for view, seen in reversed(shown.items())],
        ("darker the more certain", ""),
        f"A {name} in partial views",
    )
    rows = [
        {
            "view": view,
            "CNN": seen.predicted or "",
            "confidence": seen.confidence,
            "Δmax": largest[view],
            "sentence": seen.assessment.sentence,
        }
        for view, seen in shown.items()
    ]
    patch = shown["a patch of it"]
    ours = {
        "CNN, whole": shown["whole"].confidence,
        "CNN, hardly seen": patch.confidence,
        "sentence, hardly seen": patch.assessment.sentence,
    }
    sheets = {"as-fig-6a": contact_sheet([[_tile(seen, seen.assessment.sentence) for seen in shown.values()]])}
    note = f"The picture is the first of {name}, and parts of it."
    return ItemResult("as-fig-6a", ours, {"views": rows}, {"as-fig-6a": fig}, sheets if study.pictures else {}, note)


def among_many(study: Study) -> ItemResult:
    """Fig. 6d: one image of every class, its assessment and its similarity with each class's prototypes."""
    prototypes = prototypes_of(study)
    names = prototypes.classes[: study.amounts.gallery]
    shown = _explained(study, {name: _first(study, name) for name in names})
    likeness = np.array(
        [[explanation.with_hsv[other] for other in prototypes.classes] for explanation in shown.values()]
    )
    span = np.ptp(likeness, axis=1, keepdims=True)
    fig = word_map(
        list(prototypes.classes),
        list(shown),
        [[f"{value:.3f}" for value in row] for row in likeness],
        ((likeness - likeness.min(axis=1, keepdims=True)) / np.maximum(span, 1e-9)).tolist(),
        ("mean similarity with the class's patches, colours included", ""),
        "One picture among many classes",
    )
    rows = [
        {
            "picture of": name,
            "CNN": explanation.predicted or "",
            "confidence": explanation.confidence,
            "by prototypes": explanation.by_prototypes,
            "closest": max(explanation.with_hsv, key=lambda other: explanation.with_hsv[other]),
            "sentence": explanation.assessment.sentence,
        }
        for name, explanation in shown.items()
    ]
    ours: dict[str, Any] = {
        "classes": len(prototypes.classes),
        "pictures": len(rows),
        "right by prototypes": sum(row["by prototypes"] == row["picture of"] for row in rows),
        "closest to their own class": sum(row["closest"] == row["picture of"] for row in rows),
    }
    return ItemResult("as-fig-6d", ours, {"pictures": rows}, {"as-fig-6d": fig})


def _first(study: Study, class_name: str) -> np.ndarray:
    """The first validation image of a class, or its first image when it has none."""
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


def _own(explanation: ProtoExplanation, class_name: str, prototypes: Prototypes) -> dict[str, float]:
    """PCS of a class's own concepts in a picture, by concept."""
    return {
        concept_of(seen.name): seen.pcs
        for seen in explanation.concepts
        if split_name(seen.name, prototypes.classes)[0] == class_name
    }


ITEMS: Mapping[str, Item] = {
    "as-fig-5": hybrids,
    "as-fig-5c": telling_parts,
    "as-fig-6a": half_seen,
    "as-fig-6c": trustworthy,
    "as-fig-6d": among_many,
}
"""The items of this module by name."""
