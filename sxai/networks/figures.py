"""Charts of training: learning curves, confusion matrix, calibration."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from sxai.plot.heatmaps import counts_heatmap
from sxai.plot.theme import NEUTRAL, OKABE_ITO, SEQUENTIAL, blend, finish, ink_on, translucent

_LOSS, _TRAIN, _VAL = OKABE_ITO[4], OKABE_ITO[5], OKABE_ITO[0]
MAX_NUMBERS = 200
"""Largest number of values written into a large matrix; more would slow the browser down."""


def learning_curves(
    history: Sequence[Mapping[str, object]], epochs: int | None = None, dark: bool = False, over: bool = False
) -> go.Figure:
    """Loss and accuracy by epoch, side by side; draws the epochs so far while training still runs.

    Each entry holds ``epoch`` (from 1), ``loss`` (cross-entropy, nats), ``train_accuracy`` and
    ``val_accuracy`` (shares; None without a validation split). ``epochs`` fixes the axis of a running job; ``over``
    says that training has ended, so that the caption counts its epochs.
    """
    fig = make_subplots(rows=1, cols=2, horizontal_spacing=0.12)
    at = [_number(entry.get("epoch")) for entry in history]
    for key, name, colour, dash, column in (
        ("loss", "training loss", _LOSS, "solid", 1),
        ("train_accuracy", "training accuracy", _TRAIN, "dot", 2),
        ("val_accuracy", "validation accuracy", _VAL, "solid", 2),
    ):
        values = [_number(entry.get(key)) for entry in history]
        if any(value is not None for value in values):
            fig.add_trace(_line(at, values, name, colour, dash), row=1, col=column)
    last = epochs or max((int(value) for value in at if value is not None), default=1)
    fig.update_xaxes(title_text="epoch", range=[0.7, last + 0.3], dtick=max(1, last // 8))
    fig.update_yaxes(title_text="cross-entropy loss (nats)", rangemode="tozero", row=1, col=1)
    fig.update_yaxes(title_text="accuracy", tickformat=".0%", row=1, col=2)
    alt = f"Training loss and accuracy over {len(history)} epochs."
    return finish(fig, "Learning", alt, _progress(history, over), height=300, dark=dark)


def confusion_matrix(confusion: ArrayLike, classes: Sequence[str], dark: bool = False) -> go.Figure:
    """Counts (K, K): rows are true classes, columns predicted classes."""
    counts = np.asarray(confusion, dtype=int)
    fig = counts_heatmap(classes, classes, counts, "images")
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    fig.update_traces(
        customdata=counts / totals,
        hovertemplate=("true %{y}, predicted %{x}<br>%{z} images, %{customdata:.1%} of the true class<extra></extra>"),
    )
    if not fig.layout.annotations:
        _write_filled(fig, counts, classes)
    fig.update_xaxes(title_text="predicted class")
    fig.update_yaxes(title_text="true class", autorange="reversed")
    alt = f"Confusion matrix of {len(classes)} classes over {int(counts.sum())} images."
    height = int(np.clip(190 + 46 * len(classes), 300, 720))
    return finish(fig, "Confusion matrix", alt, _worst(counts, classes), height=height, dark=dark)


def _write_filled(fig: go.Figure, counts: np.ndarray, classes: Sequence[str]) -> None:
    """The numbers of the cells that are not empty, for a matrix too large to write every one."""
    for row, column in np.argwhere(counts > 0)[:MAX_NUMBERS].tolist():
        share = counts[row, column] / max(int(counts.max()), 1)
        fig.add_annotation(
            x=classes[column],
            y=classes[row],
            text=str(int(counts[row, column])),
            showarrow=False,
            font={"size": 10, "color": ink_on(blend(SEQUENTIAL, float(share)))},
        )


def reliability_diagram(
    confidence: Sequence[float], accuracy: Sequence[float], count: Sequence[int], ece: float, dark: bool = False
) -> go.Figure:
    """Accuracy against confidence by bin, marker area by the number of images; the diagonal is perfect."""
    filled = [at for at, number in enumerate(count) if number > 0]
    sizes = np.sqrt([count[at] for at in filled]) if filled else np.array([])
    fig = go.Figure()
    fig.add_trace(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            name="perfect",
            hoverinfo="skip",
            line={"color": NEUTRAL, "dash": "dash", "width": 1.5},
        )
    )
    fig.add_trace(
        go.Scatter(
            x=[confidence[at] for at in filled],
            y=[accuracy[at] for at in filled],
            mode="lines+markers",
            name="this model",
            customdata=[count[at] for at in filled],
            cliponaxis=False,
            line={"color": translucent(_VAL, 0.5), "width": 1.5},
            marker={"color": _VAL, "size": 7 + 15 * sizes / max(sizes.max(initial=1.0), 1.0)},
            hovertemplate="confidence %{x:.1%}<br>accuracy %{y:.1%}<br>%{customdata} images<extra></extra>",
        )
    )
    fig.update_xaxes(title_text="mean confidence, p(class)", range=[0, 1.03], tickformat=".0%")
    fig.update_yaxes(title_text="accuracy", range=[0, 1.05], tickformat=".0%")
    alt = f"Reliability diagram with {len(filled)} filled bins and an expected calibration error of {ece:.1%}."
    return finish(fig, "Calibration", alt, _calibration(confidence, accuracy, count, ece), dark=dark)


def _line(at: list[float | None], values: list[float | None], name: str, colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=at,
        y=values,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2.2, "dash": dash},
        marker={"size": 6},
        hovertemplate="epoch %{x}<br>%{y:.4g}<extra>" + name + "</extra>",
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _progress(history: Sequence[Mapping[str, object]], over: bool) -> str:
    scores = [
        (score, entry.get("epoch")) for entry in history if (score := _number(entry.get("val_accuracy"))) is not None
    ]
    if not history:
        return "The first epoch has not finished yet."
    if not scores:
        return "There is no validation split, so only the training curves are known."
    best, epoch = max(scores, key=lambda pair: pair[0])
    if over:
        return f"{len(history)} epochs ran. The best validation accuracy is {best:.1%}, reached first in epoch {epoch}."
    return f"The best validation accuracy so far is {best:.1%}, in epoch {epoch}; that epoch's weights are kept."


def _worst(counts: np.ndarray, classes: Sequence[str]) -> str:
    total = int(counts.sum())
    if total == 0:
        return "No images to evaluate."
    wrong = counts - np.diag(np.diag(counts))
    right = f"{np.trace(counts) / total:.1%} of {total} images are right"
    if wrong.sum() == 0:
        return f"{right}: no confusion at all."
    row, column = divmod(int(wrong.argmax()), len(classes))
    mistake = f"{int(wrong[row, column])} × {classes[row]} taken for {classes[column]}"
    return f"{right}. The commonest mistake: {mistake}."


def _calibration(confidence: Sequence[float], accuracy: Sequence[float], count: Sequence[int], ece: float) -> str:
    weights = np.asarray(count, dtype=float)
    if weights.sum() == 0:
        return "No images to evaluate."
    known = weights > 0
    gap = np.average(
        (np.asarray(confidence, dtype=float) - np.asarray(accuracy, dtype=float))[known], weights=weights[known]
    )
    lean = "over-confident" if gap > 0.01 else "under-confident" if gap < -0.01 else "neither over- nor under-confident"
    below = "points below the line are over-confident"
    return f"Expected calibration error {ece:.1%}: on average the network is {lean} ({below})."
