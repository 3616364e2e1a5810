"""Semantic spaces and their statistics: Figs. 3a to 3c, Supplementary Figs. 5 and 6."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sxai.images.verbs.stored import find_image, read_canvas
from sxai.plot.contact_sheets import Tile, contact_sheet
from sxai.plot.pairs import probability_pairs
from sxai.plot.panels import Look, panels
from sxai.plot.theme import concept_of
from sxai.reproduction.study import Item, ItemResult, Study, hundredths, listed, photo_panel
from sxai.reproduction.visualisations import inverted, tiles
from sxai.spaces.distribution import quantiles
from sxai.spaces.distribution_figures import NormalFit, activation_histogram, qq_plot
from sxai.spaces.figures import difference_bars, score_bars
from sxai.spaces.verbs.details import DistributionDetail, distribution_detail, overlap_detail, space_detail
from sxai.spaces.verbs.stored import SpaceSummary

MAX_POINTS = 100
"""Largest number of points of a q-q plot: more would overlap in print."""


def one_space(study: Study, name: str, part: str, partner: str) -> ItemResult:
    """Fig. 3a or 3b: scores with and without the concept, the difference with its SSNs, and the space as a picture."""
    class_name = study.classes[0]
    space, other = study.space(class_name, part), study.space(class_name, partner)
    detail, colour = space_detail(study.project, space, study.model), study.colour(class_name)
    summary = detail.summary
    shared = sorted(set(summary.channels) & set(study.spaces[other].channels))
    charts = [
        score_bars(detail.scores_unmasked, detail.scores_masked, summary.channels, space, colour),
        difference_bars(detail.difference, summary.channels, summary.delta, space, colour),
    ]
    shown = inverted(study, [space]) if study.pictures else {}
    look = Look(row_height=260, widths=[0.5, 0.5])
    if shown:
        charts.append(photo_panel(shown[space].picture, f"The space of {space}, visualised"))
        look = Look(row_height=260, widths=[0.4, 0.36, 0.24], gap_across=0.07)
    fig = panels([charts], f"The semantic space {space}", *_words_of_space(summary, shared, other), look=look)
    ours = {
        "masked images": summary.n_masks,
        "SSNs": len(summary.channels),
        "SSNs shared with the other space": listed(shared) if shared else "none",
        "channels": listed(summary.channels),
    }
    return ItemResult(
        name, ours, {"ssns": _ssn_rows(summary)}, {name: fig}, _sheets(shown), _stands_for(space, part), 1180
    )


def _words_of_space(summary: SpaceSummary, shared: Sequence[int], other: str) -> tuple[str, str]:
    alt = f"Scores of the first component with and without {summary.name}, and their difference."
    caption = f"The SSNs of {summary.name} are {listed(summary.channels)}; shared with {other}: {listed(shared)}."
    return alt, caption


def _ssn_rows(summary: SpaceSummary) -> list[dict[str, Any]]:
    return [
        {"space": summary.name, "channel": channel, "difference": float(delta)}
        for channel, delta in zip(summary.channels, summary.delta, strict=True)
    ]


def _sheets(shown: dict[str, Any]) -> dict[str, np.ndarray]:
    return {f"{name}-visualised": contact_sheet([tiles(visual, name)]) for name, visual in shown.items()}


def _stands_for(space: str, part: str) -> str:
    return "" if concept_of(space) == part else f"{concept_of(space)} replaces the paper's {part}."


def ends_of_distribution(study: Study) -> ItemResult:
    """Fig. 3c: the distribution of A_s, the effect of masking on P, and the images at both ends."""
    class_name = study.classes[0]
    space = study.space(class_name, "eyes")
    distribution = distribution_detail(study.project, space, study.model, ends=study.amounts.gallery)
    detail, colour = space_detail(study.project, space, study.model), study.colour(class_name)
    charts = [
        activation_histogram(distribution.values, fit_of(distribution.summary), space, colour, distribution.r2),
        probability_pairs(detail.p_unmasked, detail.p_masked, space, colour),
    ]
    alt = f"Histogram of the activations in {space} with the fitted normal, and P of each image unmasked and masked."
    caption = (
        f"A_s of {len(distribution.values)} images of {class_name}, R² {distribution.r2:.3f}; masking lowers P in "
        f"{np.mean(detail.p_masked < detail.p_unmasked):.0%} of {len(detail.p_masked)} images."
    )
    fig = panels([charts], f"Distribution of {space}", alt, caption, look=Look(row_height=300, widths=[0.62, 0.38]))
    sheets = {"both-ends": _both_ends(study, distribution, space)} if study.pictures else {}
    ours = {
        "images": len(distribution.values),
        "R²": distribution.r2,
        "P falls when masked": f"{detail.p_unmasked.mean():.2f} to {detail.p_masked.mean():.2f} on average",
        "share of images whose P falls": float(np.mean(detail.p_masked < detail.p_unmasked)),
    }
    rows = {"distribution": [_fit_row(distribution)], "ends": _end_rows(study, distribution)}
    return ItemResult("fig-3c", ours, rows, {"fig-3c": fig}, sheets, _stands_for(space, "eyes"))


def _both_ends(study: Study, distribution: DistributionDetail, space: str) -> np.ndarray:
    rows = [
        [
            Tile(read_canvas(study.project, find_image(study.project, at)), "", (f"P = {hundredths(p)}",))
            for at, p in end
        ]
        for end in (distribution.low, distribution.high)
    ]
    return contact_sheet(rows, 150, [f"{space}: the lowest P", f"{space}: the highest P"])


def _end_rows(study: Study, distribution: DistributionDetail) -> list[dict[str, Any]]:
    return [
        {"end": end, "file": find_image(study.project, at).name, "P": p}
        for end, images in (("low", distribution.low), ("high", distribution.high))
        for at, p in images
    ]


def fit_of(summary: SpaceSummary) -> NormalFit:
    """The normal curve of a space's reference distribution."""
    reference = summary.reference
    return NormalFit(reference.mean, reference.std, reference.min, reference.max)


def _fit_row(distribution: DistributionDetail) -> dict[str, Any]:
    reference = distribution.summary.reference
    return {
        "space": distribution.summary.name,
        "n": len(distribution.values),
        "R²": distribution.r2,
        "KS": distribution.ks,
        "mean": reference.mean,
        "deviation": reference.std,
    }


def normal_plot(distribution: DistributionDetail, colour: str) -> go.Figure:
    """The q-q plot of a space, with at most MAX_POINTS points."""
    line = quantiles(distribution.values)
    low, high = float(line.theoretical[0]), float(line.theoretical[-1])
    thinned = np.unique(
        np.searchsorted(line.theoretical, np.linspace(low, high, MAX_POINTS)).clip(0, len(line.ordered) - 1)
    )
    theoretical, ordered = line.theoretical[thinned], line.ordered[thinned]
    return qq_plot(theoretical, ordered, line.slope, line.intercept, line.r2, distribution.summary.name, colour)


def all_distributions(study: Study) -> ItemResult:
    """Supplementary Fig. 5: histogram and q-q plot of every space of both classes."""
    names = {name: [f"{name}.{word}" for word in study.concepts(name)] for name in study.classes}
    return distributions_of(study, "suppl-fig-5", names, 0.97)


def distributions_of(
    study: Study, item: str, names: Mapping[str, Sequence[str]], bar: float, owner: str | None = None
) -> ItemResult:
    """Histogram and q-q plot of the spaces ``names`` by row, and the number of spaces with R² ≥ ``bar``.

    Each row is a class and has its colour, unless all rows belong to one class, the ``owner``.
    """
    grid: list[list[go.Figure | None]] = []
    headings: list[list[str]] = []
    rows = []
    wide = max(map(len, names.values()))
    for row, own in names.items():
        details = [distribution_detail(study.project, name, study.model) for name in own]
        colour, gap = study.colour(owner or row), [None] * (wide - len(own))
        grid.append(
            [*(activation_histogram(f.values, fit_of(f.summary), f.summary.name, colour) for f in details), *gap]
        )
        grid.append([*(normal_plot(f, colour) for f in details), *gap])
        headings.append([f"{f.summary.name}, {len(f.values)} images" for f in details] + [""] * len(gap))
        headings.append([f"{f.summary.name}, R² = {f.r2:.3f}" for f in details] + [""] * len(gap))
        rows += [_fit_row(f) for f in details]
    lowest = min(rows, key=lambda row: row["R²"])
    caption = f"R² lies between {lowest['R²']:.3f} ({lowest['space']}) and {max(row['R²'] for row in rows):.3f}."
    alt = f"Histograms with fitted normal curves and q-q plots of {len(rows)} semantic spaces."
    look = Look(row_height=210, legend=False, gap_across=0.06)
    fig = panels(grid, "Distributions of weighted average activations A<sub>s</sub>", alt, caption, headings, look)
    ours = {
        "spaces": len(rows),
        "images": max(row["n"] for row in rows),
        "lowest R²": lowest["R²"],
        f"spaces with R² ≥ {bar:g}": sum(row["R²"] >= bar for row in rows),
    }
    return ItemResult(item, ours, {"spaces": rows}, {item: fig}, width=max(420 * wide, 760))


def another_network(study: Study) -> ItemResult:
    """Supplementary Fig. 6: distribution of the eyes and Δ of the legs on another network (else on this one)."""
    chosen = _another(study)
    first = chosen.classes[0]
    eyes = chosen.space(first, "eyes")
    distribution = distribution_detail(chosen.project, eyes, chosen.model, ends=chosen.amounts.gallery)
    legs = [chosen.space(name, "legs") for name in chosen.classes]
    details = [space_detail(chosen.project, name, chosen.model) for name in legs]
    colour = chosen.colour(first)
    grid = [
        [
            activation_histogram(distribution.values, fit_of(distribution.summary), eyes, colour, distribution.r2),
            normal_plot(distribution, colour),
        ],
        [
            difference_bars(d.difference, d.summary.channels, d.summary.delta, d.summary.name, chosen.colour(name))
            for d, name in zip(details, chosen.classes, strict=True)
        ],
    ]
    shared = sorted(set(details[0].summary.channels) & set(details[1].summary.channels))
    cosine = _cosine(chosen, legs)
    alt = f"Distribution and q-q plot of {eyes}, and the differences of {legs[0]} and {legs[1]}, with {chosen.model}."
    caption = (
        f"{chosen.model}: R² {distribution.r2:.3f}; {legs[0]} and {legs[1]} share {len(shared)} SSNs, "
        f"cosine {cosine:.2f}."
    )
    fig = panels(grid, f"The method on {chosen.model}", alt, caption)
    pictures = _other_pictures(chosen, distribution, eyes) if chosen.pictures else {}
    ours = {
        "network": f"{chosen.model} ({chosen.record.backbone})",
        "R² of the eyes": distribution.r2,
        "SSNs of the legs": f"{len(shared)} of {len(details[0].summary.channels)} shared: {listed(shared)}",
        "cosine of the legs": cosine,
    }
    tables = {
        "ssns": [row for detail in details for row in _ssn_rows(detail.summary)],
        "ends": _end_rows(chosen, distribution),
    }
    return ItemResult("suppl-fig-6", ours, tables, {"suppl-fig-6": fig}, pictures, _role_of(chosen, study))


def _another(study: Study) -> Study:
    """A second network with the spaces this item needs, an AlexNet before all others; otherwise the study's own."""
    others = [
        record
        for record in study.project.catalogue.models()
        if record.name != study.model and record.trained and set(study.classes) <= set(record.classes)
    ]
    for record in sorted(others, key=lambda record: (record.backbone != "alexnet", record.name)):
        candidate = study.other(record.name)
        if all(candidate.concepts(class_name) for class_name in study.classes):
            return candidate
    return study


def _role_of(chosen: Study, study: Study) -> str:
    if chosen.record.backbone == "alexnet":
        return ""
    only = " the only network with semantic spaces here," if chosen.model == study.model else ""
    return f"{chosen.model},{only} replaces the paper's AlexNet."


def _cosine(study: Study, legs: Sequence[str]) -> float:
    related = overlap_detail(study.project, study.model)
    return float(related.cosine[related.names.index(legs[0]), related.names.index(legs[1])])


def _other_pictures(study: Study, distribution: DistributionDetail, eyes: str) -> dict[str, np.ndarray]:
    targets = [f"{name}:{place}" for name in study.classes for place in (1, 2, 3)]
    shown = inverted(study, targets)
    rows = [
        [Tile(shown[f"{name}:{place}"].picture, f"{name}, PC {place}") for place in (1, 2, 3)] for name in study.classes
    ]
    return {"common-traits": contact_sheet(rows), "both-ends": _both_ends(study, distribution, eyes)}


ITEMS: Mapping[str, Item] = {
    "fig-3a": partial(one_space, name="fig-3a", part="eyes", partner="nose"),
    "fig-3b": partial(one_space, name="fig-3b", part="nose", partner="eyes"),
    "fig-3c": ends_of_distribution,
    "suppl-fig-5": all_distributions,
    "suppl-fig-6": another_network,
}
"""The items of this module by name."""
