"""Charts of occluders: learning curves, accuracy by class and by ε, and attribution to concepts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from sxai.plot.theme import DIVERGING, FAINT, NEUTRAL, OKABE_ITO, class_colour, concept_of, digits, finish, translucent

if TYPE_CHECKING:
    from sxai.occluders.attribution import ConceptShare
    from sxai.occluders.learn import OccluderStep

OWN, OTHERS = OKABE_ITO[4], OKABE_ITO[0]
WINDOW = 10
"""Steps that a point of the learning curves is the mean of, because one batch is few images."""

PAPER = {"matched": (0.7358, 0.1616), "unmatched": (0.7358, 0.5035)}
"""Clean and perturbed test accuracy of VGG-16 in the paper (Tables S1 and S2)."""

MAX_NUMBERED = 16
"""Largest number of classes with numbers in the cells of the matrix."""


def occluder_curves(points: Sequence["OccluderStep"], steps: int | None = None, dark: bool = False) -> go.Figure:
    """Shares fooled and kept, and margins, by step; draws the steps so far while learning still runs."""
    fig = make_subplots(rows=1, cols=2, horizontal_spacing=0.12)
    at = [point.step for point in points]
    lines = (
        ("images of the class that leave it", [point.fooled for point in points], OWN, "solid", 1),
        ("images of other classes that stay", [point.kept for point in points], OTHERS, "solid", 1),
        ("margin of the class", [point.margin for point in points], OWN, "solid", 2),
        ("margin, if features only fell", [point.wiped for point in points], OKABE_ITO[3], "dash", 2),
    )
    for name, values, colour, dash, column in lines:
        line = {"color": colour, "width": 2, "dash": dash}
        fig.add_trace(
            go.Scatter(
                x=at,
                y=_smooth(values),
                name=name,
                mode="lines",
                line=line,
                hovertemplate="step %{x}: %{y:.2f}<extra>" + name + "</extra>",
            ),
            row=1,
            col=column,
        )
    last = steps or max(at, default=1)
    fig.update_xaxes(title_text="step", range=[0, last])
    fig.update_yaxes(title_text="share of a batch", tickformat=".0%", range=[-0.03, 1.05], row=1, col=1)
    fig.update_yaxes(title_text="score above the next class", row=1, col=2)
    caption = "Nothing learned yet."
    if points:
        fooled, kept = (float(np.mean(values[-WINDOW:])) for _, values, *_ in lines[:2])
        caption = (
            f"After {at[-1]} steps {fooled:.0%} of the class's images leave it and {kept:.0%} of the others stay what "
            f"they are (mean of the last {min(WINDOW, len(points))} batches)."
        )
    alt = f"Learning curves of an occluder over {len(points)} steps."
    return finish(fig, "Learning the occluder", alt, caption, height=320, dark=dark)


def _smooth(values: Sequence[float]) -> list[float]:
    """The mean of each value and those before it, WINDOW at most."""
    return [float(np.mean(values[max(0, at + 1 - WINDOW) : at + 1])) for at in range(len(values))]


def occluder_dumbbells(
    names: Sequence[str],
    matched: Sequence[tuple[float, float]],
    unmatched: Sequence[tuple[float, float]],
    dark: bool = False,
) -> go.Figure:
    """Accuracy (clean, occluded) on unseen images by occluder: of its own class, and over the other classes."""
    fig = go.Figure()
    kinds = (
        ("its own class", matched, OWN, "circle", -0.16),
        ("the other classes", unmatched, OTHERS, "diamond", 0.16),
    )
    rows = np.arange(len(names), dtype=float)
    for kind, pairs, colour, symbol, shift in kinds:
        x = [value for pair in pairs for value in (*pair, None)]
        y = [value for row in rows + shift for value in (row, row, None)]
        fig.add_trace(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line={"color": translucent(colour, 0.35), "width": 5},
                showlegend=False,
                hoverinfo="skip",
                name=f"{kind}, change",
            )
        )
        for state, at, mark in (("clean", 0, f"{symbol}-open"), ("occluded", 1, symbol)):
            fig.add_trace(
                go.Scatter(
                    x=[pair[at] for pair in pairs],
                    y=rows + shift,
                    mode="markers",
                    name=f"{kind}, {state}",
                    text=list(names),
                    marker={"size": 11, "symbol": mark, "color": colour, "line": {"width": 2, "color": colour}},
                    hovertemplate="%{text}: %{x:.1%}<extra>" + f"{kind}, {state}" + "</extra>",
                )
            )
    fig.update_xaxes(title_text="accuracy on unseen images", tickformat=".0%", range=[-0.03, 1.03])
    fig.update_yaxes(title_text="occluder of", tickvals=rows, ticktext=list(names), range=[len(names) - 0.5, -0.5])
    means = [np.nanmean(np.asarray(pairs, dtype=float), axis=0) for _, pairs, *_ in kinds]
    caption = (
        f"On average the accuracy on its own class falls from {means[0][0]:.0%} to {means[0][1]:.0%}, on the other "
        f"classes from {means[1][0]:.0%} to {means[1][1]:.0%}. The paper (VGG-16): {PAPER['matched'][0]:.0%} to "
        f"{PAPER['matched'][1]:.0%}, and {PAPER['unmatched'][0]:.0%} to {PAPER['unmatched'][1]:.0%}."
    )
    alt = f"Accuracy with and without the occluders of {len(names)} classes."
    return finish(fig, "What each occluder does", alt, caption, 190 + 46 * max(len(names), 2), dark)


def occluder_matrix(names: Sequence[str], classes: Sequence[str], changes: ArrayLike, dark: bool = False) -> go.Figure:
    """Change of accuracy (occluders, classes) on unseen images under every occluder, in percentage points."""
    table = 100 * np.asarray(changes, dtype=float)
    few = len(classes) <= MAX_NUMBERED
    text = [["" if np.isnan(cell) else _points(cell) for cell in row] for row in table]
    fig = go.Figure(
        go.Heatmap(
            z=table,
            x=list(classes),
            y=list(names),
            zmin=-100,
            zmax=100,
            xgap=1,
            ygap=1,
            hoverongaps=False,
            colorscale=[[1 - position, colour] for position, colour in DIVERGING[::-1]],
            text=text if few else None,
            texttemplate="%{text}" if few else None,
            name="change",
            colorbar={"title": {"text": "points"}, "thickness": 10},
            hovertemplate="occluder of %{y}, images of %{x}: %{z:+.1f} points<extra></extra>",
        )
    )
    fig.update_xaxes(type="category", dtick=1, title_text="images of", tickangle=-45 if len(classes) > 8 else 0)
    fig.update_yaxes(autorange="reversed", type="category", dtick=1, title_text="occluder of")
    own = np.asarray([table[row, list(classes).index(name)] for row, name in enumerate(names)])
    other = np.asarray(
        [
            np.nanmin([table[row, column] for column, label in enumerate(classes) if label != name], initial=0.0)
            for row, name in enumerate(names)
        ]
    )
    worst = int(other.argmin())
    caption = (
        f"On the diagonal accuracy falls by {-own.mean():.0f} points on average. The largest side effect is that of "
        f"{names[worst]}'s occluder: {digits(other[worst], 2)} points on one other class."
    )
    alt = f"Change of accuracy on {len(classes)} classes under {len(names)} occluders."
    return finish(fig, "Is it specific?", alt, caption, 190 + 30 * max(len(names), 4), dark)


def _points(change: float) -> str:
    """A change in percentage points with its sign, or 0."""
    whole = round(change)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def epsilon_sweep(
    epsilons: Sequence[float],
    matched: Sequence[tuple[float, float]],
    unmatched: Sequence[tuple[float, float]],
    dark: bool = False,
) -> go.Figure:
    """Mean accuracy (clean, occluded) on unseen images by ε, on the occluders' own classes and on others."""
    order = np.argsort(np.asarray(epsilons, dtype=float))
    at = [255 * float(epsilons[row]) for row in order]
    fig = go.Figure()
    for name, pairs, colour, symbol in (
        ("its own class", matched, OWN, "circle"),
        ("the other classes", unmatched, OTHERS, "diamond"),
    ):
        clean = float(np.mean([pair[0] for pair in pairs]))
        values = [pairs[row][1] for row in order]
        fig.add_trace(
            go.Scatter(
                x=[0.0, *at],
                y=[clean, *values],
                mode="lines+markers",
                name=name,
                line={"color": colour, "width": 2},
                marker={"size": 10, "symbol": symbol, "color": colour},
                hovertemplate="ε = %{x:.3g}/255: %{y:.1%}<extra>" + name + "</extra>",
            )
        )
    fig.update_xaxes(title_text="ε, largest change of a pixel value (of 255)", rangemode="tozero")
    fig.update_yaxes(title_text="accuracy on unseen images", tickformat=".0%", range=[-0.03, 1.03])
    enough = [strength for strength, row in zip(at, order, strict=True) if matched[row][1] <= matched[row][0] / 4]
    caption = "At no ε tried does the accuracy on the own class fall to a quarter."
    if enough:
        caption = f"From ε = {enough[0]:.3g}/255 on, at most a quarter of the accuracy on the own class is left."
    alt = f"Accuracy under occluders of {len(at)} strengths, on their own class and on others."
    return finish(fig, "How strong must it be?", alt, caption, height=380, dark=dark)


def concept_shares(
    class_name: str, bars: Sequence["ConceptShare"], away: float, classes: Sequence[str] = (), dark: bool = False
) -> go.Figure:
    """Concepts by their share of a class's loss of score under its occluder; grey: the shares of random directions.

    ``away`` is the part of the class's loss through activation that the occluder removed.
    """
    names = [concept_of(bar.name) for bar in bars]
    colour = class_colour(class_name, classes) if class_name in classes else OKABE_ITO[0]
    fig = go.Figure(
        go.Bar(
            x=[max(bar.control_high, 0.0) for bar in bars],
            y=names,
            orientation="h",
            width=0.72,
            name="random directions",
            marker={"color": FAINT},
            hovertemplate="95 % of random directions stay below %{x:.1%}<extra></extra>",
        )
    )
    shares = np.asarray([bar.share for bar in bars], dtype=float)
    fig.add_trace(
        go.Scatter(
            x=shares,
            y=names,
            mode="markers",
            name="concept",
            marker={"size": 11, "color": colour},
            error_x={
                "type": "data",
                "array": [bar.high - bar.share for bar in bars],
                "color": colour,
                "arrayminus": [bar.share - bar.low for bar in bars],
                "thickness": 1.6,
                "width": 5,
            },
            customdata=[[bar.low, bar.high] for bar in bars],
            hovertemplate="%{y}: %{x:.1%} (%{customdata[0]:.1%} to %{customdata[1]:.1%})<extra></extra>",
        )
    )
    fig.add_vline(x=0, line={"color": NEUTRAL, "width": 1})
    fig.update_xaxes(title_text=f"share of what is taken from {class_name}", tickformat=".0%")
    fig.update_yaxes(autorange="reversed", type="category", dtick=1, title_text="concept")
    alt = f"{len(bars)} concepts of {class_name} by their share of what its occluder takes away."
    return finish(
        fig, f"What does {class_name} need?", alt, _needed(class_name, bars, away), 150 + 34 * max(len(bars), 2), dark
    )


def _needed(class_name: str, bars: Sequence["ConceptShare"], away: float) -> str:
    clear = [concept_of(bar.name) for bar in bars if bar.low > bar.control_high]
    sentence = (
        f"{away:.0%} of what {class_name}'s score loses is taken away, the rest is put in by other classes' features. "
    )
    if not clear:
        return sentence + "No concept stands out from random directions."
    return sentence + f"More than random directions, with their whole interval: {', '.join(clear)}."
