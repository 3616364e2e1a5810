"""AS-XAI's concepts themselves: their spaces, the filters that follow them, orthogonality, sensitivity, rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from sxai.errors import SpaceError
from sxai.images.verbs.stored import read_canvas
from sxai.names import split_name
from sxai.networks.verbs.maps import maps_of
from sxai.networks.verbs.networks import load_network
from sxai.plot.contact_sheets import Tile, contact_sheet
from sxai.plot.panels import Look, panels
from sxai.plot.theme import alt_text, describe
from sxai.plot.word_map import word_map
from sxai.prototypes.assessment import FAIR, NEGLIGIBLE, STRONG, assess_prototypes
from sxai.prototypes.concepts import AutoConcept, Prototypes
from sxai.prototypes.figures import filter_ranks, orthogonality_panels, sensitivity_boxes
from sxai.prototypes.losses import off_diagonal
from sxai.prototypes.perception import CHANGES
from sxai.prototypes.training import similarity_maps
from sxai.prototypes.verbs.names import PREFIX
from sxai.prototypes.verbs.regions import concept_examples
from sxai.prototypes.verbs.sensitivity import perceptual_sensitivity
from sxai.prototypes.verbs.train import train_concepts
from sxai.reproduction.spaces import distributions_of
from sxai.reproduction.study import Item, ItemResult, Study, prototypes_of, settings_of
from sxai.reproduction.visualisations import inverted, tiles
from sxai.spaces.verbs.details import space_detail

MAKE = "run: sxai proto name --propose, sxai proto mask and sxai space extract"
LISTED_FILTERS = 12
"""Number of filters in the table."""

COMPARED_IMAGES = 24
"""Images of a class on which concepts of two trainings are compared."""

BANDS = ((0.0, NEGLIGIBLE), (NEGLIGIBLE, FAIR), (FAIR, STRONG), (STRONG, 1.0))


def automatic_spaces(study: Study) -> ItemResult:
    """Fig. 3b, d: how close to normal the activations in spaces of automatic concepts are.

    The spaces are not made here: a person names the concepts first, and spaces take part in every assessment.
    """
    names = {name: own for name in study.classes if (own := _automatic(study, name))}
    if not names:
        raise SpaceError(f"{' and '.join(study.classes)} have no space of an automatic concept yet; {MAKE}")
    return distributions_of(study, "as-fig-3", names, 0.98)


def _automatic(study: Study, class_name: str) -> list[str]:
    """The names of the spaces of a class's automatic concepts."""
    return [
        name for name in study.spaces if split_name(name)[0] == class_name and split_name(name)[1].startswith(PREFIX)
    ]


def ranks(study: Study) -> ItemResult:
    """Fig. 4: effective rank of every filter by the concept that it follows, and the shares of concepts."""
    prototypes = prototypes_of(study)
    charts = []
    for name in prototypes.classes[:4]:
        effective, assigned, ids = prototypes.ranks(name)
        names = [prototypes.concept(id).name or ("no name" if any(prototypes.named_as) else id) for id in ids]
        charts.append(filter_ranks(effective, assigned, names, f"Filters of {name}"))
    alt = " ".join(alt_text(chart) for chart in charts)
    caption = " ".join(describe(chart) for chart in charts)
    look = Look(legend=False)
    fig = panels([[chart] for chart in charts], "Effective rank of filters by concept", alt, caption, look=look)
    rows = [
        {
            "concept": concept.id,
            "name": concept.name or "",
            "R": concept.importance,
            "share": concept.share,
            "filters": concept.filters,
        }
        for concept in prototypes.concepts
    ]
    best = max(prototypes.concepts, key=lambda concept: concept.share)
    ours = {
        "most sensitive": best.name or best.id,
        "its share": best.share,
        "redundant filters": str(prototypes.redundant),
    }
    return ItemResult("as-fig-4", ours, {"concepts": rows}, {"as-fig-4": fig})


def common_traits_beside(study: Study, item: str, which: int) -> ItemResult:
    """Supplementary Figs. 3 and 4: spaces of automatic concepts beside those masked by hand, of one class."""
    name = study.classes[which]
    own = {"automatic": _automatic(study, name), "by hand": [f"{name}.{word}" for word in study.concepts(name)]}
    if not own["automatic"]:
        raise SpaceError(f"{name} has no space of an automatic concept yet; {MAKE}")
    if not own["by hand"]:
        raise SpaceError(f"{name} has no space of a concept masked by hand yet; mask one, then run: sxai space extract")
    distributions = distributions_of(study, item, own, 0.98, name)
    lowest = {
        source: min(row["R²"] for row in distributions.tables["spaces"] if row["space"] in spaces)
        for source, spaces in own.items()
    }
    ours = {f"lowest R², {source}": value for source, value in lowest.items()}
    sheets = {}
    if study.pictures:
        shown = inverted(study, [space for spaces in own.values() for space in spaces])
        rows = [[tiles(shown[space], space)[0] for space in spaces] for spaces in own.values()]
        sheets = {f"{item}-visualised": contact_sheet(rows, headings=[f"{name}, {source}" for source in own])}
    return replace(distributions, ours={**ours, **distributions.ours}, pictures=sheets)


def orthogonality(study: Study) -> ItemResult:
    """Fig. 7: cosines between basis vectors with and without the orthonormality loss, and example images of both."""
    prototypes = prototypes_of(study)
    settings = prototypes.settings
    free = train_concepts(
        study.project,
        study.model,
        classes=prototypes.classes,
        per_class=settings.per_class,
        images=max(map(len, prototypes.parameters["image_ids"].values())),
        resolution=prototypes.parameters["resolution"],
        orthonormality=0.0,
        rounds=settings.rounds,
        joint=settings.joint,
        use=False,
        progress=study.progress,
    )
    matrices = {"with the loss": prototypes.basis(), "without": free.basis()}
    ours = {"mean |cosine| within a class": prototypes.off_diagonal, "without the loss": free.off_diagonal}
    by_hand = [own for name in prototypes.classes if len(own := _differences(study, name)) > 1]
    if by_hand:
        matrices["masked by hand"] = np.concatenate(by_hand)
        ours["masked by hand"] = float(np.mean([off_diagonal(torch.from_numpy(own[None])) for own in by_hand]))
    fig = orthogonality_panels(matrices)
    rows = [{"loss": label, "mean |cosine|": value} for label, value in ours.items()]
    sheets = {"as-fig-7c": _examples(study, prototypes, free)} if study.pictures else {}
    return ItemResult("as-fig-7", ours, {"orthogonality": rows}, {"as-fig-7": fig}, sheets)


def _differences(study: Study, class_name: str) -> np.ndarray:
    """Δ of a class's concepts masked by hand, (n, C)."""
    names = [f"{class_name}.{word}" for word in study.concepts(class_name)]
    return np.array([space_detail(study.project, name, study.model).difference for name in names])


def _examples(study: Study, prototypes: Prototypes, free: Prototypes) -> np.ndarray:
    """Examples of each class's most important concept (named if possible) and its counterpart without the loss."""
    rows, headings = [], []
    for name in prototypes.classes[:2]:
        best = max(prototypes.of_class(name), key=lambda candidate: (bool(candidate.name), candidate.share))
        for label, training, concept in (
            ("with the loss", prototypes, best),
            ("without", free, _counterpart(study, prototypes, best, free)),
        ):
            rows.append([Tile(pixels) for pixels in concept_examples(study.project, training, concept.id, 4)])
            headings.append(f"{name}, {label}: {concept.name or concept.id}")
    return contact_sheet(rows, 120, headings)


def _counterpart(study: Study, prototypes: Prototypes, concept: AutoConcept, free: Prototypes) -> AutoConcept:
    """The concept of training ``free`` whose similarity maps correlate most with those of ``concept``."""
    network = load_network(study.project, study.record)
    images = study.project.catalogue.images(
        ids=prototypes.parameters["image_ids"][concept.class_name][:COMPARED_IMAGES]
    )
    maps = maps_of(study.project, study.record, network, images, prototypes.reading)
    seen, others = similarity_maps(prototypes.proto, maps), similarity_maps(free.proto, maps)
    own = prototypes.maps(concept, seen).ravel()
    return max(
        free.of_class(concept.class_name),
        key=lambda candidate: float(np.corrcoef(own, free.maps(candidate, others).ravel())[0, 1]),
    )


def filters(study: Study) -> ItemResult:
    """Supplementary Fig. 6: which concept of each class the filters with the fullest maps follow."""
    prototypes = prototypes_of(study)
    followed = {name: prototypes.ranks(name) for name in prototypes.classes}
    used = np.any([assigned >= 0 for _, assigned, _ in followed.values()], axis=0)
    fullness = np.where(used, sum(effective for effective, _, _ in followed.values()), -1)
    fullest = np.argsort(-fullness, kind="stable")[: min(LISTED_FILTERS, max(1, int(used.sum())))].tolist()
    words, strengths = [], []
    for filter_ in fullest:
        cells = [_followed(prototypes, *ranks, filter_) for ranks in followed.values()]
        words.append([word for word, _ in cells])
        strengths.append([strength for _, strength in cells])
    fig = word_map(
        list(followed),
        [f"filter {number}" for number in reversed(fullest)],
        words[::-1],
        strengths[::-1],
        ("concept, darker the higher the filter's effective rank", ""),
        "Concepts of the filters of highest effective rank",
    )
    rows = [
        {"filter": filter_, **dict(zip(followed, row, strict=True))}
        for filter_, row in zip(fullest, words, strict=True)
    ]
    idle = {name: int((assigned < 0).sum()) for name, (_, assigned, _) in followed.items()}
    ours = {
        "fullest filters": f"{fullest[0]}, {fullest[1]}" if len(fullest) > 1 else str(fullest[0]),
        "filters": len(next(iter(followed.values()))[0]),
        **{f"filters without a concept, {name}": count for name, count in idle.items()},
    }
    return ItemResult("as-suppl-fig-6", ours, {"filters": rows}, {"as-suppl-fig-6": fig})


def _followed(
    prototypes: Prototypes, effective: np.ndarray, assigned: np.ndarray, ids: Sequence[str], filter_: int
) -> tuple[str, float]:
    """The concept that a filter follows in a class, and its effective rank relative to the class's largest."""
    at, strength = int(assigned[filter_]), float(effective[filter_] / max(float(effective.max()), 1e-9))
    return ((prototypes.concept(ids[at]).name or ids[at]) if at >= 0 else "none"), strength


def rules(study: Study) -> ItemResult:
    """Extended Data Table 2, obtained by running the code that applies the rules."""
    assessments = [assess_prototypes("cat", {"cat.part": sum(band) / 2}, ("cat", "dog")) for band in BANDS]
    names = [f"{low} to {high}" for low, high in BANDS]
    strength = [at / (len(BANDS) - 1) for at in range(len(BANDS))]
    words = [[assessment.sentence.replace("mainly because", "<br>mainly because") for assessment in assessments]]
    fig = word_map(
        names,
        ["assessment"],
        words,
        [strength],
        ("largest difference ΔPCS", ""),
        "Assessment by the largest difference",
    )
    ours: dict[str, Any] = {level.level: name for level, name in zip(assessments, names, strict=True)}
    rows = [
        {"Δmax": name, "level": assessment.level, "sentence": assessment.sentence}
        for name, assessment in zip(names, assessments, strict=True)
    ]
    return ItemResult("as-ext-table-2", ours, {"rules": rows}, {"as-ext-table-2": fig})


def modifications(study: Study) -> ItemResult:
    """Supplementary Fig. 1: one image changed in hue, brightness, contrast, saturation, shape and texture."""
    image = study.images[study.classes[0]][0]
    pixels = read_canvas(study.project, image)
    changed = {name: change(pixels) for name, change in CHANGES.items()}
    moved = {name: float(np.abs(picture.astype(int) - pixels).mean()) for name, picture in changed.items()}
    fig = word_map(
        list(moved),
        ["mean change of a pixel"],
        [[f"{value:.1f}" for value in moved.values()]],
        [[value / max(*moved.values(), 1e-9) for value in moved.values()]],
        ("of 255", ""),
        "Size of each change",
    )
    sheets = {}
    if study.pictures:
        row = [Tile(pixels, "as it is"), *(Tile(picture, name) for name, picture in changed.items())]
        sheets["as-suppl-fig-1"] = contact_sheet([row], 150)
    rows = [{"change": name, "mean change of a pixel": value} for name, value in moved.items()]
    ours: dict[str, Any] = {"changes": ", ".join(moved)}
    note = f"The picture is the first of {study.classes[0]}: {image.name}."
    return ItemResult("as-suppl-fig-1", ours, {"changes": rows}, {"as-suppl-fig-1": fig}, sheets, note)


def sensitivity(study: Study) -> ItemResult:
    """Supplementary Fig. 2: fall of concept similarity under each change of the pictures."""
    prototypes_of(study)
    result = perceptual_sensitivity(study.project, study.model, 4 if settings_of(study) else 24, study.progress)
    medians = result.summary()["median_fall"]
    changes = list(next(iter(medians.values())))
    mean = {change: sum(row[change] for row in medians.values()) / len(medians) for change in changes}
    order = sorted(mean, key=lambda change: -mean[change])
    rows = [{"concept": name, **row} for name, row in medians.items()]
    fig = sensitivity_boxes(result.falls)
    return ItemResult(
        "as-suppl-fig-2", {"from high to low": ", ".join(order), **mean}, {"falls": rows}, {"as-suppl-fig-2": fig}
    )


ITEMS: Mapping[str, Item] = {
    "as-fig-3": automatic_spaces,
    "as-fig-4": ranks,
    "as-fig-7": orthogonality,
    "as-ext-table-2": rules,
    "as-suppl-fig-1": modifications,
    "as-suppl-fig-2": sensitivity,
    "as-suppl-fig-3": partial(common_traits_beside, item="as-suppl-fig-3", which=1),
    "as-suppl-fig-4": partial(common_traits_beside, item="as-suppl-fig-4", which=0),
    "as-suppl-fig-6": filters,
}
"""The items of this module by name."""
