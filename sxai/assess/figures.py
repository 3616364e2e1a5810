"""The radar map of semantic probabilities (paper: Fig. 4)."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from sxai.plot.theme import (
    FAINT,
    MARKERS,
    NEUTRAL,
    POOR_MARK,
    class_colour,
    class_of,
    concept_of,
    digits,
    finish,
    translucent,
)


def probability_radar(
    probabilities: Mapping[str, float],
    averages: Mapping[str, Mapping[str, float]] | None = None,
    classes: Sequence[str] = (),
    predicted: str | None = None,
    most: int = 3,
    dark: bool = False,
    poor: Collection[str] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> go.Figure:
    """P_s by concept, one trace a class, with the average of each class's own images dashed.

    ``ranges`` maps ``cat.eyes`` to the P between which four of five images of its class lie; those of the predicted
    class are drawn as a band.

    ``probabilities`` maps ``cat.eyes`` to P_s as computed; what is drawn is clipped to [0, 1], the true value
    is in the hover text. With fewer than three concepts a radar would be a line, so bars are drawn.
    Of many classes the predicted one and those with the highest P_s are shown, ``most`` in all. The axes of ``poor``
    spaces (``cat.legs``: P says little of the part) are marked, with a word in legend, hover text and caption.
    """
    shown = shown_classes(probabilities, predicted, most)
    axes = list(dict.fromkeys(concept_of(name) for name in probabilities if class_of(name) in shown))
    doubtful = [name for name in probabilities if name in poor and class_of(name) in shown]
    concepts = {concept_of(name) for name in doubtful}
    labels = [f"{axis} {POOR_MARK}" if axis in concepts else axis for axis in axes]
    draw = _polar if len(axes) >= 3 else _flat
    fig = go.Figure()
    band = [(ranges or {}).get(f"{predicted}.{axis}") for axis in axes]
    if len(axes) >= 3 and all(band):
        for trace in _band(labels, band, class_colour(str(predicted), classes or shown), str(predicted)):
            fig.add_trace(trace)
    for class_name in shown:
        colour = class_colour(class_name, classes or shown)
        mine = [probabilities.get(f"{class_name}.{axis}") for axis in axes]
        notes = ["; says little of the part" if f"{class_name}.{axis}" in doubtful else "" for axis in axes]
        typical = (averages or {}).get(class_name, {})
        if typical:
            usual = [typical.get(f"{class_name}.{axis}") for axis in axes]
            fig.add_trace(draw(labels, usual, f"average {class_name}", colour, True, MARKERS[0], notes))
        symbol = MARKERS[shown.index(class_name) % len(MARKERS)]
        fig.add_trace(draw(labels, mine, f"{class_name}", colour, False, symbol, notes))
    if doubtful:
        fig.add_trace(_key(labels[axes.index(concept_of(doubtful[0]))], len(axes)))
    _frame(fig, len(axes))
    alt = "Semantic probabilities: " + _listed({n: p for n, p in probabilities.items() if class_of(n) in shown}) + "."
    height = 400 if len(axes) >= 3 else 150 + 60 * max(len(axes), 1)
    reading = " ".join(filter(None, (_reading(probabilities, predicted), doubtful_line(doubtful))))
    return finish(fig, "Semantic probabilities P<sub>s</sub>", alt, reading, height, dark)


def radar_thumbnail(probabilities: Mapping[str, float], classes: Sequence[str], size: int = 120) -> str:
    """A radar as a small SVG without text, for a gallery; the empty string below three concepts.

    The order of the axes is that of ``probabilities``; P_s is clipped to [0, 1].
    """
    names = list(dict.fromkeys(class_of(name) for name in probabilities))
    axes = list(dict.fromkeys(concept_of(name) for name in probabilities))
    if len(axes) < 3:
        return ""
    centre, radius = size / 2, size / 2 - 4
    rings = "".join(_ring(len(axes), centre, radius * share) for share in (0.5, 1.0))
    shapes = ""
    for name in names:
        values = np.clip([probabilities.get(f"{name}.{axis}", np.nan) for axis in axes], 0, 1)
        points = _corners(np.nan_to_num(values), centre, radius)
        colour = class_colour(name, classes or names)
        look = f'fill="{colour}" fill-opacity="0.25" stroke="{colour}" stroke-width="1.5"'
        shapes += f'<polygon points="{points}" {look}/>'
    box = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"'
    return f"<svg {box}>{rings}{shapes}</svg>"


def shown_classes(probabilities: Mapping[str, float], predicted: str | None, most: int) -> list[str]:
    """Of many classes the predicted one and those with the highest P_s, ``most`` in all, in their order."""
    best: dict[str, float] = {}
    for name, value in probabilities.items():
        known = -np.inf if np.isnan(value) else value
        best[class_of(name)] = max(best.get(class_of(name), -np.inf), known)
    ranked = sorted(best, key=lambda name: (name != predicted, -best[name]))[:most]
    return [name for name in best if name in ranked]


def doubtful_line(doubtful: Sequence[str]) -> str:
    """The mark of poor spaces explained in a sentence; empty without any.

    >>> doubtful_line(["cat.legs", "dog.nose"])
    '✕: P of cat.legs, dog.nose says little of the part.'
    """
    return f"{POOR_MARK}: P of {', '.join(doubtful)} says little of the part." if doubtful else ""


def _key(axis: str, axes: int) -> go.Scatterpolar | go.Scatter:
    """Legend entry of the mark of poor spaces, without points of its own."""
    look = {"symbol": "x-thin", "size": 9, "color": NEUTRAL, "line": {"color": NEUTRAL, "width": 2}}
    told = {"name": "says little of the part", "mode": "markers", "marker": look, "hoverinfo": "skip"}
    return go.Scatterpolar(theta=[axis], r=[None], **told) if axes >= 3 else go.Scatter(y=[axis], x=[None], **told)


def _band(
    axes: list[str], band: Sequence[tuple[float, float] | None], colour: str, class_name: str
) -> Iterator[go.Scatterpolar]:
    """The typical range of a class as a ring between its lower and upper ends."""
    ends = [pair for pair in band if pair is not None]
    theta = [*axes, axes[0]]
    low, high = ([float(np.clip(pair[at], 0, 1)) for pair in ends] for at in (0, 1))
    look = {"mode": "lines", "line": {"color": translucent(colour, 0.35), "width": 1}, "hoverinfo": "skip"}
    yield go.Scatterpolar(r=[*low, low[0]], theta=theta, showlegend=False, **look)
    yield go.Scatterpolar(
        r=[*high, high[0]],
        theta=theta,
        fill="tonext",
        fillcolor=translucent(colour, 0.08),
        name=f"4 of 5 {class_name} images",
        **look,
    )


def _hover(place: str, name: str, notes: Sequence[str]) -> list[str]:
    """Hover text of each point, with its note."""
    return [f"%{{{place}}}: P<sub>s</sub> = %{{customdata:.3f}}{note}<extra>{name}</extra>" for note in notes]


def _clipped(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None or np.isnan(value) else float(np.clip(value, 0, 1)) for value in values]


def _polar(
    axes: list[str],
    values: Sequence[float | None],
    name: str,
    colour: str,
    average: bool,
    symbol: str,
    notes: Sequence[str],
) -> go.Scatterpolar:
    drawn, true = _clipped(values), list(values)
    return go.Scatterpolar(
        theta=[*axes, axes[0]],
        r=[*drawn, drawn[0]],
        customdata=[*true, true[0]],
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 1.6 if average else 2.4, "dash": "dash" if average else "solid"},
        marker={"symbol": symbol, "size": 4 if average else 8},
        fill="none" if average else "toself",
        fillcolor=translucent(colour, 0.14),
        connectgaps=True,
        hovertemplate=_hover("theta", name, [*notes, notes[0]]),
    )


def _flat(
    axes: list[str],
    values: Sequence[float | None],
    name: str,
    colour: str,
    average: bool,
    symbol: str,
    notes: Sequence[str],
) -> go.Bar:
    pattern = {"shape": "/", "fgcolor": colour, "bgcolor": "rgba(0,0,0,0)"} if average else None
    return go.Bar(
        y=axes,
        x=_clipped(values),
        customdata=list(values),
        name=name,
        orientation="h",
        marker={"color": translucent(colour, 0.75), "line": {"color": colour, "width": 1}, "pattern": pattern},
        hovertemplate=_hover("y", name, notes),
    )


def _frame(fig: go.Figure, axes: int) -> None:
    if axes >= 3:
        fine = {"gridcolor": FAINT, "linecolor": FAINT}
        # The scale runs between the first two axes, where it hides neither a value nor a label.
        scale = {"range": [0, 1], "tickvals": [0.2, 0.5, 1], "angle": 90 - 180 / axes, "tickangle": 0}
        around = {"rotation": 90, "direction": "clockwise", "tickfont": {"size": 13}}
        fig.update_layout(
            polar={
                "radialaxis": {**fine, **scale, "tickfont": {"size": 10}, "ticks": ""},
                "angularaxis": {**fine, **around},
                "bgcolor": "rgba(0,0,0,0)",
                "domain": {"y": [0.07, 0.93]},
            }
        )
        return
    fig.update_xaxes(title_text="semantic probability P<sub>s</sub>", range=[0, 1])
    fig.update_yaxes(title_text="concept", autorange="reversed", type="category")
    fig.update_layout(barmode="group")


def _listed(probabilities: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {digits(float(value), 2)}" for name, value in probabilities.items()) or "none"


def _reading(probabilities: Mapping[str, float], predicted: str | None) -> str:
    known = {name: float(value) for name, value in probabilities.items() if not np.isnan(value)}
    if not known:
        return "No semantic space could be read for this image."
    best = max(known, key=lambda name: known[name])
    if known[best] < 0.2:
        return "No concept is seen clearly: every Pₛ is below 0.2."
    seen = f"The clearest concept is {best} (Pₛ = {known[best]:.2f})"
    if predicted is None or predicted not in {class_of(name) for name in known}:
        return seen + "."
    if class_of(best) == predicted:
        return f"{seen}, which speaks for {predicted}."
    return f"{seen}, which speaks against the predicted {predicted}."


def _corners(values: Sequence[float] | np.ndarray, centre: float, radius: float) -> str:
    turns = 2 * np.pi * np.arange(len(values)) / len(values) - np.pi / 2
    return " ".join(
        f"{centre + radius * value * np.cos(turn):.1f},{centre + radius * value * np.sin(turn):.1f}"
        for value, turn in zip(values, turns, strict=True)
    )


def _ring(axes: int, centre: float, radius: float) -> str:
    points = _corners(np.ones(axes), centre, radius)
    return f'<polygon points="{points}" fill="none" stroke="{NEUTRAL}" stroke-opacity="0.5"/>'
