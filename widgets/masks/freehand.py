"""Brush and polygon: for concepts that no superpixel follows. Every stroke is saved."""

from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from sxai.errors import EditConflict
from sxai.masks.verbs.save import MaskCanvas, canvas_for, mask_queue, masked_preview, save_region
from sxai.project.project import Project
from widgets.masks.image_queue import ImageQueue
from widgets.masks.masking import author, progress, queue_of, remember
from widgets.ui.session import boundary, plain

WIDTH = 520
TINT = np.array([0, 114, 178])
TOOLS = {"Brush": "freedraw", "Polygon": "polygon", "Ellipse": "circle", "Rectangle": "rect"}


@st.fragment
def freehand(project: Project, concept: str) -> None:
    """Draw on the current picture of the queue; the result is shown beside it."""
    with boundary():
        queue = queue_of(concept)
        image_id = queue.here(lambda: mask_queue(project, concept))
        if image_id is None:
            st.success("No picture is left to mask.", icon=":material/check_circle:")
            return
        remember(concept, image_id)
        canvas = canvas_for(project, image_id, concept)
        with st.container(horizontal=True, vertical_alignment="bottom", key="freehand-tools"):
            tool = st.segmented_control("Tool", list(TOOLS), default="Brush", key="freehand-tool") or "Brush"
            adding = st.segmented_control("Drawing", ["adds", "removes"], default="adds", key="freehand-mode")
            width = st.slider("Brush width", 2, 60, 18, key="freehand-width", width=180)
        _sheet(project, concept, canvas, TOOLS[tool], adding != "removes", width)
        st.caption(f"{plain(canvas.name)} · {progress(project, concept)}")
        _walk(queue, image_id)


def _sheet(project: Project, concept: str, canvas: MaskCanvas, tool: str, adding: bool, width: int) -> None:
    base = _base(concept, canvas, adding)
    drawing, result = st.columns(2, gap="medium")
    with drawing, st.container(key="freehand-sheet"):
        drawn = _draw(canvas, base, tool, adding, width)
    if drawn is None:
        _start_afresh(base)
    else:
        region = base["region"] | drawn if adding else base["region"] & ~drawn
        _save(project, concept, canvas, base, region)
    with result, st.container(key="freehand-preview"):
        st.image(masked_preview(project, canvas.image_id, concept), width=WIDTH)
        state = f"Saved, version {base['version']}" if base["version"] else "Not masked yet"
        st.caption(f"What the network sees when the concept is masked. {state}.")


def _base(concept: str, canvas: MaskCanvas, adding: bool) -> dict[str, Any]:
    """The base mask that the strokes change; it is kept until another picture or mode is chosen."""
    wanted = (concept, canvas.image_id, adding)
    base: dict[str, Any] | None = st.session_state.get("page.freehand")
    if base is None or base["for"] != wanted or base["version"] != canvas.version:
        region = canvas.region if canvas.region is not None else np.zeros(canvas.labels.shape, dtype=bool)
        # counted across projects, so that no sheet ever comes back with the strokes of another
        sheet = st.session_state["freehand.sheets"] = 1 + st.session_state.get("freehand.sheets", 0)
        base = {"for": wanted, "region": region, "version": canvas.version, "sheet": sheet, "saved": region}
        st.session_state["page.freehand"] = base
    return base


def _start_afresh(base: dict[str, Any]) -> None:
    """Clear a canvas that is reopened: its strokes are in the stored mask, which is the next base."""
    if base["saved"] is not base["region"]:
        st.session_state.pop("page.freehand")
        st.rerun()


def _draw(canvas: MaskCanvas, base: dict[str, Any], tool: str, adding: bool, width: int) -> np.ndarray | None:
    """The pixels (H, W) covered by strokes, none after the last was undone; None before the canvas has answered."""
    from streamlit_drawable_canvas import st_canvas  # needs a running app

    rows, columns = canvas.labels.shape
    height = round(rows * WIDTH / columns)
    colour = "rgba(0, 114, 178, 0.55)" if adding else "rgba(213, 94, 0, 0.55)"
    result = st_canvas(
        fill_color=colour,
        stroke_color=colour,
        stroke_width=width if tool == "freedraw" else 1,
        background_image=tinted(canvas, base["region"]),
        drawing_mode=tool,
        width=WIDTH,
        height=height,
        return_image_data=True,
        key=f"freehand-{base['sheet']}",
    )
    if result.json_data is None or result.image_data is None:
        return None
    return covered(result.image_data[..., 3], canvas.labels.shape)


def tinted(canvas: MaskCanvas, region: np.ndarray) -> Image.Image:
    """The picture with what is masked already marked in blue."""
    pixels = canvas.pieces.pixels.copy()
    pixels[region] = (0.6 * pixels[region] + 0.4 * TINT).astype(np.uint8)
    return Image.fromarray(pixels)


def covered(alpha: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Bool (H, W) of ``shape``: pixels at least half covered by what was drawn, ``alpha`` (h, w) uint8."""
    drawn = Image.fromarray(np.where(alpha > 32, np.uint8(255), np.uint8(0)))
    return np.asarray(drawn.resize((shape[1], shape[0]), Image.Resampling.BOX)) >= 128


def _save(project: Project, concept: str, canvas: MaskCanvas, base: dict[str, Any], region: np.ndarray) -> None:
    if np.array_equal(region, base["saved"]):
        return
    try:
        saved = save_region(project, canvas.image_id, concept, region, author(), base["version"])
    except EditConflict:
        st.session_state.pop("page.freehand")
        st.toast("Somebody else changed this mask; here is theirs.", icon=":material/group:")
        st.rerun()
    base.update(version=saved.version, saved=region)


def _walk(queue: ImageQueue, image_id: int) -> None:
    with st.container(horizontal=True, key="freehand-walk"):
        for label, to in (("Previous", "previous"), ("Skip", "skip")):
            st.button(label, key=f"freehand-{to}", on_click=queue.go, args=(to, image_id))
        st.button("Next", key="freehand-next", type="primary", on_click=queue.go, args=("next", image_id))
