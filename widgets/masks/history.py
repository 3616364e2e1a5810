"""The history of masks: versions on one picture, annotators, latest edits, and edit conflicts."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from sxai.masks.verbs.history import (
    Annotator,
    EditsMet,
    MaskChange,
    annotators,
    mask_conflicts,
    mask_edits,
    mask_history,
    restore_mask,
    undo_mask,
)
from sxai.project.project import Project
from widgets.jobs.job_list import moment
from widgets.ui.session import image_number, plain

SHOWN = 12


def panel(project: Project, concept: str, author: str) -> None:
    _this_picture(project, concept, author)
    st.markdown("**Who masked**")
    people = annotators(project, concept)
    if not people:
        st.caption("Nobody yet: every change is kept from the first click on.")
        return
    pace = {"seconds an edit": st.column_config.NumberColumn(format="%.1f")}
    st.dataframe(_people(people), hide_index=True, column_config=pace, key="mask-people", alt="What each annotator did")
    st.markdown("**Latest edits**")
    edits = mask_edits(project, concept, limit=200)
    st.dataframe(
        pd.DataFrame([_edit_row(edit) for edit in edits]),
        hide_index=True,
        height=260,
        key="mask-edits",
        alt="Edits of masks, newest first",
    )
    met = mask_conflicts(project, concept, limit=200)
    if met:
        st.markdown("**Edits that met**")
        st.dataframe(
            pd.DataFrame([_met_row(conflict) for conflict in met]),
            hide_index=True,
            key="mask-met",
            alt="Edits of two people that met",
        )


def _this_picture(project: Project, concept: str, author: str) -> None:
    """Every version of the mask on the picker's picture, each of which can be brought back."""
    image_id = image_number(str(st.query_params.get("image", "")))
    st.markdown("**This picture**")
    changes = mask_history(project, image_id, concept) if image_id is not None else []
    if not changes:
        st.caption("No mask was ever saved here. Mark something: every change can be taken back later.")
        return
    if st.button("Undo the latest edit", icon=":material/undo:", key="mask-undo"):
        undo_mask(project, int(image_id or 0), concept, author)
        st.rerun()
    for change in changes[: -SHOWN - 1 : -1]:
        _version(project, int(image_id or 0), concept, author, change, change is changes[-1])
    if len(changes) > SHOWN:
        st.caption(f"… and {len(changes) - SHOWN} earlier versions: sxai mask history {concept} --image {image_id}")


def _version(project: Project, image_id: int, concept: str, author: str, change: MaskChange, now: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"mask-version-{change.version}"):
        st.markdown(
            f"**{change.version}** {plain(change.author)} {_did(change)}, {change.pixels:,} pixels "
            f"(+{change.added:,} −{change.removed:,}) :gray[{_when(change.created)}]",
            width="stretch",
        )
        if now:
            st.badge("now")
        elif st.button("Bring back", key=f"mask-back-{change.version}", type="tertiary", icon=":material/history:"):
            restore_mask(project, image_id, concept, change.version, author)
            st.rerun()


def _did(change: Any) -> str:
    if change.restored is None:
        return str(change.action)
    return f"brought back version {change.restored}" if change.restored else "took the mask away again"


def _when(text: str) -> str:
    time = moment(text)
    return f"{time.astimezone():%-d %b %H:%M:%S}" if time else ""


def _people(people: Sequence[Annotator]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "who": person.author,
                "masks now": person.masks,
                "images": person.images,
                "edits": person.edits,
                "made": person.created,
                "changed": person.changed,
                "deleted": person.deleted,
                "brought back": person.restored,
                "conflicts": person.conflicts,
                "seconds an edit": person.seconds,
                "last": _when(person.last),
            }
            for person in people
        ]
    )


def _edit_row(edit: Any) -> dict[str, Any]:
    return {
        "when": _when(edit.created),
        "who": edit.author,
        "what": _did(edit),
        "version": edit.version,
        "image": edit.image_id,
        "name": edit.image_name,
    }


def _met_row(conflict: EditsMet) -> dict[str, Any]:
    return {
        "when": _when(conflict.created),
        "refused": conflict.author,
        "came first": conflict.other,
        "version": conflict.version,
        "settled in": f"version {conflict.settled}" if conflict.settled else "not yet",
        "name": conflict.image_name,
    }
