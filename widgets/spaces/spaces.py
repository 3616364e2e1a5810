"""The pieces of the Semantic spaces page."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from data_store.records import JobRecord
from sxai.masks.verbs.save import list_concepts
from sxai.networks.verbs.networks import list_models
from sxai.plot.theme import class_colour
from sxai.project.project import Project
from sxai.spaces.defaults import RECOMMENDED, SPATIALS, TITLES
from sxai.spaces.figures import crosstalk_heatmap, difference_bars, masking_dumbbells, score_bars, similarity_heatmap
from sxai.spaces.verbs.details import OverlapDetail, SpaceDetail
from sxai.spaces.verbs.stored import SpaceSummary, list_spaces
from widgets.assess import detail
from widgets.jobs import work
from widgets.ui import assessment_view
from widgets.ui.charts import chart, project_classes
from widgets.ui.gallery import gallery, number_tiles

LEAST_MASKS = 3
MOST_MARKED = 64
"""Channels that charts mark: an estimator other than the paper's reads all of them."""


def extracting(project: Project, first: bool) -> None:
    """The button that extracts spaces, or the running extraction, or the concepts that it skipped."""
    job = work.follow(project, "extract", _early)
    if work.busy(job):
        return
    _passed_over(job)
    ready = [concept.name for concept in list_concepts(project) if concept.masks >= LEAST_MASKS]
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
            fit = st.session_state.get("extract-fit") or "normal"
            estimator = st.session_state.get("extract-estimator") or RECOMMENDED
            work.begin(project, "extract", {"names": chosen, "n_ssn": count, "fit": fit, "estimator": estimator})
        with st.popover("Options", icon=":material/tune:", type="tertiary"):
            st.multiselect(
                "Concepts", ready, key="extract-names", placeholder="all with masks", persist_state="session"
            )
            st.selectbox(
                "Direction found by",
                [RECOMMENDED, *TITLES],
                format_func=_titled,
                key="extract-estimator",
                persist_state="session",
                help="Only the paper's reads a few channels; the others weigh all of them.",
            )
            st.number_input(
                "Semantically sensitive neurons N_SSN",
                1,
                64,
                5,
                key="extract-ssn",
                persist_state="session",
                help="How many channels a space reads; the paper uses 5.",
            )
            st.selectbox(
                "Probability read from",
                list(assessment_view.FITS),
                format_func=assessment_view.FITS.__getitem__,
                key="extract-fit",
                persist_state="session",
                help=assessment_view.FIT_HELP,
            )


def _titled(estimator: str) -> str:
    if estimator == RECOMMENDED:
        return "recommended: the paper's and spatial; the better of both is used"
    return f"{estimator}: {TITLES[estimator]}"


def _early(detail: dict[str, object]) -> None:
    if "space" in detail:
        st.caption(assessment_view.plain(f"Extracting {detail['space']}"))


def _passed_over(job: JobRecord | None) -> None:
    if job is None or job.state != "done":
        return
    skipped, note = (job.result or {}).get("skipped", []), (job.result or {}).get("note", "")
    for name, reason in skipped:
        st.warning(
            f"**{assessment_view.plain(name)}** was passed over: {assessment_view.plain(reason)}",
            icon=":material/info:",
        )
    if note:
        st.caption(assessment_view.plain(note))
    if not (skipped or note):
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
            "R²": space.reference.r2,
            "fit": space.fit,
            "visible": space.masked.p_unmasked,
            "masked": space.masked.p_masked,
            "lowered": space.masked.share_lower,
            "held out": _percent(space.masked.share_lower_held_out),
            "ratio": _percent(space.ratios.unmasked),
            "up to date": not space.stale,
        }
        for space in spaces
    ]
    shown = pd.DataFrame(rows)
    if shown["held out"].isna().all():
        shown = shown.drop(columns="held out")
    st.dataframe(
        shown,
        hide_index=True,
        key="spaces-table",
        alt="Semantic spaces with their masks, fit and the effect of masking",
        column_config={
            "space": st.column_config.TextColumn(help="The concept, after the class whose images it was made from"),
            "masks": st.column_config.NumberColumn(help="Images in which the concept was masked"),
            "R²": st.column_config.NumberColumn(format="%.3f", help="q-q plot of the reference distribution"),
            "fit": st.column_config.TextColumn(
                "P read from",
                help="normal: the curve fitted to the reference images; empirical: those images themselves",
            ),
            "visible": st.column_config.NumberColumn("P visible", format="%.2f", help="Mean Pₛ, concept visible"),
            "masked": st.column_config.NumberColumn("P masked", format="%.2f", help="Mean Pₛ, concept masked"),
            "lowered": st.column_config.ProgressColumn(
                "lowered by masking",
                help="Share of masked images whose Pₛ fell",
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


def dumbbells(project: Project, spaces: Sequence[SpaceSummary]) -> None:
    """The effect of masking on the mean P of each space."""
    known = [space for space in spaces if space.masked.p_unmasked is not None]
    visible = [float(space.masked.p_unmasked or 0.0) for space in known]
    masked = [float(space.masked.p_masked or 0.0) for space in known]
    chart(
        masking_dumbbells([space.name for space in known], visible, masked, project_classes(project)), "spaces-masking"
    )


def close_look(project: Project, space: SpaceDetail) -> None:
    """One space: scores with and without, difference, its neurons, and the images with the least masking effect."""
    summary = space.summary
    colour = class_colour(summary.name, project_classes(project))
    marked = summary.channels[:MOST_MARKED]
    difference = difference_bars(
        space.difference, marked, summary.delta[:MOST_MARKED], summary.name, colour, shared=space.shared
    )
    if summary.estimator in SPATIALS:
        st.info(
            "This space reads every position of a picture, not these neurons: what is drawn here is what the paper's "
            "way finds in the same masks. Assess shows where it sees the concept.",
            icon=":material/grid_on:",
        )
    scores = score_bars(space.scores_unmasked, space.scores_masked, marked, summary.name, colour, shared=space.shared)
    chart(scores, "space-scores")
    chart(difference, "space-difference")
    left, right = st.columns([2, 3], gap="large")
    with left:
        _neurons(space)
    with right:
        _least_changed(project, space)


def _neurons(space: SpaceDetail) -> None:
    """The space's channels in numbers, with ways to the other spaces that read them too."""
    summary = space.summary
    st.markdown("**Semantically sensitive neurons**")
    neurons = pd.DataFrame(
        {
            "channel": summary.channels,
            "Δ": summary.delta,
            "share": 100 * np.square(summary.delta) / np.square(space.difference).sum(),
            "also in": [", ".join(space.shared.get(channel, [])) for channel in summary.channels],
        }
    )
    st.dataframe(
        neurons,
        hide_index=True,
        alt="Channels, their signed differences, and the other spaces that read them",
        column_config={
            "Δ": st.column_config.NumberColumn(format="%+.3f", help="Score with the concept less score without"),
            "share": st.column_config.NumberColumn(
                "share of Δ²", format="%.1f %%", help="Of the squared difference over all channels"
            ),
            "also in": st.column_config.TextColumn(help="Other spaces that read this channel too"),
        },
    )
    others = sorted({name for names in space.shared.values() for name in names})
    if not others:
        return
    st.caption("Spaces that share neurons with it")
    with st.container(horizontal=True, key="space-shared"):
        for name in others:
            st.button(assessment_view.plain(name), key=f"space-go-{name}", on_click=_look_at, args=(name,))


def _look_at(name: str) -> None:
    st.session_state["space"] = name


def _least_changed(project: Project, space: SpaceDetail) -> None:
    drops = space.p_unmasked - space.p_masked
    weakest = np.argsort(drops, kind="stable")[:10]
    st.markdown(f"**Where masking changes {assessment_view.plain(space.summary.name)} least**")
    pairs = [(space.mask_image_ids[at], float(drops[at])) for at in weakest]
    event = gallery(project, number_tiles(project, pairs, "P drops by"), "page.spaces.weakest", tile="6rem")
    if event.opened is not None:
        detail.open_image(project, event.opened, [image_id for image_id, _ in pairs])


def relations(overlap: OverlapDetail) -> None:
    """Overlap and cross-talk between all spaces."""
    left, right = st.columns(2, gap="large")
    with left:
        chart(crosstalk_heatmap(overlap.names, overlap.crosstalk), "spaces-crosstalk")
    with right:
        chart(similarity_heatmap(overlap.names, overlap.cosine, overlap.shared), "spaces-overlap")


def missing(project: Project) -> bool:
    """Show the next step if there is no space; whether that is so."""
    if list_spaces(project):
        return False
    best = max(list_concepts(project), key=lambda concept: concept.masks, default=None)
    if not list_models(project):
        assessment_view.nothing_yet(
            ":material/network_node:",
            "No network yet",
            "Semantic spaces are found inside a network.",
            "data/networks",
            "Choose a network",
        )
    elif best is None or best.masks == 0:
        assessment_view.nothing_yet(
            ":material/ink_selection:",
            "No masks yet",
            "Mask a concept, such as the eyes of a cat, in three images or more. The paper uses 100.",
            "concepts/mask",
            "Mask a concept",
        )
    elif best.masks < LEAST_MASKS:
        assessment_view.nothing_yet(
            ":material/ink_selection:",
            "More masks needed",
            f"{best.name} has {best.masks} of {LEAST_MASKS} masks. More make a better space; the paper uses 100.",
            "concepts/mask",
            "Go on masking",
        )
    else:
        assessment_view.nothing_yet(
            ":material/scatter_plot:",
            "No semantic space yet",
            "Masks are ready: extraction finds the neurons that carry each concept.",
            "concepts/spaces",
            "Extract spaces",
        )
    return True
