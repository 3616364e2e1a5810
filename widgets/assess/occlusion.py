"""Which superpixels carry each concept: maps over the picture beside Grad-CAM, and how far the two agree."""

import json
from collections.abc import Hashable

import pandas as pd
import streamlit as st

from sxai.assess.verbs.evidence import (
    PictureEvidence,
    evidence_bytes,
    evidence_document,
    evidence_figure,
    evidence_image,
    position_figure,
    saliency_figure,
)
from sxai.errors import SxaiError
from sxai.project.project import Project
from widgets.ui import assessment_view
from widgets.ui.charts import chart
from widgets.ui.session import plain, sentence

GRAINS = {20: "Coarse", 40: "Medium", 80: "Fine"}
KEPT = 8
MANY = 12
"""Up to this many concepts are all offered; of more, only those of the predicted class."""


def carried(project: Project, name: str, image_id: int | None, data: bytes | None, key: Hashable) -> None:
    """The section of the Assess page; ``key`` stands for all that the evidence depends on besides the grain."""
    st.header("Where each concept is")
    st.caption("Each superpixel is filled in turn with the colour around it: what drops then was carried by it.")
    with st.container(horizontal=True, vertical_alignment="bottom", key="evidence-choice"):
        grain = st.segmented_control(
            "Superpixels",
            list(GRAINS),
            default=40,
            required=True,
            key="evidence-grain",
            persist_state="session",
            format_func=lambda count: f"{GRAINS[count]} ({count})",
        )
    try:
        shown = _found(project, name, image_id, data, int(grain or 40), key)
    except SxaiError as error:
        st.info(plain(sentence(error)), icon=":material/info:")
        return
    _maps(shown)
    _agreement(shown)


def _found(
    project: Project, name: str, image_id: int | None, data: bytes | None, count: int, key: Hashable
) -> PictureEvidence:
    """The evidence, computed once for the time that this session looks at it."""
    kept: dict[Hashable, PictureEvidence] = st.session_state.setdefault("page.assess.evidence", {})
    if (key, count) not in kept:
        if len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        bar = st.progress(0.0, text="Filling one superpixel after the other")

        def progress(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
            bar.progress(done / total if total else 0.0, text=f"Filling superpixels: {done} of {total}")

        try:
            kept[key, count] = (
                evidence_bytes(project, name, data, count, progress=progress)
                if data is not None
                else evidence_image(project, int(image_id or 0), count, progress=progress)
            )
        finally:
            bar.empty()
    return kept[key, count]


def _maps(shown: PictureEvidence) -> None:
    others = [name for name in shown.found.names if name not in shown.own]
    names = [*shown.own, shown.output, *(others if len(shown.found.names) <= MANY else [])]
    if st.session_state.get("evidence-concept") not in names:
        st.session_state["evidence-concept"] = names[0]
    chosen = st.pills("Concept", names, required=True, key="evidence-concept") or names[0]
    left, right = st.columns(2, gap="large")
    with left:
        chart(evidence_figure(shown, chosen), "evidence-map")
    with right:
        chart(saliency_figure(shown), "evidence-cam")
    if chosen in shown.where:
        with left:
            chart(position_figure(shown, chosen), "evidence-where")


def _agreement(shown: PictureEvidence) -> None:
    """Every concept of the class in numbers: what the best superpixel carries, and the agreement with Grad-CAM."""
    rows = [
        {
            "concept": name,
            "value": shown.value(name),
            "largest": float(shown.drops(name).max()),
            "sum": float(shown.drops(name).sum()),
            "together": shown.together(name),
            "agreement": shown.agreement[name],
        }
        for name in (*shown.own, shown.output)
    ]
    number = st.column_config.NumberColumn
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt="What the superpixels carry of each concept, and how Grad-CAM agrees",
        column_config={
            "value": number("P", format="%.2f", help="Semantic probability, for p(class) the CNN's own probability"),
            "largest": number("largest drop", format="%+.2f", help="What filling one superpixel takes away at most"),
            "sum": number("sum of drops", format="%+.2f", help="Drops of single superpixels, added up"),
            "together": number("all filled", format="%+.2f", help="The drop with every superpixel filled at once"),
            "agreement": number("ρ with Grad-CAM", format="%+.2f", help="Rank correlation over superpixels, −1 to 1"),
        },
    )
    st.caption(
        "ρ compares each concept's drops with the mean of Grad-CAM over each superpixel. Grad-CAM explains the class, "
        "not a concept: where ρ is low, the CNN looked elsewhere than where the concept is."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        stem = shown.file.rpartition(".")[0] or shown.file
        st.download_button(
            "Evidence (JSON)",
            lambda: json.dumps(evidence_document(shown), indent=2),
            f"{stem}-evidence.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
            key="evidence-json",
        )
        kept = f" · kept {shown.created[:16].replace('T', ' ')}" if shown.created else ""
        grain = f"{len(shown.heat_means)} superpixels ({shown.superpixels.count} asked for)"
        st.caption(assessment_view.plain(f"Network {shown.model} · {grain} · sxai {shown.version}{kept}"))
