"""The start page from top to bottom. What needs nothing heavy stands first, and is there at once."""

import streamlit as st

from sxai.example.card import Example, packaged_examples
from sxai.project.project import Project
from widgets.start.hero import about, hero
from widgets.ui import session
from widgets.ui.pages import file_of

PICKED = "page.assess.image"


def head() -> None:
    """What sxai is, and on the demo its example, which comes with the package."""
    about()
    if session.chosen_home().demo:
        _demo_examples()


def page() -> None:
    """What follows the head: the project's own example, the drop zone, the path, and what the project holds."""
    from sxai.overview import overview as overview_
    from widgets.project import overview as boards
    from widgets.start.path import path

    project, here = session.opened_project(), session.chosen_home()
    waiting = session.ensure_demo(project) if here.demo else None
    if waiting is not None:
        preparing(project, waiting)
        return
    overview = overview_(project)
    ready = any(not space.stale for space in overview.spaces)
    if ready and not here.demo:
        _own_example(project)
    if ready:
        from widgets.start.drop import drop

        drop(project)
    path(project, overview)
    if not here.demo and not ready:
        st.header("What it will look like", anchor=False)
        st.caption("From the demo: drawn cats and dogs, and a small network that tells them apart.")
        _demo_examples()
    with st.expander("What this project holds", icon=":material/inventory_2:", expanded=False):
        boards.board(overview)


def _demo_examples() -> None:
    known, stranger = packaged_examples()
    hero(known, "example")
    _links(known)
    st.markdown("**And a picture unlike all that it has learned from**: the network is just as certain, sxai is not.")
    hero(stranger, "stranger")


def _own_example(project: Project) -> None:
    from sxai.example.make import example_of

    with st.spinner("Choosing an example from this project", show_time=False):
        example = example_of(project)
    if example is not None:
        hero(example, "example")
        _links(example)


def _links(example: Example) -> None:
    """From the example to the pages that it stands for, in the project that it belongs to."""
    if not session.chosen_home().demo and example in packaged_examples():
        return
    with st.container(horizontal=True, key="example-links"):
        if st.button("See why in Assess", icon=":material/fact_check:", key="example-assess"):
            st.session_state[PICKED] = example.image_id
            st.session_state["assess-source"] = "project"
            st.switch_page(file_of("trust/assess"))
        if example.query and st.button(
            "Search for more like it", icon=":material/manage_search:", key="example-search"
        ):
            st.switch_page(file_of("trust/search"), query_params={"q": example.query})


def preparing(project: Project, job_id: int) -> None:
    """The demo's progress, and a way to try again."""
    from widgets.jobs.live import job_progress

    st.header("The demo is being prepared", anchor=False)
    st.markdown(
        "Drawn cats and dogs, a small network, and its concepts: eyes, nose, ears and legs. Everything on the other "
        "pages can be clicked and changed in a moment."
    )
    with st.container(key="demo-progress"):
        job = job_progress(project, job_id, cancellable=False)
    if job is not None and job.state in ("failed", "cancelled") and st.button("Try again", type="primary"):
        session.restart_demo(project, job_id)
        st.rerun()
