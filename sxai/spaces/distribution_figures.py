"""Distributions of weighted average activations A_s and how normal they are (paper: Semantic probability)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from sxai.plot.histograms import shared_edges
from sxai.plot.theme import MASKED, NEUTRAL, digits, finish, translucent
from sxai.spaces.defaults import MIN_NORMAL_R2
from sxai.spaces.distribution import ReferenceDistribution, humps, lilliefors_p_value
from sxai.spaces.empirical import EmpiricalDistribution

ACTIVATION = "weighted average activation A<sub>s</sub>"
DENSITY = "density (per unit of A<sub>s</sub>)"

FAR_R2 = 0.9
"""Below this R² of the q-q plot, activations are called far from normal."""

SIGNIFICANT = 0.05
"""Below this p-value activations are not called normal."""

ON_THE_LINE = 0.2
"""Gap from the line of a q-q plot, in standard deviations, that is nothing to speak of."""


def activation_histogram(
    values: ArrayLike,
    fit: ReferenceDistribution,
    name: str,
    colour: str,
    r2: float | None = None,
    dark: bool = False,
    empirical: EmpiricalDistribution | None = None,
) -> go.Figure:
    """Histogram of the reference A_s (n,) with the fitted normal curve, A_min, A_max and P = 0.1 and 0.9.

    With ``empirical``, P is read from that distribution and the curve is for comparison.
    """
    heights = np.asarray(values, dtype=float)
    edges = shared_edges(heights)
    fig = go.Figure()
    fig.add_trace(_bars(heights, edges, f"{heights.size} images", colour, 0.45))
    if empirical is None:
        fig.add_trace(_curve(fit, edges, "normal fit", colour))
    else:
        fig.add_trace(_curve(fit, edges, "normal fit (not used)", NEUTRAL, dash="dot"))
    _landmarks(fig, empirical or fit)
    fig.update_xaxes(title_text=ACTIVATION)
    fig.update_yaxes(title_text=DENSITY, rangemode="tozero")
    alt = (
        f"Histogram of Aₛ in the semantic space {name} for {heights.size} images, "
        f"from {digits(fit.minimum)} to {digits(fit.maximum)}, "
        f"with a normal curve of mean {digits(fit.mean)} and standard deviation {digits(fit.std)}."
    )
    verdict = _normality(heights, fit, r2, empirical is not None)
    return finish(fig, f"How strongly images show {name}", alt, verdict, dark=dark)


def probability_curves(
    normal: ReferenceDistribution,
    empirical: EmpiricalDistribution,
    used: str,
    name: str,
    colour: str,
    dark: bool = False,
) -> go.Figure:
    """P_s by activation, from the fitted normal and from the empirical distribution; ``used`` is drawn solid."""
    margin = 0.06 * (normal.maximum - normal.minimum)
    at = np.linspace(normal.minimum - margin, normal.maximum + margin, 241)
    lines = {"normal": normal.probability(at), "empirical": empirical.probability(at)}
    fig = go.Figure()
    for kind, label in (("normal", "normal fit"), ("empirical", "the images themselves")):
        line = {"color": colour, "width": 2.6} if kind == used else {"color": NEUTRAL, "width": 2, "dash": "dot"}
        fig.add_trace(
            go.Scatter(
                x=at,
                y=lines[kind],
                mode="lines",
                name=label + ("" if kind == used else " (not used)"),
                line=line,
                hovertemplate="A<sub>s</sub> %{x:.3f}<br>P<sub>s</sub> %{y:.3f}<extra>" + label + "</extra>",
            )
        )
    _landmarks(fig, normal if used == "normal" else empirical)
    fig.update_xaxes(title_text=ACTIVATION)
    fig.update_yaxes(title_text="semantic probability P<sub>s</sub>", range=[-0.03, 1.03])
    gap = lines["normal"] - lines["empirical"]
    widest = int(np.abs(gap).argmax())
    alt = f"Semantic probability by activation in {name}, from the fitted normal and from the images themselves."
    return finish(fig, "From activation to probability", alt, _apart(float(gap[widest]), float(at[widest])), dark=dark)


def masking_histogram(
    unmasked: ArrayLike,
    masked: ArrayLike,
    fit: ReferenceDistribution,
    name: str,
    colour: str,
    dark: bool = False,
    empirical: EmpiricalDistribution | None = None,
    means: tuple[float, float] | None = None,
) -> go.Figure:
    """A_s (n,) of images with and without masking, on one axis with the reference distribution.

    The reference distribution is the normal ``fit``, or ``empirical`` if given. ``means`` are the mean P_s before and
    after masking.
    """
    before, after = np.asarray(unmasked, dtype=float), np.asarray(masked, dtype=float)
    edges = shared_edges(np.concatenate([before, after]))
    fig = go.Figure()
    fig.add_trace(_bars(before, edges, "concept visible", colour, 0.5))
    fig.add_trace(_bars(after, edges, "concept masked", MASKED, 0.55))
    if empirical is None:
        fig.add_trace(_curve(fit, edges, "reference curve", colour, dash="dot"))
    else:
        fig.add_trace(_outline(empirical, "reference images", colour))
    fig.update_layout(barmode="overlay")
    _landmarks(fig, empirical or fit, extremes=False)
    fig.update_xaxes(title_text=ACTIVATION)
    fig.update_yaxes(title_text=DENSITY, rangemode="tozero")
    lowered = float(np.mean(after < before)) if before.size else float("nan")
    alt = f"Two histograms of Aₛ in {name}: {before.size} images with the concept visible, and masked."
    caption = _lowering(lowered, before.size)
    if means is not None and before.size:
        caption += f" The mean Pₛ goes from {means[0]:.2f} to {means[1]:.2f}."
    return finish(fig, f"Masked against unmasked: {name}", alt, caption, dark=dark)


def qq_plot(
    theoretical: ArrayLike,
    ordered: ArrayLike,
    slope: float,
    intercept: float,
    r2: float,
    name: str,
    colour: str,
    hover: Sequence[str] | None = None,
    dark: bool = False,
    empirical: bool = False,
) -> go.Figure:
    """Quantiles of A_s (n,) against the fitted normal's (n,), with the least-squares line and its R².

    ``empirical``: P is read from the empirical distribution, not from the normal fit of this plot.
    """
    x, y = np.asarray(theoretical, dtype=float), np.asarray(ordered, dtype=float)
    fig = go.Figure()
    kind = go.Scattergl if x.size > 1500 else go.Scatter
    fig.add_trace(
        kind(
            x=x,
            y=y,
            mode="markers",
            name="images",
            text=hover,
            marker={"size": 6, "color": translucent(colour, 0.85)},
            hovertemplate="%{text}<br>" * bool(hover) + "quantile %{x:.2f}<br>A<sub>s</sub> %{y:.3f}<extra></extra>",
        )
    )
    ends = np.array([x.min(), x.max()]) if x.size else np.array([-1.0, 1.0])
    fig.add_trace(
        go.Scatter(
            x=ends,
            y=slope * ends + intercept,
            mode="lines",
            name=f"fit, R² = {r2:.3f}",
            line={"color": NEUTRAL, "width": 2},
            hoverinfo="skip",
        )
    )
    fig.update_xaxes(title_text="quantile of the fitted normal (units of A<sub>s</sub>)")
    fig.update_yaxes(title_text="ordered A<sub>s</sub>")
    alt = f"Quantile-quantile plot of Aₛ in {name} for {x.size} images against the normal; R² {r2:.3f}."
    return finish(fig, f"Is {name} normal?", alt, _departure(x, y, slope, intercept, empirical), dark=dark)


def _bars(values: NDArray[np.float64], edges: NDArray[np.float64], name: str, colour: str, alpha: float) -> go.Bar:
    counts, _ = np.histogram(values, bins=edges)
    widths = np.diff(edges)
    heights = counts / max(int(counts.sum()), 1) / widths
    return go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=heights,
        width=widths,
        customdata=np.stack([edges[:-1], edges[1:], counts], 1),
        name=name,
        marker={"color": translucent(colour, alpha), "line": {"color": colour, "width": 0.6}},
        hovertemplate="A<sub>s</sub> %{customdata[0]:.3f} to %{customdata[1]:.3f}<br>%{customdata[2]} images"
        "<br>density %{y:.3g}<extra></extra>",
    )


def _curve(
    fit: ReferenceDistribution, edges: NDArray[np.float64], name: str, colour: str, dash: str = "solid"
) -> go.Scatter:
    low, high = min(edges[0], fit.mean - 3 * fit.std), max(edges[-1], fit.mean + 3 * fit.std)
    at = np.linspace(low, high, 161)
    return go.Scatter(
        x=at,
        y=fit.density(at),
        mode="lines",
        name=name,
        line={"color": colour, "width": 2.2, "dash": dash},
        hovertemplate="A<sub>s</sub> %{x:.3f}<br>density %{y:.3g}<extra>" + name + "</extra>",
    )


def _outline(fit: EmpiricalDistribution, name: str, colour: str) -> go.Scatter:
    """The density of an empirical distribution in equal steps."""
    edges = np.linspace(fit.minimum, fit.maximum, 41)
    heights = np.diff(fit.probability(edges)) / np.diff(edges)
    return go.Scatter(
        x=np.repeat(edges, 2),
        y=np.concatenate([[0.0], np.repeat(heights, 2), [0.0]]),
        mode="lines",
        name=name,
        line={"color": colour, "width": 2, "dash": "dot"},
        hovertemplate="A<sub>s</sub> %{x:.3f}<br>density %{y:.3g}<extra>" + name + "</extra>",
    )


def _landmarks(fig: go.Figure, fit: ReferenceDistribution | EmpiricalDistribution, extremes: bool = True) -> None:
    # Labels stand above the plot, so the legend moves up a line.
    fig.update_layout(legend={"y": 1.14 if extremes else 1.08})
    lines = [(fit.activation(0.1), "P = 0.1", "dash"), (fit.activation(0.9), "P = 0.9", "dash")]
    if extremes:
        lines += [(fit.minimum, "A<sub>min</sub>", "dot"), (fit.maximum, "A<sub>max</sub>", "dot")]
    for at, label, dash in lines:
        # Extremes are written a line higher: near a P of 0.1 or 0.9 the labels would collide.
        fig.add_vline(
            x=at,
            line={"color": NEUTRAL, "width": 1, "dash": dash},
            annotation_text=label,
            annotation_position="top",
            annotation_font_size=11,
            annotation_yshift=14 if dash == "dot" else 0,
        )


def _normality(values: NDArray[np.float64], fit: ReferenceDistribution, r2: float | None, empirical: bool) -> str:
    """What may be read into the probabilities: judged by R², the p-value and the humps of these very values."""
    if r2 is None or r2 != r2:
        return "The curve is the normal fitted to these values; the semantic probability Pₛ is read from it."
    if empirical:
        return (
            f"The normal fits with R² = {r2:.3f} and is not used: the semantic probability Pₛ is an image's place "
            "among these images themselves."
        )
    hills, p_value = humps(values), lilliefors_p_value(fit.ks, fit.n)
    if r2 < FAR_R2:
        verdict = "are far from normal, so Pₛ ranks images but is no calibrated probability"
    elif hills > 1:
        verdict = f"have {hills} humps where the normal has one, so Pₛ ranks images but is no calibrated probability"
    elif r2 < MIN_NORMAL_R2:
        verdict = "are roughly normal; read Pₛ near 0 and 1 with some caution"
    elif p_value < SIGNIFICANT:
        verdict = "are near a normal but not one"
        chance = "< 0.002" if p_value < 0.002 else f"= {p_value:.2g}"
        verdict += f" (p-value {chance}); read Pₛ near 0 and 1 with some caution"
    else:
        verdict = "are close to normal, so Pₛ can be read as a probability"
    return f"With R² = {r2:.3f} the activations {verdict}."


def _departure(x: NDArray[np.float64], y: NDArray[np.float64], slope: float, intercept: float, empirical: bool) -> str:
    """Where the points leave the line of a q-q plot."""
    if x.size == 0 or slope <= 0:
        return "There is no line to compare the images with."
    gaps = (y - slope * x - intercept) / (y.std() or 1.0)
    widest = int(np.abs(gaps).argmax())
    end = "low end" if widest < x.size / 3 else "high end" if widest >= 2 * x.size / 3 else "middle"
    side = "above" if gaps[widest] > 0 else "below"
    words = "On the line the images are normal. "
    if abs(gaps[widest]) < ON_THE_LINE:
        words += f"None is further from it than {ON_THE_LINE:g} standard deviations."
    else:
        words += f"They leave it most at the {end}, {abs(gaps[widest]):.2f} standard deviations {side}."
    return words + (" The normal is not used: Pₛ is read from the images themselves." if empirical else "")


def _apart(gap: float, at: float) -> str:
    if abs(gap) < 0.005:
        return "Both readings agree everywhere."
    verdict = "hardly matters" if abs(gap) < 0.03 else "matters" if abs(gap) < 0.1 else "matters much"
    return (
        f"Which of the two is read {verdict}: at Aₛ = {digits(at)} the normal's Pₛ is {abs(gap):.2f} "
        f"{'above' if gap > 0 else 'below'} the images' own, more than anywhere else."
    )


def _lowering(share: float, n: int) -> str:
    if n == 0:
        return "No masked images are stored for this space yet."
    verdict = (
        "the space follows its concept"
        if share >= 0.9
        else "the space mostly follows its concept"
        if share >= 0.7
        else "the space does not follow its concept well"
    )
    return f"Masking lowers Aₛ in {share:.0%} of {n} images: {verdict}."
