"""Visualisations of common traits: Figs. 2a and 2b, Supplementary Figs. 1, 2 and 8."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np

from sxai.images.verbs.stored import find_image, read_canvas
from sxai.plot.contact_sheets import Tile, contact_sheet, enlarged
from sxai.plot.panels import Look, panels
from sxai.plot.theme import alt_text, describe
from sxai.reproduction.examples import FRONT_VIEW, candidates, choose
from sxai.reproduction.figures import loss_lines, ratio_decay
from sxai.reproduction.study import Item, ItemResult, Study
from sxai.reproduction.traits import WITH, WITHOUT
from sxai.traits.figures import ratio_bars
from sxai.traits.verbs.traits import CommonTraits, common_traits
from sxai.visualisation.crops import Crop
from sxai.visualisation.settings import Method
from sxai.visualisation.verbs.visualise import Visual, stored_visuals, visualise

FIRST_COMPONENTS = (1, 2, 3)
SIDE = 224


def _traits(study: Study, class_name: str, search: str | None) -> CommonTraits:
    return common_traits(study.project, class_name, study.amounts.n, search, study.model, progress=study.progress)


def _curves(visuals: dict[str, Visual]) -> dict[str, tuple[Any, Any]]:
    return {name: (visual.steps, visual.losses) for name, visual in visuals.items()}


def first_components(study: Study, name: str, which: int) -> ItemResult:
    """Fig. 2a or 2b: the first three components of a class, with their clearest parts enlarged."""
    class_name = study.classes[which]
    visuals = inverted(study, [f"{class_name}:{place}" for place in FIRST_COMPONENTS])
    traits = _traits(study, class_name, study.amounts.search)
    rows = [
        tiles(visual, f"{class_name}, PC {place}")
        for place, visual in zip(FIRST_COMPONENTS, visuals.values(), strict=True)
    ]
    ours: dict[str, Any] = {"samples N_s": len(traits.image_ids)}
    for place, visual in zip(FIRST_COMPONENTS, visuals.values(), strict=True):
        summary = visual.summary
        ours[f"PC {place} shows"] = (
            f"ratio {traits.ratios[place - 1]:.3f}; loss {summary.loss:.3g} of {summary.blank_loss:.3g} blank"
        )
    figure = loss_lines(_curves(visuals))
    sheets = {"visualised": contact_sheet(rows, SIDE)} if study.pictures else {}
    table = {"losses": [curve_row(target, visual) for target, visual in visuals.items()]}
    note = "The numbers say how close the features come to the target; a person judges what a picture shows."
    return ItemResult(name, ours, table, {name: figure}, sheets, note, 760)


def with_and_without_search(study: Study) -> ItemResult:
    """Supplementary Fig. 1: the first three components from the best superpixels and from whole images."""
    ways = {WITHOUT: None, WITH: study.amounts.search}
    ours: dict[str, Any] = {}
    charts, rows, sheets = [], [], {}
    for class_name in study.classes:
        traits = {label: _traits(study, class_name, search) for label, search in ways.items()}
        ratios = {label: compressed.ratios[:5].tolist() for label, compressed in traits.items()}
        charts.append(ratio_bars(ratios, class_name, study.colour(class_name)))
        rows += [
            {"class": class_name, "images": label, "component": at, "ratio": value}
            for label, values in ratios.items()
            for at, value in enumerate(values, start=1)
        ]
        ours |= {f"ratio of PC 1 of {class_name}, {label}": values[0] for label, values in ratios.items()}
        if study.pictures:
            sheets[class_name] = _compared(study, class_name, ways)
    ours = {"ratio of PC 1 with the search": ours[f"ratio of PC 1 of {study.classes[0]}, {WITH}"], **ours}
    alt = " ".join(alt_text(chart) for chart in charts)
    caption = " ".join(f"{name}: {describe(chart)}" for name, chart in zip(study.classes, charts, strict=True))
    fig = panels([charts], "Common traits with and without the search", alt, caption, look=Look(row_height=280))
    return ItemResult("suppl-fig-1", ours, {"ratios": rows}, {"suppl-fig-1": fig}, sheets)


def _compared(study: Study, class_name: str, ways: dict[str, str | None]) -> Any:
    """Visualisations with and without the search as rows of one sheet, their clearest crops framed."""
    rows = []
    for search in ways.values():
        visuals = inverted(study, [f"{class_name}:{place}" for place in FIRST_COMPONENTS], search=search)
        rows.append(
            [tiles(visual, f"PC {place}")[0] for place, visual in zip(FIRST_COMPONENTS, visuals.values(), strict=True)]
        )
    return contact_sheet(rows, SIDE, [f"{class_name}: {label}" for label in ways])


def last_component(study: Study) -> ItemResult:
    """Supplementary Fig. 2: the last component, and the ratio of every component."""
    class_name = study.classes[0]
    ways = {WITH: study.amounts.search, WITHOUT: None}
    traits = {label: _traits(study, class_name, search) for label, search in ways.items()}
    ours: dict[str, Any] = {
        "samples N_s": len(traits[WITH].image_ids),
        "component": len(traits[WITH].ratios),
        "ratio of the last component": float(traits[WITH].ratios[-1]),
        f"ratio of the last component, {WITHOUT}": float(traits[WITHOUT].ratios[-1]),
    }
    fig = ratio_decay({label: compressed.ratios.tolist() for label, compressed in traits.items()})
    sheets, table = {}, {}
    if study.pictures:
        visuals = inverted(study, [f"{class_name}:last"])
        sheets["visualised"] = contact_sheet(
            [tiles(visual, f"{class_name}, last component") for visual in visuals.values()], SIDE
        )
        table["losses"] = [curve_row(target, visual) for target, visual in visuals.items()]
    note = "With fewer channels than samples the last component is that of the smaller number."
    return ItemResult("suppl-fig-2", ours, table, {"suppl-fig-2": fig}, sheets, note, 760)


def single_images(study: Study) -> ItemResult:
    """Supplementary Fig. 8: one image visualised in two ways beside the common traits of its class."""
    columns: dict[str, dict[str, Visual]] = {}
    originals: dict[str, Any] = {}
    for class_name in study.classes:
        best, _ = choose(candidates(study, class_name), FRONT_VIEW)
        image = f"image:{best.image.id}"
        originals[class_name] = photograph(study, best.image.id) if study.pictures else None
        columns[class_name] = {
            "total variation": inverted(study, [image])[image],
            "deep image prior": inverted(study, [image], PRIOR)[image],
            "common traits": inverted(study, [f"{class_name}:1"])[f"{class_name}:1"],
        }
    rows = [
        {"class": name, **curve_row(way, visual)}
        for name, visuals in columns.items()
        for way, visual in visuals.items()
    ]
    ours: dict[str, Any] = {"methods": "total variation, deep image prior, common traits"}
    for name, visuals in columns.items():
        ours |= {f"misfit, {name}, {way}": visual.summary.misfit for way, visual in visuals.items()}
    sheets = {}
    if study.pictures:
        tables = [
            [Tile(originals[name], f"{name}"), *(Tile(visual.picture, way) for way, visual in visuals.items())]
            for name, visuals in columns.items()
        ]
        sheets["compared"] = contact_sheet(tables, SIDE)
    first = study.classes[0]
    figure = loss_lines(_curves(columns[first]))
    note = (
        "Images chosen by rule: recognised, sure, without a confusing concept. The prior's loss has no variation term."
    )
    return ItemResult("suppl-fig-8", ours, {"losses": rows}, {"suppl-fig-8": figure}, sheets, note, 760)


ITEMS: Mapping[str, Item] = {
    "fig-2a": partial(first_components, name="fig-2a", which=0),
    "fig-2b": partial(first_components, name="fig-2b", which=1),
    "suppl-fig-1": with_and_without_search,
    "suppl-fig-2": last_component,
    "suppl-fig-8": single_images,
}
"""The items of this module by name."""


PRIOR = "deep-image-prior"


def inverted(
    study: Study, targets: Sequence[str], method: str | None = None, search: str | None = "as asked"
) -> dict[str, Visual]:
    """The visualisations of ``targets``, computed if missing; ``search`` None means traits of whole images."""
    amounts = study.amounts
    chosen = cast(Method, method or amounts.method)
    steps = amounts.prior_steps if chosen == PRIOR else amounts.steps
    how = amounts.search if search == "as asked" else search
    visualise(study.project, targets, study.model, chosen, steps, amounts.n, how, study.progress)
    stored = stored_visuals(study.project, targets, study.model, chosen, steps, amounts.n, how)
    return {name: visual for name, visual in zip(targets, stored, strict=True) if visual is not None}


def box(crop: Crop) -> tuple[int, int, int, int]:
    """A crop as left, top, right, bottom."""
    return crop.left, crop.top, crop.left + crop.side, crop.top + crop.side


def tiles(visual: Visual, title: str) -> list[Tile]:
    """A visualisation with its clearest crops framed, and each crop enlarged."""
    boxes = tuple(box(crop) for crop in visual.crops)
    notes = (f"loss {visual.summary.loss:.1f} (blank {visual.summary.blank_loss:.1f})",)
    parts = [Tile(enlarged(visual.picture, frame), f"part {at}") for at, frame in enumerate(boxes, start=1)]
    return [Tile(visual.picture, title, notes, boxes), *parts]


def curve_row(name: str, visual: Visual) -> dict[str, object]:
    """A visualisation as a row of a table."""
    summary = visual.summary
    return {
        "target": name,
        "method": summary.method,
        "loss": summary.loss,
        "misfit": summary.misfit,
        "variation": summary.variation,
        "blank loss": summary.blank_loss,
        "passes": summary.steps,
        "seconds": summary.seconds,
        "batch": summary.batch,
    }


def photograph(study: Study, image_id: int) -> np.ndarray:
    """The canvas of an image of the project, uint8 (H, W, 3)."""
    return read_canvas(study.project, find_image(study.project, image_id))
