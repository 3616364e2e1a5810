"""The parts of the Scoreboard page: the scores of the spaces, and the labelling of images."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from sxai.images.verbs.stored import thumbnail_path
from sxai.masks.verbs.save import list_concepts
from sxai.names import split_name
from sxai.project.project import Project
from sxai.spaces.figures import crosstalk_heatmap
from sxai.spaces.presence_figures import auc_intervals, calibration_lines
from sxai.spaces.verbs.labels import images_to_label, known_visibility, label_visible
from sxai.spaces.verbs.score import Scoreboard, SpaceScore, score_spaces
from sxai.spaces.verbs.stored import list_spaces
from widgets.spaces import score_table
from widgets.spaces.score_table import VERDICTS
from widgets.ui.charts import chart, project_classes
from widgets.ui.session import plain, progress_bar

SCORES, LABELS = "Scores", "Is it visible?"
VIEW, CONCEPT = "show", "space"
DRAWS = 1000
MEANING = {
    "good": "a high P means that the part is there",
    "weak": "a high P is a hint that the part is there",
    "poor": "P says little of the part",
    "unknown": "not known, for want of images that are known to show the part or not",
}
AHEAD = 40
"""Images fetched at a time for the labelling pass."""
ENOUGH = 20
"""Images with the part, and without it, from which on the AUC's interval is informative."""


def view() -> str:
    """Which half of the page to show; the choice stands in the address."""
    chosen = st.segmented_control(
        "View",
        (SCORES, LABELS),
        default=SCORES,
        required=True,
        key=VIEW,
        bind="query-params",
        label_visibility="collapsed",
    )
    return str(chosen or SCORES)


# ---- Scores --------------------------------------------------------------------------------------------------------


def scores(project: Project) -> None:
    """The verdicts, the table, both charts, what is missing, and cross-talk."""
    board = known(project)
    headline(board)
    score_table.table(board.spaces)
    reasons(board.spaces)
    unlabelled(board.spaces)
    classes = project_classes(project)
    left, right = st.columns(2, gap="large")
    with left:
        aucs(board.spaces, classes)
    with right:
        calibration(board.spaces, classes)
    if len(board.spaces) > 1:
        st.header("Does a concept move its own space only?")
        names = [space.name for space in board.spaces]
        chart(crosstalk_heatmap(names, _matrix(board.crosstalk, names)), "score-crosstalk")
    st.caption(plain(f"Made with network {board.model} · 95 % intervals from {DRAWS:,} bootstrap draws"))


def known(project: Project) -> Scoreboard:
    """The scoreboard, cached until the spaces, the images or their labels change."""
    spaces = list_spaces(project)
    state = tuple((space.name, space.created, space.stale, space.fit) for space in spaces)
    key = (
        "page scores",
        state,
        truth_state(project, [space.name for space in spaces]),
        project.catalogue.count_images(),
    )
    if key not in project.cache:
        project.forget("page scores")
    with progress_bar() as progress:
        scoreboard: Scoreboard = project.remember(key, lambda: score_spaces(project, draws=DRAWS, progress=progress))
    return scoreboard


def truth_state(project: Project, names: Sequence[str]) -> int:
    """A hash of the presence labels of these concepts' images."""
    classes = project_classes(project)
    known = (known_visibility(project, *split_name(name, classes)) for name in names)
    return hash(tuple(tuple(sorted(truth.items())) for truth in known))


def headline(board: Scoreboard) -> None:
    """The number of spaces with each verdict, and a conclusion."""
    counts = {verdict: sum(space.verdict == verdict for space in board.spaces) for verdict in VERDICTS}
    with st.container(horizontal=True, key="score-numbers"):
        for verdict, count in counts.items():
            st.metric(VERDICTS[verdict], f"{count}", help=MEANING[verdict])
    parts = [f"for {count} of {len(board.spaces)} {MEANING[verdict]}" for verdict, count in counts.items() if count]
    if parts:
        text = "; ".join(parts)
        st.markdown(f"{text[0].upper()}{text[1:]}.")


def reasons(spaces: Sequence[SpaceScore]) -> None:
    """Why each space got its verdict, in words."""
    with st.expander("Why these verdicts?", icon=":material/rule:"):
        for space in spaces:
            st.markdown(f"**{plain(space.name)}** {VERDICTS[space.verdict]}: {plain(space.why)}")


def unlabelled(spaces: Sequence[SpaceScore]) -> None:
    """The spaces without enough labels, and how to get them."""
    lacking = [space for space in spaces if space.auc is None]
    if not lacking:
        return
    with st.container(border=True, key="score-lacking"):
        st.markdown("**Not held against anything yet**")
        for space in lacking:
            with st.container(horizontal=True, vertical_alignment="center", key=f"score-lack-{space.name}"):
                st.markdown(f"{plain(space.name)}: {_lack(space)}", width="stretch")
                st.button(
                    "Is it visible?",
                    icon=":material/visibility:",
                    key=f"score-label-{space.name}",
                    on_click=_label,
                    args=(space.name,),
                )
        st.caption(
            "Twenty images of each kind give a first answer. Where there are keypoints, "
            "`sxai truth from-keypoints --help` says it of all their images at once."
        )


def _lack(space: SpaceScore) -> str:
    if not space.n_visible and not space.n_hidden:
        return "of no image is it known whether the part is visible."
    missing = "hidden" if space.n_visible else "visible"
    if space.n_visible and space.n_hidden:
        return f"{space.n_visible} images show it and {space.n_hidden} do not, which is too few."
    return f"no image is known in which the part is {missing}."


def _label(name: str) -> None:
    st.session_state[VIEW], st.session_state[CONCEPT] = LABELS, name


def aucs(spaces: Sequence[SpaceScore], classes: Sequence[str]) -> None:
    """The presence AUC of every space that has one."""
    judged = [(space, space.auc) for space in spaces if space.auc is not None]
    if not judged:
        return
    ends = [space.auc_interval or (None, None) for space, _ in judged]
    fig = auc_intervals(
        [space.name for space, _ in judged],
        [auc for _, auc in judged],
        [low for low, _ in ends],
        [high for _, high in ends],
        [space.verdict for space, _ in judged],
        classes,
    )
    chart(fig, "score-auc")


def calibration(spaces: Sequence[SpaceScore], classes: Sequence[str]) -> None:
    """P against the share of images that show the part, for every space that has both."""
    curves = {
        space.name: (space.curve.confidence, space.curve.share, space.curve.n)
        for space in spaces
        if space.curve is not None
    }
    if curves:
        chart(calibration_lines(curves, classes), "score-calibration")


def _matrix(values: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> list[list[float]]:
    return [[values.get(row, {}).get(column, float("nan")) for column in names] for row in names]


# ---- Is it visible? ------------------------------------------------------------------------------------------------


def labelling(project: Project) -> None:
    """One image at a time: is the part visible? Every answer is stored at once and can be taken back."""
    concept = _concept(project)
    class_name, part = split_name(concept, project_classes(project))
    state = _state(concept)
    _count(known_visibility(project, class_name, part), state)
    image_id = _next(project, class_name, part, state)
    left, right = st.columns([2, 3], gap="large")
    with left:
        if image_id is None:
            _finished(state)
        else:
            st.markdown(f"## Can you see the {plain(part)} of this {plain(class_name)}?")
            _answers(project, concept, image_id, state)
        _undo(project, concept, state)
        st.caption("Keys: Y, N, S and U. Judge what can be seen in the picture, not what must be there.")
    if image_id is not None:
        with right:
            name = project.catalogue.image(image_id).name
            st.image(str(thumbnail_path(project, image_id, 640)), width="stretch", alt=name, caption=plain(name))


def _concept(project: Project) -> str:
    """The concept asked about; the choice is that of the other pages about one space."""
    names = [concept.name for concept in list_concepts(project)]
    if st.session_state.get(CONCEPT) not in (None, *names):
        del st.session_state[CONCEPT]
    chosen: str = st.selectbox("Concept", names, key=CONCEPT, bind="query-params", width=320)
    return chosen


def _state(concept: str) -> dict[str, Any]:
    """The session's labelling of a concept: images still to ask about, skipped images, and answers in order.

    An answer is the image and what was said of it (None: skipped).
    """
    fresh: dict[str, Any] = {"ahead": [], "skipped": set(), "answers": []}
    state: dict[str, Any] = st.session_state.setdefault(f"page.score.{concept}", fresh)
    return state


def _next(project: Project, class_name: str, part: str, state: dict[str, Any]) -> int | None:
    """The image to ask about now; fetches more when none is left."""
    if not state["ahead"]:
        limit = AHEAD + len(state["skipped"])
        images = images_to_label(project, class_name, part, limit)
        state["ahead"] = [image_id for image_id in images if image_id not in state["skipped"]]
    return state["ahead"][0] if state["ahead"] else None


def _count(truth: Mapping[int, bool], state: dict[str, Any]) -> None:
    """Progress of labelling: answers of this session, and all labels of the concept."""
    visible = sum(truth.values())
    answered = sum(answer is not None for _, answer in state["answers"])
    st.progress(
        min(visible, ENOUGH) / ENOUGH / 2 + min(len(truth) - visible, ENOUGH) / ENOUGH / 2,
        f"Known: {visible} visible, {len(truth) - visible} hidden. Said just now: {answered}. "
        f"{ENOUGH} of each give a first answer.",
    )


def _answers(project: Project, concept: str, image_id: int, state: dict[str, Any]) -> None:
    with st.container(horizontal=True, key="score-answers"):
        yes = st.button("Yes", icon=":material/visibility:", key="score-yes", shortcut="y")
        no = st.button("No", icon=":material/visibility_off:", key="score-no", shortcut="n")
        skip = st.button("Skip", icon=":material/skip_next:", key="score-skip", shortcut="s", type="tertiary")
    if not (yes or no or skip):
        return
    answer = None if skip else yes
    if answer is None:
        state["skipped"].add(image_id)
    else:
        label_visible(project, image_id, concept, answer)
    state["ahead"].remove(image_id)
    state["answers"].append((image_id, answer))
    st.rerun()


def _undo(project: Project, concept: str, state: dict[str, Any]) -> None:
    """Take the last answer back: the image is asked about again."""
    if not st.button(
        "Undo the last answer",
        icon=":material/undo:",
        key="score-undo",
        shortcut="u",
        type="tertiary",
        disabled=not state["answers"],
    ):
        return
    image_id, answer = state["answers"].pop()
    if answer is None:
        state["skipped"].discard(image_id)
    else:
        label_visible(project, image_id, concept, None)
    state["ahead"].insert(0, image_id)
    st.rerun()


def _finished(state: dict[str, Any]) -> None:
    if state["skipped"]:
        st.success(f"Nothing is left to ask about but {len(state['skipped'])} skipped.", icon=":material/done_all:")
    else:
        st.success("Nothing is left to ask about: it is known for every image.", icon=":material/done_all:")
