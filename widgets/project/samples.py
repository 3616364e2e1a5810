"""The Samples page's pieces: filters, what can be done with picked images, and the import."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import streamlit as st

from data_store.records import JobRecord
from sxai.overview import SamplePage, samples
from sxai.project.project import Project
from sxai.search.verbs.search import mark as mark_
from sxai.search.verbs.search import unmark
from widgets.assess.detail import MARKS
from widgets.jobs import work
from widgets.jobs.live import left_out
from widgets.project import intake
from widgets.ui import assessment_view, gallery
from widgets.ui.charts import project_classes
from widgets.ui.session import boundary

SPLITS = {"train": "Train", "val": "Validation", "reference": "Reference"}
PAGE = "page.samples.number"
GRID = "page.samples.gallery"
TURN = "samples.uploader"


@dataclass(frozen=True)
class Filters:
    """What the gallery is narrowed to; None: not narrowed by that."""

    class_name: str | None = None
    split: str | None = None
    correctness: str | None = None
    mark: str | None = None
    query: str | None = None


def filters(project: Project) -> Filters:
    """The row of filters; each stands in the address, so that a link leads to the same images."""
    kinds = sorted({record.kind for record in project.catalogue.marks()})
    with st.container(horizontal=True, key="filters"):
        class_name = _choice("Class", project_classes(project), "class")
        split = _choice("Split", list(SPLITS), "split")
        said = _choice("Prediction", ["right", "wrong", "unfamiliar"], "said")
        mark = _choice("Mark", kinds, "mark")
        query = st.text_input(
            "Query", key="where", bind="query-params", placeholder="cat.eyes < 0.1", icon=":material/search:", width=260
        )
    return Filters(class_name, split, said, mark, (query or "").strip() or None)


def _choice(label: str, options: Sequence[str], key: str) -> str | None:
    anything = f"any {label.lower()}"
    shown = [anything, *options]
    if st.session_state.get(key, anything) not in shown:
        del st.session_state[key]
    chosen = st.selectbox(label, shown, key=key, bind="query-params", width=160)
    return None if chosen == anything else chosen


def page_of(project: Project, wanted: Filters) -> tuple[SamplePage, int]:
    """The images that pass the filters, one page of them; changing a filter goes back to the first page."""
    if st.session_state.get(f"{PAGE}.filters") != astuple(wanted):
        st.session_state[f"{PAGE}.filters"] = astuple(wanted)
        st.session_state[PAGE] = 0
    number = int(st.session_state.get(PAGE, 0))
    found = _samples(project, wanted, number)
    if number and number >= found.pages:
        st.session_state[PAGE] = number = max(found.pages - 1, 0)
        found = _samples(project, wanted, number)
    return found, number


def _samples(project: Project, wanted: Filters, number: int) -> SamplePage:
    return samples(
        project,
        wanted.class_name,
        wanted.split,
        wanted.correctness,
        wanted.query,
        wanted.mark,
        number,
        gallery.PER_PAGE,
    )


def actions(project: Project, picked: Sequence[int], key: str) -> None:
    """What can be done with picked images: mark them, take marks off."""
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}-actions"):
        st.markdown(f"**{len(picked)}** selected")
        kind = st.selectbox("Mark as", MARKS, key=f"{key}-kind", accept_new_options=True, width=200)
        if st.button("Mark", icon=":material/bookmark_add:", key=f"{key}-mark") and kind:
            mark_(project, picked, kind)
            _settled(key, f"{len(picked)} images marked as {kind}.")
        if st.button("Remove mark", icon=":material/bookmark_remove:", key=f"{key}-unmark") and kind:
            unmark(project, picked, kind)
            _settled(key, f"Mark {kind} taken off {len(picked)} images.")
        if st.button("Clear selection", type="tertiary", key=f"{key}-clear"):
            _settled(key, "")


def _settled(key: str, words: str) -> None:
    gallery.unpick(key)
    if words:
        st.toast(assessment_view.plain(words), icon=":material/bookmark:")
    st.rerun()


def importing(project: Project) -> None:
    """A form that takes images in, and the import that runs."""
    job = work.follow(project, "import")
    if work.busy(job):
        return
    if job is not None:
        imported(job)
    with st.expander("Import images", icon=":material/upload:", key="import-images"):
        turn = int(st.session_state.get(TURN, 0))  # a new uploader after each import: the old one keeps its files
        source = st.segmented_control(
            "Where they are", [intake.UPLOAD, intake.HERE], default=intake.UPLOAD, required=True, key="import-source"
        )
        chosen = intake.choose(f"import-{turn}", source)
        split = st.selectbox(
            "Use them for",
            ["auto", *SPLITS],
            key="import-split",
            format_func=lambda name: SPLITS.get(name, "Train and validation (4 to 1)"),
            width=320,
        )
        if st.button("Import", type="primary", key="import-go", disabled=chosen is None) and chosen is not None:
            with boundary():
                chosen.check()
                st.session_state[TURN] = turn + 1
                work.begin(project, "import", chosen.arguments(project, split))


def imported(job: JobRecord) -> None:
    """What a finished import did, file by file where it failed."""
    if job.state != "done" or job.result is None:
        return
    known = job.result.get("duplicates", 0)
    words = f"{job.result['imported']:,} images imported" + (f", {known:,} known already" if known else "") + "."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(words, icon=":material/check_circle:")
        if st.button("Close", type="tertiary", key="import-close"):
            work.dismiss("import")
            st.rerun()
    left_out(job)
