"""The parts of the mask page: the choice of the concept, and the picker with its queue."""

import getpass
from contextlib import suppress
from functools import partial

import streamlit as st

from sxai.annotation.verbs.suggest import Suggestion
from sxai.errors import SxaiError
from sxai.images.verbs.stored import find_image
from sxai.masks.verbs.save import MaskCanvas, add_concept, canvas_for, prepared
from sxai.names import split_name
from sxai.project.project import Project
from widgets.jobs import work
from widgets.masks import picker, suggestions
from widgets.masks.image_queue import ImageQueue
from widgets.masks.strip import AFTER, strip
from widgets.ui.pages import file_of
from widgets.ui.session import boundary, image_number, keyed, opened_project, plain

KEY = "picker"
CHOSEN, ADDED = "mask-of", "page.concept.added"
ENOUGH = 100
"""Masked images for a space, as in the paper; three are the least."""
LEAST = 3
EXTRACT, EXTRACTED = "extract", "page.extracted"
MARKING_MODES = ("Superpixels", "Free hand", "Review proposals")


def author() -> str:
    """The name of the annotator that masks are saved under."""
    return str(st.session_state.get("page.author") or "") or _login()


def _login() -> str:
    try:
        return getpass.getuser()
    except OSError:
        return "me"


def choose_concept(project: Project) -> str | None:
    """The concept to mask, chosen or newly made; None while the project has none."""
    names = [record.full_name for record in project.catalogue.concepts()]
    if names:
        _keep_choice(names, keyed(project, CHOSEN))
    with st.container(horizontal=True, vertical_alignment="bottom", key="mask-concept"):
        chosen = None
        if names:
            chosen = st.selectbox("Concept", names, key=keyed(project, CHOSEN), width=260)
        _choose_hand()
        suggestions.controls(project)
        with st.popover("New concept", icon=":material/add:"):
            _new_concept(project)
        with st.popover("Your name", icon=":material/person:"):
            name = st.text_input("Masks are saved under this name", value=author(), max_chars=60, key="author-name")
            st.session_state["page.author"] = name
    st.session_state["page.concept"] = chosen
    return chosen


def _keep_choice(names: list[str], key: str) -> None:
    """The select box shows a concept just added, else what was chosen in it, else the last or the address's one."""
    added = st.session_state.pop(ADDED, None)
    if added in names:
        st.session_state[key] = added
    elif st.session_state.get(key) not in names:
        wanted = st.session_state.get("page.concept") or st.query_params.get("concept")
        st.session_state[key] = wanted if wanted in names else names[0]


def _choose_hand() -> None:
    if "page.hand" in st.session_state:
        st.session_state["mask-hand"] = st.session_state.pop("page.hand")
    st.segmented_control("Mark by", MARKING_MODES, default=MARKING_MODES[0], key="mask-hand", required=True)


def reviewing() -> bool:
    """Whether the person judges proposals instead of masking picture by picture."""
    return bool(st.session_state.get("mask-hand") == MARKING_MODES[2])


def by_hand() -> bool:
    """Whether the person draws instead of clicking superpixels."""
    return bool(st.session_state.get("mask-hand") == MARKING_MODES[1])


def _new_concept(project: Project) -> None:
    with st.form("new-concept", border=False), boundary():
        classes = [record.name for record in project.catalogue.classes()]
        class_name = st.selectbox("Class", classes, key="new-concept-class")
        part = st.text_input("What it is, in a word", placeholder="tail", max_chars=60, key="new-concept-name")
        if st.form_submit_button("Add", icon=":material/add:") and class_name:
            concept = add_concept(project, f"{class_name}.{part.strip().lower()}")
            st.session_state[ADDED] = concept.name
            st.rerun()


def queue_of(concept: str) -> ImageQueue:
    """The session's image queue of ``concept``; after a reload it begins at the picture in the URL."""
    key = f"page.trail.{concept}"
    if key not in st.session_state:
        queue = ImageQueue(concept)
        asked = image_number(st.query_params.get("image", ""))
        if asked is not None and st.query_params.get("concept") == concept and _is_of(asked, concept):
            queue.open(asked)
        st.session_state[key] = queue
    queue = st.session_state[key]
    wanted = st.session_state.pop("page.image", None)
    if wanted is not None:
        queue.open(int(wanted))
    return queue


def _is_of(image_id: int, concept: str) -> bool:
    """Whether the picture is of the class of ``concept``; a URL may name any image."""
    with suppress(SxaiError):
        return find_image(opened_project(), image_id).class_name == split_name(concept)[0]
    return False


def sync() -> picker.EditSync:
    """The session's edit sync."""
    desk: picker.EditSync = st.session_state.setdefault("page.desk", picker.EditSync())
    desk.author = author()
    return desk


@st.fragment
def superpixels(project: Project, concept: str) -> None:
    """The picker on the current picture; saves received clicks before it draws."""
    with boundary():
        key, queue, table = keyed(project, KEY), queue_of(concept), sync()
        for command in table.take(project, picker.received(key)):
            if command.kind == "go":
                queue.go(command.to, command.image_id, command.shown if _is_of(command.shown, concept) else None)
            elif command.kind == "open" and _is_of(command.image_id, concept):
                queue.open(command.image_id)
            elif command.kind == "detail":
                queue.cut(command.image_id, command.count)
            elif command.kind == "levels":
                queue.levels = True
        waiting = partial(suggestions.queue, project, concept, queue.seen)
        image_id = queue.here(waiting)
        if image_id is None:
            all_done(project, concept, queue)
            return
        remember(concept, image_id)
        canvas = canvas_of(project, concept, queue, image_id)
        coming = queue.coming(waiting, AFTER)
        suggested = suggestions.for_canvas(project, concept, canvas)
        learning = suggestions.work_ahead(project, concept, canvas, coming, queue.levels)
        picker.show(
            key,
            canvas,
            concept,
            table,
            project=str(project.home),
            progress=progress(project, concept),
            can={"next": True, "skip": canvas.version == 0, "previous": queue.at > 0},
            suggested=suggested,
            learning=learning and not (suggested is not None and suggested.sure),
            strip=strip(project, concept, queue, coming),
            levels=queue.levels,
            ahead=ahead(project, concept, queue, coming),
        )
        suggestions.effect(project, concept, canvas, suggested)
        suggestions.fared(project, concept)
        what_next(project, concept)


def canvas_of(project: Project, concept: str, queue: ImageQueue, image_id: int) -> MaskCanvas:
    """The picture with the asked number of superpixels, else that of its mask, else that of the previous picture."""
    return canvas_for(project, image_id, concept, queue.chosen.get(image_id), queue.pieces)


def ahead(
    project: Project, concept: str, queue: ImageQueue, coming: tuple[int, ...]
) -> tuple[MaskCanvas, Suggestion | None] | None:
    """The next picture with its suggestion, once its superpixels are there: a page does not wait for them."""
    count = queue.chosen.get(coming[0], queue.pieces) if coming else None
    if not coming or not prepared(project, coming[0], count, queue.levels):
        return None
    canvas = canvas_of(project, concept, queue, coming[0])
    return canvas, suggestions.for_canvas(project, concept, canvas)


def remember(concept: str, image_id: int) -> None:
    """Store the position in the URL, for a reload."""
    if st.query_params.get("image") != str(image_id) or st.query_params.get("concept") != concept:
        st.query_params.update({"concept": concept, "image": str(image_id)})


def progress(project: Project, concept: str) -> str:
    """The number of masked pictures of the concept, and the number needed, in words."""
    record = next(record for record in project.catalogue.concepts() if record.full_name == concept)
    pictures = sum(
        next(
            class_record for class_record in project.catalogue.classes() if class_record.name == record.class_name
        ).images.values()
    )
    enough = min(ENOUGH, pictures)
    return f"{record.masks} of {enough} masked" if record.masks < enough else f"{record.masks} masked"


def all_done(project: Project, concept: str, queue: ImageQueue) -> None:
    """Say that the queue is empty, with a button to go through the pictures again."""
    class_name, part = split_name(concept)
    st.success(
        f"Every picture of {plain(class_name)} that can show this is masked or was skipped.",
        icon=":material/check_circle:",
    )
    masked = [record.image_id for record in project.catalogue.masks(class_name, part)]
    with st.container(horizontal=True):
        if queue.visited:
            st.button("Back to the last one", icon=":material/arrow_back:", on_click=queue.back)
        if masked:
            st.button(
                "Look through the masks", icon=":material/visibility:", on_click=queue.look_through, args=(masked,)
            )


def what_next(project: Project, concept: str) -> None:
    """The next step: the number of masks that a space needs, and the button that extracts it."""
    masks = next((record.masks for record in project.catalogue.concepts() if record.full_name == concept), 0)
    with st.container(horizontal=True, vertical_alignment="center", key="mask-next"):
        if masks < LEAST:
            st.caption(f"A semantic space needs at least {LEAST} masked pictures; {ENOUGH} make it steady.")
            return
        _now_enough(concept)
        label = f"Extract the space of {plain(concept)}"
        if st.button(label, icon=":material/scatter_plot:", key="mask-extract"):
            st.session_state[EXTRACTED] = concept
            work.begin(project, EXTRACT, {"names": [concept]})


def extracting(project: Project) -> None:
    """The extraction that was started here: its progress, then what came of it, with a link to the space."""
    concept = str(st.session_state.get(EXTRACTED) or "")
    job = work.follow(project, EXTRACT) if concept else None
    if job is None or work.busy(job):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="mask-extracted"):
        reasons = dict((job.result or {}).get("skipped", []))
        if job.state == "done" and concept in reasons:
            st.warning(f"{plain(concept)} was passed over: {plain(reasons[concept])}", icon=":material/info:")
        elif job.state == "done":
            st.success(f"The space of {plain(concept)} is ready.", icon=":material/check_circle:")
            st.page_link(file_of("concepts/spaces"), label="Look at it", icon=":material/scatter_plot:")
        if st.button("Close", type="tertiary", key="mask-extracted-close"):
            st.session_state.pop(EXTRACTED, None)
            work.dismiss(EXTRACT)
            st.rerun()


def _now_enough(concept: str) -> None:
    """Rerun the whole page at the third mask, since the checklist outside the picker's fragment changes."""
    key = f"page.enough.{concept}"
    if not st.session_state.get(key):
        st.session_state[key] = True
        st.rerun()
