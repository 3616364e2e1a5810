"""Charts of common traits: information ratios, components, stability (paper: Fig. 2c, 2d; Suppl. Figs. 3 and 4)."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from sxai.plot.theme import FAINT, NEUTRAL, OKABE_ITO, SEQUENTIAL, blend, digits, finish, translucent

PAPER_SPREAD = (300, 3.9)
"""N_s and spread in per cent that the paper gives for cats in VGG-19."""
PAPER_CUMULATIVE_RATIO = 0.85
"""The share of information that the paper keeps."""

KINDS = {
    "conv": ("convolution", "circle"),
    "relu": ("ReLU", "triangle-up"),
    "pool": ("pooling", "square"),
    "block": ("block of layers", "diamond"),
    "gap": ("global average pooling (GAP)", "star"),
}
"""Kinds of layers with their name and marker."""

Pairs = Sequence[tuple[int, float]]


def ratio_bars(
    ratios: Mapping[str, ArrayLike], name: str, colour: str, first: int = 5, dark: bool = False
) -> go.Figure:
    """Information ratios of the first components; ``ratios`` maps a way to take samples to its (r,) ratios."""
    fig = go.Figure()
    for (label, values), tint in zip(ratios.items(), _tints(len(ratios), colour), strict=True):
        shown = np.asarray(values, dtype=float)[:first]
        fig.add_trace(
            go.Bar(
                x=_ordinals(len(shown)),
                y=shown,
                name=label,
                marker={"color": tint},
                text=[f"{value:.1%}" for value in shown],
                textposition="outside",
                cliponaxis=False,
                hovertemplate="%{x} component<br>%{y:.2%}<extra>" + label + "</extra>",
            )
        )
    fig.update_xaxes(title_text="principal component (PC)", type="category")
    fig.update_yaxes(title_text="information ratio λ<sub>i</sub> / tr S", tickformat=".0%", rangemode="tozero")
    alt = f"Information ratios of the first {first} components of {name}: " + "; ".join(
        f"{label} {float(np.asarray(values, dtype=float)[0]):.1%} in the first" for label, values in ratios.items()
    )
    fig = finish(fig, f"How much do all {name} samples share?", f"{alt}.", _shared(ratios), dark=dark)
    fig.update_layout(barmode="group", bargap=0.3, bargroupgap=0.08)
    return fig


def cumulative_ratios(ratios: Mapping[str, ArrayLike], name: str, colour: str, dark: bool = False) -> go.Figure:
    """Share of information that the first k components hold together, with the paper's 85 % marked."""
    fig = go.Figure()
    needed = {}
    for (label, values), tint in zip(ratios.items(), _tints(len(ratios), colour), strict=True):
        held = np.cumsum(np.asarray(values, dtype=float))
        count = np.arange(1, held.size + 1)
        needed[label] = k = int(np.searchsorted(held, PAPER_CUMULATIVE_RATIO - 1e-12)) + 1
        fig.add_trace(
            go.Scatter(
                x=count,
                y=held,
                name=label,
                mode="lines+markers",
                line={"color": tint, "width": 2.2},
                marker={"size": [9 if at == k else 0 for at in count], "color": tint},
                hovertemplate="first %{x} components<br>%{y:.1%}<extra>" + label + "</extra>",
            )
        )
    fig.add_hline(y=PAPER_CUMULATIVE_RATIO, line={"color": NEUTRAL, "dash": "dash", "width": 1}, annotation_text="85 %")
    marks = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
    fig.update_xaxes(title_text="number of components k", type="log", tickvals=marks, ticktext=list(map(str, marks)))
    fig.update_yaxes(title_text="information ratio held", tickformat=".0%", range=[0, 1.03])
    told = ", ".join(f"{k} ({label})" if len(needed) > 1 else str(k) for label, k in needed.items())
    caption = f"Components needed for 85 %: {told}. The fewer, the more alike the samples are to the network."
    alt = f"Cumulative information ratio of the components of {name}; 85 % is reached with {told}."
    return finish(fig, "How many traits make up the class?", alt, caption, dark=dark)


def component_scores(
    scores: ArrayLike, component: str, name: str, colour: str, top: int = 8, dark: bool = False
) -> go.Figure:
    """Scores (C,) of one component by channel, the strongest channels named."""
    values = np.asarray(scores, dtype=float)
    at = np.arange(values.size)
    strongest = np.argsort(-np.abs(values), kind="stable")[:top]
    others = np.setdiff1d(at, strongest)
    fig = go.Figure()
    wide = max(0.9, values.size / 260)
    for channels, label, tint, width in (
        (others, "other channels", NEUTRAL, 0.9),
        (strongest, "strongest", colour, wide),
    ):
        fig.add_trace(
            go.Bar(
                x=channels,
                y=values[channels],
                name=label,
                width=width,
                marker={"color": tint, "line": {"width": 0}},
                hovertemplate="channel %{x}<br>score %{y:.4g}<extra></extra>",
            )
        )
    _name_apart(fig, strongest, values)
    fig.update_xaxes(
        title_text="channel (neuron after global average pooling)", range=[-1, values.size], showgrid=False
    )
    fig.update_yaxes(title_text=f"score of the {component} component")
    listed = ", ".join(f"{channel} ({digits(float(values[channel]))})" for channel in strongest[:5])
    alt = f"Scores of {values.size} channels in the {component} component of {name}; strongest: {listed}."
    fig = finish(fig, f"{component} component of {name}", alt, _concentration(values, strongest), height=320, dark=dark)
    fig.update_layout(barmode="overlay")
    return fig


def spread_curve(
    curves: Mapping[str, Pairs], shared: Mapping[str, Sequence[int]], name: str, colour: str, dark: bool = False
) -> go.Figure:
    """Spread from the average (per cent) against N_s, one curve a way to take samples.

    ``shared`` lists, per curve, the sizes whose repeats share images; they are drawn as open markers.
    """
    fig = go.Figure()
    for (label, pairs), tint in zip(curves.items(), _tints(len(curves), colour), strict=True):
        overlap = set(shared.get(label, ()))
        fig.add_trace(
            go.Scatter(
                x=[size for size, _ in pairs],
                y=[percent for _, percent in pairs],
                name=label,
                mode="lines+markers",
                line={"color": tint, "width": 2.2},
                marker={"size": 9, "color": tint, "symbol": [_symbol(size in overlap) for size, _ in pairs]},
                hovertemplate="N<sub>s</sub> = %{x}<br>spread %{y:.2f} %<extra>" + label + "</extra>",
            )
        )
    size, percent = PAPER_SPREAD
    marker = {"symbol": "x-thin", "size": 11, "line": {"width": 2.5, "color": NEUTRAL}}
    fig.add_trace(
        go.Scatter(
            x=[size],
            y=[percent],
            mode="markers",
            name="paper (cats, VGG-19, genetic search): 3.9 %",
            marker=marker,
            hovertemplate="paper: 3.9 % at N<sub>s</sub> = 300<extra></extra>",
        )
    )
    fig.update_xaxes(title_text="number of samples N<sub>s</sub>", rangemode="tozero")
    fig.update_yaxes(title_text="spread from the average e (%)", rangemode="tozero")
    alt = f"Spread of the first component of {name} against the number of samples, with the paper's 3.9 % at 300."
    return finish(fig, "Spread from the average", alt, _steadier(curves, shared), dark=dark)


def proportion_scatter(
    sizes: Sequence[int], scores: ArrayLike, exponent: float | None, name: str, dark: bool = False
) -> go.Figure:
    """Scores (m, C) of the first component at each N_s against those at the largest, on lines of slope √(N_s/N_max)."""
    table = np.asarray(scores, dtype=float)
    largest = table[int(np.argmax(sizes))]
    edge = float(np.abs(largest).max(initial=0.0)) * 1.04
    fig = go.Figure()
    for at, (size, row) in enumerate(zip(sizes, table, strict=True)):
        tint = blend(SEQUENTIAL, 0.45 + 0.4 * at / max(len(table) - 1, 1))
        slope = float(np.sqrt(size / max(sizes)))
        fig.add_trace(
            go.Scatter(
                x=largest,
                y=row,
                customdata=np.arange(row.size),
                mode="markers",
                name=f"N<sub>s</sub> = {size}",
                marker={"color": translucent(tint, 0.8), "size": 5},
                hovertemplate="channel %{customdata}<br>%{y:.4g} for %{x:.4g}<extra>" + f"N_s = {size}" + "</extra>",
            )
        )
        line = {"color": tint, "width": 1.2, "dash": "dot"}
        fig.add_trace(
            go.Scatter(x=[0, edge], y=[0, slope * edge], mode="lines", line=line, showlegend=False, hoverinfo="skip")
        )
    fig.update_xaxes(title_text=f"score of the 1st component at N<sub>s</sub> = {max(sizes)}")
    fig.update_yaxes(title_text="score at fewer samples")
    alt = f"Scores of the first component of {name} at {len(table)} sample sizes against those at {max(sizes)} samples."
    return finish(fig, "More samples: the same trait, larger", alt, _growth(sizes, table, exponent), dark=dark)


def layer_ratio_line(
    names: Sequence[str],
    kinds: Sequence[str],
    ratios: ArrayLike,
    errors: ArrayLike,
    name: str,
    colour: str,
    dark: bool = False,
) -> go.Figure:
    """First-component ratio by layer, input to output; a marker for each kind, GAP as a star; errors are standard."""
    values, doubt = np.asarray(ratios, dtype=float), np.asarray(errors, dtype=float)
    fig = go.Figure(
        go.Scatter(
            x=list(names),
            y=values,
            mode="lines",
            line={"color": FAINT, "width": 3},
            showlegend=False,
            hoverinfo="skip",
            name="all layers",
        )
    )
    for kind, (word, symbol) in KINDS.items():
        at = [index for index, value in enumerate(kinds) if value == kind]
        if not at:
            continue
        tint = OKABE_ITO[4] if kind == "gap" else colour
        fig.add_trace(
            go.Scatter(
                x=[names[index] for index in at],
                y=values[at],
                error_y={"type": "data", "array": doubt[at], "color": NEUTRAL, "thickness": 1, "width": 3},
                mode="markers",
                name=word,
                marker={"symbol": symbol, "size": 15 if kind == "gap" else 9, "color": tint},
                hovertemplate="%{x}<br>%{y:.1%}<extra>" + word + "</extra>",
            )
        )
    fig.update_xaxes(title_text="layer, from input to output", type="category", categoryarray=list(names))
    fig.update_yaxes(title_text="information ratio of the 1st component", tickformat=".0%", rangemode="tozero")
    alt = f"Information ratio of the first component of {name} at {len(names)} layers, from input to output."
    return finish(fig, "First component by layer", alt, _valley(names, kinds, values), height=400, dark=dark)


def _tints(count: int, colour: str) -> list[str]:
    """One colour a curve: the class's own for the last, grey and then others before it."""
    return [*(NEUTRAL, OKABE_ITO[5], OKABE_ITO[6])[: count - 1], colour] if count else []


def _symbol(opened: bool) -> str:
    return "circle-open" if opened else "circle"


def _ordinals(count: int) -> list[str]:
    words = ["1st", "2nd", "3rd"]
    return [words[at] if at < 3 else f"{at + 1}th" for at in range(count)]


def _name_apart(fig: go.Figure, channels: NDArray[np.intp], values: NDArray[np.float64]) -> None:
    """Write each channel's number at its bar's end, the strongest first, if it does not overlap another."""
    taken: list[int] = []
    for channel in channels.tolist():
        if all(abs(channel - other) >= values.size * 0.035 for other in taken):
            taken.append(channel)
            up = values[channel] >= 0
            shift = 9 if up else -9
            fig.add_annotation(
                x=channel, y=float(values[channel]), text=str(channel), showarrow=False, yshift=shift, font={"size": 11}
            )


def _shared(ratios: Mapping[str, ArrayLike]) -> str:
    firsts = {label: float(np.asarray(values, dtype=float)[0]) for label, values in ratios.items()}
    if len(firsts) == 1:
        ((label, first),) = firsts.items()
        return (
            f"One trait holds {first:.1%} of what the samples contain ({label}); the paper's first holds nearly 50 %."
        )
    told = ", ".join(f"{first:.1%} with {label}" for label, first in firsts.items())
    rises = list(firsts.values())[-1] > next(iter(firsts.values()))
    verdict = "samples look more alike without their backgrounds" if rises else "the search does not bring them closer"
    return f"The first trait holds {told}: {verdict}. The paper's first holds nearly 50 %."


def _concentration(values: NDArray[np.float64], strongest: NDArray[np.intp]) -> str:
    total = float((values**2).sum())
    share = float((values[strongest] ** 2).sum()) / total if total > 0 else 0.0
    named = ", ".join(str(channel) for channel in strongest[:5])
    return f"{strongest.size} of {values.size} channels hold {share:.0%} of the squared scores; strongest: {named}."


def _steadier(curves: Mapping[str, Pairs], shared: Mapping[str, Sequence[int]]) -> str:
    told = []
    for label, pairs in curves.items():
        if pairs:
            size, percent = pairs[-1]
            told.append(f"{percent:.1f} % at {size} samples with {label}")
    caption = f"{', '.join(told)}. The lower, the less the trait depends on which samples were drawn." if told else ""
    if any(shared.get(label) for label in curves):
        caption += " Open markers: the class is too small for separate repeats, so these share images."
    return caption


def _growth(sizes: Sequence[int], table: NDArray[np.float64], exponent: float | None) -> str:
    largest = table[int(np.argmax(sizes))]
    lengths = np.linalg.norm(table, axis=1) * np.linalg.norm(largest)
    cosines = np.divide(table @ largest, lengths, out=np.zeros(len(table)), where=lengths > 0)
    least = int(np.argmin(cosines))
    caption = f"Already at {sizes[least]} samples the cosine with the scores at {max(sizes)} is {cosines[least]:.3f}."
    if exponent is not None:
        caption += f" Scores grow as Nₛ to the power {exponent:.2f}; the dotted lines are √Nₛ."
    return caption


def _valley(names: Sequence[str], kinds: Sequence[str], values: NDArray[np.float64]) -> str:
    inner = [at for at, kind in enumerate(kinds) if kind != "gap"]
    if not inner:
        return "No layer to compare with."
    lowest = min(inner, key=lambda at: values[at])
    caption = (
        f"The samples share least at {names[lowest]} ({values[lowest]:.0%}), from {values[inner[0]]:.0%} at first."
    )
    pooled = [at for at, kind in enumerate(kinds) if kind == "gap"]
    if not pooled:
        return caption
    gap, before = values[pooled[0]], values[inner[-1]]
    return caption + f" Averaging over positions (GAP) takes the last layer's {before:.0%} to {gap:.0%}."
