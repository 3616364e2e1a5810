"""The theme of all charts: palette, template, and the words that go with a figure.

Hues are Okabe and Ito's, which people with any common colour-vision deficiency can tell apart. One hue
belongs to one class on every chart; concepts are told apart by marker and label. Backgrounds are transparent
and lines are mid-grey, so that a figure can lie on a light or a dark page.
"""

import colorsys
import re
from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

NARROW, ENTRY, LETTER, LINE, MAX_LINES = 330, 40, 6, 19, 6
"""Pixels of the narrowest chart, of a legend's symbol, a letter and a line; and the lines for which there is room."""

OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442")
NEUTRAL = "#8A8F98"
FAINT = "rgba(138, 143, 152, 0.28)"
TOP = 102
"""Room above the plot that the height of a chart accounts for, in pixels; more makes the chart higher."""
MASKED = "#8A8F98"
RIGHT_COLOUR = "#009E73"
MARKERS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon", "x", "pentagon", "bowtie")
POOR_MARK = "✕"
"""Mark of a space with a poor verdict."""
INK = {False: "#31333F", True: "#E6E8EB"}
# Fonts whose figures all have one width, after the app's own.
FONT = '"Source Sans", "Source Sans 3", "Source Sans Pro", Arial, "Liberation Sans", sans-serif'
# Blue below, vermillion above, a neutral middle: no red against green, and the lightness grows both ways.
DIVERGING = ((0.0, "#0072B2"), (0.25, "#7FB8D8"), (0.5, "#F4F4F2"), (0.75, "#EAA97A"), (1.0, "#D55E00"))
SEQUENTIAL = ((0.0, "#F4F4F2"), (0.5, "#7FB8D8"), (1.0, "#00517F"))


def class_of(space: str) -> str:
    """The class in a full concept name.

    >>> class_of("cat.eyes"), class_of("st. bernard.eyes")
    ('cat', 'st. bernard')
    """
    return space.rpartition(".")[0] or space


def concept_of(space: str) -> str:
    """The concept in a full concept name.

    >>> concept_of("cat.eyes")
    'eyes'
    """
    return space.rpartition(".")[2]


def class_colour(name: str, classes: Sequence[str]) -> str:
    """The hue (``#RRGGBB``) of a class or of a space's class, the same on every chart of a project.

    ``classes`` is the project's list of classes, in its order. From the eighth class on the hues come again,
    darker, then lighter; a name outside the list is grey.

    >>> class_colour("cat.eyes", ["cat", "dog"]) == class_colour("cat", ["cat", "dog"]) == OKABE_ITO[0]
    True
    """
    wanted = name if name in classes else class_of(name)
    if wanted not in classes:
        return NEUTRAL
    turn, hue = divmod(list(classes).index(wanted), len(OKABE_ITO))
    return _shade(OKABE_ITO[hue], turn)


def concept_marker(name: str, concepts: Sequence[str]) -> str:
    """The marker symbol of a concept (``eyes`` or ``cat.eyes``) among the project's concept words."""
    words = sorted({concept_of(concept) for concept in concepts})
    word = concept_of(name)
    return MARKERS[words.index(word) % len(MARKERS)] if word in words else MARKERS[0]


def translucent(colour: str, alpha: float) -> str:
    """``#RRGGBB`` with an opacity.

    >>> translucent("#0072B2", 0.5)
    'rgba(0, 114, 178, 0.5)'
    """
    red, green, blue = _rgb(colour)
    return f"rgba({red}, {green}, {blue}, {alpha:g})"


def ink_on(colour: str) -> str:
    """Dark or light, whichever is easier to read on ``#RRGGBB`` (WCAG relative luminance)."""
    linear = [
        channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4 for channel in _unit(colour)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#1B1E23" if luminance > 0.2 else "#FFFFFF"


def blend(scale: Sequence[tuple[float, str]], position: float) -> str:
    """The colour (``#RRGGBB``) at a position in [0, 1] of a scale of (position, ``#RRGGBB``) stops."""
    at = min(max(position, 0.0), 1.0)
    for (low, first), (high, second) in pairwise(scale):
        if at <= high:
            share = (at - low) / (high - low)
            mixed = (round(a + (b - a) * share) for a, b in zip(_rgb(first), _rgb(second), strict=True))
            return "#{:02X}{:02X}{:02X}".format(*mixed)
    return scale[-1][1]


def template(dark: bool = False) -> go.layout.Template:
    """The house template: transparent, mid-grey axes, no frame, text that reads on a light or a dark page."""
    axis = {
        "gridcolor": FAINT,
        "linecolor": NEUTRAL,
        "zerolinecolor": NEUTRAL,
        "zerolinewidth": 1,
        "ticks": "outside",
        "tickcolor": NEUTRAL,
        "ticklen": 4,
        "automargin": True,
        "title": {"standoff": 8, "font": {"size": 13}},
        "tickfont": {"size": 12},
    }
    polar = {"gridcolor": FAINT, "linecolor": FAINT}
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": INK[dark]},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(OKABE_ITO),
            "xaxis": axis,
            "yaxis": axis,
            "polar": {"bgcolor": "rgba(0,0,0,0)", "radialaxis": polar, "angularaxis": polar},
            "hoverlabel": {"font": {"family": FONT}, "align": "left"},
        }
    )


def finish(fig: go.Figure, title: str, alt: str, caption: str, height: int = 360, dark: bool = False) -> go.Figure:
    """Give a figure the house look and the words that go with it; returns the same figure.

    ``alt`` says what is drawn (for those who cannot see it), ``caption`` what to conclude. Both stay with the
    figure and are read back by :func:`alt_text` and :func:`describe`.
    """
    height_of_legend = float(fig.layout.legend.y or 1.02)
    legend = {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": height_of_legend,
        "yanchor": "bottom",
        "title": {"text": ""},
        "font": {"size": 12},
    }
    top = _top(fig, height_of_legend)
    fig.update_layout(
        template=template(dark),
        legend=legend,
        title={
            "text": title,
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 4, "l": 2},
            "font": {"size": 15},
        },
        height=height + max(0, top - TOP),
        margin={"l": 10, "r": 14, "t": top, "b": 10},
        bargap=0,
        meta={"alt": alt, "caption": caption, "title": title},
    )
    return fig


def _top(fig: go.Figure, height_of_legend: float) -> int:
    """Room above the plot, in pixels: for the title, the lines of the legend, and labels under a raised legend."""
    named = [trace for trace in fig.data if trace.type not in ("heatmap", "image") and trace.showlegend is not False]
    lines = _legend_lines([str(trace.name or "") for trace in named])
    # Plotly shows the legend of a single entry too, where another trace is kept out of it.
    drawn = len(named) > 1 or (len(named) == 1 and any(trace.showlegend is False for trace in fig.data))
    return 46 + max(30, LINE * lines - 8) * drawn + (26 if height_of_legend > 1.05 else 0)


def _legend_lines(names: Sequence[str]) -> int:
    """Lines of a legend on the narrowest screen, where all its entries are as wide as the widest.

    >>> _legend_lines(["cat", "dog"]), _legend_lines(["a name that is as long as this one is"] * 3)
    (1, 3)
    """
    widest = max((len(re.sub("<[^>]*>", "", name)) for name in names), default=0)
    abreast = max(1, NARROW // (ENTRY + LETTER * widest))
    return min(-(-len(names) // abreast), MAX_LINES)


def describe(fig: go.Figure) -> str:
    """The conclusion of a figure, in one or two sentences; empty for a figure not made by :func:`finish`."""
    return str((fig.layout.meta or {}).get("caption", ""))


def alt_text(fig: go.Figure) -> str:
    """Alternative text of a figure, followed by its conclusion."""
    meta = fig.layout.meta or {}
    return " ".join(part for part in (str(meta.get("alt", "")), str(meta.get("caption", ""))) if part)


def config(name: str, image: str = "png") -> dict[str, object]:
    """Plotly's settings for the tool bar: no logo, a camera that saves ``name`` as a png (twofold) or svg."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-").lower() or "chart"
    return {
        "displaylogo": False,
        "responsive": True,
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
        "toImageButtonOptions": {"format": image, "filename": stem, "scale": 2 if image == "png" else 1},
    }


def digits(value: float, places: int = 3) -> str:
    """A number with sensible digits and a real minus sign.

    >>> digits(0.123456), digits(-3.0), digits(1234.5678), digits(float("nan"))
    ('0.123', '−3', '1235', 'unknown')
    """
    if value != value:
        return "unknown"
    text = f"{value:.{places}g}" if abs(value) < 10**places else f"{value:.0f}"
    return text.replace("-", "−") if "e" not in text else text


def signed(value: float, plus: bool = True) -> str:
    """Two decimals with a real minus sign and no signed zero, for the cells of a heat map.

    >>> signed(-0.001), signed(0.25), signed(-0.5), signed(0.25, plus=False)
    ('0.00', '+0.25', '−0.50', '0.25')
    """
    rounded = round(value, 2) + 0.0
    return (f"{rounded:+.2f}" if plus and rounded else f"{rounded:.2f}").replace("-", "−")


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _unit(colour: str) -> tuple[float, float, float]:
    red, green, blue = _rgb(colour)
    return red / 255, green / 255, blue / 255


def _shade(colour: str, turn: int) -> str:
    if turn == 0:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*_unit(colour))
    factor = 0.62 if turn % 2 else 1.45
    red, green, blue = colorsys.hls_to_rgb(hue, min(light * factor ** ((turn + 1) // 2), 0.9), saturation)
    return f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}"
