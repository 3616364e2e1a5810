"""Charts of the loss of feature inversion, by step and by time (S-XAI, "Feature visualization")."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from sxai.plot.theme import NEUTRAL, OKABE_ITO, class_colour, digits, finish, translucent

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Line styles of targets of one class."""

COLOURS = {"paper": NEUTRAL, "fast": OKABE_ITO[0], "deep-image-prior": OKABE_ITO[2]}
"""One hue a method."""

NAMES = {"paper": "gradient descent (paper)", "fast": "fast method", "deep-image-prior": "deep image prior"}

Curve = tuple[ArrayLike, ArrayLike]
"""Steps or seconds, and the losses there."""


def loss_curves(curves: Mapping[str, Curve], classes: Sequence[str] = (), dark: bool = False) -> go.Figure:
    """The loss by step of each target's visualisation, on logarithmic axes.

    ``curves`` maps a target (``cat:1``, ``cat.eyes``) to its steps (m,) from 1 and losses (m,); ``classes`` is the
    project's list, which gives each its hue.
    """
    fig = go.Figure()
    seen: dict[str, int] = {}
    for name, (steps, losses) in curves.items():
        colour = class_colour(name.partition(":")[0], classes)
        turn = seen[colour] = seen.get(colour, -1) + 1
        fig.add_trace(
            go.Scatter(
                x=np.asarray(steps),
                y=_drawable(losses),
                name=name,
                mode="lines",
                line={"color": colour, "width": 2, "dash": DASHES[turn % len(DASHES)]},
                hovertemplate="step %{x}<br>loss %{y:.4g}<extra>" + name + "</extra>",
            )
        )
    fig.update_xaxes(title_text="step (passes through the network)", type="log", dtick=1)
    fig.update_yaxes(title_text="loss ‖Φ(z) − Φ₀‖² + λ R(z)", type="log", exponentformat="power", dtick=1)
    alt = f"Loss by step of {len(curves)} visualisations: {', '.join(curves)}."
    return finish(fig, "How close each picture comes", alt, _fallen(curves), height=300, dark=dark)


def method_race(courses: Mapping[str, Sequence[Curve]], quarter: float | None = None, dark: bool = False) -> go.Figure:
    """Losses over wall time of the methods on the same targets, each relative to the paper's final loss.

    ``courses`` maps a method to (seconds (m,), loss / paper's final loss (m,)) of each target. At 1 a method has
    reached what the paper ends with; ``quarter`` marks a quarter of the paper's time, in seconds.
    """
    fig = go.Figure()
    for method, targets in courses.items():
        for at, (seconds, ratios) in enumerate(targets):
            fig.add_trace(
                go.Scatter(
                    x=np.asarray(seconds),
                    y=_drawable(ratios),
                    name=NAMES.get(method, method),
                    legendgroup=method,
                    showlegend=at == 0,
                    mode="lines",
                    line={"color": translucent(COLOURS.get(method, NEUTRAL), 0.75), "width": 1.6},
                    hovertemplate="%{x:.3g} s<br>%{y:.3g} × the paper's final loss<extra>" + method + "</extra>",
                )
            )
    fig.add_hline(y=1, line={"color": OKABE_ITO[4], "dash": "dash", "width": 1.5})
    if quarter is not None:
        fig.add_vline(
            x=quarter, line={"color": NEUTRAL, "dash": "dot", "width": 1.5}, annotation_text="¼ of the paper's time"
        )
    fig.update_xaxes(title_text="wall time (s), whole batch", type="log")
    fig.update_yaxes(title_text="loss / the paper's final loss", type="log", exponentformat="power")
    alt = f"Loss over time of {', '.join(NAMES.get(method, method) for method in courses)} on the same targets."
    return finish(fig, "Who reaches the paper's loss first?", alt, _race(courses), height=380, dark=dark)


def _drawable(values: ArrayLike) -> np.ndarray:
    """Losses for a logarithmic axis: what is not finite or not positive leaves a gap."""
    numbers = np.asarray(values, dtype=float)
    return np.where(np.isfinite(numbers) & (numbers > 0), numbers, np.nan)


def _fallen(curves: Mapping[str, Curve]) -> str:
    shares = {}
    for name, (_, losses) in curves.items():
        drawn = _drawable(losses)
        if len(drawn) and np.isfinite(drawn[[0, -1]]).all():
            shares[name] = drawn[-1] / drawn[0]
    if not shares:
        return "No loss is known yet."
    best, worst = min(shares, key=lambda name: shares[name]), max(shares, key=lambda name: shares[name])
    if best == worst:
        return f"The loss of {best} fell to {digits(100 * shares[best])} % of where it began."
    return (
        f"The loss of {best} fell furthest, to {digits(100 * shares[best])} % of where it began; "
        f"{worst} ended at {digits(100 * shares[worst])} %."
    )


def _race(courses: Mapping[str, Sequence[Curve]]) -> str:
    parts = []
    for method, targets in courses.items():
        firsts = [_reached(np.asarray(seconds), np.asarray(ratios)) for seconds, ratios in targets]
        there = [second for second in firsts if second is not None]
        if there:
            parts.append(
                f"the {NAMES.get(method, method)} reaches it for {len(there)} of {len(targets)} targets, "
                f"the last after {digits(max(there))} s"
            )
        else:
            parts.append(f"the {NAMES.get(method, method)} does not reach it")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] + "." if text else "Nothing was run yet."


def _reached(seconds: np.ndarray, ratios: np.ndarray) -> float | None:
    there = np.flatnonzero(ratios <= 1 + 1e-9)
    return float(seconds[there[0]]) if len(there) else None
