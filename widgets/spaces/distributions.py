"""The pieces of the Distributions page: which distribution P is read from, how well it fits, and its ends."""

from collections.abc import Sequence

import streamlit as st

from sxai.plot.theme import class_colour
from sxai.project.project import Project
from sxai.search.grammar import quote
from sxai.spaces.defaults import MIN_NORMAL_R2
from sxai.spaces.distribution_figures import activation_histogram, masking_histogram, probability_curves, qq_plot
from sxai.spaces.empirical import EmpiricalDistribution
from sxai.spaces.verbs.details import DistributionDetail
from sxai.spaces.verbs.refit import refit_spaces
from sxai.spaces.verbs.stored import SpaceSummary
from widgets.assess import detail
from widgets.ui import assessment_view
from widgets.ui.charts import chart, project_classes
from widgets.ui.gallery import gallery, number_tiles
from widgets.ui.pages import file_of


def _in_use(found: DistributionDetail) -> EmpiricalDistribution | None:
    """The distribution of the images where P is read from it, as charts want it."""
    return found.empirical if found.summary.fit == "empirical" else None


def choice(project: Project, found: DistributionDetail, known: Sequence[SpaceSummary]) -> None:
    """What P is read from, in words, and the control that changes it for this space or for all."""
    summary = found.summary
    asked = summary.parameters.get("fit_asked", summary.fit)
    with st.container(horizontal=True, vertical_alignment="bottom", key="distribution-choice"):
        # Another key for each stored state, so that the control always begins with what is stored.
        wanted = st.segmented_control(
            "Probability read from",
            list(assessment_view.FITS),
            default=asked,
            format_func=assessment_view.FITS.__getitem__,
            key=f"distribution-fit-{summary.created}",
            required=True,
            help=assessment_view.FIT_HELP,
        )
        others = [space for space in known if space.parameters.get("fit_asked", space.fit) != asked]
        everywhere = others and st.button("Use for all spaces", type="tertiary", key="distribution-fit-all")
    if wanted != asked:
        refit_spaces(project, [summary.name], wanted)
        st.rerun()
    if everywhere:
        refit_spaces(project, fit=asked)
        st.rerun()
    st.markdown(_words(found))


def _words(found: DistributionDetail) -> str:
    """Which distribution is used and why, and whether the other would be the better choice."""
    name, n, parameters = assessment_view.plain(found.summary.name), len(found.values), found.summary.parameters
    bar = parameters.get("fit_bar")
    bar = MIN_NORMAL_R2 if bar is None else bar
    automatic = parameters.get("fit_asked") == "auto"
    if found.summary.fit == "empirical":
        words = f"P of {name} is an image's place **among the {n:,} reference images themselves** (empirical)"
        return words + (f", since the normal fits with R² = {found.r2:.3f}, below {bar:g}." if automatic else ".")
    words = f"P of {name} is read from **the normal fitted to {n:,} reference images** (the paper)"
    if automatic:
        return words + f", since it fits with R² = {found.r2:.3f}, {bar:g} or more."
    if found.r2 < MIN_NORMAL_R2:
        words += (
            f". It fits with R² = {found.r2:.3f}, below the {MIN_NORMAL_R2} that every space of the paper reaches: "
            "the images themselves are the more honest choice here"
        )
    return words + "."


def numbers(found: DistributionDetail) -> None:
    """The fit and the ends in numbers, folded: the words above say what follows from them."""
    with st.expander("Statistics", icon=":material/functions:", key="distribution-numbers"):
        with st.container(horizontal=True):
            _fit_numbers(found)
        with st.container(horizontal=True):
            _end_numbers(found)


def _fit_numbers(found: DistributionDetail) -> None:
    reference = found.summary.reference
    st.metric("Images n", f"{reference.n:,.0f}", help="Reference images of the class")
    st.metric("Mean μ", f"{reference.mean:.3g}", help="Of their activations")
    st.metric("Deviation σ", f"{reference.std:.3g}", help="Standard deviation of their activations")
    st.metric("R² of the q-q plot", f"{found.r2:.3f}", help=f"The paper finds {MIN_NORMAL_R2} or more everywhere.")
    st.metric("Kolmogorov–Smirnov", f"{found.ks:.3f}", help="Largest gap between the two distribution functions")
    st.metric("p-value if normal", _p_value(found.p_value), help=P_VALUE_HELP)


def _end_numbers(found: DistributionDetail) -> None:
    masked = found.summary.masked
    before, after = masked.p_unmasked or 0.0, masked.p_masked or 0.0
    st.metric("P below 0.1", f"{found.n_low:,}", help="Images that hardly show the concept")
    st.metric("P above 0.9", f"{found.n_high:,}", help="Images that show it clearly")
    st.metric("P visible → masked", f"{before:.2f} → {after:.2f}", help="Mean P of the masked images before and after")


P_VALUE_HELP = (
    "How often so large a gap comes about when the values are normal (Lilliefors' test, simulated). The usual "
    "Kolmogorov–Smirnov p-value would be far too lenient, since the curve was fitted to these very values. With a "
    "thousand images even harmless departures are found: R² says how large they are."
)


def _p_value(chance: float) -> str:
    return "< 0.002" if chance < 0.002 else f"{chance:.2g}"


def fits(project: Project, found: DistributionDetail) -> None:
    """Histogram with its fit beside the q-q plot; from activation to probability beside what masking does."""
    name = found.summary.name
    colour, normal = class_colour(name, project_classes(project)), found.summary.reference.distribution
    used = _in_use(found)
    left, right = st.columns(2, gap="large")
    with left:
        histogram = activation_histogram(found.values, normal, name, colour, found.r2, empirical=used)
        chart(histogram, "distribution-histogram")
    with right:
        line = (found.slope, found.intercept, found.r2)
        quantiles = qq_plot(found.theoretical, found.ordered, *line, name, colour, empirical=used is not None)
        chart(quantiles, "distribution-qq")
    left, right = st.columns(2, gap="large")
    with left:
        curves = probability_curves(normal, found.empirical, found.summary.fit, name, colour)
        chart(curves, "distribution-curves")
    with right:
        masked = found.summary.masked
        means = (masked.p_unmasked or 0.0, masked.p_masked or 0.0)
        pairs = masking_histogram(
            found.unmasked_values, found.masked_values, normal, name, colour, empirical=used, means=means
        )
        chart(pairs, "distribution-masking")


def ends(project: Project, found: DistributionDetail, page: str) -> None:
    """The images at both ends of the distribution, the low end on the left as on the axis."""
    name, n = found.summary.name, len(found.values)
    low, high = st.columns(2, gap="large")
    with low:
        st.header("Not seen")
        st.caption(f"P below 0.1: {found.n_low:,} of {n:,} reference images")
        _end(project, found.low, f"{quote(name)} < 0.1", f"{page}.low")
    with high:
        st.header("Shown most clearly")
        st.caption(f"P above 0.9: {found.n_high:,} of {n:,} reference images")
        _end(project, found.high, f"{quote(name)} > 0.9", f"{page}.high")


def _end(project: Project, pairs: Sequence[tuple[int, float]], query: str, key: str) -> None:
    event = gallery(project, number_tiles(project, pairs, "P"), f"page.{key}", tile="6.5rem")
    if st.button("All of them in Search", icon=":material/manage_search:", key=key.replace(".", "-"), help=query):
        st.switch_page(file_of("trust/search"), query_params={"q": query})
    if event.opened is not None:
        detail.open_image(project, event.opened, [image_id for image_id, _ in pairs])
