"""The parts of the Occluders page: learning, effects on accuracy, and the details of one class."""

from dataclasses import fields
from typing import Any

import pandas as pd
import streamlit as st

from sxai.attacks.figures import magnified
from sxai.errors import SxaiError
from sxai.images.decode import encode
from sxai.networks.verbs.networks import active_model, list_models
from sxai.occluders.defaults import EPSILON, IMAGES, STEPS, VISIBILITY_LIMIT
from sxai.occluders.effects import ClassOccluder, Occluders
from sxai.occluders.figures import concept_shares, epsilon_sweep, occluder_curves, occluder_dumbbells, occluder_matrix
from sxai.occluders.learn import OccluderStep
from sxai.occluders.verbs.learn import OccludedPicture, occlude_picture, stored_occluders
from sxai.occluders.verbs.rank_concepts import SPACE, VECTOR, ConceptRanking, rank_concepts
from sxai.project.project import Project
from widgets.jobs import work
from widgets.ui import assessment_view
from widgets.ui.before_after import before_after_row
from widgets.ui.charts import chart, project_classes
from widgets.ui.image_chooser import find_image
from widgets.ui.session import plain, sentence

STRENGTHS = (2, 5, 10, 14, 20)
"""ε that can be chosen, in 255ths."""

LIVE, SET, CLASS = "page.occluders.live", "page.occluders.set", "page.occluders.class"
KINDS = {SPACE: "Semantic spaces", VECTOR: "Semantic vectors"}
SIDE_BY_SIDE = 6
"""Patterns in a row of the gallery."""


def missing(project: Project) -> bool:
    """Show the next step if there are no images or no trained network; whether that is so."""
    if not project.catalogue.count_images():
        assessment_view.nothing_yet(
            ":material/photo_library:",
            "No images yet",
            "An occluder is learned from the images of a class.",
            "data/samples",
            "Import images",
        )
    elif not any(network.trained for network in list_models(project)):
        assessment_view.nothing_yet(
            ":material/network_node:",
            "No trained network yet",
            "An occluder hides a class from a network.",
            "data/networks",
            "Train a network",
        )
    else:
        return False
    return True


def learning(project: Project) -> None:
    """The settings of the training, and its job with live curves."""
    known = stored_occluders(project)
    if not known:
        st.info(
            "An occluder changes every pixel so little that a person hardly sees it, and still the network no longer "
            "finds the class, even in images that the occluder was not learned on. The activation that it removes "
            "is what the network needs for the class.",
            icon=":material/lightbulb:",
        )
    with st.expander("Learn occluders", expanded=not known, icon=":material/blur_on:"):
        arguments = _wanted(project)
        if not work.busy(work.follow(project, "occlude", _live)) and st.button(
            "Learn occluders",
            type="secondary" if known else "primary",
            icon=":material/play_arrow:",
            key="occluders-go",
        ):
            st.session_state.pop(LIVE, None)
            work.begin(project, "occlude", arguments)


def _wanted(project: Project) -> dict[str, Any]:
    classes = active_model(project).classes
    with st.container(horizontal=True, vertical_alignment="bottom", key="occluders-choice"):
        chosen = st.multiselect("Classes", classes, placeholder="all classes", key="occluders-classes", width=220)
        strengths = st.multiselect(
            "ε, largest change of a pixel value",
            STRENGTHS,
            default=[round(255 * EPSILON)],
            key="occluders-epsilon",
            format_func=lambda one: f"{one}/255",
            width=250,
            help="Several make a sweep.",
        )
        seen = st.number_input(
            "Visible difference, at most",
            0.0,
            10.0,
            VISIBILITY_LIMIT,
            step=0.05,
            key="occluders-seen",
            width=140,
            help="Limit of the visible difference, ΔE of S-CIELAB on grey; below 1 is hardly noticeable. 0: no limit.",
        )
        steps = st.number_input("Steps", 10, 2000, STEPS, step=10, key="occluders-steps", width=120)
        images = st.number_input("Images a class", 5, 2000, IMAGES, step=5, key="occluders-images", width=140)
    epsilons = [strength / 255 for strength in strengths] or [EPSILON]
    return {
        "classes": chosen or None,
        "epsilon": epsilons,
        "seen": seen or None,
        "steps": int(steps),
        "images": int(images),
    }


def _live(detail: dict[str, Any]) -> None:
    """The curves of the occluder that is learned now."""
    if "fooled" not in detail:
        return
    name, seen = st.session_state.get(LIVE, (None, {}))
    if name != detail["class"] or int(detail["step"]) < max(seen, default=0):
        seen = {}
    seen[int(detail["step"])] = OccluderStep(**{field.name: detail[field.name] for field in fields(OccluderStep)})
    st.session_state[LIVE] = (detail["class"], seen)
    st.markdown(f"**{plain(str(detail['class']))}**")
    chart(occluder_curves([seen[step] for step in sorted(seen)], int(detail["steps"])), "occluders-live")


def chosen(project: Project) -> Occluders | None:
    """The occluders that the page shows; those learned last at first."""
    known = stored_occluders(project)
    if not known:
        return None
    if st.session_state.get(SET) not in (None, *range(len(known))):
        del st.session_state[SET]
    at = st.selectbox("Occluders", range(len(known)), format_func=lambda row: _title(known[row]), key=SET, width=460)
    occluders = known[at]
    first = occluders.each[0]
    sight = (
        ""
        if occluders.seen is None
        else f"Visible difference {occluders.seen:.2f} ΔE (S-CIELAB; below 1 hardly noticeable) · "
    )
    st.caption(
        plain(
            f"{sight}Network {occluders.model} · up to {first.images} images of a class and split · "
            f"seed {first.seed} · sxai {first.version} · "
            f"{max(occluder.created for occluder in occluders.each)[:16].replace('T', ' ')}"
        )
    )
    return occluders


def _title(occluders: Occluders) -> str:
    several = f"{len(occluders.each)} classes" if len(occluders.each) > 1 else occluders.names[0]
    settings = occluders.each[0].settings
    limit = "" if settings.seen is None else f", visible difference up to {settings.seen:g}"
    return f"ε = {255 * occluders.epsilon:.3g}/255{limit}: {several}, {settings.steps} steps"


def effects(project: Project, occluders: Occluders) -> None:
    """Tables S1 and S2 as numbers and charts, the sweep over ε, and the gallery of patterns."""
    with st.container(horizontal=True, key="occluders-numbers"):
        for kind, label in (("matched", "Own class"), ("unmatched", "Other classes")):
            for split, word in (("val", "unseen images"), ("train", "images learned on")):
                effect = occluders.matched(split) if kind == "matched" else occluders.unmatched(split)
                points = 100 * (effect.occluded - effect.clean)
                change = f"{points:+.1f} points" if abs(points) >= 0.05 else None
                st.metric(
                    f"{label}, {word}",
                    f"{effect.occluded:.1%}",
                    change,
                    delta_color="off",
                    help=f"Accuracy under the occluder; clean it is {effect.clean:.1%}.",
                )
    left, right = st.columns(2, gap="large")
    with left:
        chart(
            occluder_dumbbells(occluders.names, occluders.pairs("matched"), occluders.pairs("unmatched")),
            "occluders-effects",
        )
    with right:
        chart(occluder_matrix(occluders.names, occluders.classes, occluders.changes()), "occluders-matrix")
    _sweep(project, occluders)
    _gallery(occluders)


def _sweep(project: Project, occluders: Occluders) -> None:
    """The same classes at every ε that they were learned at, with the same visibility limit."""
    limit = occluders.each[0].settings.seen
    alike = {
        group.epsilon: group
        for group in reversed(stored_occluders(project))
        if group.names == occluders.names and group.each[0].settings.seen == limit
    }
    if len(alike) < 2:
        return
    fig = epsilon_sweep(
        list(alike),
        [(group.matched().clean, group.matched().occluded) for group in alike.values()],
        [(group.unmatched().clean, group.unmatched().occluded) for group in alike.values()],
    )
    chart(fig, "occluders-sweep")


def _gallery(occluders: Occluders) -> None:
    st.header("The patterns")
    st.caption("Magnified about grey until they can be seen.")
    for first in range(0, len(occluders.each), SIDE_BY_SIDE):
        row = occluders.each[first : first + SIDE_BY_SIDE]
        for column, occluder in zip(st.columns(SIDE_BY_SIDE), row, strict=False):
            with column:
                pixels, times = magnified(occluder.delta.transpose(1, 2, 0))
                caption = f"{occluder.class_name}, {times:.0f} times"
                st.image(encode(pixels, "png"), caption=plain(caption), width="stretch", alt=f"Occluder of {caption}")


def one_class(project: Project, occluders: Occluders) -> None:
    """One class's occluder: the concepts it removes, its training curve, and its effect on a picture."""
    st.divider()
    if st.session_state.get(CLASS) not in (None, *occluders.names):
        del st.session_state[CLASS]
    name = st.selectbox("Class", occluders.names, key=CLASS, width=300)
    occluder = occluders.of(name)
    _said(occluder)
    tabs = st.tabs(["What it takes away", "On a picture", "How it was learned"])
    with tabs[0]:
        _taken(project, occluder)
    with tabs[1]:
        _picture(project, occluder)
    with tabs[2]:
        chart(occluder_curves(occluder.curve), "occluders-curve")


def _said(occluder: ClassOccluder) -> None:
    """What images of the class become."""
    effect = occluder.matched()
    into = [f"{name} ({count})" for name, count in occluder.becomes().items() if name != occluder.class_name]
    became = f"They become {', '.join(into)}." if into else "None of the recognised images is taken for another class."
    st.markdown(
        plain(
            f"Of {effect.clean.of} unseen images of {occluder.class_name} the network recognises "
            f"{effect.clean.count}; under the occluder {effect.occluded.count}. {became}"
        )
    )


def _taken(project: Project, occluder: ClassOccluder) -> None:
    try:
        ranking = rank_concepts(project, occluder)
    except SxaiError as error:
        st.info(plain(sentence(error)), icon=":material/info:")
        return
    classes = project_classes(project)
    kinds = [kind for kind in KINDS if ranking.of_kind(kind)]
    for column, kind in zip(st.columns(len(kinds), gap="large"), kinds, strict=True):
        with column:
            rows = ranking.of_kind(kind)
            bars = [row.share for row in rows]
            st.markdown(f"**{KINDS[kind]}**")
            chart(
                concept_shares(occluder.class_name, bars, ranking.away / ranking.loss, classes),
                f"occluders-{kind.split()[-1]}",
            )
    _beside(ranking)


def _beside(ranking: ConceptRanking) -> None:
    """The spaces' shares beside S-XAI's own tests, and the most important channels."""
    spaces = ranking.of_kind(SPACE)
    left, right = st.columns([3, 2], gap="large")
    if spaces:
        with left:
            rows = [
                {
                    "concept": row.name,
                    "share": row.share.share,
                    "P clean": row.before,
                    "P occluded": row.after,
                    "score lost when masked": row.when_masked,
                    "p": row.share.p,
                }
                for row in spaces
            ]
            number = st.column_config.NumberColumn(format="%.3f")
            st.dataframe(
                pd.DataFrame(rows),
                hide_index=True,
                alt="Concepts under the occluder and when masked",
                column_config={key: number for key in rows[0] if key != "concept"},
            )
            if ranking.agreement is not None:
                st.caption(
                    f"Ranks by share and by what masking costs agree with Spearman's ρ = {ranking.agreement:+.2f}."
                )
    with right:
        channels = [
            {
                "channel": channel.channel,
                "importance": channel.importance,
                "read by": ", ".join(channel.spaces) or "no space",
            }
            for channel in ranking.channels
        ]
        st.dataframe(pd.DataFrame(channels), hide_index=True, height=240, alt="The most important channels that fell")


def _picture(project: Project, occluder: ClassOccluder) -> None:
    image = find_image(project, "occluders")
    if image is None:
        return
    picture: OccludedPicture = occlude_picture(project, occluder, image.id)
    first, last = picture.said
    captions = (
        f"Clean: {first}, {picture.before[first]:.1%}",
        f"The occluder of {occluder.class_name}, {{times}} magnified",
        f"Occluded: {last}, {picture.after[last]:.1%}",
    )
    before_after_row(picture.pictures, "occluded", captions, "occluders-png")
    st.caption(
        f"Visible difference {picture.seen:.1f} ΔE (S-CIELAB, own size, at arm's length); below 1 hardly noticeable."
    )
