"""What is in my data? A gallery with filters, import, and a close look at each image."""

import streamlit as st

from widgets import browsing, detail, gallery, results
from widgets.session import boundary, workspace

ws = workspace()
st.title("Samples")
browsing.importing(ws)

if ws.catalogue.count_images() == 0:
    results.nothing_yet(
        ":material/photo_library:",
        "No images yet",
        "Import two classes or more: a folder or a zip with one folder for each class.",
        "start",
        "Start a project",
    )
    st.stop()

wanted = browsing.filters(ws)
with boundary():
    found, _ = browsing.page_of(ws, wanted)
    ids = [sample.id for sample in found.images]
    gallery.pager(found.total, browsing.PAGE)
    bar = st.container()
    event = gallery.gallery(ws, [gallery.sample_tile(one) for one in found.images], browsing.GRID, pickable=True)
    if not found.images:
        st.info("No image passes these filters. Widen one of them.", icon=":material/filter_alt_off:")
    if event.picked:
        with bar:
            browsing.actions(ws, event.picked, browsing.GRID)
    asked = detail.asked_for()
    if event.opened is not None or asked is not None:
        detail.open_image(ws, event.opened or asked, ids)
