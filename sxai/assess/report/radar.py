"""The radar map as plain shapes, for paper: one drawing that a page takes as SVG and a PDF draws line by line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, isnan, pi, sin
from typing import Literal

from sxai.assess.figures import doubtful_line, shown_classes
from sxai.plot.theme import POOR_MARK, class_colour, class_of, concept_of

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

WIDTH, HEIGHT = 180.0, 130.0
CENTRE, RADIUS = (90.0, 66.0), 48.0
LEVELS = (0.2, 0.5, 1.0)
MAX_LABEL = 16


@dataclass(frozen=True)
class Shape:
    """A line through ``points``, in the ink of the page where ``colour`` is None; ``filled`` shapes are translucent."""

    points: tuple[Point, ...]
    colour: str | None = None
    closed: bool = True
    filled: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Label:
    """A word whose ``anchor`` stands at (x, y), on the base line."""

    text: str
    at: Point
    anchor: Anchor = "middle"


@dataclass(frozen=True)
class Drawing:
    """Shapes and words in a box WIDTH × HEIGHT, y downwards; ``legend`` pairs each class with its colour."""

    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]
    legend: tuple[tuple[str, str], ...]
    alt: str


def radar_drawing(
    probabilities: Mapping[str, float],
    averages: Mapping[str, Mapping[str, float]] | None = None,
    classes: Sequence[str] = (),
    predicted: str | None = None,
    most: int = 3,
    poor: Collection[str] = (),
) -> Drawing:
    """P_s by concept, one outline a class, class averages dashed; bars where there are fewer than three concepts.

    Values are clipped to [0, 1] when drawn; rings (ticks, for bars) stand at 0.2, 0.5 and 1. The words at the axes of
    ``poor`` spaces (``cat.legs``: P says little of the part) are marked.
    """
    shown = shown_classes(probabilities, predicted, most)
    axes = list(dict.fromkeys(concept_of(name) for name in probabilities if class_of(name) in shown))
    colours = {name: class_colour(name, classes or shown) for name in shown}
    layout = _radar if len(axes) >= 3 else _bars
    doubtful = [name for name in probabilities if name in poor and class_of(name) in shown]
    words = {axis: _word(axis, doubtful) for axis in axes}
    shapes, labels = layout(words, colours, probabilities, averages or {})
    told = ", ".join(f"{name} {value:.2f}" for name, value in probabilities.items() if class_of(name) in shown)
    alt = " ".join(filter(None, (f"Semantic probabilities: {told or 'none'}.", doubtful_line(doubtful))))
    return Drawing(tuple(shapes), tuple(labels), tuple(colours.items()), alt)


def drawing_svg(drawing: Drawing, width: int = 260) -> str:
    """The drawing as one SVG element that takes its ink from the page (``currentColor``)."""
    shapes = "".join(map(_path, drawing.shapes))
    labels = "".join(
        f'<text x="{label.at[0]:.1f}" y="{label.at[1]:.1f}" text-anchor="{label.anchor}">{escape(label.text)}</text>'
        for label in drawing.labels
    )
    box = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{width}" height="{width * HEIGHT / WIDTH:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{escape(drawing.alt)}" '
        f'fill="none" font-size="9"><g>{shapes}</g><g fill="currentColor">{labels}</g></svg>'
    )


def _path(shape: Shape) -> str:
    points = " L".join(f"{x:.1f} {y:.1f}" for x, y in shape.points)
    stroke = shape.colour or "currentColor"
    look = f'stroke="{stroke}" stroke-width="{1.4 if shape.colour else 0.6}"'
    look += "" if shape.colour else ' stroke-opacity="0.3"'
    look += f' fill="{stroke}" fill-opacity="0.2"' if shape.filled else ""
    look += ' stroke-dasharray="3 2"' if shape.dashed else ""
    return f'<path d="M{points}{" Z" if shape.closed else ""}" {look}/>'


def _radar(
    axes: Mapping[str, str],
    colours: Mapping[str, str],
    probabilities: Mapping[str, float],
    averages: Mapping[str, Mapping[str, float]],
) -> tuple[list[Shape], list[Label]]:
    count = len(axes)
    shapes = [Shape(tuple(_corner(turn, count, level) for turn in range(count))) for level in LEVELS]
    shapes += [Shape((CENTRE, _corner(turn, count, 1.0)), closed=False) for turn in range(count)]
    for name, colour in colours.items():
        usual = averages.get(name, {})
        for values, average in ((usual, True), (probabilities, False)):
            if any(f"{name}.{axis}" in values for axis in axes):
                points = [_corner(turn, count, _clipped(values, name, axis)) for turn, axis in enumerate(axes)]
                shapes.append(Shape(tuple(points), colour, filled=not average, dashed=average))
    return shapes, [_axis_label(turn, count, word) for turn, word in enumerate(axes.values())]


def _corner(turn: int, count: int, value: float) -> Point:
    angle = 2 * pi * turn / count - pi / 2
    return CENTRE[0] + RADIUS * value * cos(angle), CENTRE[1] + RADIUS * value * sin(angle)


def _axis_label(turn: int, count: int, text: str) -> Label:
    x, y = _corner(turn, count, 1.1)
    aside = x - CENTRE[0]
    anchor: Anchor = "middle" if abs(aside) < 1 else "start" if aside > 0 else "end"
    return Label(text, (x, y + (0 if y < CENTRE[1] - RADIUS else 3)), anchor)


def _bars(
    axes: Mapping[str, str],
    colours: Mapping[str, str],
    probabilities: Mapping[str, float],
    averages: Mapping[str, Mapping[str, float]],
) -> tuple[list[Shape], list[Label]]:
    """Horizontal bars from 0 to 1, a group for each concept; the average is a dashed stroke across."""
    left, length, top = 62.0, 108.0, 12.0
    step = (HEIGHT - top - 16) / max(len(axes), 1)
    ticks = (0.0, *LEVELS)
    shapes = [Shape(((left + length * at, top), (left + length * at, HEIGHT - 14)), closed=False) for at in ticks]
    labels = [Label(f"{at:g}", (left + length * at, HEIGHT - 4)) for at in ticks]
    for row, axis in enumerate(axes):
        labels.append(Label(axes[axis], (left - 4, top + step * (row + 0.5) + 3), "end"))
        thick = 0.7 * step / len(colours)
        for place, (name, colour) in enumerate(colours.items()):
            high = top + step * (row + 0.15) + thick * place
            low, value = high + thick * 0.85, left + length * _clipped(probabilities, name, axis)
            shapes.append(Shape(((left, high), (value, high), (value, low), (left, low)), colour, filled=True))
            if f"{name}.{axis}" in averages.get(name, {}):
                at = left + length * _clipped(averages[name], name, axis)
                shapes.append(Shape(((at, high), (at, low)), colour, closed=False, dashed=True))
    return shapes, labels


def _clipped(values: Mapping[str, float], name: str, axis: str) -> float:
    value = values.get(f"{name}.{axis}", 0.0)
    return 0.0 if isnan(value) else min(max(value, 0.0), 1.0)


def _word(axis: str, doubtful: Sequence[str]) -> str:
    """The word at an axis, marked where a space of that concept is doubtful."""
    return _short(axis) + (f" {POOR_MARK}" if axis in map(concept_of, doubtful) else "")


def _short(text: str) -> str:
    return text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 1]}…"
