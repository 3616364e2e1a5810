"""The panels of the overview: images, network, concepts with their spaces, running jobs."""

from typing import Any

import streamlit as st

from sxai.images.verbs.stored import thumbnail_path
from sxai.overview import Overview
from sxai.project.homes import ProjectHome
from sxai.project.project import Project
from sxai.spaces.verbs.stored import SpaceSummary
from widgets.jobs.live import job_progress
from widgets.ui.assessment_view import code
from widgets.ui.session import plain

MASKED_ENOUGH = 100
STRIP = 10
"""Pictures in the strip."""


def headline(overview: Overview, home: ProjectHome) -> None:
    """Four numbers on the state of the project."""
    st.caption(
        "The demo: drawn pets with known parts. Everything can be clicked and changed."
        if overview.demo
        else f"{plain(home.name)}, kept in `{code(str(overview.home))}`"
    )
    usable = [space for space in overview.spaces if not space.stale]
    numbers = {
        "Images": f"{sum(row[4] for row in overview.classes):,}",
        "Classes": f"{len(overview.classes)}",
        "Masks": f"{sum(concept.masks for concept in overview.concepts):,}",
        "Semantic spaces": f"{len(usable)}",
    }
    with st.container(horizontal=True, key="overview-numbers"):
        for label, value in numbers.items():
            st.metric(label, value)


def next_step(overview: Overview) -> None:
    """The first thing on the checklist that is not done, as the page's one primary button."""
    step = next((step for step in overview.checklist if not step.done), None)
    if step is None:
        _ready()
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="overview-next"):
        st.markdown(f"**Next: {step.title.lower()}**  \n{step.hint}", width="stretch")
        if st.button("Go there", type="primary", icon=":material/arrow_forward:", key="overview-go"):
            st.switch_page(f"pages/{step.page}.py")


def _ready() -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="overview-ready"):
        st.markdown("**Everything is ready.**  \nAsk how far a prediction can be trusted.", width="stretch")
        if st.button("Search by meaning", icon=":material/manage_search:", key="overview-search"):
            st.switch_page("pages/search.py")
        if st.button("Assess an image", type="primary", icon=":material/fact_check:", key="overview-assess"):
            st.switch_page("pages/assess.py")


def pictures(project: Project, overview: Overview) -> None:
    """A few example pictures of each class."""
    names = [row[0] for row in overview.classes][:4]
    each = STRIP // max(1, len(names))
    shown = [image for name in names for image in project.catalogue.images(class_name=name, limit=each)]
    with st.container(horizontal=True, wrap=False, gap="xsmall", key="overview-pictures"):
        for image in shown:
            st.image(thumbnail_path(project, image.id), width=96)


def images(overview: Overview) -> None:
    """Images of each class and split."""
    st.subheader("Images")
    if not overview.classes:
        st.write("No images yet.")
        return
    rows = [
        {"Class": name, "Train": train, "Validation": val, "Reference": reference, "All": total}
        for name, train, val, reference, total in overview.classes
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    st.caption("The network learns from the training pictures; the validation pictures tell how well.")


def model(overview: Overview) -> None:
    """The network in use and how well it does."""
    st.subheader("Network")
    if overview.model is None:
        st.write("No network yet.")
        return
    summary = overview.model
    st.markdown(f"**{plain(summary.model)}**, {plain(summary.backbone)} with {summary.channels} channels")
    with st.container(horizontal=True):
        for split, label in (("val", "Validation accuracy"), ("train", "Training accuracy")):
            value = summary.accuracy.get(split)
            if value is not None:
                st.metric(label, f"{value:.1%}")
    if not summary.trained:
        st.caption("Its head is not trained yet.")


def concepts(overview: Overview) -> None:
    """Concepts by masks and spaces, one row each."""
    st.subheader("Concepts")
    if not overview.concepts:
        st.write("No concepts yet. A concept is a part that you can point at, such as the eyes of a cat.")
        return
    spaces = {space.name: space for space in overview.spaces}
    rows = [_row(concept.name, concept.masks, spaces.get(concept.name)) for concept in overview.concepts]
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        placeholder="",
        column_config={
            "Masked images": st.column_config.ProgressColumn(
                format="%d", min_value=0, max_value=max(MASKED_ENOUGH, *(row["Masked images"] for row in rows))
            ),
            "q-q R²": st.column_config.NumberColumn(
                format="%.3f", help="1 means exactly normal; the paper: above 0.97"
            ),
            "P shown": st.column_config.NumberColumn(
                format="%.2f", help="Mean probability on the masked images before"
            ),
            "P masked": st.column_config.NumberColumn(format="%.2f", help="… and after the concept was filled"),
        },
    )
    st.caption("A good space has an R² near 1, and its probability falls when the concept is masked.")


def _row(name: str, masks: int, space: SpaceSummary | None) -> dict[str, Any]:
    return {
        "Concept": name,
        "Masked images": masks,
        "Space": "none yet" if space is None else "masks changed since" if space.stale else "ready",
        "q-q R²": space.reference.r2 if space else None,
        "P shown": space.masked.p_unmasked if space else None,
        "P masked": space.masked.p_masked if space else None,
    }


def running(project: Project, overview: Overview) -> None:
    """Jobs that run now, live."""
    if not overview.jobs_running:
        return
    st.subheader("Running")
    for job in project.catalogue.jobs(states=("queued", "running")):
        job_progress(project, job.id)
