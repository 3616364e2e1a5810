"""The Samples page's pieces: filters, what can be done with picked images, and the import."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import streamlit as st

from data_store.records import JobRecord
from sxai.images.verbs.sort import move_back, move_images, remove_images
from sxai.overview import SamplePage, matching, samples
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
NO_CLASS = "no class"
MOVED = "page.samples.moved"
EVERY = "samples-every"


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
        class_name = _choice("Class", [*project_classes(project), *_unclassed(project)], "class")
        split = _choice("Split", list(SPLITS), "split")
        said = _choice("Prediction", ["right", "wrong", "unfamiliar"], "said")
        mark = _choice("Mark", kinds, "mark")
        query = st.text_input(
            "Query", key="where", bind="query-params", placeholder="cat.eyes < 0.1", icon=":material/search:", width=260
        )
    class_name = "" if class_name == NO_CLASS else class_name
    return Filters(class_name, split, said, mark, (query or "").strip() or None)


def _unclassed(project: Project) -> list[str]:
    """The choice of images without a class, where there are some."""
    return [NO_CLASS] if any(name is None for name, *_ in project.catalogue.image_census()) else []


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


def every_hit(project: Project, wanted: Filters, total: int) -> Sequence[int]:
    """The switch that selects all images which pass the filters, on all pages; their numbers, or none."""
    if not total or not st.toggle(f"Select all {total:,}", key=f"{EVERY}-{hash(astuple(wanted))}"):
        return ()
    return [image.id for image in matching(project, *astuple(wanted))]


def actions(project: Project, picked: Sequence[int], key: str) -> None:
    """What can be done with picked images: class and split, marks, deletion."""
    with st.container(border=True, key=f"{key}-actions"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{len(picked):,}** selected", width="stretch")
            if st.button("Clear selection", type="tertiary", key=f"{key}-clear"):
                _settled(key, "")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _move(project, picked, key)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _mark(project, picked, key)
            _delete(project, picked, key)


def _move(project: Project, picked: Sequence[int], key: str) -> None:
    class_name = st.selectbox(
        "Class",
        project_classes(project),
        index=None,
        placeholder="as it is",
        key=f"{key}-class",
        accept_new_options=True,
        width=200,
    )
    split = st.selectbox(
        "Split",
        list(SPLITS),
        index=None,
        placeholder="as it is",
        format_func=SPLITS.__getitem__,
        key=f"{key}-split",
        width=200,
    )
    if st.button("Move", icon=":material/drive_file_move:", key=f"{key}-move", disabled=not (class_name or split)):
        moved = move_images(project, [str(number) for number in picked], class_name, split, new=True)
        st.session_state[MOVED] = moved
        _settled(key, f"{len(picked):,} images moved.")


def undoing(project: Project) -> None:
    """What the last move did, with a way back."""
    moved = st.session_state.get(MOVED)
    if moved is None:
        return
    kept = ", ".join(f"{count} of {concept}" for concept, count in moved.masks.items())
    with st.container(horizontal=True, vertical_alignment="center", key="samples-moved"):
        words = f"{len(moved.images):,} images moved."
        if kept:
            words += f" Their masks stay with the concepts they were made for ({kept})."
        st.success(assessment_view.plain(words), icon=":material/drive_file_move:")
        if st.button("Undo", key="samples-undo", icon=":material/undo:"):
            move_back(project, moved)
            del st.session_state[MOVED]
            st.rerun()
        if st.button("Close", key="samples-moved-close", type="tertiary"):
            del st.session_state[MOVED]
            st.rerun()


def _mark(project: Project, picked: Sequence[int], key: str) -> None:
    kind = st.selectbox("Mark as", MARKS, key=f"{key}-kind", accept_new_options=True, width=200)
    if st.button("Mark", icon=":material/bookmark_add:", key=f"{key}-mark") and kind:
        mark_(project, picked, kind)
        _settled(key, f"{len(picked):,} images marked as {kind}.")
    if st.button("Remove mark", icon=":material/bookmark_remove:", key=f"{key}-unmark") and kind:
        unmark(project, picked, kind)
        _settled(key, f"Mark {kind} taken off {len(picked):,} images.")


def _delete(project: Project, picked: Sequence[int], key: str) -> None:
    """Deletion in two steps: the second says what goes with the images."""
    with st.popover("Delete…", icon=":material/delete:", key=f"{key}-delete"):
        wanted = set(picked)
        masks = sum(mask.image_id in wanted for mask in project.catalogue.masks())
        st.markdown(
            f"**{len(picked):,} images** go for good, with their features and marks"
            + (
                f" and **{masks:,} masks**. Spaces made from these masks stay until they are extracted again."
                if masks
                else "."
            )
        )
        if st.button("Delete for good", type="primary", icon=":material/delete:", key=f"{key}-delete-go"):
            remove_images(project, [str(number) for number in picked], masks=True)
            st.session_state.pop(MOVED, None)
            _settled(key, f"{len(picked):,} images deleted.")


def _settled(key: str, words: str) -> None:
    gallery.unpick(key)
    for name in [name for name in st.session_state if str(name).startswith(EVERY)]:
        del st.session_state[name]
    if words:
        st.toast(assessment_view.plain(words), icon=":material/check:")
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
