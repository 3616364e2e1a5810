"""The pieces of the Semantic spaces and Distributions pages."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from data_store.records import JobRecord
from sxai import workflows as verbs
from sxai.explain.syntax import quote
from sxai.figures import (
    NormalFit,
    activation_histogram,
    class_colour,
    crosstalk_heatmap,
    difference_bars,
    masking_dumbbells,
    masking_histogram,
    qq_plot,
    score_bars,
    similarity_heatmap,
)
from sxai.workflows import DistributionDetail, OverlapDetail, SpaceDetail, SpaceSummary, Workspace
from widgets import detail, results, work
from widgets.charts import chart, project_classes
from widgets.gallery import gallery, number_tiles

LEAST_MASKS = 3


def extracting(ws: Workspace, first: bool) -> None:
    """The button that extracts spaces, or the extraction that runs, or what it passed over."""
    job = work.follow(ws, "extract", _early)
    if work.busy(job):
        return
    _passed_over(job)
    ready = [concept.name for concept in verbs.list_concepts(ws) if concept.masks >= LEAST_MASKS]
    wanted = st.session_state.get("extract-names", [])
    if not set(wanted) <= set(ready):
        st.session_state["extract-names"] = [name for name in wanted if name in ready]
    with st.container(horizontal=True, vertical_alignment="bottom", key="extract"):
        chosen = st.session_state.get("extract-names") or None
        count = int(st.session_state.get("extract-ssn", 5))
        if st.button(
            "Extract semantic spaces",
            type="primary" if first else "secondary",
            icon=":material/auto_awesome:",
            key="extract-go",
        ):
            work.begin(ws, "extract", {"names": chosen, "n_ssn": count})
        with st.popover("Options", icon=":material/tune:", type="tertiary"):
            st.multiselect(
                "Concepts", ready, key="extract-names", placeholder="all with masks", persist_state="session"
            )
            st.number_input(
                "Semantically sensitive neurons N_SSN", 1, 64, 5, key="extract-ssn", persist_state="session",
                help="How many channels a space reads; the paper uses 5.",
            )  # fmt: skip


def _early(found: dict[str, object]) -> None:
    if "space" in found:
        st.caption(results.plain(f"Extracting {found['space']}"))


def _passed_over(job: JobRecord | None) -> None:
    if job is None or job.state != "done":
        return
    skipped = (job.result or {}).get("skipped", [])
    for name, reason in skipped:
        st.warning(f"**{results.plain(name)}** was passed over: {results.plain(reason)}", icon=":material/info:")
    if not skipped:
        work.dismiss("extract")
    elif st.button("Close", type="tertiary", key="extract-close"):
        work.dismiss("extract")
        st.rerun()


def table(spaces: Sequence[SpaceSummary]) -> None:
    """All spaces in numbers: masks, R², what masking does, ratios, and whether they are up to date."""
    rows = [
        {
            "space": space.name,
            "masks": space.n_masks,
            "R²": space.reference.get("r2"),
            "visible": space.masked.get("p_unmasked"),
            "masked": space.masked.get("p_masked"),
            "lowered": space.masked.get("share_lower"),
            "held out": _percent(space.masked.get("share_lower_held_out")),
            "ratio": _percent(space.ratios.get("unmasked")),
            "up to date": not space.stale,
        }
        for space in spaces
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="spaces-table",
        alt="Semantic spaces with their masks, fit and the effect of masking",
        column_config={
            "R²": st.column_config.NumberColumn(format="%.3f", help="q-q plot of the reference distribution"),
            "visible": st.column_config.NumberColumn("P visible", format="%.2f", help="Mean P_s, concept visible"),
            "masked": st.column_config.NumberColumn("P masked", format="%.2f", help="Mean P_s, concept masked"),
            "lowered": st.column_config.ProgressColumn(
                "lowered by masking",
                help="Share of masked images whose P_s fell",
                format="percent",
                min_value=0.0,
                max_value=1.0,
            ),
            "held out": st.column_config.NumberColumn(
                "held out", format="%.0f %%", help="The same for images that the space was not made from"
            ),
            "ratio": st.column_config.NumberColumn(
                "1st ratio", format="%.1f %%", help="Information ratio of the first component, concept visible"
            ),
            "up to date": st.column_config.CheckboxColumn(help="Its masks and network are the present ones"),
        },
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def dumbbells(ws: Workspace, spaces: Sequence[SpaceSummary]) -> None:
    """What masking does to the mean P of each space."""
    known = [space for space in spaces if space.masked.get("p_unmasked") is not None]
    visible = [float(space.masked["p_unmasked"] or 0.0) for space in known]
    masked = [float(space.masked["p_masked"] or 0.0) for space in known]
    chart(masking_dumbbells([space.name for space in known], visible, masked, project_classes(ws)), "spaces-masking")


def close_look(ws: Workspace, found: SpaceDetail) -> None:
    """One space: scores with and without, difference, its neurons, and the ways on."""
    summary = found.summary
    colour = class_colour(summary.name, project_classes(ws))
    difference = difference_bars(found.difference, summary.channels, summary.delta, summary.name, colour)
    chart(difference, "space-difference")
    chart(
        score_bars(found.scores_unmasked, found.scores_masked, summary.channels, summary.name, colour), "space-scores"
    )
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown("**Semantically sensitive neurons**")
        neurons = pd.DataFrame({"channel": summary.channels, "Δ": summary.delta})
        config = {"Δ": st.column_config.NumberColumn(format="%+.3f")}
        st.dataframe(neurons, hide_index=True, column_config=config, alt="Channels and signed differences")
    with right:
        _ways_on(ws, found)
    results.provenance(summary)


def _ways_on(ws: Workspace, found: SpaceDetail) -> None:
    name = found.summary.name
    drops = found.p_unmasked - found.p_masked
    weakest = np.argsort(drops, kind="stable")[:10]
    st.markdown(f"**Where masking changes {results.plain(name)} least**")
    pairs = [(found.mask_image_ids[at], float(drops[at])) for at in weakest]
    event = gallery(ws, number_tiles(ws, pairs, "P drops by"), "page.spaces.weakest", tile="6rem")
    if event.opened is not None:
        detail.open_image(ws, event.opened, [image_id for image_id, _ in pairs])
    to_search(f"{quote(name)} > 0.9", "Images that show it clearly", "space-search")


def to_search(query: str, label: str, key: str) -> None:
    """A button that leads to Search with a query."""
    if st.button(label, icon=":material/manage_search:", key=key, help=query):
        st.switch_page("pages/search.py", query_params={"q": query})


def relations(found: OverlapDetail) -> None:
    """Overlap and cross-talk between all spaces."""
    left, right = st.columns(2, gap="large")
    with left:
        chart(crosstalk_heatmap(found.names, found.crosstalk), "spaces-crosstalk")
    with right:
        chart(similarity_heatmap(found.names, found.cosine, found.shared), "spaces-overlap")


def fit_of(found: DistributionDetail) -> NormalFit:
    """The normal fit that the space's probabilities are read from."""
    reference = found.summary.reference
    return NormalFit(reference["mean"], reference["std"], reference["min"], reference["max"])


def normality(ws: Workspace, found: DistributionDetail) -> None:
    """Histogram with its fit beside the q-q plot, and the numbers of the fit."""
    name = found.summary.name
    colour = class_colour(name, project_classes(ws))
    reference = found.summary.reference
    with st.container(horizontal=True, key="distribution-numbers"):
        st.metric("Images n", f"{reference['n']:,.0f}")
        st.metric("Mean μ", f"{reference['mean']:.3g}")
        st.metric("Deviation σ", f"{reference['std']:.3g}")
        st.metric("R² of the q-q plot", f"{found.r2:.3f}")
        st.metric("Kolmogorov–Smirnov", f"{found.ks:.3f}", help="Largest gap between the two distribution functions")
    left, right = st.columns(2, gap="large")
    with left:
        chart(activation_histogram(found.values, fit_of(found), name, colour, found.r2), "distribution-histogram")
    with right:
        line = (found.slope, found.intercept, found.r2)
        chart(qq_plot(found.theoretical, found.ordered, *line, name, colour), "distribution-qq")


def ends(ws: Workspace, found: DistributionDetail) -> None:
    """The images at both ends of the distribution, the low end on the left as on the axis."""
    name = found.summary.name
    low, high = st.columns(2, gap="large")
    with low:
        _end(ws, found.low, "Not seen", f"{quote(name)} < 0.1", "low")
    with high:
        _end(ws, found.high, "Shown most clearly", f"{quote(name)} > 0.9", "high")


def _end(ws: Workspace, pairs: Sequence[tuple[int, float]], title: str, query: str, key: str) -> None:
    st.subheader(title)
    event = gallery(ws, number_tiles(ws, pairs, "P"), f"page.distributions.{key}", tile="6.5rem")
    to_search(query, "All of them in Search", f"distribution-{key}")
    if event.opened is not None:
        detail.open_image(ws, event.opened, [image_id for image_id, _ in pairs])


def masking(ws: Workspace, found: DistributionDetail) -> None:
    """Masked against unmasked on the axis of the reference distribution."""
    name = found.summary.name
    colour = class_colour(name, project_classes(ws))
    fig = masking_histogram(found.unmasked_values, found.masked_values, fit_of(found), name, colour)
    chart(fig, "distribution-masking")


def missing(ws: Workspace) -> bool:
    """Say what comes first when there is no space to look at; whether that is so."""
    if verbs.list_spaces(ws):
        return False
    best = max(verbs.list_concepts(ws), key=lambda concept: concept.masks, default=None)
    if not verbs.list_models(ws):
        results.nothing_yet(
            ":material/network_node:", "No network yet", "Semantic spaces are found inside a network.",
            "model", "Choose a network",
        )  # fmt: skip
    elif best is None or best.masks == 0:
        results.nothing_yet(
            ":material/ink_selection:", "No masks yet",
            "Mask a concept, such as the eyes of a cat, in three images or more. The paper uses 100.",
            "mask_concepts", "Mask a concept",
        )  # fmt: skip
    elif best.masks < LEAST_MASKS:
        results.nothing_yet(
            ":material/ink_selection:", "More masks needed",
            f"{best.name} has {best.masks} of {LEAST_MASKS} masks. More make a better space; the paper uses 100.",
            "mask_concepts", "Go on masking",
        )  # fmt: skip
    else:
        results.nothing_yet(
            ":material/scatter_plot:", "No semantic space yet",
            "Masks are ready: extraction finds the neurons that carry each concept.", "spaces", "Extract spaces",
        )  # fmt: skip
    return True
