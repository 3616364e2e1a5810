"""The over-confident: images of which the CNN is certain although it shows nothing of the class that it names."""

import streamlit as st

from sxai.plot.table import csv_bytes
from sxai.project.project import Project
from sxai.search.verbs.overconfident import (
    OverConfident,
    OverConfidentResult,
    overconfident,
    overconfident_query,
    overconfident_table,
)
from widgets.assess import detail
from widgets.project import samples
from widgets.ui import gallery
from widgets.ui.pages import file_of
from widgets.ui.session import plain

PAGE, GRID = "page.assess.doubts", "page.assess.doubtful"


def listed(project: Project) -> None:
    """The bounds, how many images are beyond them, and those images, the worst first."""
    with st.container(horizontal=True, key="overconfident-bounds"):
        confidence = st.slider("The CNN is more certain than", 0.5, 1.0, 0.9, 0.01, key="over-confidence", width=300)
        unseen = st.slider("and every P of its class is below", 0.0, 1.0, 0.2, 0.01, key="over-unseen", width=300)
    found = overconfident(project, confidence, unseen)
    _told(found)
    if not found.images:
        return
    _away(project, found)
    number = gallery.pager(len(found.images), PAGE)
    bar = st.container()
    shown = found.images[number * gallery.PER_PAGE : (number + 1) * gallery.PER_PAGE]
    event = gallery.gallery(project, [_tile(image) for image in shown], GRID, pickable=True)
    if event.picked:
        with bar:
            samples.actions(project, event.picked, GRID)
    if event.opened is not None:
        detail.open_image(project, event.opened, [image.image_id for image in shown])


def _told(found: OverConfidentResult) -> None:
    count = len(found.images)
    words = f"**{count:,}** of {found.certain:,} images that the CNN is certain of show nothing of the class it names"
    st.markdown(f"{words} ({found.considered:,} images in all).")
    if found.unjudged:
        st.caption(f"{found.unjudged:,} certain ones cannot be judged: their class has no semantic space yet.")
    if count:
        st.caption("Ranked by how far the CNN's certainty exceeds the largest P of its class.")
    else:
        st.info("None with these bounds. Raise the second bound to see the nearest.", icon=":material/verified:")


def _away(project: Project, found: OverConfidentResult) -> None:
    """The list to take along, and the search that finds the same for each class."""
    with st.container(horizontal=True, vertical_alignment="center", key="overconfident-away"):
        st.download_button(
            "CSV",
            lambda: csv_bytes(overconfident_table(found.images)),
            "overconfident.csv",
            "text/csv",
            icon=":material/download:",
            key="overconfident-csv",
            on_click="ignore",
        )
        for name in sorted({image.predicted for image in found.images})[:6]:
            query = overconfident_query(name, found.confidence, found.unseen)
            st.page_link(
                file_of("trust/search"),
                label=plain(f"Search {name}"),
                icon=":material/manage_search:",
                query_params={"q": query},
            )


def _tile(image: OverConfident) -> gallery.Tile:
    tone = None if image.class_name is None else "right" if image.predicted == image.class_name else "wrong"
    seen = f"{image.concept} {image.p_max:.2f}".replace("-0.", "−0.")
    if image.familiarity is not None:
        seen += f" · familiarity {image.familiarity:.2f}"
    return gallery.Tile(image.image_id, image.file, (f"{image.predicted} {image.confidence:.1%}", seen), tone)
