"""The Report section: many assessments on one page and on paper, made by a job."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from data_store.records import JobRecord
from sxai.assess.assessment import FLAGS
from sxai.project.project import Project
from widgets.jobs import work
from widgets.project.samples import SPLITS
from widgets.ui import assessment_view
from widgets.ui.charts import project_classes
from widgets.ui.session import plain

WHERE = {"project": "The project's images", "folder": "A folder on this machine"}
FILES = {
    "html": ("Page (HTML)", "text/html", ":material/web:"),
    "pdf": ("PDF", "application/pdf", ":material/picture_as_pdf:"),
}
EARLIER = 5


def section(project: Project) -> None:
    """Choose the pictures, follow the job, take the report away."""
    st.caption("Every picture with its radar map and its sentence, a summary, warnings, and how it was made.")
    job = work.follow(project, "report")
    if work.busy(job):
        return
    if job is not None and job.state == "done":
        _ready(job, "now")
    _wish(project)
    _earlier(project, job)


def _wish(project: Project) -> None:
    where = st.segmented_control(
        "Pictures",
        list(WHERE),
        default="project",
        required=True,
        key="report-where",
        persist_state="session",
        format_func=WHERE.__getitem__,
    )
    if where == "folder":
        folder = st.text_input(
            "Folder, zip or picture",
            key="report-folder",
            placeholder="~/pictures/unknown",
            width=480,
            persist_state="session",
        )
        arguments: dict[str, object] = {"paths": [str(Path(folder.strip()).expanduser())] if folder else None}
        ready = bool(folder and folder.strip())
    else:
        arguments, ready = _selection(project), True
    if st.button(
        "Write the report", type="primary", icon=":material/description:", disabled=not ready, key="report-go"
    ):
        work.begin(project, "report", arguments)


def _selection(project: Project) -> dict[str, object]:
    kinds = sorted({record.kind for record in project.catalogue.marks()})
    with st.container(horizontal=True, vertical_alignment="bottom", key="report-selection"):
        class_name = _choice("Class", project_classes(project))
        split = _choice("Split", list(SPLITS))
        mark = _choice("Mark", kinds)
        count = project.catalogue.count_images(class_name=class_name, split=split, mark=mark)
        st.caption(f"{count:,} images")
    return {"class_name": class_name, "split": split, "mark": mark}


def _choice(label: str, options: Sequence[str]) -> str | None:
    chosen = st.selectbox(
        label, options, index=None, placeholder=f"any {label.lower()}", key=f"report-{label.lower()}", width=180
    )
    return str(chosen) if chosen else None


def _ready(job: JobRecord, key: str) -> None:
    """What came out, and the files to take away."""
    made = job.result or {}
    levels = ", ".join(
        f"{assessment_view.LEVELS[level][0].lower()} {count:,}" for level, count in made["levels"].items()
    )
    counted = f"{made['assessed']:,} pictures assessed" + (f": {levels}" if levels else "")
    flags = [f"{flag.replace('-', ' ')} {count:,}" for flag, count in made["flags"].items() if flag in FLAGS]
    with st.container(border=True, key=f"report-{key}"):
        st.markdown(f"**{plain(counted)}**")
        st.caption(plain(("Warnings: " + ", ".join(flags) + ". " if flags else "") + f"In {made['folder']}"))
        with st.container(horizontal=True):
            for kind, (label, mime, icon) in FILES.items():
                path = Path(made[kind] or "")
                if path.is_file():
                    st.download_button(
                        label,
                        path.read_bytes,
                        f"{path.parent.name}-report.{kind}",
                        mime,
                        icon=icon,
                        on_click="ignore",
                        key=f"report-{key}-{kind}",
                    )


def _earlier(project: Project, shown: JobRecord | None) -> None:
    """The last few reports whose files are still there."""
    done = [job for job in project.catalogue.jobs(states=("done",), limit=None) if job.verb == "report"]
    old = [
        job
        for job in done
        if (shown is None or job.id != shown.id) and Path((job.result or {}).get("folder", "")).is_dir()
    ]
    if old:
        with st.expander("Earlier reports", icon=":material/history:"):
            for job in old[:EARLIER]:
                st.caption(f"{(job.finished or job.created)[:16].replace('T', ' ')} UTC")
                _ready(job, str(job.id))
