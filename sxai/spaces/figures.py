"""Charts of semantic spaces: scores, Δ, shared neurons and cross-talk (paper: Figs. 3a and 3b)."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from sxai.plot.heatmaps import heatmap
from sxai.plot.theme import DIVERGING, FAINT, MASKED, NEUTRAL, class_colour, concept_marker, digits, finish, signed

MAX_NAMED = 10
"""SSNs whose numbers are written on a chart; more would overlap, and the hover text shows all."""

CHANNEL = "channel (neuron after global average pooling)"

MAX_WIDE_ROWS = 20
"""Largest number of rows with large markers."""


def score_bars(
    unmasked: ArrayLike,
    masked: ArrayLike,
    channels: Sequence[int],
    name: str,
    colour: str,
    dark: bool = False,
    shared: Mapping[int, Sequence[str]] | None = None,
) -> go.Figure:
    """Scores of the first component (C,) with the concept and, mirrored, (C,) without it; SSNs marked and named.

    ``shared``: for SSNs that other spaces read too, those spaces.
    """
    above, below = np.asarray(unmasked, dtype=float), np.asarray(masked, dtype=float)
    at = np.arange(above.size)
    fig = go.Figure()
    fig.add_trace(_sticks(at, above, above, "visible, s<sub>unmask</sub>", colour))
    fig.add_trace(_sticks(at, -below, below, "masked, s<sub>mask</sub> (down)", MASKED))
    peak = float(above.max(initial=0.0)) * 1.1
    _mark(fig, channels, peak)
    _name(fig, np.asarray(channels, dtype=int), [peak] * len(channels), shared or {})
    fig.update_layout(barmode="overlay")
    fig.update_xaxes(title_text=CHANNEL, range=[-1, above.size], showgrid=False)
    fig.update_yaxes(title_text="score of the 1st component")
    alt = f"Scores of {above.size} channels with {name} visible (up) and masked (down)."
    caption = (
        "The two common traits agree in most channels; where the upper bar is longer than the lower one, "
        f"the network lost something when {name} was masked."
    )
    caption += " † Neurons that other spaces read too." if shared else ""
    return finish(fig, f"Common trait with and without {name}", alt, caption, dark=dark)


def difference_bars(
    difference: ArrayLike,
    channels: Sequence[int],
    delta: Sequence[float],
    name: str,
    colour: str,
    dark: bool = False,
    shared: Mapping[int, Sequence[str]] | None = None,
) -> go.Figure:
    """Δ = s_unmask − s_mask (C,) by channel; the semantically sensitive neurons (SSNs) coloured and named.

    ``shared``: for SSNs that other spaces read too, those spaces; they carry a dagger.
    """
    values = np.asarray(difference, dtype=float)
    at = np.arange(values.size)
    others = np.setdiff1d(at, np.asarray(channels, dtype=int))
    fig = go.Figure()
    fig.add_trace(_sticks(others, values[others], values[others], "other channels", NEUTRAL))
    chosen = np.asarray(channels, dtype=int)
    fig.add_trace(_sticks(chosen, np.asarray(delta, dtype=float), delta, "SSNs", colour, least=_wide(values.size)))
    _name(fig, chosen, delta, shared or {})
    fig.update_layout(barmode="overlay")
    fig.update_xaxes(title_text=CHANNEL, range=[-1, values.size], showgrid=False)
    fig.update_yaxes(title_text="difference Δ = s<sub>unmask</sub> − s<sub>mask</sub>")
    listed = ", ".join(f"{channel} ({digits(value)})" for channel, value in zip(channels, delta, strict=True))
    alt = f"Difference of scores over {values.size} channels; semantically sensitive neurons: {listed}."
    caption = _share(values, chosen, name) + _also(shared or {})
    return finish(fig, f"Which neurons carry {name}?", alt, caption, dark=dark)


def similarity_heatmap(names: Sequence[str], cosine: ArrayLike, shared: ArrayLike, dark: bool = False) -> go.Figure:
    """Cosine of the differences (m, m) between spaces, with the number of SSNs they share (m, m)."""
    values, counts = np.asarray(cosine, dtype=float), np.asarray(shared, dtype=int)
    rows = zip(values, counts, strict=True)
    text = [[_cell(value, count) for value, count in zip(row, shared, strict=True)] for row, shared in rows]
    fig = heatmap(names, names, values, text, DIVERGING, 1.0, "cosine of Δ")
    fig.update_traces(
        customdata=counts, hovertemplate="%{y} and %{x}<br>cosine %{z:.3f}<br>%{customdata} shared SSNs<extra></extra>"
    )
    fig.update_xaxes(title_text="semantic space")
    fig.update_yaxes(title_text="semantic space", autorange="reversed")
    alt = f"Cosine similarity and shared neurons between {len(names)} semantic spaces."
    return finish(fig, "Overlap between spaces", alt, _closest(names, values), height=_tall(len(names)), dark=dark)


def crosstalk_heatmap(names: Sequence[str], crosstalk: ArrayLike, dark: bool = False) -> go.Figure:
    """Mean change of P_s of each space (columns) when a concept is masked (rows), (m, m)."""
    values = np.asarray(crosstalk, dtype=float)
    text = [[signed(value) if np.isfinite(value) else "" for value in row] for row in values]
    span = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    fig = heatmap(names, names, values, text, DIVERGING, span or 1.0, "change of P<sub>s</sub>")
    fig.update_traces(hovertemplate="masking %{y}<br>changes P of %{x}<br>by %{z:+.3f} on average<extra></extra>")
    fig.update_xaxes(title_text="semantic space read, P<sub>s</sub>")
    fig.update_yaxes(title_text="concept masked", autorange="reversed")
    alt = f"Cross-talk of {len(names)} spaces: mean change of Pₛ by column when the row's concept is masked."
    return finish(fig, "Cross-talk", alt, _dominance(names, values), height=_tall(len(names)), dark=dark)


def masking_dumbbells(
    names: Sequence[str], unmasked: Sequence[float], masked: Sequence[float], classes: Sequence[str], dark: bool = False
) -> go.Figure:
    """Mean P_s of each space with its concept visible (marker) and masked (open marker), joined by a line."""
    fig = go.Figure()
    lines = [
        (x, y)
        for name, p, q in zip(names, unmasked, masked, strict=True)
        for x, y in ((q, name), (p, name), (None, name))
    ]
    fig.add_trace(
        go.Scatter(
            x=[x for x, _ in lines],
            y=[y for _, y in lines],
            mode="lines",
            showlegend=False,
            line={"color": FAINT, "width": 6},
            hoverinfo="skip",
            name="change",
        )
    )
    colours = [class_colour(name, classes) for name in names]
    symbols = [concept_marker(name, names) for name in names]
    few = len(names) <= MAX_WIDE_ROWS
    for values, label, opened in ((masked, "masked", "-open"), (unmasked, "visible", "")):
        marker = {
            "size": 12 if few else 8,
            "color": colours,
            "symbol": [symbol + opened for symbol in symbols],
            "line": {"width": 2, "color": colours},
        }
        fig.add_trace(
            go.Scatter(
                x=list(values),
                y=list(names),
                mode="markers",
                name=f"concept {label}",
                marker=marker,
                hovertemplate="%{y}: mean P<sub>s</sub> %{x:.3f}<extra>" + label + "</extra>",
            )
        )
    fig.update_xaxes(title_text="mean semantic probability P<sub>s</sub>", range=[-0.02, 1.02])
    fig.update_yaxes(title_text="semantic space", autorange="reversed", type="category")
    alt = "Mean semantic probability by space, visible and masked."
    drops = [p - q for p, q in zip(unmasked, masked, strict=True)]
    weakest = names[int(np.nanargmin(drops))] if drops and np.isfinite(drops).any() else None
    caption = "Long bars are good: masking a concept should lower the probability of its own space."
    caption += f" The weakest is {weakest}." if weakest and len(names) > 1 else ""
    height = 150 + (34 if few else 16) * max(len(names), 2)
    return finish(fig, "What masking does to each space", alt, caption, height=height, dark=dark)


def _sticks(
    at: NDArray[np.int_], heights: ArrayLike, true: ArrayLike, name: str, colour: str, least: float = 0.9
) -> go.Bar:
    return go.Bar(
        x=at,
        y=np.asarray(heights),
        customdata=np.asarray(true),
        name=name,
        width=least,
        marker={"color": colour, "line": {"width": 0}},
        hovertemplate="channel %{x}<br>%{customdata:.4f}<extra>" + name + "</extra>",
    )


def _wide(channels: int) -> float:
    # Five bars among a thousand would be thinner than a pixel.
    return max(0.9, channels / 220)


def _mark(fig: go.Figure, channels: Sequence[int], height: float) -> None:
    """Mark the SSNs with arrows above all bars."""
    at = np.asarray(channels, dtype=int)
    fig.add_trace(
        go.Scatter(
            x=at,
            y=np.full(at.size, height),
            mode="markers",
            name="SSNs",
            showlegend=False,
            marker={"symbol": "triangle-down", "size": 9, "color": NEUTRAL},
            hovertemplate="SSN %{x}<extra></extra>",
        )
    )


def _name(
    fig: go.Figure, channels: NDArray[np.int_], heights: Sequence[float], shared: Mapping[int, Sequence[str]]
) -> None:
    """Write each SSN's number at its bar's end, staggered where neighbours would overlap; of many SSNs the first."""
    order = np.argsort(channels[:MAX_NAMED])
    last, level = -np.inf, 0
    for at in order:
        near = channels[at] - last < 30
        level = (level + 1) % 3 if near else 0
        last = channels[at]
        upward = heights[at] >= 0
        fig.add_annotation(
            x=int(channels[at]),
            y=float(heights[at]),
            text=f"<b>{channels[at]}†</b>" if int(channels[at]) in shared else f"{channels[at]}",
            showarrow=False,
            yshift=(10 + 13 * level) * (1 if upward else -1),
            font={"size": 11},
        )


def _also(shared: Mapping[int, Sequence[str]]) -> str:
    if len(shared) > MAX_NAMED // 2:
        counts = Counter(name for names in shared.values() for name in names)
        listed = ", ".join(f"{count} in {name}" for name, count in counts.most_common())
        return f" † {len(shared)} of them are read by other spaces too: {listed}."
    listed = "; ".join(f"{channel} in {', '.join(names)}" for channel, names in shared.items())
    return f" † Read by other spaces too: {listed}." if listed else ""


def _share(values: NDArray[np.float64], chosen: NDArray[np.int_], name: str) -> str:
    total = float((values**2).sum())
    share = float((values[chosen] ** 2).sum()) / total if total > 0 else 0.0
    count = f"{chosen.size} of {values.size} channels hold {share:.0%} of the squared difference"
    if share >= 0.6:
        return f"{count}: {name} sits in few neurons."
    return f"{count}: {name} is spread over more neurons than the space reads."


def _cell(value: float, count: int) -> str:
    """A cosine, with the number of shared SSNs in brackets below where there are any."""
    return signed(value, plus=False) + (f"<br>({count})" if count else "")


def _tall(n: int) -> int:
    return int(np.clip(190 + 46 * n, 300, 760))


def _closest(names: Sequence[str], cosine: NDArray[np.float64]) -> str:
    if len(names) < 2:
        return "One space only: nothing to compare yet."
    apart = np.where(np.eye(len(names), dtype=bool), -np.inf, np.nan_to_num(cosine, nan=-np.inf))
    row, column = divmod(int(apart.argmax()), len(names))
    value = float(cosine[row, column])
    verdict = (
        "so the network partly reads them with the same neurons"
        if value > 0.3
        else "so the spaces are nearly orthogonal"
    )
    pair = f"{names[row]} and {names[column]} (cosine {digits(value, 2)})"
    return f"The closest pair is {pair}, {verdict}. In brackets: shared SSNs."


def _dominance(names: Sequence[str], values: NDArray[np.float64]) -> str:
    own = np.diag(values)
    strayed = [
        name
        for name, row, mine in zip(names, values, own, strict=True)
        if np.isfinite(mine) and np.nanmin(row) < mine - 1e-9
    ]
    if not strayed:
        return "Masking each concept lowers its own space most: the diagonal dominates, as it should."
    listed = ", ".join(strayed)
    return f"Masking {listed} lowers another space more than its own: read these together, not one by one."
