"""Assessments and searches: Figs. 4a to 4d, Extended Data Fig. 1 and Extended Data Table 1."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from scipy.ndimage import gaussian_filter

from sxai.assess.figures import probability_radar
from sxai.assess.verbs.assess import Assessor, assess_image, class_profile
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
"""Letters of a line of a sentence beside a radar."""


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
    said = assess_image(study.project, image.id, study.model, keep=False)
    return Example(heading, said, read_canvas(study.project, image), f"{class_name}: {listed(met)}")


def radars(study: Study, title: str, examples: list[Example]) -> go.Figure:
    """One row an example: the picture (where it may be shown), its radar, and what is said of it."""
    averages, poor = class_profile(study.project, study.model).averages, poor_spaces(study.project, study.model)
    rows, headings = [], []
    for one in examples:
        said = one.assessment
        shown = {
            name: p for name, p in said.probabilities.items() if split_name(name)[0] in {*study.classes, said.predicted}
        }
        radar = probability_radar(shown, averages, study.palette, said.predicted, most=2, poor=poor)
        words = text_panel(_spoken(said))
        with_photo = study.pictures or one.drawn
        rows.append([*([photo_panel(one.pixels)] if with_photo else []), radar, words])
        heading = one.heading if len(examples) > 1 else "Image"
        headings.append([*([heading] if with_photo else []), "Semantic probabilities P<sub>s</sub>", "Assessment"])
    if len(examples) > 1:
        for letter, words_above in zip("abcdef", headings, strict=False):
            words_above[0] = f"<b>{letter}</b>  {words_above[0]}"
    wide = max(len(row) for row in rows)
    rows = [[None] * (wide - len(row)) + row for row in rows]
    headings = [[""] * (wide - len(row)) + row for row in headings]
    widths = [0.34, 0.32, 0.34] if wide == 3 else [0.45, 0.55]
    look = Look(widths=widths, row_height=250, row_gap=100, letters=False)
    alt = " ".join(f"{one.heading}: {one.assessment.cnn_line} {_said(one.assessment)}" for one in examples)
    caption = "Dashed: the average of each class's own images. The examples were chosen by rule."
    return panels(rows, title, alt, caption, headings, look)


def _spoken(said: ImageAssessment) -> list[str]:
    flags = [f"<i>{', '.join(said.flags)}</i>"] if said.flags else []
    return [f"<b>{said.cnn_line}</b>", "", *wrap(_said(said), LINE_LETTERS), "", *flags]


def _said(said: ImageAssessment) -> str:
    """The sentence, with the caution that follows it, if any."""
    return f"{said.sentence} {said.caution}".strip()


def rows_of(examples: list[Example]) -> list[dict[str, Any]]:
    """The examples as rows of a table."""
    return [
        {
            "example": one.heading,
            "file": one.assessment.file,
            "chosen as": one.chosen,
            "CNN": one.assessment.predicted,
            "confidence": one.assessment.confidence,
            **one.assessment.probabilities,
            "level": one.assessment.assessment,
            "sentence": _said(one.assessment),
            "flags": ", ".join(one.assessment.flags),
        }
        for one in examples
    ]


def _one(study: Study, name: str, heading: str, class_name: str, profile: Profile) -> ItemResult:
    found = example(study, heading, class_name, profile)
    ours = {"CNN": found.assessment.confidence, "sentence": found.assessment.sentence}
    fig = radars(study, heading, [found])
    return ItemResult(
        name, ours, {"assessment": rows_of([found])}, {name: fig}, note=f"Chosen by rule: {found.chosen}."
    )


def back_view(study: Study) -> ItemResult:
    """Fig. 4a: recognised with confidence although nothing of the class is seen."""
    return _one(study, "fig-4a", f"A {study.classes[0]} of which nothing is seen", study.classes[0], NOTHING_SEEN)


def one_confusing(study: Study) -> ItemResult:
    """Fig. 4b: clear in most concepts, confusing in one."""
    return _one(study, "fig-4b", f"A {study.classes[1]} with one confusing concept", study.classes[1], ONE_CONFUSING)


def front_and_side(study: Study) -> ItemResult:
    """Fig. 4c: everything seen, and little seen."""
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
        everyone = [one.verdict.probabilities[space] for one in candidates(study, class_name)]
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
    """Of some blankets drawn by code the one that the CNN takes for the class with the most certainty."""
    drawn = blankets(study.project.seed)
    assessor = Assessor.of(study.project, study.model)
    features = extract(assessor.network, drawn, total=len(drawn), device=study.project.device).features
    said = [assessor.assess(f"blanket-{at}", row[None]) for at, row in enumerate(features)]
    best = max(range(len(said)), key=lambda at: said[at].outputs[class_name])
    taken = sum(one.predicted == class_name for one in said)
    how = (
        f"of {len(drawn)} drawn by code ({taken} taken for a {class_name}) the one most like a {class_name} to the CNN"
    )
    return Example("A white blanket", said[best], drawn[best], how, drawn=True)


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
    """A smooth random field (256, 256) of unit deviation that changes over ``size`` pixels."""
    field = gaussian_filter(random.normal(size=(SIDE, SIDE)), size, mode="wrap")
    smooth: np.ndarray = field / field.std()
    return smooth
