"""The path from pictures to a verdict: what is done, the one next action and why, what runs and what failed."""

from collections.abc import Mapping, Sequence

import streamlit as st

from sxai.overview import Overview, Step
from sxai.project.project import Project
from widgets.jobs.failures import failures
from widgets.jobs.live import OVER, job_progress, title
from widgets.jobs.work import RUNNING
from widgets.ui.pages import file_of
from widgets.ui.session import plain

STATIONS: Mapping[str, tuple[str, ...]] = {
    "Pictures": ("data/samples",),
    "Network": ("data/networks",),
    "Mask": ("concepts/mask", "concepts/spaces"),
    "Trust": ("trust/assess",),
}
"""Each station with the pages of its steps."""


def path(project: Project, overview: Overview) -> None:
    """The four stations in a row, then the next action."""
    following = overview.next_step
    st.header("The path to a verdict", anchor=False)
    with st.container(horizontal=True, gap="small", key="path"):
        for station, pages in STATIONS.items():
            _station(station, [step for step in overview.checklist if step.page in pages], following, overview)
    if following is not None:
        _next(following)
    failures(project)
    running(project)


def _station(name: str, steps: Sequence[Step], following: Step | None, overview: Overview) -> None:
    done = all(step.done for step in steps)
    icon = ":material/check_circle:" if done else ":material/radio_button_unchecked:"
    with st.container(border=True, width=220, key=f"path-{name.lower()}"):
        st.markdown(f"{icon} **{name}**" + ("  :blue[next]" if following in steps else ""))
        st.caption(_state(name, overview))
        for step in steps:
            mark = "✓" if step.done else "○"
            st.page_link(file_of(step.page), label=f"{mark} {step.title}", help=step.hint)


def _state(name: str, overview: Overview) -> str:
    """What is there, in numbers."""
    if name == "Pictures":
        return f"{sum(row[4] for row in overview.classes):,} in {len(overview.classes)} classes"
    if name == "Network":
        if overview.model is None:
            return "none yet"
        accuracy = overview.model.accuracy.get("val")
        return plain(overview.model.model) + (f", {accuracy:.1%} right" if accuracy is not None else "")
    if name == "Mask":
        usable = [space for space in overview.spaces if not space.stale]
        return f"{sum(one.masks for one in overview.concepts):,} masks, {len(usable)} spaces"
    return "assess, search, attack, report"


def _next(step: Step) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="start-next"):
        st.markdown(f"**Next: {step.title.lower()}**  \n{plain(step.hint)}", width="stretch")
        if st.button("Go there", type="primary", icon=":material/arrow_forward:", key="start-go-there"):
            st.switch_page(file_of(step.page))


def running(project: Project) -> None:
    """What runs now, live."""
    for job in project.catalogue.jobs(states=RUNNING):
        if job.state not in OVER:
            st.markdown(f"**{title(job)}**")
            job_progress(project, job.id)
