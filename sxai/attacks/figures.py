"""Charts of attack and detection rates, ROC curves and perturbations (paper: supplement S.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from sxai.plot.histograms import shared_edges
from sxai.plot.theme import NEUTRAL, OKABE_ITO, digits, finish, translucent
from sxai.stats import Interval, RocCurve

PAPER = {0.05: (1.00, 1.00), 0.01: (1.00, 0.38), 0.005: (0.84, 0.00)}
"""Attack and detection rates that the paper prints for PGD by ε (Supplementary Table 2)."""

ATTACK, DETECTION, ALARM = OKABE_ITO[4], OKABE_ITO[0], OKABE_ITO[1]
TINTS = (OKABE_ITO[0], OKABE_ITO[2], OKABE_ITO[3], OKABE_ITO[5], OKABE_ITO[4])
MARKS = ("diamond", "square", "circle", "star", "cross")


@dataclass(frozen=True)
class Strength:
    """One ε: rates of attack, of detection among attacks that succeeded, and of false alarms on clean images."""

    epsilon: float
    attack: Interval
    detection: Interval
    false_alarms: Interval


def epsilon_rates(strengths: Sequence[Strength], rule: str, paper: bool = True, dark: bool = False) -> go.Figure:
    """Attack, detection and false-alarm rates by ε with their intervals; ``paper`` adds what the paper prints."""
    ordered = sorted(strengths, key=lambda one: one.epsilon)
    at = np.arange(len(ordered), dtype=np.float64)
    fig = go.Figure()
    lines = (
        ("attack succeeds", [one.attack for one in ordered], ATTACK, "triangle-up", -0.06),
        ("attack detected", [one.detection for one in ordered], DETECTION, "circle", 0.0),
        ("false alarm, clean image", [one.false_alarms for one in ordered], ALARM, "square", 0.06),
    )
    for name, rates, colour, symbol, shift in lines:
        fig.add_trace(_rates(name, at + shift, rates, colour, symbol))
    if paper:
        for name, place, colour, shift in (("paper, attack", 0, ATTACK, -0.06), ("paper, detected", 1, DETECTION, 0.0)):
            known = [PAPER.get(one.epsilon, (float("nan"),) * 2)[place] for one in ordered]
            fig.add_trace(_printed(name, at + shift, known, colour))
    labels = [f"{one.epsilon:g}" for one in ordered]
    fig.update_xaxes(
        title_text="strength ε (largest change of a pixel value)",
        tickvals=at,
        ticktext=labels,
        range=[-0.4, len(ordered) - 0.6],
    )
    fig.update_yaxes(title_text="share of images", tickformat=".0%", range=[-0.04, 1.08])
    told = "; ".join(
        f"ε = {one.epsilon:g}: attack {one.attack.value:.0%}, detected {_share(one.detection)}" for one in ordered
    )
    alt = f"Rates of attack, detection and false alarms by ε under the rule “{rule}”. {told}."
    return finish(fig, "Attacks, and how many are noticed", alt, _noticed(ordered), height=400, dark=dark)


def _rates(name: str, at: ArrayLike, rates: Sequence[Interval], colour: str, symbol: str) -> go.Scatter:
    shares = np.array([rate.value for rate in rates], dtype=float)
    above = [rate.high - rate.value for rate in rates]
    below = [rate.value - rate.low for rate in rates]
    return go.Scatter(
        x=at,
        y=shares,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"symbol": symbol, "size": 10, "color": colour},
        error_y={"type": "data", "array": above, "arrayminus": below, "thickness": 1.4, "width": 5, "color": colour},
        customdata=[[rate.low, rate.high] for rate in rates],
        hovertemplate="%{y:.1%} (%{customdata[0]:.0%} to %{customdata[1]:.0%})<extra>" + name + "</extra>",
    )


def _printed(name: str, at: ArrayLike, values: Sequence[float], colour: str) -> go.Scatter:
    return go.Scatter(
        x=at,
        y=list(values),
        name=name,
        mode="markers",
        marker={"symbol": "x-thin", "size": 13, "line": {"width": 3, "color": colour}},
        hovertemplate="%{y:.0%}<extra>" + name + "</extra>",
    )


def _share(rate: Interval) -> str:
    return "not known" if rate.value != rate.value else f"{rate.value:.0%}"


def _noticed(strengths: Sequence[Strength]) -> str:
    """Conclusion from the rates: detection less false alarms."""
    if not strengths:
        return "No attack was made yet."
    weakest, strongest = strengths[0], strengths[-1]
    alarms = strongest.false_alarms.value
    sentence = (
        f"At ε = {strongest.epsilon:g}, {_share(strongest.detection)} of the successful attacks are noticed, at "
        f"ε = {weakest.epsilon:g}, {_share(weakest.detection)}; {_share(strongest.false_alarms)} of the same images "
        "raise a false alarm when they are clean."
    )
    worthless = weakest.detection.value <= alarms
    return sentence + (" The weakest attack is noticed no more often than clean images are." if worthless else "")


def roc_curves(
    curves: Mapping[str, RocCurve],
    points: Mapping[str, tuple[float, float]],
    title: str = "How well are attacks told from clean images?",
    dark: bool = False,
) -> go.Figure:
    """ROC curves by name, with the (false-alarm, detection) points at which rules stand."""
    fig = go.Figure()
    for (name, curve), colour in zip(curves.items(), TINTS, strict=False):
        fig.add_trace(
            go.Scatter(
                x=list(curve.false_alarms),
                y=list(curve.detections),
                mode="lines",
                name=f"{name}, area {curve.auc:.2f} ({curve.low:.2f} to {curve.high:.2f})",
                line={"color": colour, "width": 2.4, "shape": "linear"},
                hovertemplate="false alarms %{x:.1%}<br>detected %{y:.1%}<extra>" + name + "</extra>",
            )
        )
    fig.add_trace(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            name="chance",
            showlegend=False,
            hoverinfo="skip",
            line={"color": NEUTRAL, "width": 1, "dash": "dash"},
        )
    )
    for (name, (alarms, detections)), symbol in zip(points.items(), MARKS, strict=False):
        fig.add_trace(
            go.Scatter(
                x=[alarms],
                y=[detections],
                mode="markers",
                name=name,
                marker={"symbol": symbol, "size": 12, "color": NEUTRAL, "line": {"width": 1.5, "color": "#1B1E23"}},
                hovertemplate="false alarms %{x:.1%}<br>detected %{y:.1%}<extra>" + name + "</extra>",
            )
        )
    fig.update_xaxes(title_text="false alarms (share of clean images)", tickformat=".0%", range=[-0.02, 1.02])
    fig.update_yaxes(title_text="detected (share of attacked images)", tickformat=".0%", range=[-0.02, 1.05])
    areas = ", ".join(f"{name} {curve.auc:.2f}" for name, curve in curves.items())
    alt = f"Receiver operating curves with areas: {areas or 'none'}; rules stand at {', '.join(points) or 'no point'}."
    return finish(fig, title, alt, _told(curves), height=460, dark=dark)


def _told(curves: Mapping[str, RocCurve]) -> str:
    """Conclusion from the areas, the best named."""
    if not curves:
        return "No attack succeeded, so there is nothing to tell apart."
    best, curve = max(curves.items(), key=lambda pair: pair[1].auc)
    if curve.low <= 0.5:
        return f"No score tells attacked images from clean ones better than chance: {curve.auc:.0%} of pairs by {best}."
    verdict = "nearly always" if curve.auc >= 0.95 else "mostly" if curve.auc >= 0.8 else "more often than not"
    return (
        f"By {best} an attacked image scores above a clean one {verdict}: in {curve.auc:.0%} of pairs; chance is 50%."
    )


def score_histograms(
    clean: ArrayLike, attacked: Mapping[float, ArrayLike], edges: Mapping[str, float], axis: str, dark: bool = False
) -> go.Figure:
    """Scores of clean images (n,) and of attacked ones by ε, as shares; ``edges`` names where rules begin to alarm.

    Scores far below all edges are drawn in the lowest bin.
    """
    groups = {"clean": np.asarray(clean, dtype=float)}
    groups |= {f"ε = {epsilon:g}": np.asarray(values, dtype=float) for epsilon, values in sorted(attacked.items())}
    groups = {name: values[np.isfinite(values)] for name, values in groups.items()}
    everything = np.concatenate([*groups.values(), np.array(list(edges.values()), dtype=float)])
    floor = float(np.percentile(everything, 5)) if everything.size else 0.0
    bins = shared_edges(np.maximum(everything, floor), most=40)
    fig = go.Figure()
    for (name, values), colour in zip(groups.items(), (NEUTRAL, *TINTS), strict=False):
        fig.add_trace(_outline(name, np.maximum(values, bins[0]), bins, colour))
    for name, place in edges.items():
        fig.add_vline(
            x=place,
            line={"color": NEUTRAL, "width": 1.5, "dash": "dash"},
            annotation_text=name,
            annotation_position="top",
            annotation_font_size=11,
        )
    fig.update_layout(legend={"y": 1.08})
    fig.update_xaxes(title_text=axis)
    fig.update_yaxes(title_text="share of the images", tickformat=".0%", rangemode="tozero")
    medians = "; ".join(f"{name}: {digits(_median(values))}" for name, values in groups.items())
    alt = f"Histograms of the score of {', '.join(f'{len(values)} {name}' for name, values in groups.items())} images."
    caption = f"Medians. {medians[0].upper()}{medians[1:]}. Right of a rule's line an image counts as adversarial."
    return finish(fig, "Where clean and attacked images lie", alt, caption, height=380, dark=dark)


def _outline(name: str, values: NDArray[np.float64], bins: NDArray[np.float64], colour: str) -> go.Scatter:
    counts, _ = np.histogram(values, bins=bins)
    shares = counts / max(len(values), 1)
    return go.Scatter(
        x=(bins[:-1] + bins[1:]) / 2,
        y=shares,
        name=name,
        mode="lines",
        line={"color": colour, "width": 2, "shape": "hvh"},
        fill="tozeroy" if name == "clean" else None,
        fillcolor=translucent(colour, 0.25),
        hovertemplate="score around %{x:.3g}<br>%{y:.1%} of the images<extra>" + name + "</extra>",
    )


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if values.size else float("nan")


def magnified(change: ArrayLike, factor: float | None = None) -> tuple[NDArray[np.uint8], float]:
    """A perturbation (H, W, 3), in units of the pixel range, as a picture about mid-grey, and its magnification.

    None magnifies until the largest change fills the range.
    """
    exact = np.asarray(change, dtype=np.float64)
    largest = float(np.abs(exact).max()) if exact.size else 0.0
    times = factor if factor is not None else (0.5 / largest if largest else 1.0)
    return np.clip(np.round(127.5 + 255 * times * exact), 0, 255).astype(np.uint8), float(times)
