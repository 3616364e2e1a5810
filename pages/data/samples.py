"""What is in my data? A gallery with filters, import, and a close look at each image."""

import streamlit as st

from widgets.assess import detail
from widgets.project import samples
from widgets.ui import assessment_view, gallery
from widgets.ui.session import boundary, opened_project

project = opened_project()
st.title("Samples")
samples.importing(project)

if project.catalogue.count_images() == 0:
    assessment_view.nothing_yet(
        ":material/photo_library:",
        "No images yet",
        "Import two classes or more: a folder or a zip with one folder for each class.",
        "data/new_project",
        "Start a project",
    )
    st.stop()

wanted = samples.filters(project)
with boundary():
    found, _ = samples.page_of(project, wanted)
    ids = [sample.id for sample in found.images]
    samples.undoing(project)
    with st.container(horizontal=True, vertical_alignment="center", key="samples-head"):
        gallery.pager(found.total, samples.PAGE)
        every = samples.every_hit(project, wanted, found.total)
    bar = st.container()
    event = gallery.gallery(project, [gallery.sample_tile(one) for one in found.images], samples.GRID, pickable=True)
    if not found.images:
        st.info("No image passes these filters. Widen one of them.", icon=":material/filter_alt_off:")
    if every or event.picked:
        with bar:
            samples.actions(project, every or event.picked, samples.GRID)
    asked = detail.asked_for()
    if event.opened is not None or asked is not None:
        detail.open_image(project, event.opened or asked, ids)
