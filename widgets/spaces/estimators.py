"""The comparison of estimators for each concept, and the choice of a stored space."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from sxai.project.project import Project
from sxai.spaces.verbs.recommend import Recommendation, Recommendations, recommend_estimators
from sxai.spaces.verbs.stored import list_spaces, stored_estimators, use_estimator
from widgets.spaces.scoreboard import truth_state
from widgets.ui.session import plain, progress_bar

APPLY = "estimators-apply"


def section(project: Project) -> None:
    """The estimators of each concept compared on the same images, if it has spaces of several."""
    st.header("Which estimator finds the part?")
    stored = {name: times for name, times in stored_estimators(project).items() if len(times) > 1}
    if not stored:
        st.caption(
            "Every concept has a space by one estimator so far. Extract them with another on Semantic spaces, "
            "for instance spatial, which reads positions, and both are compared here on the same images."
        )
        return
    recommendations = _known(project, stored)
    _table(recommendations)
    better = [concept for concept in recommendations.concepts if concept.best not in (None, concept.in_use)]
    if not better:
        st.markdown("Each of these concepts is read by the best of its stored spaces, as far as is known.")
        return
    advice = ", ".join(f"{concept.name} by {concept.best}" for concept in better)
    st.markdown(plain(f"Recommended: {advice}."))
    if st.button("Use the recommended", icon=":material/swap_horiz:", key=APPLY, help="Nothing is extracted again"):
        _apply(project, better)


def _known(project: Project, stored: Mapping[str, Mapping[str, str]]) -> Recommendations:
    """The comparison, cached until spaces, the choice among them or presence labels change."""
    used = tuple((space.name, space.estimator) for space in list_spaces(project))
    state = tuple((name, *times.items()) for name, times in stored.items())
    key = ("page estimators", used, state, truth_state(project, list(stored)))
    if key not in project.cache:
        project.forget("page estimators")
    with progress_bar() as progress:
        recommendations: Recommendations = project.remember(
            key, lambda: recommend_estimators(project, list(stored), progress=progress)
        )
    return recommendations


def _apply(project: Project, better: list[Recommendation]) -> None:
    for concept in better:
        use_estimator(project, [concept.name], str(concept.best))
    st.rerun()


def _table(recommendations: Recommendations) -> None:
    names = list(dict.fromkeys(score.estimator for concept in recommendations.concepts for score in concept.scores))
    rows = [
        {"space": concept.name, "in use": concept.in_use, "best": concept.best}
        | {score.estimator: score.auc for score in concept.scores}
        | {"images": f"{concept.n_visible} with, {concept.n_hidden} without"}
        for concept in recommendations.concepts
    ]
    config = {name: st.column_config.NumberColumn(name, format="%.3f", help="Presence AUC") for name in names}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=config,
        key="estimators-table",
        alt="Presence AUC of each concept by every estimator that it has a space by",
    )
