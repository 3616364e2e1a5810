"""One image looked at closely, over whatever page it was opened from."""

from collections.abc import Sequence

import streamlit as st

from sxai.images.verbs.sort import rename_image
from sxai.images.verbs.stored import thumbnail_path
from sxai.masks.verbs.save import masked_preview
from sxai.overview import SampleDetail, sample_detail
from sxai.project.project import Project
from sxai.search.verbs.search import mark, unmark
from widgets.ui import assessment_view
from widgets.ui.pages import file_of
from widgets.ui.session import boundary, image_number

MARKS = ("bad sample", "good example", "to check")
SHOWN = "page.detail.image"
ASKED = "page.detail.asked"


def open_image(project: Project, image_id: int, among: Sequence[int] = ()) -> None:
    """Open the image in a dialog; ``among`` are the images that previous and next step through."""
    st.session_state[SHOWN] = image_id
    _dialog(project, list(among))


def asked_for() -> int | None:
    """The image that the address asks for (``?image=12``), once; None when it asks for none."""
    wanted = st.query_params.get("image", "")
    number = image_number(wanted)
    if number is None or st.session_state.get(ASKED) == wanted:
        return None
    st.session_state[ASKED] = wanted
    return number


@st.dialog("Image", width="large")
def _dialog(project: Project, among: list[int]) -> None:
    with boundary():
        image_id = _stepped(among)
        detail = sample_detail(project, image_id)
        left, right = st.columns([2, 3], gap="large")
        with left:
            _picture(project, detail)
        with right:
            _reading(project, detail)


def _stepped(among: list[int]) -> int:
    current = int(st.session_state[SHOWN])
    if current not in among or len(among) < 2:
        return current
    at = among.index(current)
    with st.container(horizontal=True, vertical_alignment="center"):
        _step("Previous", ":material/chevron_left:", among[at - 1] if at else None, "detail-back")
        _step("Next", ":material/chevron_right:", among[at + 1] if at + 1 < len(among) else None, "detail-next")
        st.caption(f"{at + 1} of {len(among)}")
    return current


def _step(label: str, icon: str, target: int | None, key: str) -> None:
    st.button(label, icon=icon, disabled=target is None, key=key, on_click=_show, args=(target,))


def _show(image_id: int) -> None:
    st.session_state[SHOWN] = image_id


def _picture(project: Project, detail: SampleDetail) -> None:
    sample = detail.sample
    concepts = [str(mask["concept"]) for mask in detail.masks]
    view = "as it is"
    if concepts:
        view = st.pills("Show", ["as it is", *concepts], default="as it is", required=True, key="detail-view") or view
    if view in concepts:
        st.image(masked_preview(project, sample.id, view), width="stretch", alt=f"{sample.name}, {view} masked")
    else:
        st.image(str(thumbnail_path(project, sample.id, 640)), width="stretch", alt=sample.name)
    st.markdown(f"**{assessment_view.plain(sample.name)}**")
    facts = [sample.class_name or "no class", sample.split, f"{detail.width} × {detail.height} px", detail.format]
    st.caption(assessment_view.plain(" · ".join(facts)))
    with st.popover("Rename", icon=":material/edit:", key="detail-rename"):
        new = st.text_input("Name", sample.name, key=f"detail-name-{sample.id}-{sample.name}", max_chars=200)
        if st.button("Rename", key="detail-rename-go", disabled=new.strip() in ("", sample.name)):
            rename_image(project, str(sample.id), new)
            st.rerun(scope="fragment")
    _parts(detail)
    _marks(project, detail)


def _parts(detail: SampleDetail) -> None:
    seen = [name for name, visible in detail.parts.items() if visible]
    hidden = [name for name, visible in detail.parts.items() if not visible]
    if seen or hidden:
        known = f"Known parts: {', '.join(seen) or 'none'}" + (f"; hidden: {', '.join(hidden)}" if hidden else "")
        st.caption(assessment_view.plain(known))


def _marks(project: Project, detail: SampleDetail) -> None:
    stored = detail.sample.marks
    chosen = st.multiselect(
        "Marks",
        sorted({*MARKS, *stored}),
        default=stored,
        key=f"detail-marks-{detail.sample.id}",
        accept_new_options=True,
        placeholder="None yet",
    )
    for kind in set(chosen) - set(stored):
        mark(project, [detail.sample.id], kind)
    for kind in set(stored) - set(chosen):
        unmark(project, [detail.sample.id], kind)


def _reading(project: Project, detail: SampleDetail) -> None:
    assessment = detail.assessment
    if assessment is None:
        said = detail.sample
        if said.predicted is not None:
            st.markdown(f"The CNN says **{assessment_view.plain(said.predicted)}** ({said.confidence:.1%}).")
        st.info("Once semantic spaces are extracted, this image is assessed here.", icon=":material/info:")
        return
    assessment_view.verdict(project, assessment, "detail-verdict")
    assessment_view.warnings(assessment)
    assessment_view.radar(project, assessment, "detail-radar")
    assessment_view.findings_table(project, assessment)
    if st.button("Open in Assess", icon=":material/fact_check:", key="detail-assess"):
        st.session_state["page.assess.image"] = detail.sample.id
        st.switch_page(file_of("trust/assess"))
