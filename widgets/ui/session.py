"""The project of this browser session, opened once for all sessions."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException

from data_store.errors import CatalogueError
from sxai.errors import SxaiError
from sxai.jobs.launch import resume, start
from sxai.progress import Progress
from sxai.project.homes import DEMO, ProjectHome, demo_home, describe, last_used, note_used, projects
from sxai.project.project import Project, default_home
from widgets.ui.plain import plain

CHOSEN, ADDRESS, UNKNOWN = "session.project", "project", "session.unknown-project"
OF_A_PROJECT = ("image", "concept", "space", "q", "where")
"""URL parameters that are valid in one project only."""
TYPED = ("q", "where")


def root() -> Path:
    """The folder that holds this person's projects."""
    return default_home()


@st.cache_resource(show_spinner=False)
def opened(home: str) -> Project:
    """The project in ``home``, shared by all sessions of this server."""
    return Project.open(Path(home))


def available() -> list[ProjectHome]:
    """The projects to choose from: a person's own that are not empty, then the demo, filled or not."""
    demo = demo_home(root())
    own = [home for home in projects(root()) if home.path != demo and not home.empty]
    return [*own, replace(describe(demo, "Demo"), demo=True, empty=not demo.exists())]


def chosen_home() -> ProjectHome:
    """The chosen project, stored in the URL for a reload; by default the one used last, a person's own, or the demo."""
    homes = available()
    chosen, named = st.session_state.get(CHOSEN), st.query_params.get(ADDRESS)
    if chosen is None and named is not None:
        match = next((home for home in homes if home.name == named), None)
        if match is None:
            st.session_state[UNKNOWN] = named
    else:
        match = next((home for home in homes if str(home.path) == chosen), None)
    if match is None:
        match = _default(homes)
        if chosen is None and named is None:
            return match
    st.session_state[CHOSEN] = str(match.path)
    if named != match.name:
        st.query_params[ADDRESS] = match.name
    return match


def _default(homes: list[ProjectHome]) -> ProjectHome:
    used = last_used(root())
    return next((home for home in homes if home.path == used), homes[0])


def unknown_project() -> None:
    """Say that the address named a project that there is not, until a project is chosen."""
    named = st.session_state.get(UNKNOWN)
    if named is None:
        return
    here = chosen_home()
    with st.container(horizontal=True, vertical_alignment="center", key="unknown-project"):
        st.warning(
            f"There is no project “{plain(named)}” here; it may have been renamed or deleted. This is "
            f"“{plain(here.name)}”.",
            icon=":material/question_mark:",
        )
        if st.button("Close", type="tertiary", key="unknown-project-close"):
            del st.session_state[UNKNOWN]
            st.rerun()


def choose(path: Path) -> None:
    """Switch to another project and clear the pages' session state."""
    st.session_state[CHOSEN] = str(path)
    st.session_state.pop(UNKNOWN, None)
    note_used(root(), path)
    for key in [key for key in st.session_state if str(key).startswith("page.")]:
        del st.session_state[key]
    for key in OF_A_PROJECT:
        _forget(key)


def close(path: Path) -> None:
    """Close a project that is about to be deleted, and go to another one."""
    opened(str(path)).close()
    opened.clear(str(path))
    for key in (CHOSEN, UNKNOWN):
        st.session_state.pop(key, None)
    if ADDRESS in st.query_params:
        del st.query_params[ADDRESS]


def _forget(key: str) -> None:
    """Remove ``key`` from session state and URL; a text field bound to it is emptied."""
    if key in TYPED and key in st.session_state:
        st.session_state[key] = ""
    elif key in st.session_state:
        del st.session_state[key]
    if key in st.query_params:
        with suppress(StreamlitAPIException):  # bound to a field of the page
            del st.query_params[key]


def keyed(project: Project, key: str) -> str:
    """The key of a component that keeps state in the browser: constant within a project, another in each."""
    return f"{key}-{hashlib.sha1(str(project.home).encode(), usedforsecurity=False).hexdigest()[:8]}"


def opened_project() -> Project:
    """The chosen project, opened."""
    return opened(str(chosen_home().path))


def ensure_demo(project: Project) -> int | None:
    """Start filling the demo unless it is usable; the number of the job to wait for, or None.

    It is usable from its last semantic space on; what furnishes it comes while one looks around.
    """
    filling = [job for job in project.catalogue.jobs(limit=None) if job.verb == "demo"]
    if filling:
        usable = any(job.state == "done" for job in filling) or _every_concept_has_a_space(project)
        return None if usable else filling[0].id
    if project.catalogue.get_setting(DEMO) is not None and project.catalogue.spaces():
        return None  # filled from the command line
    return start(project, "demo")


def _every_concept_has_a_space(project: Project) -> bool:
    concepts = {concept.full_name for concept in project.catalogue.concepts() if concept.masks}
    return bool(concepts) and concepts <= {space.full_name for space in project.catalogue.spaces()}


@contextmanager
def boundary() -> Iterator[None]:
    """Turn an expected error into the sentence that it carries."""
    try:
        yield
    except (SxaiError, CatalogueError) as error:
        st.error(plain(sentence(error)), icon=":material/error:")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar for the work inside the block, removed afterwards."""
    bar = st.empty()

    def report(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
        bar.progress(min(done / max(total, 1), 1.0), plain(f"{stage}: {done} of {total}"))

    try:
        yield report
    finally:
        bar.empty()


def sentence(error: Exception) -> str:
    """The error's message as a sentence."""
    text = str(error).strip() or type(error).__name__
    return text[0].upper() + text[1:]


def restart_demo(project: Project, job_id: int) -> int:
    """Fill the demo again after its job failed or was stopped; the number of the new job."""
    return resume(project, job_id)


def image_number(text: str) -> int | None:
    """The image number in a URL (``?image=12``); None for any other text.

    >>> image_number("12"), image_number("²"), image_number("-1"), image_number("9" * 20)
    (12, None, None, None)
    """
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None
