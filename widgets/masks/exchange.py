"""Export and import of masks, in the formats of other programs."""

import tempfile
from pathlib import Path

import streamlit as st

from sxai.masks.verbs.exchange import FORMATS, export_masks, import_masks
from sxai.masks.verbs.from_annotations import MaskResult
from sxai.project.project import Project
from widgets.ui.session import boundary, plain, progress_bar

ANNOTATIONS_MB = 200
"""The largest file of masks that a page takes; larger ones are imported by a command."""

LOOKS = {
    "sxai": ("masks.json", False),
    "coco": ("coco.json", True),
    "png": ("masks.zip", False),
    "label-studio": ("label-studio.json", True),
    "cvat": ("cvat.zip", True),
}
"""For each format the name of its file, and whether it knows outlines."""


def panel(project: Project, concept: str, author: str) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        _take_out(project, concept)
    with right:
        _bring_in(project, author)


def _take_out(project: Project, concept: str) -> None:
    st.markdown("**Take the masks elsewhere**")
    format = st.selectbox("Format", FORMATS, format_func=FORMATS.__getitem__, key="mask-format")
    everything = st.toggle("All concepts", key="mask-all")
    name, outlines = LOOKS[format]
    polygons = outlines and st.toggle("Outlines instead of pixels", key="mask-polygons")
    st.download_button(
        "Download",
        lambda: _file(project, None if everything else concept, format, name, polygons),
        name,
        key="mask-download",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption("Whatever is written is read back without loss, and pixels changed elsewhere come back as new versions.")


def _file(project: Project, concept: str | None, format: str, name: str, polygons: bool) -> bytes:
    with tempfile.TemporaryDirectory(dir=_scratch(project)) as folder:
        path = Path(folder) / name
        export_masks(project, path, concept, format, polygons)
        return path.read_bytes()


def _scratch(project: Project) -> Path:
    """The project's cache folder, so that temporary files stay inside its home."""
    folder = project.home / "cache"
    folder.mkdir(exist_ok=True)
    return folder


def _bring_in(project: Project, author: str) -> None:
    st.markdown("**Bring masks in**")
    given = st.file_uploader(
        "COCO, Label Studio or CVAT, PNG masks in a zip, or masks of another project",
        ["json", "xml", "zip"],
        key="mask-file",
        max_upload_size=ANNOTATIONS_MB,
    )
    replace = st.toggle("Replace masks that are there (they stay as earlier versions)", key="mask-replace")
    if given is not None and st.button("Import", icon=":material/upload:", key="mask-import"):
        with boundary(), progress_bar() as progress, tempfile.TemporaryDirectory(dir=_scratch(project)) as folder:
            path = Path(folder) / f"masks{Path(given.name).suffix.lower()}"
            path.write_bytes(given.getvalue())
            st.session_state["page.mask-imported"] = import_masks(
                project, path, author, replace=replace, progress=progress
            )
            st.rerun()
    for result in st.session_state.pop("page.mask-imported", []):
        _imported(result)


def _imported(result: MaskResult) -> None:
    st.success(f"{plain(result.concept)}: {result.added} added, {result.replaced} replaced, {result.masks} masks now.")
    if result.skipped:
        st.warning(f"{len(result.skipped)} were not used.", icon=":material/error:")
        st.dataframe(list(result.skipped), hide_index=True, height=160)
