"""Semantic vectors of the network's classes: SeVec, Tables 1 and 2, Figs. 3 and 7."""

from collections.abc import Mapping
from typing import Any

from sxai.assess.guided_backprop import GATED_METHODS
from sxai.assess.pointing_figures import gain_band
from sxai.plot.panels import Look, panels
from sxai.plot.theme import alt_text, describe
from sxai.reproduction.study import Item, ItemResult, Study
from sxai.vectors.figures import diversity_scatter, shift_bars, vector_map
from sxai.vectors.verbs import vectors
from sxai.vectors.verbs.pointing_game import pointing_game
from sxai.vectors.verbs.tests import perturbation_table

NOTE = "Read after global average pooling: a unit is active above its 0.9 quantile over the images, not above 0."
TITLES = {"guided-backprop": "Guided backprop", "gradient-input": "Gradient × input"}


def _made(study: Study) -> vectors.VectorSet:
    return vectors.semantic_vectors(study.project, n=study.amounts.n, model=study.model, progress=study.progress)


def neuron_or_direction(study: Study) -> ItemResult:
    """SeVec, Table 1: four perturbations of the features, and the change of the class's probability."""
    table = perturbation_table(study.project, _made(study), progress=study.progress)
    shifts = list(table.total.values())
    fig = shift_bars(
        list(table.total),
        [shift.value for shift in shifts],
        [shift.low for shift in shifts],
        [shift.high for shift in shifts],
    )
    ours: dict[str, Any] = {way: shift.value for way, shift in table.total.items()}
    ours |= {"P(class) before": table.before, "units kept by the gate": table.kept, "gate at rate": table.threshold}
    rows = [
        {"change": way, "rise": shift.value, "low": shift.low, "high": shift.high, "images": shift.n}
        for way, shift in table.total.items()
    ]
    return ItemResult("sevec-table-1", ours, {"shifts": rows}, {"sevec-table-1": fig}, note=NOTE, width=760)


def mapped(study: Study) -> ItemResult:
    """SeVec, Fig. 3: the map of the project's classes."""
    vector_set = _made(study)
    fig = vector_map(vector_set.words, vector_set.map(), vector_set.diversity, "tsne", study.palette)
    places = vector_set.map().tolist()
    rows = [
        {"concept": concept.name, "x": place[0], "y": place[1], "diversity": concept.diversity, "images": concept.n}
        for concept, place in zip(vector_set.concepts, places, strict=True)
    ]
    ours = {"concepts": len(vector_set.words), "method": "t-SNE" if len(vector_set.words) > 3 else "classical scaling"}
    return ItemResult("sevec-fig-3", ours, {"map": rows}, {"sevec-fig-3": fig}, note=NOTE, width=760)


def diversity_and_accuracy(study: Study) -> ItemResult:
    """SeVec, Table 2: D_c against accuracy, with the correlation."""
    rows, correlation = vectors.diversity_accuracy(study.project, _made(study))
    names = [row.name for row in rows]
    fig = diversity_scatter(
        names,
        [row.diversity for row in rows],
        [row.accuracy for row in rows],
        correlation.r,
        correlation.p,
        study.palette,
    )
    ours = {"classes": correlation.n, "correlation": correlation.r, "p-value": correlation.p}
    table = [{"class": row.name, "diversity": row.diversity, "accuracy": row.accuracy} for row in rows]
    return ItemResult("sevec-table-2", ours, {"classes": table}, {"sevec-table-2": fig}, note=NOTE, width=760)


def pointing_gain(study: Study) -> ItemResult:
    """SeVec, Fig. 7: the gain in localisation on composites of two classes."""
    game = pointing_game(study.project, _made(study), study.amounts.composites, progress=study.progress)
    chosen = {method: game.gains[method, "most"] for method in GATED_METHODS}
    charts = [gain_band(game.shares, gain.gain, gain.low, gain.high, TITLES[method]) for method, gain in chosen.items()]
    headings = [[TITLES[method]] for method in chosen]
    alt, caption = (" ".join(map(tell, charts)) for tell in (alt_text, describe))
    fig = panels(
        [[chart] for chart in charts], "Gain in localisation by the gate", alt, caption, headings, Look(row_height=260)
    )
    lowest = {f"lowest gain, {TITLES[method]}": float(gain.gain.min()) for method, gain in chosen.items()}
    clear = {
        f"interval above 0, {TITLES[method]}": f"at {int((gain.low > 0).sum())} of {len(game.shares)} shares"
        for method, gain in chosen.items()
    }
    rows = [
        {
            "method": method,
            "m": share,
            "plain": gain.plain[at],
            "gated": gain.gated[at],
            "gain": gain.gain[at],
            "low": gain.low[at],
            "high": gain.high[at],
        }
        for method, gain in chosen.items()
        for at, share in enumerate(game.shares)
    ]
    ours: dict[str, Any] = {"composites": game.n, **lowest, **clear}
    note = f"{NOTE} A hit: more than half of the kept pixels are inside the box."
    return ItemResult("sevec-fig-7", ours, {"gains": rows}, {"sevec-fig-7": fig}, note=note)


ITEMS: Mapping[str, Item] = {
    "sevec-table-1": neuron_or_direction,
    "sevec-fig-3": mapped,
    "sevec-table-2": diversity_and_accuracy,
    "sevec-fig-7": pointing_gain,
}
"""The items of this module by name."""
