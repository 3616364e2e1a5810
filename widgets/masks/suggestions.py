"""Suggestions on the mask page: pre-selected superpixels, the effect of a mask on P, and proposals for a class.

Everything that takes long happens in a thread of its own (:mod:`sxai.annotation.verbs.ahead`); the page looks up what
is there.
"""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import streamlit as st

from sxai import jobs
from sxai.annotation.verbs.ahead import Wish, ahead_of
from sxai.annotation.verbs.choices import MaskingChoices, masking_choices, set_masking_choices
from sxai.annotation.verbs.live_effect import LiveEffect, live_effect
from sxai.annotation.verbs.proposals import proposals
from sxai.annotation.verbs.suggest import Suggestion, known_suggestion
from sxai.errors import SxaiError
from sxai.masks.verbs.save import MaskCanvas
from sxai.names import split_name
from sxai.project.project import Project
from widgets.jobs.live import OVER, job_progress
from widgets.masks import review
from widgets.ui.session import boundary, keyed, plain

ORDERS = {"strong": "Clearest first", "uncertain": "Unsure first", "project": "As imported"}
LEAST = 3
COMING = 3
"""Pictures after this one that are prepared."""
BLINK = 0.02
"""Seconds between two checks whether a newer click has come while the page waits for the network."""
_beside = ThreadPoolExecutor(thread_name_prefix="effects")
SUGGEST, ORDER = "mask-suggest", "mask-order"


def controls(project: Project) -> None:
    """Whether to suggest, and which pictures come first; the project remembers both."""
    choices = masking_choices(project)
    suggest, order = keyed(project, SUGGEST), keyed(project, ORDER)
    st.session_state.setdefault(suggest, choices.suggest)
    st.session_state.setdefault(order, choices.order)

    def remember() -> None:
        chosen = MaskingChoices(bool(st.session_state[suggest]), st.session_state[order])
        set_masking_choices(project, chosen)

    help_text = f"Learned from your masks, from the {LEAST}rd one on; shown when sure, saved when accepted"
    st.toggle("Suggest", key=suggest, on_change=remember, help=help_text)
    st.selectbox(
        "Order",
        list(ORDERS),
        format_func=ORDERS.__getitem__,
        key=order,
        on_change=remember,
        width=160,
        help="Clearest: sharp pictures in which a suggestion is sure. Where it seems not to be visible they wait.",
    )


def wanted(project: Project) -> bool:
    """Whether the person wants suggestions."""
    return bool(st.session_state.get(keyed(project, SUGGEST), masking_choices(project).suggest))


def queue(project: Project, concept: str, seen: Collection[int] = ()) -> tuple[int, ...]:
    """The images that wait for a mask, in the order that the person chose; anew when all of them were ``seen``."""
    order = st.session_state.get(keyed(project, ORDER), masking_choices(project).order)
    ahead = ahead_of(project)
    images = ahead.queue(concept, order, fresh=not seen).images
    return images if set(images).difference(seen) else ahead.queue(concept, order, fresh=True).images


def possible(project: Project, concept: str) -> bool:
    """Whether there is a network and enough masks to learn from."""
    masks = next((record.masks for record in project.catalogue.concepts() if record.full_name == concept), 0)
    return masks >= LEAST and bool(project.catalogue.models())


def for_canvas(project: Project, concept: str, canvas: MaskCanvas) -> Suggestion | None:
    """The suggestion for a picture without a stored mask, or the earlier one while it is being masked; else None."""
    about = (concept, canvas.image_id, canvas.slic.count)
    suggested: dict[tuple[str, int, int], Suggestion] = st.session_state.setdefault("page.suggested", {})
    if not wanted(project):
        return None
    if canvas.version == 0 and possible(project, concept):
        latest = known_suggestion(project, *about)
        if latest is not None:
            suggested[about] = latest
    return suggested.get(about)


def work_ahead(
    project: Project, concept: str, canvas: MaskCanvas, coming: tuple[int, ...], levels: bool = False
) -> bool:
    """Have this picture and those that come prepared in the background; whether a suggestion may still come."""
    order = st.session_state.get(keyed(project, ORDER), masking_choices(project).order)
    ahead = ahead_of(project)
    images = (canvas.image_id, *coming[:COMING])
    ahead.ask(Wish(concept, canvas.slic.count, images, order, wanted(project), levels))
    return canvas.version == 0 and possible(project, concept) and ahead.busy(concept, canvas.image_id)


def effect(project: Project, concept: str, canvas: MaskCanvas, suggested: Suggestion | None) -> None:
    """P of the concept and of the class, before and after the mask; drawn after the picker, which must not wait."""
    labels = suggested.labels if suggested is not None and suggested.sure and canvas.version == 0 else None
    if not project.catalogue.models() or (canvas.version == 0 and not labels):
        return
    try:
        change = _interruptible(lambda: live_effect(project, canvas.image_id, concept, labels, canvas.slic.count))
    except SxaiError as error:
        st.caption(plain(str(error)))
        return
    pairs = {f"P({concept})": change.concept_probability, f"p({split_name(concept)[0]})": change.class_probability}
    told = [
        f"{plain(name)} {before:.2f} → **{after:.2f}**"
        for name, pair in pairs.items()
        if pair
        for before, after in [pair]
    ]
    if told:
        st.markdown(f"As it is → masked: {' · '.join(told)}", help=f"By {plain(change.model)}, one forward pass.")


def _interruptible(work: Callable[[], LiveEffect]) -> LiveEffect:
    """What ``work`` returns, unless a newer click comes first: that one is saved at once and this run ends."""
    future = _beside.submit(work)
    try:
        while not wait([future], BLINK).done:
            st.session_state.get(SUGGEST)  # any look at the session's state is where Streamlit lets a newer click in
    finally:
        future.cancel()
    return future.result()


def fared(project: Project, concept: str) -> None:
    """Precision and recall of suggestions, as last counted in the background."""
    if not wanted(project):
        return
    ahead = ahead_of(project)
    if concept in ahead.problems:
        st.caption(f"No suggestion: {plain(ahead.problems[concept])}")
    record = ahead.records.get(concept)
    if record is None:
        return
    if record.precision is None:
        return
    recall = "" if record.recall is None else f", and {record.recall:.0%} of what was masked had been suggested"
    st.caption(
        f"Of the superpixels suggested on {record.pictures} pictures so far, {record.precision:.0%} were kept{recall}. "
        f"As suggested: {record.unchanged}. Rejected: {record.rejected}."
    )


@st.fragment
def reviewing(project: Project, concept: str, author: str) -> None:
    """The proposals for the class, and the job that makes them."""
    with boundary():
        if not possible(project, concept):
            st.info(f"Mask {LEAST} pictures by hand first; proposals are learned from them.", icon=":material/info:")
            return
        key, bench = keyed(project, "review"), _bench(concept, author)
        wishes = bench.take(project, review.received(key))
        for wish in wishes:
            if wish.kind == "fix":
                _fix(wish.image_id)
        bench.fill(project, more=any(wish.kind == "more" for wish in wishes))
        _proposing(project, bench)
        if bench.notice:
            st.warning(plain(bench.notice))
        if bench.batch:
            review.show(project, key, bench)
        fared(project, concept)


def _bench(concept: str, author: str) -> review.Bench:
    bench: review.Bench = st.session_state.setdefault(f"page.bench.{concept}", review.Bench(concept))
    bench.author = author
    return bench


def _fix(image_id: int) -> None:
    """Open a proposal in the picker, pre-selected."""
    st.session_state["page.image"] = image_id
    st.session_state["page.hand"] = "Superpixels"
    st.rerun()


def _proposing(project: Project, bench: review.Bench) -> None:
    """Start the job that makes proposals, or show its progress and its first proposals."""
    concept = bench.concept
    running = next((job for job in project.catalogue.jobs() if job.verb == "propagate" and job.state not in OVER), None)
    if running is not None:

        def found(detail: dict[str, Any]) -> None:
            if bench.has_news(int(detail.get("proposed", 0))):
                st.rerun()

        job_progress(project, running.id, early=found)
        return
    waiting = len(proposals(project, concept))
    with st.container(horizontal=True, vertical_alignment="center", key="review-start"):
        if st.button("Propose masks for the whole class", icon=":material/auto_awesome:", key="propose"):
            st.session_state.pop(f"page.bench.{concept}", None)
            jobs.start(project, "propagate", {"concept": concept})
            st.rerun()
        st.caption(f"{waiting} proposals wait for you." if waiting else "No proposal waits.")
