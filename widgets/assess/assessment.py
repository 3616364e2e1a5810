"""The Assess page's pieces: where the picture comes from, and its assessment."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from sxai.assess.verbs.assess import assess_bytes, assess_image, assessment_fingerprint, similar
from sxai.assess.verdict import ImageAssessment
from sxai.errors import SxaiError
from sxai.images.decode import canvas as on_canvas
from sxai.images.decode import decode, encode
from sxai.images.verbs.stored import thumbnail_path
from sxai.project.project import Project
from sxai.spaces.defaults import DEFAULT
from sxai.spaces.verbs.stored import list_spaces
from widgets.assess import detail, occlusion
from widgets.ui import assessment_view, uploads
from widgets.ui.gallery import gallery, number_tiles
from widgets.ui.image_chooser import find_image
from widgets.ui.paste import paste
from widgets.ui.session import keyed, sentence

SOURCES = {"upload": "Upload", "project": "From the project", "paste": "Paste"}
PICKED = "page.assess.image"
"""Where :func:`.find_image` keeps this page's choice; set before, the page opens on that image."""

KEPT = 64

COMPARABLE = 3
"""Fewest concepts by which pictures are compared."""


PICTURE, SALIENCY, DOUBTS, REPORT = VIEWS = ("One picture", "Saliency", "Over-confident", "Report")


def view() -> str:
    """Which part of the page is looked at, one of VIEWS; it stands in the address."""
    chosen = st.segmented_control(
        "View", VIEWS, default=PICTURE, required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    return str(chosen)


@dataclass(frozen=True)
class Picture:
    """A picture to assess: one of the project's (``image_id``) or bytes from elsewhere."""

    name: str
    image_id: int | None = None
    data: bytes | None = None


@st.cache_data(max_entries=KEPT, show_spinner=False)
def viewable(data: bytes) -> bytes:
    """Any readable picture as JPEG bytes on the canvas, as the network gets to see it."""
    return encode(on_canvas(decode(data).pixels), "jpeg")


def pictures(project: Project) -> list[Picture]:
    """What the person wants assessed: uploads, one of the project's images, or a pasted picture."""
    if PICKED in st.session_state and "assess-source" not in st.session_state:
        st.session_state["assess-source"] = "project"
    source = st.segmented_control(
        "Picture",
        list(SOURCES),
        default="project",
        required=True,
        key="assess-source",
        persist_state="session",
        format_func=SOURCES.__getitem__,
        label_visibility="collapsed",
    )
    if source == "upload":
        files = st.file_uploader(
            "Pictures",
            type=uploads.KINDS,
            accept_multiple_files=True,
            key="assess-files",
            max_upload_size=uploads.PICTURE_MB,
        )
        return [Picture(file.name, data=file.getvalue()) for file in files]
    if source == "paste":
        found = paste(keyed(project, "assess-paste"))
        return [Picture(found[0], data=found[1])] if found else []
    image = find_image(project, "assess")
    return [Picture(image.name, image_id=image.id)] if image else []


def assessed(project: Project, wanted: Sequence[Picture]) -> list[tuple[Picture, ImageAssessment]]:
    """Assess every picture; one that cannot be read gives an error message and the others go on."""
    found = []
    for picture in wanted:
        try:
            found.append((picture, _assess(project, picture)))
        except SxaiError as error:
            if picture.data is None:
                raise
            st.error(
                f"{assessment_view.plain(picture.name)}: {assessment_view.plain(sentence(error))}",
                icon=":material/broken_image:",
            )
    return found


def _assess(project: Project, picture: Picture) -> ImageAssessment:
    """Assess a picture once: running the page again must neither compute nor record it again."""
    key = _key(project, picture)
    kept: dict[object, ImageAssessment] = st.session_state.setdefault("page.assess.kept", {})
    if key not in kept:
        if len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = (
            assess_bytes(project, picture.name, picture.data)
            if picture.data is not None
            else assess_image(project, int(picture.image_id or 0))
        )
    return kept[key]


def _key(project: Project, picture: Picture) -> tuple[str, ...]:
    """What an assessment of the picture depends on."""
    what = str(picture.image_id) if picture.data is None else hashlib.sha256(picture.data).hexdigest()
    return (str(project.home), assessment_fingerprint(project), what, picture.name)


def chosen_of(found: list[tuple[Picture, ImageAssessment]]) -> tuple[Picture, ImageAssessment]:
    """The picture to show in full; of several, a table comes first and one is chosen."""
    if len(found) == 1:
        return found[0]
    rows = [
        {
            "picture": one.name,
            "CNN": said.predicted,
            "p": said.confidence,
            "level": assessment_view.LEVELS[said.level][0],
            "verdict": f"{said.verdict} {said.caution}".strip(),
        }
        for one, said in found
    ]
    config = {"p": st.column_config.ProgressColumn("p(class)", min_value=0.0, max_value=1.0, format="percent")}
    event = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="assess-table",
        on_select="rerun",
        selection_mode="single-row",
        column_config=config,
        alt="Assessed pictures",
    )
    chosen = list(event.selection.rows)
    return found[chosen[0] if chosen and chosen[0] < len(found) else 0]


def report(project: Project, picture: Picture, said: ImageAssessment) -> None:
    """Everything about one picture, the sentence first."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        shown = viewable(picture.data) if picture.data is not None else _stored(project, int(picture.image_id or 0))
        st.image(shown, width="stretch", alt=picture.name)
        st.markdown("**What the CNN says**")
        assessment_view.outputs_table(said.outputs)
    with right:
        assessment_view.verdict(project, said)
        assessment_view.warnings(said)
        assessment_view.radar(project, said, "assess-radar")
    st.header("Concept by concept")
    assessment_view.findings_table(project, said)
    _rest(project, said)
    occlusion.carried(project, picture.name, picture.image_id, picture.data, _key(project, picture))
    _similar(project, said)


def _stored(project: Project, image_id: int) -> str:
    return str(thumbnail_path(project, image_id, 640))


def _rest(project: Project, said: ImageAssessment) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "JSON",
            assessment_view.as_json(said),
            f"{said.file.rpartition('.')[0] or said.file}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
            key="assess-json",
        )
        read = "P is the calibrated probability" if said.paper_probabilities else "P as computed, not clipped"
        st.caption(assessment_view.plain(f"Network {said.model}; {read}{_estimators(project, said)}."))


def _estimators(project: Project, said: ImageAssessment) -> str:
    """Which concepts are read by another estimator than the paper's, for the caption."""
    others = {space.name: space.estimator for space in list_spaces(project, said.model) if space.estimator != DEFAULT}
    told = [f"{name} by {others[name]}" for name in said.probabilities if name in others]
    return f"; read {', '.join(told)}, the others by the average" if told else ""


def _similar(project: Project, said: ImageAssessment) -> None:
    st.header("Similar samples")
    if len(said.probabilities) < COMPARABLE:
        told = "concept has a space" if len(said.probabilities) == 1 else "concepts have spaces"
        st.caption(
            f"Only {len(said.probabilities)} {told}. Pictures that lack them all look alike, whatever their class: "
            f"from {COMPARABLE} concepts on, similar pictures are shown here."
        )
        return
    st.caption(
        "Images of the project with the nearest semantic probabilities; d is the root mean square distance in P."
    )
    pairs = similar(project, said.probabilities, limit=8, skip=said.image_id)
    event = gallery(project, number_tiles(project, pairs, "d"), "page.assess.similar", tile="6.5rem")
    if event.opened is not None:
        detail.open_image(project, event.opened, [image_id for image_id, _ in pairs])
