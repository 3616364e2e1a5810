"""Charts of presence AUC and of calibration: whether a high P means that the part is visible."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from sxai.plot.theme import FAINT, NEUTRAL, class_colour, concept_marker, digits, finish, translucent

CHANCE_AUC = 0.5
"""The AUC of a random score."""

VERDICT_MARKERS: Mapping[str, str] = {"good": "circle", "weak": "diamond", "poor": "x", "unknown": "circle-open"}
MAX_WIDE_ROWS = 20
"""Largest number of rows with large markers."""

MAX_NAMED = 3
"""Largest number of lines named above the plot; the names of more are beside it."""

Curve = tuple[Sequence[float], Sequence[float], Sequence[int]]
"""Mean probability of each bin, share of its images that show the part, number of its images."""


def auc_intervals(
    names: Sequence[str],
    values: Sequence[float],
    lows: Sequence[float | None],
    highs: Sequence[float | None],
    verdicts: Sequence[str],
    classes: Sequence[str],
    dark: bool = False,
) -> go.Figure:
    """Presence AUC of each space with its 95 % interval (None: unknown); the dashed line is 0.5, chance level.

    Each marker's hue is its class, its symbol the verdict (``good``, ``weak``, ``poor``, ``unknown``).
    """
    bounds = dict(zip(names, zip(lows, highs, strict=True), strict=True))
    few = len(names) <= MAX_WIDE_ROWS
    fig = go.Figure(_spans(names, lows, highs, few))
    for verdict in [word for word in VERDICT_MARKERS if word in verdicts]:
        places = [at for at, word in enumerate(verdicts) if word == verdict]
        rows = [names[at] for at in places]
        colours = [class_colour(name, classes) for name in rows]
        fig.add_trace(
            go.Scatter(
                x=[values[at] for at in places],
                y=rows,
                mode="markers",
                name=verdict,
                meta="95 % interval",
                customdata=[_written(*bounds[name]) for name in rows],
                cliponaxis=False,
                marker={"size": 12 if few else 8, "color": colours, "symbol": VERDICT_MARKERS[verdict]},
                hovertemplate="%{y}: AUC %{x:.3f}<br>95 % interval %{customdata}<extra>" + verdict + "</extra>",
            )
        )
    fig.add_vline(x=CHANCE_AUC, line={"color": NEUTRAL, "dash": "dash", "width": 1.5})
    known = [value for value in (*values, *lows) if value is not None and np.isfinite(value)]
    least = min([CHANCE_AUC, *known])
    fig.update_xaxes(title_text="presence AUC", range=[least - 0.03, 1.01])
    fig.update_yaxes(
        title_text="semantic space",
        type="category",
        autorange="reversed",
        categoryorder="array",
        categoryarray=list(names),
    )
    listed = ", ".join(f"{name} {digits(value)}" for name, value in zip(names, values, strict=True))
    alt = f"Presence AUC of {len(names)} spaces with 95 % intervals; the dashed line is chance, 0.5: {listed}."
    height = 150 + (34 if few else 16) * max(len(names), 2)
    return finish(
        fig, "Does P tell where the part is?", alt, _conclusion(names, values, lows), height=height, dark=dark
    )


def calibration_lines(curves: Mapping[str, Curve], classes: Sequence[str], dark: bool = False) -> go.Figure:
    """Reliability diagram: share of images that show the part against P_s, a line for each space.

    ``curves`` maps a space to its bins: mean P, share of images with the part visible, number of images. Each
    line's hue is its class, its marker the concept, its markers' area the number of images.
    """
    fig = go.Figure(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            name="at its word",
            hoverinfo="skip",
            line={"color": NEUTRAL, "dash": "dash", "width": 1.5},
        )
    )
    for name, curve in curves.items():
        fig.add_trace(_line(name, curve, list(curves), classes))
    fig.update_xaxes(title_text="semantic probability P<sub>s</sub>, mean of the bin", range=[-0.02, 1.03])
    fig.update_yaxes(title_text="images that show the part", range=[-0.03, 1.05], tickformat=".0%")
    alt = f"Reliability diagram of {len(curves)} spaces: share of images that show the part against P, by bin."
    finish(fig, "Can P be taken at its word?", alt, _lean(curves), height=420, dark=dark)
    if len(curves) > MAX_NAMED:
        fig.update_layout(legend={"orientation": "v", "x": 1.02, "y": 1, "yanchor": "top"}, margin={"t": 46})
    return fig


def _spans(names: Sequence[str], lows: Sequence[float | None], highs: Sequence[float | None], few: bool) -> go.Scatter:
    ends = [(end, name) for name, low, high in zip(names, lows, highs, strict=True) for end in (low, high, None)]
    return go.Scatter(
        x=[end for end, _ in ends],
        y=[name for _, name in ends],
        mode="lines",
        name="95 % interval",
        showlegend=False,
        line={"color": FAINT, "width": 8 if few else 5},
        hoverinfo="skip",
    )


def _line(name: str, curve: Curve, names: Sequence[str], classes: Sequence[str]) -> go.Scatter:
    confidence, share, count = curve
    filled = [at for at, number in enumerate(count) if number > 0]
    sizes = np.sqrt([count[at] for at in filled]) if filled else np.array([])
    colour = class_colour(name, classes)
    return go.Scatter(
        x=[confidence[at] for at in filled],
        y=[share[at] for at in filled],
        mode="lines+markers",
        name=name,
        meta="images",
        customdata=[count[at] for at in filled],
        cliponaxis=False,
        line={"color": translucent(colour, 0.5), "width": 1.5},
        marker={
            "color": colour,
            "symbol": concept_marker(name, names),
            "size": 6 + 10 * sizes / max(sizes.max(initial=1.0), 1.0),
        },
        hovertemplate=("mean P %{x:.2f}<br>%{y:.0%} show the part<br>%{customdata} images<extra>" + name + "</extra>"),
    )


def _written(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "unknown"
    return f"{low:.3f} to {high:.3f}"


def _conclusion(names: Sequence[str], values: Sequence[float], lows: Sequence[float | None]) -> str:
    if not names:
        return "No space has been held against what its images show yet."
    doubtful = [name for name, low in zip(names, lows, strict=True) if low is not None and low <= CHANCE_AUC]
    best = names[int(np.argmax(values))]
    if not doubtful:
        return f"Every interval lies above chance: a high P does mean that the part is there. The surest is {best}."
    if len(doubtful) == len(names):
        return "No interval is clear of chance: with these images no P can be taken as a sign of its part."
    return (
        f"The interval of {', '.join(doubtful)} reaches chance: there, a high P may say nothing of the part. "
        f"The surest is {best}."
    )


def _lean(curves: Mapping[str, Curve]) -> str:
    gaps = {name: _gap(curve) for name, curve in curves.items() if sum(curve[2])}
    if not gaps:
        return "No space has been held against what its images show yet."
    name = max(gaps, key=lambda space: abs(gaps[space]))
    gap = gaps[name]
    if abs(gap) < 0.05:
        return "All lines lie near the diagonal on average: P is close to the share of images that show the part."
    lean = "more" if gap < 0 else "less"
    side = "above" if gap < 0 else "below"
    return (
        f"Points {side} the line: the part is there {lean} often than P says, by {abs(gap):.0%} in {name}, which is "
        "furthest off. A P read as a place in its class ranks images; calibration turns it into a probability."
    )


def _gap(curve: Curve) -> float:
    """Mean P less the share of images that show the part."""
    confidence, share, count = (np.asarray(values, dtype=float) for values in curve)
    filled = count > 0
    return float(np.average((confidence - share)[filled], weights=count[filled]))
