"""Below the picker: history, quality and exchange of the masks of a concept, and conflicts as they happen."""

import streamlit as st

from sxai.masks.verbs.history import EditsMet, saw_conflicts, unseen_conflicts
from sxai.project.project import Project
from widgets.masks import exchange, history, quality
from widgets.ui.session import boundary, plain

HISTORY, QUALITY, EXCHANGE = "History", "Quality", "Exchange"
TOLD = 3


def conflicts(project: Project, author: str) -> None:
    """Notify both annotators of an edit conflict; checks every few seconds."""
    st.fragment(_conflicts, run_every=5)(project, author)


def _conflicts(project: Project, author: str) -> None:
    with boundary():
        met = unseen_conflicts(project, author)
        if not met:
            return
        with st.container(border=True, key="mask-conflicts"):
            for conflict in met[:TOLD]:
                st.markdown(f":material/call_merge: {_met(conflict, author)}")
            if len(met) > TOLD:
                st.caption(f"… and earlier ones; all of them are under {HISTORY}.")
            st.button(
                "Seen",
                icon=":material/check:",
                key="mask-conflicts-seen",
                type="tertiary",
                on_click=saw_conflicts,
                args=(project, author, met[0].id),
            )


def _met(conflict: EditsMet, author: str) -> str:
    """One edit conflict in words, for one of its two annotators."""
    first, second = ("your" if name == author else f"{plain(name)}'s" for name in (conflict.other, conflict.author))
    if conflict.author == conflict.other:
        second = "your own other" if conflict.author == author else f"{second} other"
    settled = f"went into version {conflict.settled}" if conflict.settled else "was refused, and has not been repeated"
    return (
        f"**{first[0].upper()}{first[1:]}** and **{second}** edits of {plain(conflict.concept)} on "
        f"{plain(conflict.image_name)} conflict: version {conflict.version} came first, {second} edit {settled}."
    )


def panels(project: Project, concept: str, author: str) -> None:
    """History, quality and exchange of the masks of a concept; each is computed only when it is open."""
    conflicts(project, author)
    chosen = st.segmented_control("The masks of this concept", (HISTORY, QUALITY, EXCHANGE), key="mask-records")
    with boundary():
        if chosen == HISTORY:
            history.panel(project, concept, author)
        elif chosen == QUALITY:
            quality.panel(project, concept)
        elif chosen == EXCHANGE:
            exchange.panel(project, concept, author)
