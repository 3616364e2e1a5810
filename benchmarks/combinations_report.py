"""The comparison of searches written down: a page, its numbers as JSON, and one chart a network."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from benchmarks.pages import render, save_figure, write_json, write_page
from sxai.plot.theme import OKABE_ITO, finish, translucent

SAME = 1e-3
"""Log-odds closer than this are the same: float32 and the order of sums make differences below it."""
GENETIC = ("genetic", "script")
LIMITS = (75, 100, 125, 150, 175, 188)
NOMINAL = 2500
"""Forward passes of the paper's 50 generations of 50."""
LABELS = {"flips": "ours", "genetic": "genetic (paper)", "script": "genetic (authors' script)"}
COLOURS = dict(zip(LABELS, OKABE_ITO, strict=False))
ASKED = 40
SMALL = 20


@dataclass(frozen=True)
class Outcome:
    """One picture, one search: log-odds of its class, and how they rose with the combinations evaluated."""

    network: str
    image: str
    asked: int
    method: str
    settings: dict[str, Any]
    genes: int
    fitness: float
    full: float
    probability: float
    forwards: int
    rechecked: int
    history: list[list[float]]
    genome: str
    seconds: float


Found = Mapping[str, Outcome]
"""The outcomes of one picture by method."""


def write_report(rows: Iterable[Outcome], out: Path) -> None:
    """Write ``combinations.md``, ``combinations.json`` and the charts of pictures searched both ways at least."""
    rows = list(rows)
    networks = list(dict.fromkeys(row.network for row in rows))
    large = {name: complete(rows, name, ASKED, ("flips", "genetic")) for name in networks}
    small = {name: complete(rows, name, SMALL, (*LABELS, "exhaustive")) for name in networks}
    large = {name: found for name, found in large.items() if found}
    for name, pictures in large.items():
        save_figure(gap_chart(list(pictures.values()), name), out / "charts", f"{name}-combinations")
    numbers = {
        "stopped earlier": cut_rows([found for pictures in large.values() for found in pictures.values()]),
        "compared": {name: compared(list(found.values())) for name, found in large.items()},
        "optimum": {name: optimum_rows(found) for name, found in small.items() if found},
        "pictures": {
            name: {image: {method: _short(row) for method, row in found.items()} for image, found in pictures.items()}
            for name, pictures in large.items()
        },
    }
    write_json(out / "combinations.json", numbers)
    write_page(out / "combinations.md", page(large, small))


def complete(rows: Sequence[Outcome], network: str, asked: int, methods: Sequence[str]) -> dict[str, Found]:
    """Pictures of a network, by name, for which every method's outcome is known."""
    pictures: dict[str, dict[str, Outcome]] = {}
    for row in rows:
        if row.network == network and row.asked == asked:
            pictures.setdefault(row.image, {})[row.method] = row
    return {image: found for image, found in pictures.items() if set(methods) <= set(found)}


def compared(pictures: Sequence[Found]) -> list[dict[str, Any]]:
    """One row a method: passes, how far above the untouched picture, how often at least as good as the others."""
    rows = []
    for method in LABELS:
        searched = [found for found in pictures if method in found]
        if not searched:
            continue
        own = [found[method] for found in searched]
        genetic = [max(found[name].fitness for name in GENETIC if name in found) for found in searched]
        best = [max(row.fitness for row in found.values()) for found in searched]
        fitness = np.array([row.fitness for row in own])
        rows.append(
            {
                "search": LABELS[method],
                "pictures": len(own),
                "mean passes": float(np.mean([row.forwards for row in own])),
                "most passes": max(row.forwards for row in own),
                "float32 passes besides": float(np.mean([row.rechecked for row in own])),
                "mean log-odds": float(fitness.mean()),
                "above the untouched": float(np.mean(fitness - [row.full for row in own])),
                "below the untouched": int(np.sum(fitness < np.array([row.full for row in own]) - SAME)),
                "at or above the genetic": int(np.sum(fitness >= np.array(genetic) - SAME)),
                "best of all": int(np.sum(fitness >= np.array(best) - SAME)),
            }
        )
    return rows


def cut_rows(pictures: Sequence[Found]) -> list[dict[str, Any]]:
    """One row a limit: how our search would have ended there. It asks for the same combinations up to any limit."""
    genetic = np.array([max(found[name].fitness for name in GENETIC if name in found) for found in pictures])
    rows = []
    for limit in LIMITS:
        at = np.array([reached(found["flips"].history, np.array([limit]))[0] for found in pictures])
        passes = np.array([min(found["flips"].forwards, limit) for found in pictures])
        rows.append(
            {
                "at most": limit,
                "mean passes": float(passes.mean()),
                "at or above the genetic": f"{np.sum(at >= genetic - SAME)} of {len(pictures)}",
                "mean log-odds above the better genetic": float(np.mean(at - genetic)),
            }
        )
    return rows


def optimum_rows(pictures: Mapping[str, Found]) -> list[dict[str, Any]]:
    """One row a picture of few superpixels: the best of all combinations, and how far each search stays below it."""
    rows = []
    for image, found in pictures.items():
        best = found["exhaustive"]
        row = {
            "picture": image,
            "superpixels": best.genes,
            "combinations": best.forwards,
            "untouched": best.full,
            "optimum": best.fitness,
        }
        for method, label in LABELS.items():
            below = max(best.fitness - found[method].fitness, 0.0)
            row[label] = f"{0.0 if below < SAME else below:.3f} in {found[method].forwards}"
        rows.append(row)
    return rows


def reached(history: Sequence[Sequence[float]], passes: np.ndarray) -> np.ndarray:
    """The best log-odds after each number of ``passes`` (n,), from a history of rises.

    >>> reached([[2, 1.0], [5, 3.0]], np.array([1, 2, 4, 5, 9]))
    array([1., 1., 1., 3., 3.])
    """
    counts, values = np.array(history).T
    return values[np.maximum(np.searchsorted(counts, passes, side="right") - 1, 0)]


def gap_chart(pictures: Sequence[Found], network: str) -> go.Figure:
    """Median over pictures of the gap to the best combination that any search found, by forward passes."""
    passes = np.unique(np.geomspace(1, NOMINAL, 120).round())
    best = np.array([max(row.fitness for row in found.values()) for found in pictures])
    fig = go.Figure()
    for method, label in LABELS.items():
        mine = [index for index, found in enumerate(pictures) if method in found]
        if not mine:
            continue
        gaps = best[mine, None] - np.array([reached(pictures[index][method].history, passes) for index in mine])
        low, middle, high = np.percentile(gaps, (25, 50, 75), axis=0)
        fig.add_trace(_band(passes, low, high, COLOURS[method]))
        fig.add_trace(
            go.Scatter(x=passes, y=middle, name=label, mode="lines", line={"color": COLOURS[method], "width": 2.5})
        )
    untouched = float(np.median(best - [found["flips"].full for found in pictures]))
    fig.add_hline(y=untouched, line={"dash": "dot", "width": 1.5}, annotation_text="untouched picture")
    fig.add_vline(x=NOMINAL / 15, line={"dash": "dash", "width": 1})
    fig.add_annotation(
        x=np.log10(NOMINAL / 15), y=1, yref="paper", xanchor="left", text="1/15 of 2,500", showarrow=False
    )
    fig.update_xaxes(type="log", range=[0, np.log10(NOMINAL)], title_text="combinations evaluated (forward passes)")
    fig.update_yaxes(title_text="gap to the best found (log-odds)", rangemode="tozero")
    alt = f"Gap to the best combination found against forward passes for {', '.join(LABELS.values())}."
    caption = f"Median of {len(pictures)} photographs under {network}; bands hold the middle half."
    return finish(fig, f"How soon each search gets there ({network})", alt, caption, height=380)


def _band(x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> go.Scatter:
    return go.Scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor=translucent(colour, 0.15),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )


def page(large: Mapping[str, Mapping[str, Found]], small: Mapping[str, Mapping[str, Found]]) -> str:
    """The whole page."""
    everything = [found for pictures in large.values() for found in pictures.values()]
    return render(
        "combinations",
        same=SAME,
        count=len(everything),
        everything=compared(everything),
        cut=cut_rows(everything) if everything else [],
        compared={name: compared(list(pictures.values())) for name, pictures in large.items()},
        optimum={name: optimum_rows(pictures) for name, pictures in small.items() if pictures},
    )


def _short(row: Outcome) -> dict[str, Any]:
    names = ("genes", "fitness", "full", "probability", "forwards", "rechecked", "settings")
    return {name: value for name, value in asdict(row).items() if name in names}
