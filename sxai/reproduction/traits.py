"""Common traits in numbers: Figs. 2c and 2d, Supplementary Figs. 3 and 4."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sxai.plot.panels import Look, panels
from sxai.plot.theme import alt_text, describe
from sxai.reproduction.figures import paper_marks, score_repeats
from sxai.reproduction.paper import PRINTED
from sxai.reproduction.study import Item, ItemResult, Study
from sxai.traits.figures import layer_ratio_line, proportion_scatter, ratio_bars, spread_curve
from sxai.traits.verbs.layers import LayerRatios, layer_ratios
from sxai.traits.verbs.spread import TraitSpread, trait_spread
from sxai.traits.verbs.traits import common_traits

WITH, WITHOUT = "best superpixels", "whole images"
ORDINALS = ("1st", "2nd", "3rd")
COMPONENTS = 5
SHOWN_SIZES = 3
SHOWN_CHANNELS = 60


def first_ratios(study: Study) -> ItemResult:
    """Fig. 2c: information ratios of the first five components, with and without the search."""
    name, amounts = study.classes[1], study.amounts
    n = study.at_most(amounts.n_ratio, name)
    by_search = {
        label: common_traits(study.project, name, n, search, study.model, progress=study.progress)
        for label, search in ((WITHOUT, None), (WITH, amounts.search))
    }
    ratios = {label: traits.ratios[:COMPONENTS].tolist() for label, traits in by_search.items()}
    fig = ratio_bars(ratios, name, study.colour(name))
    printed = [float(PRINTED["fig-2c"].values[f"ratio of PC {at}"]) for at in (1, 2, 3)]
    fig.add_trace(paper_marks(ORDINALS, printed, "paper (dogs, VGG-19)"))
    ours: dict[str, Any] = {"samples N_s": n}
    ours |= {f"ratio of PC {at}": value for at, value in enumerate(ratios[WITH][:3], start=1)}
    ours |= {f"ratio of PC {at}, {WITHOUT}": value for at, value in enumerate(ratios[WITHOUT][:3], start=1)}
    ours["components for 85 %"] = by_search[WITH].components_for_85
    rows = [
        {"images": label, "component": at, "ratio": value}
        for label, values in ratios.items()
        for at, value in enumerate(values, start=1)
    ]
    note = "" if n == amounts.n_ratio else f"{name} has {n} images, fewer than the {amounts.n_ratio} asked for."
    return ItemResult("fig-2c", ours, {"ratios": rows}, {"fig-2c": fig}, note=note, width=760)


def spread_of_traits(study: Study) -> ItemResult:
    """Fig. 2d: spread from the average by number of samples, with and without the search."""
    name = study.classes[0]
    spreads = {label: _spread(study, search) for label, search in ((WITHOUT, None), (WITH, study.amounts.search))}
    curves = {label: [(point.size, point.percent) for point in spread.points] for label, spread in spreads.items()}
    shared = {label: [point.size for point in spread.points if not point.disjoint] for label, spread in spreads.items()}
    fig = spread_curve(curves, shared, name, study.colour(name))
    last = spreads[WITH].points[-1]
    ours: dict[str, Any] = {
        "repeats N_e": spreads[WITH].repeats,
        f"spread at N_s = {last.size}": last.percent / 100,
        f"spread at N_s = {last.size}, {WITHOUT}": spreads[WITHOUT].points[-1].percent / 100,
        "repeats share no image": "yes" if last.disjoint else "no",
    }
    rows = [
        {
            "images": label,
            "N_s": point.size,
            "spread": point.percent / 100,
            "as printed (not divided)": point.literal_percent / 100,
            "channels left out": point.left_out,
            "repeats share no image": point.disjoint,
        }
        for label, spread in spreads.items()
        for point in spread.points
    ]
    dropped = spreads[WITH].dropped
    note = f"{name} has too few images for N_s = {', '.join(map(str, dropped))}." if dropped else ""
    return ItemResult("fig-2d", ours, {"spread": rows}, {"fig-2d": fig}, note=note, width=760)


def _spread(study: Study, search: str | None) -> TraitSpread:
    amounts = study.amounts
    return trait_spread(
        study.project, study.classes[0], amounts.sizes, amounts.repeats, search, study.model, study.progress
    )


def growing_scores(study: Study) -> ItemResult:
    """Supplementary Fig. 3: scores of the first component at some N_s, and their growth with N_s."""
    name = study.classes[0]
    spread = _spread(study, study.amounts.search)
    sizes = [point.size for point in spread.points]
    chosen = np.unique(np.linspace(0, len(sizes) - 1, SHOWN_SIZES).round().astype(int))
    grown = proportion_scatter(sizes, spread.scores.mean(axis=1), spread.exponent, name)
    top = _repeats(spread, chosen)
    alt = f"Scores of the first component of {name} for {len(top)} numbers of samples, and how they grow."
    headings = [[f"N<sub>s</sub> = {sizes[at]}" for at in chosen] + ["More samples, larger scores"]]
    look = Look(row_height=300, gap_across=0.055, widths=[*[0.66 / len(top)] * len(top), 0.34])
    fig = panels([[*top, grown]], "The first component as samples are added", alt, describe(grown), headings, look)
    ours: dict[str, Any] = {
        "proportions": f"cosine {min(point.cosine for point in spread.points):.3f} to 1 with the largest N_s",
        "scores grow as N_s to the power": spread.exponent if spread.exponent is not None else "unknown",
    }
    rows = [
        {
            "N_s": point.size,
            "cosine": point.cosine,
            "correlation": point.correlation,
            "factor": point.scale,
            "√(N_s / N_max)": point.expected_scale,
        }
        for point in spread.points
    ]
    return ItemResult("suppl-fig-3", ours, {"growth": rows}, {"suppl-fig-3": fig}, width=1280)


def _repeats(spread: TraitSpread, chosen: np.ndarray) -> list[go.Figure]:
    """Charts of the scores of all draws at the chosen sizes, over the strongest channels, on one scale."""
    strongest = np.argsort(-spread.scores[-1].mean(axis=0), kind="stable")[:SHOWN_CHANNELS].tolist()
    highest = float(spread.scores[..., strongest].max()) * 1.05
    charts = [score_repeats(spread.scores[at], spread.points[at].size, strongest) for at in chosen]
    for place, chart in enumerate(charts):
        chart.update_yaxes(range=[0, highest], title_text=None if place else "score of the 1st component")
    return charts


def ratio_by_layer(study: Study) -> ItemResult:
    """Supplementary Fig. 4: ratio of the first component at every layer, for both classes."""
    by_class = {
        name: layer_ratios(
            study.project, name, study.at_most(study.amounts.n, name), study.model, progress=study.progress
        )
        for name in study.classes
    }
    charts = [_layers(study, name, ratios) for name, ratios in by_class.items()]
    charts[1].update_traces(showlegend=False)
    alt = " ".join(alt_text(chart) for chart in charts)
    headings = [[f"{name}: similarity of the samples by layer"] for name in by_class]
    caption = " ".join(f"{name}: {describe(chart)}" for name, chart in zip(by_class, charts, strict=True))
    look = Look(row_height=260, row_gap=190)
    fig = panels([[chart] for chart in charts], "Ratio of the first component by layer", alt, caption, headings, look)
    rows = [
        {
            "class": name,
            "layer": layer.name,
            "kind": layer.kind,
            "ratio": layer.ratio,
            "error": layer.error,
            "positions": layer.positions,
            "of": layer.of,
        }
        for name, ratios in by_class.items()
        for layer in ratios.layers
    ]
    return ItemResult("suppl-fig-4", _course(by_class[study.classes[0]]), {"layers": rows}, {"suppl-fig-4": fig})


def _layers(study: Study, name: str, by_layer: LayerRatios) -> go.Figure:
    columns = zip(*((layer.name, layer.kind, layer.ratio, layer.error) for layer in by_layer.layers), strict=True)
    names, kinds, ratios, errors = map(list, columns)
    return layer_ratio_line(names, kinds, ratios, errors, name, study.colour(name))


def _course(by_layer: LayerRatios) -> dict[str, Any]:
    """The course of the ratio from input to output, in the paper's words and in numbers."""
    ratios = [layer.ratio for layer in by_layer.layers]
    body = ratios[:-1] or ratios
    lowest = int(np.argmin(body))
    falls, rises = lowest > 0, body[-1] > body[lowest]
    words = {(True, True): "falls, then rises", (True, False): "falls", (False, True): "rises"}
    return {
        "with depth": words.get((falls, rises), "stays"),
        "after global average pooling": f"{ratios[-1] / body[-1]:.2f} times that of the layer before",
        "ratio of the first layer": ratios[0],
        "lowest ratio": f"{body[lowest]:.3f} ({by_layer.layers[lowest].name})",
        "ratio before pooling": body[-1],
        "ratio after pooling": ratios[-1],
    }


ITEMS: Mapping[str, Item] = {
    "fig-2c": first_ratios,
    "fig-2d": spread_of_traits,
    "suppl-fig-3": growing_scores,
    "suppl-fig-4": ratio_by_layer,
}
"""The items of this module by name."""
