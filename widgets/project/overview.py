"""The panels of what a project holds: images, network, concepts with their spaces."""

from typing import Any

import streamlit as st

from sxai.overview import Overview
from sxai.spaces.verbs.stored import SpaceSummary
from widgets.ui.assessment_view import code
from widgets.ui.session import plain

MASKED_ENOUGH = 100


def board(overview: Overview) -> None:
    """Everything that the project holds, in three tables."""
    st.caption(f"Kept in `{code(str(overview.home))}`")
    left, right = st.columns([3, 2], gap="large")
    with left, st.container(key="overview-images"):
        images(overview)
    with right, st.container(key="overview-model"):
        model(overview)
    with st.container(key="overview-concepts"):
        concepts(overview)


def images(overview: Overview) -> None:
    """Images of each class and split."""
    st.header("Images")
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
    st.header("Network")
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
    st.header("Concepts")
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
