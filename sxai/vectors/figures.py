"""Charts of semantic vectors: map, hierarchy and relevance of concepts, and tests of the vectors."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from sxai.plot.theme import FAINT, NEUTRAL, OKABE_ITO, SEQUENTIAL, class_colour, digits, finish, translucent

MIN_DIAMETER, MAX_DIAMETER = 12, 44
"""Pixels of the circles of the least and the most diverse concept."""

MAX_NUMBERED = 10
"""Largest number of concepts with numbers in the cells of the relevance chart."""

METHODS: Mapping[str, str] = {
    "tsne": "t-SNE: what lies together is related, larger distances mean little",
    "scaling": "Classical scaling: distances are as true as two dimensions allow",
}


def vector_map(
    names: Sequence[str],
    places: ArrayLike,
    diversity: ArrayLike,
    method: str,
    classes: Sequence[str] = (),
    dark: bool = False,
) -> go.Figure:
    """Concepts at ``places`` (m, 2), circles as large as they are diverse (SeVec, Fig. 3); names in custom data."""
    at, spread = np.asarray(places, dtype=float), np.asarray(diversity, dtype=float)
    colours = [class_colour(name, classes) if name in classes else OKABE_ITO[0] for name in names]
    fig = go.Figure(
        go.Scatter(
            x=at[:, 0],
            y=at[:, 1],
            mode="markers+text",
            text=list(names),
            textposition="top center",
            name="concept",
            meta="diversity",
            customdata=spread.tolist(),
            cliponaxis=False,
            marker={
                "size": _sizes(spread),
                "color": [translucent(colour, 0.55) for colour in colours],
                "line": {"width": 1.5, "color": colours},
            },
            hovertemplate="%{text}<br>diversity D<sub>c</sub> %{customdata:.3f}<extra></extra>",
        )
    )
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    room = 0.12 * max(np.ptp(at, axis=0).max(initial=0.0), 1e-9)
    for axis, column in ((fig.update_xaxes, 0), (fig.update_yaxes, 1)):
        axis(title_text=f"{'first' if column == 0 else 'second'} axis of the map", **bare)
        axis(range=[at[:, column].min() - room, at[:, column].max() + room])
    most, least = names[int(spread.argmax())], names[int(spread.argmin())]
    caption = f"{METHODS[method]}. The larger the circle, the more different are a concept's images: most of all "
    caption += f"{most} ({digits(spread.max())}), least {least} ({digits(spread.min())})."
    alt = f"A map of {len(names)} concepts; the size of each circle is the diversity of its images."
    return finish(fig, "Which concepts are related?", alt, caption, height=480, dark=dark)


def _sizes(spread: np.ndarray) -> list[float]:
    low, high = float(spread.min()), float(spread.max())
    shares = (spread - low) / (high - low) if high > low else np.full(len(spread), 0.5)
    return [float(MIN_DIAMETER + (MAX_DIAMETER - MIN_DIAMETER) * share) for share in shares]


def vector_tree(names: Sequence[str], merges: ArrayLike, order: Sequence[int], dark: bool = False) -> go.Figure:
    """The hierarchy of concepts: ``merges`` (m − 1, 4) as SciPy gives it, leaves in ``order`` from top to bottom."""
    links, xs, ys = np.asarray(merges, dtype=float), [], []
    place = {leaf: (0.0, float(row)) for row, leaf in enumerate(order)}
    for number, (a, b, height, _) in enumerate(links, start=len(order)):
        (x0, y0), (x1, y1) = place[int(a)], place[int(b)]
        xs += [x0, height, height, x1, None]
        ys += [y0, y0, y1, y1, None]
        place[number] = (float(height), (y0 + y1) / 2)
    line = {"color": NEUTRAL, "width": 1.8}
    fig = go.Figure(
        go.Scatter(
            x=xs,
            y=ys,
            mode="lines",
            line=line,
            name="merged at",
            hovertemplate="merged at distance %{x:.3f}<extra></extra>",
        )
    )
    fig.update_xaxes(title_text="cosine distance 1 − cos(v<sub>a</sub>, v<sub>b</sub>)", rangemode="tozero")
    fig.update_yaxes(
        title_text="concept",
        tickvals=list(range(len(order))),
        ticktext=[names[leaf] for leaf in order],
        range=[len(order) - 0.5, -0.5],
        showgrid=False,
    )
    first, second = _first_pair(names, links)
    caption = f"The closest are {first} and {second}. Branches that join early share most of their active units."
    alt = f"A tree of {len(names)} concepts, merged by cosine distance."
    return finish(fig, "Which concepts belong together?", alt, caption, 130 + 24 * max(len(order), 3), dark)


def _first_pair(names: Sequence[str], links: np.ndarray) -> tuple[str, str]:
    return names[int(links[0, 0])], names[int(links[0, 1])]


def relevance_heatmap(names: Sequence[str], values: ArrayLike, dark: bool = False) -> go.Figure:
    """Relevance cos(v_a, v_b) of every concept to every other (SeVec, Fig. 5); the diagonal is left blank."""
    table = np.asarray(values, dtype=float).copy()
    np.fill_diagonal(table, np.nan)
    known = table[np.isfinite(table)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    text = [["" if np.isnan(cell) else f"{cell:.2f}" for cell in row] for row in table]
    fig = go.Figure(
        go.Heatmap(
            z=table,
            x=list(names),
            y=list(names),
            zmin=low,
            zmax=high,
            xgap=1,
            ygap=1,
            hoverongaps=False,
            colorscale=[list(stop) for stop in SEQUENTIAL],
            text=text if len(names) <= MAX_NUMBERED else None,
            texttemplate="%{text}" if len(names) <= MAX_NUMBERED else None,
            colorbar={"title": {"text": "cos"}, "thickness": 10},
            hovertemplate="%{y} and %{x}: %{z:.3f}<extra></extra>",
            name="relevance",
        )
    )
    fig.update_yaxes(autorange="reversed", type="category", dtick=1, title_text="concept")
    fig.update_xaxes(type="category", dtick=1, tickangle=-45, title_text="concept")
    caption = "No two concepts to compare yet."
    if known.size:
        row, column = divmod(int(np.nanargmax(table)), len(names))
        caption = f"{names[row]} and {names[column]} are the most relevant to each other ({digits(high)})."
    alt = f"Cosines of the vectors of {len(names)} concepts."
    return finish(fig, "How relevant is each concept to the others?", alt, caption, 190 + 26 * max(len(names), 4), dark)


def relevance_bars(name: str, others: Sequence[str], values: ArrayLike, dark: bool = False) -> go.Figure:
    """Relevance of other concepts to one, the most relevant on top."""
    relevance = np.asarray(values, dtype=float)
    order = np.argsort(-relevance, kind="stable")
    rows = [others[at] for at in order]
    fig = go.Figure(
        go.Bar(
            x=relevance[order],
            y=rows,
            orientation="h",
            name="relevance",
            showlegend=False,
            marker={"color": OKABE_ITO[0]},
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
            width=0.7,
        )
    )
    least = float(relevance.min(initial=0.0))
    fig.update_xaxes(title_text=f"relevance to {name}, cos(v<sub>a</sub>, v<sub>b</sub>)", range=[min(0, least), None])
    fig.update_yaxes(autorange="reversed", type="category", dtick=1, title_text="concept")
    caption = f"To {name}, {rows[0]} is the most relevant and {rows[-1]} the least." if rows else "Nothing to compare."
    return finish(
        fig,
        f"What is related to {name}?",
        f"Relevance of {len(rows)} concepts to {name}.",
        caption,
        120 + 24 * max(len(rows), 3),
        dark,
    )


def diversity_scatter(
    names: Sequence[str],
    diversity: ArrayLike,
    accuracy: ArrayLike,
    r: float | None,
    p: float | None,
    classes: Sequence[str] = (),
    dark: bool = False,
) -> go.Figure:
    """Accuracy (m,) against diversity D_c (m,) by class, with Pearson's r and p (SeVec, Table 2)."""
    fig = go.Figure(
        go.Scatter(
            x=np.asarray(diversity, dtype=float),
            y=np.asarray(accuracy, dtype=float),
            text=list(names),
            name="class",
            mode="markers+text",
            textposition="top center",
            cliponaxis=False,
            marker={"size": 10, "color": [class_colour(name, classes) for name in names]},
            hovertemplate="%{text}: D<sub>c</sub> %{x:.3f}, accuracy %{y:.1%}<extra></extra>",
        )
    )
    fig.update_xaxes(title_text="diversity D<sub>c</sub>")
    fig.update_yaxes(title_text="accuracy, held out", tickformat=".0%", rangemode="normal")
    caption = f"{len(names)} classes are too few for a correlation, or all are alike. The paper finds −0.52 over 1,000."
    if r is not None and p is not None:
        sure = "which is hardly chance" if p < 0.05 else "which may well be chance"
        caption = f"r = {digits(r, 2)} with p = {digits(p, 2)}, {sure}. The paper finds −0.52 over 1,000 classes."
    alt = f"Accuracy of {len(names)} classes against the diversity of their images."
    return finish(fig, "Are diverse classes harder?", alt, caption, height=400, dark=dark)


def retrieval_bars(
    names: Sequence[str], precision: ArrayLike, chance: ArrayLike, k: int, dark: bool = False
) -> go.Figure:
    """Precision among the first ``k`` held-out images by concept, and that of random order."""
    values, luck = np.asarray(precision, dtype=float), np.asarray(chance, dtype=float)
    fig = go.Figure(
        go.Bar(
            x=values,
            y=list(names),
            orientation="h",
            name="SeVec",
            marker={"color": OKABE_ITO[0]},
            width=0.7,
            hovertemplate="%{y}: %{x:.0%} of the first " + str(k) + "<extra></extra>",
        )
    )
    fig.add_trace(
        go.Scatter(
            x=luck,
            y=list(names),
            mode="markers",
            name="chance",
            cliponaxis=False,
            marker={"symbol": "line-ns", "size": 16, "line": {"width": 2.5, "color": OKABE_ITO[4]}},
            hovertemplate="chance %{x:.0%}<extra></extra>",
        )
    )
    fig.update_xaxes(title_text=f"precision among the first {k} held-out images", range=[0, 1.02], tickformat=".0%")
    fig.update_yaxes(autorange="reversed", type="category", dtick=1, title_text="concept")
    caption = "No images are held out, so nothing was tested."
    if len(values):
        caption = f"On average {values.mean():.0%} of the first {k} images show the concept; chance would give "
        caption += f"{luck.mean():.0%}. Lowest: {names[int(values.argmin())]}, {values.min():.0%}."
    alt = f"Precision of {len(names)} concepts."
    return finish(fig, "Does the vector find its concept?", alt, caption, 150 + 26 * max(len(names), 3), dark)


def shift_bars(
    ways: Sequence[str], means: ArrayLike, lows: ArrayLike, highs: ArrayLike, dark: bool = False
) -> go.Figure:
    """Mean rise of the own class's probability in each way of changing the features (SeVec, Table 1)."""
    rise, low, high = (np.asarray(values, dtype=float) for values in (means, lows, highs))
    colours = [OKABE_ITO[0] if way in ("SeVec", "step along SeVec") else NEUTRAL for way in ways]
    fig = go.Figure(
        go.Bar(
            x=[way.replace(" ", "<br>") for way in ways],
            y=rise,
            name="rise of P(class)",
            showlegend=False,
            marker={"color": colours},
            width=0.6,
            error_y={"type": "data", "array": high - rise, "arrayminus": rise - low, "thickness": 1.5},
            hovertemplate="%{x}: %{y:+.3f}<extra></extra>",
        )
    )
    fig.update_yaxes(title_text="rise of P(class), 95 % interval", tickformat="+.2f")
    fig.update_xaxes(title_text="how the features are changed", tickangle=0)
    told = dict(zip(ways, rise, strict=True))
    caption = "The paper: +0.19 for the SeVec, next to nothing for the others."
    if "SeVec" in told:
        caption = f"Keeping the concept's units alone changes P(class) by {told['SeVec']:+.2f} on average. {caption}"
    if any(way.startswith("step") for way in ways):
        caption += " A step is as long as the associated neuron's change, so that only its direction differs."
    alt = "Mean rise of the class's probability by way of changing the features."
    return finish(fig, "One neuron or a direction?", alt, caption.replace("-", "−"), height=340, dark=dark)


def attribute_bars(
    names: Sequence[str], standing: ArrayLike, cosines: ArrayLike, picture: str, dark: bool = False
) -> go.Figure:
    """Concepts of one image by their percentile rank among a set's images (SeVec, Table 3)."""
    shares = np.asarray(standing, dtype=float)
    fig = go.Figure(
        go.Bar(
            x=shares,
            y=list(names),
            orientation="h",
            name="standing",
            showlegend=False,
            width=0.7,
            meta="cosine",
            customdata=np.asarray(cosines, dtype=float).tolist(),
            marker={"color": OKABE_ITO[2]},
            hovertemplate="%{y}: more than %{x:.0%} of other images (cos %{customdata:.3f})<extra></extra>",
        )
    )
    fig.update_xaxes(
        title_text="share of other concepts' images that stand out less", range=[0, 1.02], tickformat=".0%"
    )
    fig.update_yaxes(autorange="reversed", type="category", dtick=1, title_text="concept")
    clear = [name for name, value in zip(names, shares, strict=True) if value >= 0.95]
    caption = (
        f"In these words the picture is {', '.join(clear)}." if clear else "No word of this set stands out clearly."
    )
    if not np.any(shares):
        caption = "No unit lies above its usual level here, so the picture is like none of these concepts."
    alt = f"How {picture} stands in {len(names)} concepts."
    return finish(fig, "In the words of these concepts", alt, caption, 120 + 24 * max(len(names), 3), dark)


def grey_dumbbells(
    names: Sequence[str], colour: ArrayLike, grey: ArrayLike, measure: str, caption: str, dark: bool = False
) -> go.Figure:
    """One ``measure`` of each class in colour (filled) and in grey (open), joined by a line."""
    first, second = np.asarray(colour, dtype=float), np.asarray(grey, dtype=float)
    line = [end for a, b in zip(first, second, strict=True) for end in (a, b, None)]
    rows = [row for name in names for row in (name, name, None)]
    fig = go.Figure(
        go.Scatter(
            x=line,
            y=rows,
            mode="lines",
            line={"color": FAINT, "width": 6},
            showlegend=False,
            hoverinfo="skip",
            name="difference",
        )
    )
    for values, label, symbol in ((first, "in colour", "circle"), (second, "in grey", "diamond-open")):
        look = {"size": 11, "symbol": symbol, "color": OKABE_ITO[0], "line": {"width": 2, "color": OKABE_ITO[0]}}
        fig.add_trace(
            go.Scatter(
                x=values,
                y=list(names),
                mode="markers",
                name=label,
                marker=look,
                cliponaxis=False,
                hovertemplate="%{y}, " + label + ": %{x:.3f}<extra></extra>",
            )
        )
    fig.update_xaxes(title_text=measure)
    fig.update_yaxes(autorange="reversed", type="category", dtick=1, title_text="class")
    alt = f"{measure} of {len(names)} classes, in colour and in grey."
    return finish(fig, "What is lost without colour?", alt, caption, 150 + 26 * max(len(names), 3), dark)
