"""Assessments and searches: Figs. 4a to 4d, Extended Data Fig. 1 and Extended Data Table 1."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from scipy.ndimage import gaussian_filter

from sxai.assess.figures import probability_radar
from sxai.assess.verbs.assess import Assessor, assess_image
from sxai.assess.verbs.class_profile import class_profile
from sxai.assess.verdict import ImageAssessment
from sxai.images.verbs.stored import find_image, read_canvas
from sxai.names import split_name
from sxai.networks.features import extract
from sxai.plot.contact_sheets import Tile, contact_sheet
from sxai.plot.panels import Look, panels, text_panel
from sxai.reproduction.examples import FRONT_VIEW, NOTHING_SEEN, ONE_CONFUSING, SIDE_VIEW, Profile, candidates, choose
from sxai.reproduction.study import Item, ItemResult, Study, hundredths, listed, photo_panel, share
from sxai.search.figures import probability_histograms
from sxai.search.verbs.search import search
from sxai.spaces.verbs.verdicts import poor_spaces

LINE_LETTERS = 46
"""Length of a line of the sentence beside a radar chart, in letters."""


@dataclass(frozen=True, eq=False)
class Example:
    """One assessed picture with its heading and how it was chosen; ``drawn`` ones may be shown anywhere."""

    heading: str
    assessment: ImageAssessment
    pixels: np.ndarray
    chosen: str
    drawn: bool = False


def example(study: Study, heading: str, class_name: str, profile: Profile) -> Example:
    """The image of a class that fits a profile best."""
    best, met = choose(candidates(study, class_name), profile)
    image = find_image(study.project, best.image.id)
    assessment = assess_image(study.project, image.id, study.model, keep=False)
    return Example(heading, assessment, read_canvas(study.project, image), f"{class_name}: {listed(met)}")


def radars(study: Study, title: str, examples: list[Example]) -> go.Figure:
    """One row an example: the picture (where it may be shown), its radar chart, and its assessment."""
    averages, poor = class_profile(study.project, study.model).averages, poor_spaces(study.project, study.model)
    rows, headings = [], []
    for entry in examples:
        assessment = entry.assessment
        shown = {
            name: p
            for name, p in assessment.probabilities.items()
            if split_name(name)[0] in {*study.classes, assessment.predicted}
        }
        radar = probability_radar(shown, averages, study.palette, assessment.predicted, most=2, poor=poor)
        words = text_panel(_spoken(assessment))
        with_photo = study.pictures or entry.drawn
        rows.append([*([photo_panel(entry.pixels)] if with_photo else []), radar, words])
        heading = entry.heading if len(examples) > 1 else "Image"
        headings.append([*([heading] if with_photo else []), "Semantic probabilities P<sub>s</sub>", "Assessment"])
    if len(examples) > 1:
        for letter, words_above in zip("abcdef", headings, strict=False):
            words_above[0] = f"<b>{letter}</b>  {words_above[0]}"
    wide = max(len(row) for row in rows)
    rows = [[None] * (wide - len(row)) + row for row in rows]
    headings = [[""] * (wide - len(row)) + row for row in headings]
    widths = [0.34, 0.32, 0.34] if wide == 3 else [0.45, 0.55]
    look = Look(widths=widths, row_height=250, row_gap=100, letters=False)
    alt = " ".join(f"{entry.heading}: {entry.assessment.cnn_line} {_said(entry.assessment)}" for entry in examples)
    caption = "Dashed: the average of each class's own images. The examples were chosen by rule."
    return panels(rows, title, alt, caption, headings, look)


def _spoken(assessment: ImageAssessment) -> list[str]:
    flags = [f"<i>{', '.join(assessment.flags)}</i>"] if assessment.flags else []
    return [f"<b>{assessment.cnn_line}</b>", "", *wrap(_said(assessment), LINE_LETTERS), "", *flags]


def _said(assessment: ImageAssessment) -> str:
    """The sentence, with the caution that follows it, if any."""
    return f"{assessment.sentence} {assessment.caution}".strip()


def rows_of(examples: list[Example]) -> list[dict[str, Any]]:
    """The examples as rows of a table."""
    return [
        {
            "example": entry.heading,
            "file": entry.assessment.file,
            "chosen as": entry.chosen,
            "CNN": entry.assessment.predicted,
            "confidence": entry.assessment.confidence,
            **entry.assessment.probabilities,
            "level": entry.assessment.assessment,
            "sentence": _said(entry.assessment),
            "flags": ", ".join(entry.assessment.flags),
        }
        for entry in examples
    ]


def _one(study: Study, name: str, heading: str, class_name: str, profile: Profile) -> ItemResult:
    entry = example(study, heading, class_name, profile)
    ours = {"CNN": entry.assessment.confidence, "sentence": entry.assessment.sentence}
    fig = radars(study, heading, [entry])
    return ItemResult(
        name, ours, {"assessment": rows_of([entry])}, {name: fig}, note=f"Chosen by rule: {entry.chosen}."
    )


def back_view(study: Study) -> ItemResult:
    """Fig. 4a: an image that is classified with confidence although no concept of the class is visible."""
    return _one(study, "fig-4a", f"A {study.classes[0]} without a visible concept", study.classes[0], NOTHING_SEEN)


def one_confusing(study: Study) -> ItemResult:
    """Fig. 4b: an image with several clear concepts and one confusing concept."""
    return _one(study, "fig-4b", f"A {study.classes[1]} with one confusing concept", study.classes[1], ONE_CONFUSING)


def front_and_side(study: Study) -> ItemResult:
    """Fig. 4c: an image with all concepts visible, and one with few."""
    name = study.classes[0]
    front = example(study, f"A {name} from the front", name, FRONT_VIEW)
    side = example(study, f"A {name}, less clear", name, SIDE_VIEW)
    ours = {
        "CNN, front": front.assessment.confidence,
        "sentence, front": front.assessment.sentence,
        "CNN, side": side.assessment.confidence,
        "sentence, side": side.assessment.sentence,
    }
    fig = radars(study, "The same class, clear and less clear", [front, side])
    note = f"Chosen by rule: {front.chosen}; {side.chosen}."
    return ItemResult("fig-4c", ours, {"assessments": rows_of([front, side])}, {"fig-4c": fig}, note=note)


def found_by_meaning(study: Study) -> ItemResult:
    """Fig. 4d: images with a distinct concept, and images without one."""
    first, second = study.classes
    queries = {second: f"{study.space(second, 'nose')} > 0.9", first: f"{study.space(first, 'legs')} < 0.1"}
    ours: dict[str, Any] = {}
    charts, rows, sheets = [], [], {}
    for number, (class_name, query) in enumerate(queries.items(), start=1):
        within = search(study.project, f"true = {class_name} and {query}", limit=None, model=study.model)
        everywhere = search(study.project, query, limit=None, model=study.model)
        space = query.split()[0]
        everyone = [candidate.verdict.probabilities[space] for candidate in candidates(study, class_name)]
        values = [hit.probabilities[space] for hit in within.hits]
        charts.append(probability_histograms({space: values}, study.palette, {space: everyone}))
        ours |= {
            f"query {number}": query,
            f"hits {number}": f"{within.total} of {len(everyone)} images of {class_name}",
        }
        ours[f"share of {class_name} among all hits {number}"] = within.total / max(everywhere.total, 1)
        rows += [
            {"query": query, "file": hit.file, "margin": hit.margin, "P": hit.probabilities[space]}
            for hit in within.hits[: study.amounts.gallery]
        ]
        if study.pictures:
            sheets[f"{space}-found"] = _found(study, within.hits[: study.amounts.gallery], query, space)
    alt = f"Semantic probabilities of the images found by {' and by '.join(queries.values())}, and of all of the class."
    headings = [[f"{class_name}: {query}" for class_name, query in queries.items()]]
    fig = panels([charts], "Images found by meaning", alt, "Lines: images found; dotted: all of the class.", headings)
    return ItemResult("fig-4d", ours, {"found": rows}, {"fig-4d": fig}, sheets)


def _found(study: Study, hits: Any, query: str, space: str) -> np.ndarray:
    tiles = [
        Tile(
            read_canvas(study.project, find_image(study.project, hit.image_id)),
            "",
            (f"P = {hundredths(hit.probabilities[space])}",),
        )
        for hit in hits
    ]
    return contact_sheet([tiles], 150, [query])


def blanket_and_cat(study: Study) -> ItemResult:
    """Extended Data Fig. 1: something that is no animal (drawn here), and a clear image of the first class."""
    name = study.classes[0]
    cloth = _blanket(study, name)
    clear = example(study, f"A {name}", name, FRONT_VIEW)
    ours = {
        "CNN, blanket": f"{cloth.assessment.predicted}, {share(cloth.assessment.confidence)}",
        "sentence, blanket": cloth.assessment.sentence,
        f"CNN, {name}": clear.assessment.confidence,
        f"sentence, {name}": clear.assessment.sentence,
    }
    fig = radars(study, f"A blanket and a {name}", [cloth, clear])
    note = f"Blanket: {cloth.chosen}. The {name}: chosen by rule, {clear.chosen}."
    return ItemResult("ext-fig-1", ours, {"assessments": rows_of([cloth, clear])}, {"ext-fig-1": fig}, note=note)


def _blanket(study: Study, class_name: str) -> Example:
    """The blanket drawn by code with the highest probability of the class."""
    drawn = blankets(study.project.seed)
    assessor = Assessor.of(study.project, study.model)
    features = extract(assessor.network, drawn, total=len(drawn), device=study.project.device).features
    assessments = [assessor.assess(f"blanket-{at}", row[None]) for at, row in enumerate(features)]
    best = max(range(len(assessments)), key=lambda at: assessments[at].outputs[class_name])
    taken = sum(assessment.predicted == class_name for assessment in assessments)
    how = f"the one of {len(drawn)} drawn by code ({taken} taken for a {class_name}) with the highest P({class_name})"
    return Example("A white blanket", assessments[best], drawn[best], how, drawn=True)


ITEMS: Mapping[str, Item] = {
    "fig-4a": back_view,
    "fig-4b": one_confusing,
    "fig-4c": front_and_side,
    "fig-4d": found_by_meaning,
    "ext-fig-1": blanket_and_cat,
}
"""The items of this module by name."""


SIDE = 256
COUNT = 32


def blankets(seed: int = 0, count: int = COUNT) -> list[np.ndarray]:
    """``count`` pictures (256, 256, 3) uint8 of folded whitish cloth, the same for the same seed."""
    return [blanket(np.random.default_rng([seed, at])) for at in range(count)]


def blanket(random: np.random.Generator) -> np.ndarray:
    """One blanket: folds along a random direction, a weave, light from one side, a warm or cool white."""
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    turn = random.uniform(0, np.pi)
    along = across * np.cos(turn) + down * np.sin(turn)
    bent = along + 0.12 * _soft(random, 40) + 0.04 * _soft(random, 14)
    folds = np.sin(2 * np.pi * random.uniform(1.5, 4.0) * bent + random.uniform(0, 6))
    height = 0.7 * folds + 0.5 * _soft(random, 22)
    light = np.gradient(gaussian_filter(height, 2), axis=int(random.integers(2))) * random.uniform(0.8, 5.0)
    weave = random.normal(0, random.uniform(0.01, 0.05), (SIDE, SIDE))
    bright = np.clip(random.uniform(0.68, 0.86) + light + gaussian_filter(weave, 0.7), 0.3, 1.0)
    tint = 1.0 + np.array([1.0, 0.3, -1.0]) * random.uniform(-0.03, 0.08)
    return (np.clip(bright[..., None] * tint, 0, 1) * 255).round().astype(np.uint8)


def _soft(random: np.random.Generator, size: float) -> np.ndarray:
    """A smooth random field (256, 256) of unit standard deviation with a correlation length of ``size`` pixels."""
    field = gaussian_filter(random.normal(size=(SIDE, SIDE)), size, mode="wrap")
    smooth: np.ndarray = field / field.std()
    return smooth
