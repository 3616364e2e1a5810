"""Which estimator finds each concept best, and going back to a stored space of another."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from sxai import workflows as verbs
from sxai.workflows import Recommendation, Recommendations, Workspace
from widgets.scoreboard import truth_state
from widgets.session import plain, progress_bar

APPLY = "estimators-apply"


def section(ws: Workspace) -> None:
    """The estimators of a concept held against the same images, where there are several to choose from."""
    st.subheader("Which estimator finds the part?")
    stored = {name: made for name, made in verbs.stored_estimators(ws).items() if len(made) > 1}
    if not stored:
        st.caption(
            "Every concept has a space by one estimator so far. Extract them with another on Semantic spaces, "
            "for instance spatial, which reads positions, and both are compared here on the same images."
        )
        return
    found = _known(ws, stored)
    _table(found)
    better = [concept for concept in found.concepts if concept.best not in (None, concept.in_use)]
    if not better:
        st.markdown("Each of these concepts is read by the best of its stored spaces, as far as is known.")
        return
    advice = ", ".join(f"{concept.name} by {concept.best}" for concept in better)
    st.markdown(plain(f"Recommended: {advice}."))
    if st.button("Use the recommended", icon=":material/swap_horiz:", key=APPLY, help="Nothing is extracted again"):
        _apply(ws, better)


def _known(ws: Workspace, stored: Mapping[str, Mapping[str, str]]) -> Recommendations:
    """The comparison, kept until spaces, the choice among them or what is known of images change."""
    used = tuple((space.name, space.estimator) for space in verbs.list_spaces(ws))
    made = tuple((name, *times.items()) for name, times in stored.items())
    key = ("page estimators", used, made, truth_state(ws, list(stored)))
    if key not in ws.cache:
        ws.forget("page estimators")
    with progress_bar() as progress:
        found: Recommendations = ws.remember(
            key, lambda: verbs.recommend_estimators(ws, list(stored), progress=progress)
        )
    return found


def _apply(ws: Workspace, better: list[Recommendation]) -> None:
    for concept in better:
        verbs.use_estimator(ws, [concept.name], str(concept.best))
    st.rerun()


def _table(found: Recommendations) -> None:
    names = list(dict.fromkeys(score.estimator for concept in found.concepts for score in concept.scores))
    rows = [
        {"space": concept.name, "in use": concept.in_use, "best": concept.best}
        | {score.estimator: score.auc for score in concept.scores}
        | {"images": f"{concept.n_visible} with, {concept.n_hidden} without"}
        for concept in found.concepts
    ]
    config = {name: st.column_config.NumberColumn(name, format="%.3f", help="Presence AUC") for name in names}
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config=config, key="estimators-table",
        alt="Presence AUC of each concept by every estimator that it has a space by",
    )  # fmt: skip
