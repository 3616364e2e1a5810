"""Mask quality: coverage, the effect of each mask in the network, and inter-annotator agreement."""

import pandas as pd
import streamlit as st

from sxai import jobs
from sxai.annotation.figures import mask_effects_strip, mask_growth, mask_places
from sxai.annotation.verbs.quality import MaskCoverage, MaskEffect, MaskEffects, mask_coverage, mask_effects
from sxai.images.verbs.stored import thumbnail_path
from sxai.masks.verbs.agreement import AgreementResult, mask_agreement
from sxai.masks.verbs.history import annotators
from sxai.plot.theme import class_colour
from sxai.project.project import Project
from widgets.jobs.live import job_progress
from widgets.ui.charts import chart, project_classes
from widgets.ui.session import boundary, plain, progress_bar

CHECK, OPEN = "mask-quality", "page.image"
SHOWN = 12
FINDINGS = {
    "nothing": "changes nothing when filled",
    "raises": "raises the activation when filled",
    "alone": "steers the direction alone",
}


def panel(project: Project, concept: str) -> None:
    covered = mask_coverage(project, concept)
    if not covered.masks:
        st.info("Nothing is masked yet. Four masks can be checked against each other; a hundred make a steady space.")
        return
    _numbers(covered)
    _check(project, concept)
    left, right = st.columns(2, gap="large")
    with left:
        chart(mask_places(covered.where, covered.masks), "mask-places")
    with right:
        _agreement(project, concept)


def _numbers(covered: MaskCoverage) -> None:
    with st.container(horizontal=True, key="mask-numbers"):
        st.metric("Masked", f"{covered.masks} of {covered.images}", help="Images of the class that have a mask")
        st.metric("Median area", f"{covered.area[2]:.1%}", help="Share of the picture that a mask covers")
        st.metric("Extremes", f"{covered.area[0]:.1%} to {covered.area[4]:.0%}", help="Least and most of a picture")
        if covered.superpixels is not None:
            st.metric("Superpixels", f"{covered.superpixels:g}", help="Median number in a mask made of them")
        if covered.waiting:
            st.metric("Waiting", f"{covered.waiting}", help="Images known to show the concept, without a mask")
    odd = [(covered.small, "hardly anything"), (covered.large, "most of the picture")]
    for images, what in odd:
        if images:
            st.caption(f"{len(images)} cover {what}: images {', '.join(map(str, images[:8]))}.")


def _check(project: Project, concept: str) -> None:
    """The effect of each mask in the network: the stored result, the running job, or the button that starts it."""
    with boundary():
        effects = mask_effects.known(project, concept) if project.catalogue.models() else None
        if effects is not None:
            _effects(project, effects)
            return
        running = [job for job in project.catalogue.jobs(states=("queued", "running")) if job.verb == CHECK]
        if running:
            job_progress(project, running[0].id)
            return
        st.markdown("**Do the masks work, and are there enough?** Each is filled and judged by a space of the others.")
        if st.button("Check the masks", icon=":material/fact_check:", key="mask-check"):
            jobs.start(project, CHECK, {"concept": concept})
            st.rerun()


def _effects(project: Project, quality: MaskEffects) -> None:
    (st.success if quality.enough else st.info)(quality.advice, icon=":material/scatter_plot:")
    colour = class_colour(quality.concept, project_classes(project))
    left, right = st.columns(2, gap="large")
    with left:
        growth = quality.growth
        fig = mask_growth(
            [step.n for step in growth],
            [step.to_all for step in growth],
            [step.between for step in growth],
            [step.spread for step in growth],
            quality.advice,
            colour,
        )
        chart(fig, "mask-growth", caption=False)
    with right:
        effects = quality.effects
        fig = mask_effects_strip(
            [effect.image_name for effect in effects],
            [effect.effect for effect in effects],
            [effect.turned for effect in effects],
            [effect.finding for effect in effects],
            colour,
        )
        chart(fig, "mask-effects")
    odd = [effect for effect in quality.effects if effect.finding]
    if odd:
        st.markdown("**Worth a look**")
        with st.container(horizontal=True, key="mask-odd"):
            for effect in odd[:SHOWN]:
                _card(project, effect)


def _card(project: Project, effect: MaskEffect) -> None:
    with st.container(width=160, key=f"mask-card-{effect.image_id}"):
        st.image(str(thumbnail_path(project, effect.image_id)), width=150, alt=effect.image_name)
        st.caption(f"{plain(effect.image_name)} {FINDINGS[effect.finding]}")
        st.button("Open", key=f"mask-odd-{effect.image_id}", on_click=_open, args=(effect.image_id,), type="tertiary")


def _open(image_id: int) -> None:
    st.session_state[OPEN] = image_id


def _agreement(project: Project, concept: str) -> None:
    """Inter-annotator agreement, if two annotators masked the same images."""
    st.markdown("**Do annotators agree?**")
    people = [person.author for person in annotators(project, concept)]
    if len(people) < 2:
        st.caption(
            "One person masked so far. Somebody else may mask some of the images in a project of their own: export "
            "their masks there, and compare with `sxai mask agreement CONCEPT --against FILE`."
        )
        return
    if st.button("Compare annotators", icon=":material/compare:", key="mask-compare"):
        with progress_bar() as progress:
            _pairs(mask_agreement(project, concept, progress=progress))


def _pairs(agreement: AgreementResult) -> None:
    rows = [
        {
            "first": pair.first,
            "second": pair.second,
            "images": pair.images,
            "begun from the other's": pair.edited,
            "IoU": pair.iou,
            "95 %": f"{pair.interval[0]:.2f} to {pair.interval[1]:.2f}",
            "κ": pair.kappa,
            "least alike": ", ".join(image.image_name for image in pair.worst[:3]),
        }
        for pair in agreement.pairs
    ]
    numbers = {key: st.column_config.NumberColumn(format="%.3f") for key in ("IoU", "κ")}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=numbers,
        key="mask-pairs",
        alt="Agreement of annotators, pair by pair",
    )
