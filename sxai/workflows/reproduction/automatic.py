"""AS-XAI: spaces (Fig. 3), ranks of filters (Fig. 4), hybrids (Fig. 5), one picture (Fig. 6), orthogonality (Fig. 7),
rules, sensitivity."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from sxai.errors import SpaceError
from sxai.explain.prototypes import FAIR, NEGLIGIBLE, STRONG, assess_prototypes
from sxai.figures.panels import Look, panels
from sxai.figures.pictures import Tile, contact_sheet
from sxai.figures.prototypes import (
    bubble_rings,
    filter_ranks,
    orthogonality_panels,
    sensitivity_boxes,
    similarity_bars,
)
from sxai.figures.rules import word_map
from sxai.figures.theme import alt_text, describe
from sxai.spaces.direction import split_name
from sxai.workflows.proto_explaining import Explainer, ProtoExplanation, explain_image
from sxai.workflows.proto_naming import PREFIX
from sxai.workflows.proto_regions import highlighted
from sxai.workflows.prototyping import Prototypes, stored_prototypes, train_concepts
from sxai.workflows.reproduction.spaces import distributions_of
from sxai.workflows.reproduction.study import Item, ItemResult, Study
from sxai.workflows.sensing import perceptual_sensitivity
from sxai.workflows.workspace import read_canvas

QUICK: dict[str, Any] = {"per_class": 2, "images": 8, "resolution": "maps", "rounds": 1, "joint": 1}
"""A training that only shows that it runs."""

FEW = 50
"""Fewer samples than this mean that everything is to be short."""

BANDS = ((0.0, NEGLIGIBLE), (NEGLIGIBLE, FAIR), (FAIR, STRONG), (STRONG, 1.0))


def _settings(study: Study) -> dict[str, Any]:
    return QUICK if study.amounts.n < FEW else {}


def _prototypes(study: Study) -> Prototypes:
    """The prototypes in use, trained when there are none."""
    found = stored_prototypes(study.ws, study.model)
    return found or train_concepts(study.ws, study.model, progress=study.progress, **_settings(study))


def automatic_spaces(study: Study) -> ItemResult:
    """Fig. 3b, d: how normal the spaces are that were found without a person.

    They are not made here: concepts are a person's to name, and their spaces take part in every assessment.
    """
    spaces = [name for name in study.spaces if split_name(name)[1].startswith(PREFIX)]
    names = {one: own for one in study.classes if (own := [name for name in spaces if split_name(name)[0] == one])}
    if not names:
        raise SpaceError(
            f"{' and '.join(study.classes)} have no space of an automatic concept yet; run: sxai proto name --propose, "
            "sxai proto mask and sxai space extract"
        )
    return distributions_of(study, "as-fig-3", names, 0.98)


def hybrids(study: Study) -> ItemResult:
    """Fig. 5a, b: animals of no class, made of two; and, where the project has them, images of other classes."""
    found = _prototypes(study)
    explainer = Explainer.of(study.ws, study.model)
    pictures = [*_hybrids(study), *_others(study, found)]
    shown = []
    for done, (name, pixels) in enumerate(pictures):
        study.progress("strangers", done, len(pictures))
        shown.append(explainer.explain(pixels, name))
    words = sorted({like.concept for one in shown for like in one.likenesses})
    cells = [{like.concept: like for like in one.likenesses} for one in shown]
    fig = word_map(
        words, [one.file for one in shown],
        [[f"{row[word].class_name}'s" if word in row else "not seen" for word in words] for row in cells],
        [[float(np.clip(row[word].probability, 0, 1)) if word in row else 0.0 for word in words] for row in cells],
        ("concept, darker the higher its P", ""), "What strangers are like, part by part",
    )  # fmt: skip
    rows = [
        {"picture": one.file, "CNN": one.predicted or "", "confidence": one.confidence, "said": one.strange}
        for one in shown
    ]
    mixed = [len({like.class_name for like in one.likenesses}) > 1 for one in shown]
    ours = {"pictures": len(shown), "like more than one class": sum(mixed), "first": shown[0].strange}
    sheets = {"as-fig-5": contact_sheet([[_tile(one) for one in shown]])} if study.pictures else {}
    note = "A hybrid is the upper half of one class's first image on the lower half of the other's."
    return ItemResult("as-fig-5", ours, {"strangers": rows}, {"as-fig-5": fig}, sheets, note)


def _hybrids(study: Study) -> list[tuple[str, np.ndarray]]:
    """The upper half of one class's first image on the lower half of the other's, both ways round."""
    first, second = study.classes
    pixels = {name: read_canvas(study.ws, study.images[name][0]) for name in study.classes}
    return [
        (f"{upper} above, {lower} below", _joined(pixels[upper], pixels[lower]))
        for upper, lower in ((first, second), (second, first))
    ]


def _joined(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    height, width = upper.shape[:2]
    below = np.asarray(Image.fromarray(lower).resize((width, height), Image.Resampling.BILINEAR))
    return np.vstack([upper[: height // 2], below[height // 2 :]])


def _others(study: Study, found: Prototypes) -> list[tuple[str, np.ndarray]]:
    """The first image of each class that the prototypes do not know, a few at most."""
    names = [one.name for one in study.ws.catalogue.classes() if one.name not in found.classes]
    images = [study.ws.catalogue.images(class_name=name)[0] for name in names[: study.amounts.gallery]]
    return [(str(image.class_name), read_canvas(study.ws, image)) for image in images]


def _tile(one: ProtoExplanation) -> Tile:
    seen: Sequence[np.ndarray] = [region for region in one.regions.values() if region.any()]
    return Tile(highlighted(one.pixels, seen), one.file, (one.strange,))


def ranks(study: Study) -> ItemResult:
    """Fig. 4: effective rank of every filter by the concept that it follows, and the shares of concepts."""
    found = _prototypes(study)
    charts = []
    for name in found.classes[:4]:
        effective, assigned, ids = found.ranks(name)
        names = [found.concept(id).name or id for id in ids]
        charts.append(filter_ranks(effective, assigned, names, f"Filters of {name}"))
    alt = " ".join(alt_text(chart) for chart in charts)
    caption = " ".join(describe(chart) for chart in charts)
    look = Look(legend=False)
    fig = panels([[chart] for chart in charts], "Which concepts need the fullest maps?", alt, caption, look=look)
    rows = [
        {"concept": one.id, "name": one.name or "", "R": one.importance, "share": one.share, "filters": one.filters}
        for one in found.concepts
    ]
    best = max(found.concepts, key=lambda one: one.share)
    ours = {"most sensitive": best.name or best.id, "its share": best.share, "redundant filters": str(found.redundant)}
    return ItemResult("as-fig-4", ours, {"concepts": rows}, {"as-fig-4": fig})


def trustworthy(study: Study) -> ItemResult:
    """Fig. 6c: one picture as bubble rings and as similarity with every class."""
    found = _prototypes(study)
    image = study.images[study.classes[-1]][0]
    shown = explain_image(study.ws, image.id, study.model)
    p = {one.name: one.probability for one in shown.concepts}
    values = {one.name: one.pcs for one in shown.concepts}
    rings = bubble_rings(p, values, study.palette)
    bars = similarity_bars(shown.similarity, shown.with_hsv, study.palette)
    alt, caption = f"{alt_text(rings)} {alt_text(bars)}", f"{describe(rings)} {describe(bars)}"
    fig = panels([[rings, bars]], "One picture in automatic concepts", alt, caption, look=Look(row_height=330))
    ours = {
        "CNN": shown.confidence, "class by prototypes": shown.by_prototypes, "sentence": shown.assessment.sentence,
        "concepts": len(found.concepts),
    }  # fmt: skip
    rows = [{"concept": one.name, "P": one.probability, "PCS": one.pcs, "area": one.area} for one in shown.concepts]
    note = f"The picture is the first of {study.classes[-1]}: {image.name}."
    return ItemResult("as-fig-6", ours, {"concepts": rows}, {"as-fig-6": fig}, note=note)


def orthogonality(study: Study) -> ItemResult:
    """Fig. 7a, b: cosines between basis vectors with and without the orthonormality loss."""
    found = _prototypes(study)
    settings = found.settings
    free = train_concepts(
        study.ws, study.model, found.classes, settings.per_class, max(map(len, found.parameters["image_ids"].values())),
        found.parameters["resolution"], orthonormality=0.0, rounds=settings.rounds, joint=settings.joint, use=False,
        progress=study.progress,
    )  # fmt: skip
    fig = orthogonality_panels({"with the loss": found.basis(), "without": free.basis()})
    ours = {"mean |cosine| within a class": found.off_diagonal, "without the loss": free.off_diagonal}
    rows = [{"loss": label, "mean |cosine|": value} for label, value in ours.items()]
    return ItemResult("as-fig-7", ours, {"orthogonality": rows}, {"as-fig-7": fig})


def rules(study: Study) -> ItemResult:
    """Extended Data Table 2, read off the code that applies it."""
    said = [assess_prototypes("cat", {"cat.part": sum(band) / 2}, ("cat", "dog")) for band in BANDS]
    names = [f"{low} to {high}" for low, high in BANDS]
    strength = [at / (len(BANDS) - 1) for at in range(len(BANDS))]
    words = [[one.sentence.replace("mainly because", "<br>mainly because") for one in said]]
    fig = word_map(
        names, ["assessment"], words, [strength], ("largest difference ΔPCS", ""), "What is said of a picture"
    )
    ours: dict[str, Any] = {level.level: name for level, name in zip(said, names, strict=True)}
    rows = [{"Δmax": name, "level": one.level, "sentence": one.sentence} for name, one in zip(names, said, strict=True)]
    return ItemResult("as-ext-table-2", ours, {"rules": rows}, {"as-ext-table-2": fig})


def sensitivity(study: Study) -> ItemResult:
    """Supplementary Fig. 2: how far similarity falls under each change of pictures."""
    _prototypes(study)
    found = perceptual_sensitivity(study.ws, study.model, 4 if _settings(study) else 24, study.progress)
    medians = found.summary()["median_fall"]
    changes = list(next(iter(medians.values())))
    mean = {change: sum(row[change] for row in medians.values()) / len(medians) for change in changes}
    order = sorted(mean, key=lambda change: -mean[change])
    rows = [{"concept": name, **row} for name, row in medians.items()]
    fig = sensitivity_boxes(found.falls)
    return ItemResult(
        "as-suppl-fig-2", {"from high to low": ", ".join(order), **mean}, {"falls": rows}, {"as-suppl-fig-2": fig}
    )


ITEMS: Mapping[str, Item] = {
    "as-fig-3": automatic_spaces,
    "as-fig-4": ranks,
    "as-fig-5": hybrids,
    "as-fig-6": trustworthy,
    "as-fig-7": orthogonality,
    "as-ext-table-2": rules,
    "as-suppl-fig-2": sensitivity,
}
"""The items of this module by name."""
