"""The pieces of the Compare models page."""

from typing import Any

import pandas as pd
import streamlit as st

from sxai.comparison.figures import agreement_scatter, model_dumbbells
from sxai.comparison.verbs.compare import ModelComparison, compared_images, shared_concepts
from sxai.networks.verbs.networks import list_models
from sxai.plot.theme import class_colour
from sxai.project.project import Project
from widgets.assess import detail
from widgets.jobs import work
from widgets.ui import assessment_view
from widgets.ui.charts import chart, project_classes
from widgets.ui.gallery import gallery, number_tiles

LABELS = {
    "r2": "R²",
    "p_unmasked": "P visible",
    "p_masked": "P masked",
    "lowered": "Lowered",
    "ratio": "1st ratio",
    "own_share": "Own share",
}
AXES = {
    "r2": "q-q R² of the reference distribution",
    "p_unmasked": "mean P<sub>s</sub>, concept visible",
    "p_masked": "mean P<sub>s</sub>, concept masked",
    "lowered": "share lowered by masking, held out",
    "ratio": "information ratio of the 1st component",
    "own_share": "own space's share in the cross-talk",
}
MEANING = {
    "r2": "How normal the activation Aₛ is over the images of the class: 1 is exactly normal.",
    "p_unmasked": "How clearly a network sees the concept where it shows.",
    "p_masked": "What is left when the concept is filled: lower is better.",
    "lowered": "Of images that the space was not made from, those whose P falls when the concept is masked.",
    "ratio": "How much the masked images have in common in this network.",
    "own_share": "Of all changes of P when the concept is masked, that in its own space: more keeps concepts apart.",
}


def missing(project: Project) -> bool:
    """Show the next step if there are fewer than two networks to compare; whether that is so."""
    if len(list_models(project)) >= 2:
        return False
    assessment_view.nothing_yet(
        ":material/compare_arrows:",
        "Two networks are needed",
        "Add a second network: concepts and masks are there already, and serve both.",
        "data/networks",
        "Add a network",
    )
    return True


def choose(project: Project) -> tuple[str, str]:
    """The two chosen networks; by default the one in use and the one added last."""
    known = list_models(project)
    names = [network.model for network in known]
    active = next((network.model for network in known if network.active), names[0])
    with st.container(horizontal=True, key="compare-choice"):
        a = _network("First network", "first", names, active)
        rest = [name for name in names if name != a]
        b = _network("Second network", "second", rest, rest[-1])
    return a, b


def _network(label: str, key: str, names: list[str], usual: str) -> str:
    if st.session_state.get(key) not in (None, *names):
        del st.session_state[key]
    chosen: str = st.selectbox(label, names, index=names.index(usual), key=key, bind="query-params", width=300)
    return chosen


def working(project: Project, a: str, b: str, first: bool) -> None:
    """The comparison or extraction that runs, or the buttons that start them."""
    for verb in ("extract", "compare"):
        if work.busy(work.follow(project, verb)):
            return
    shared, only_a, only_b = shared_concepts(project, a, b)
    for owner, other, names in ((a, b, only_a), (b, a, only_b)):
        if names:
            _extract(project, owner, other, names, urgent=not shared)
    if first and shared:
        st.write("One concept in both networks." if len(shared) == 1 else f"{len(shared)} concepts in both networks.")
        if st.button("Compare", type="primary", icon=":material/compare_arrows:", key="compare-go"):
            work.begin(project, "compare", {"a": a, "b": b})


def _extract(project: Project, owner: str, other: str, names: list[str], urgent: bool) -> None:
    """The buttons that extract in one network the concepts that only the other one has."""
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"compare-only-{owner}"):
        st.markdown(assessment_view.plain(f"Only {owner} has {shown}."), width="stretch")
        if st.button(
            assessment_view.plain(f"Extract in {other} too"),
            type="primary" if urgent else "secondary",
            icon=":material/auto_awesome:",
            key=f"compare-extract-{other}",
        ):
            work.begin(project, "extract", {"names": names, "model": other})


def headline(comparison: ModelComparison) -> None:
    """The agreement of both networks, in numbers."""
    with st.container(horizontal=True, key="compare-numbers"):
        for model, accuracy in zip(comparison.models, comparison.accuracy, strict=True):
            st.metric(f"Accuracy of {assessment_view.plain(model)}", "–" if accuracy is None else f"{accuracy:.1%}")
        if comparison.agreement is not None:
            st.metric(
                "Same class", f"{comparison.agreement.predicted:.1%}", help="Images for which both say the same class"
            )
            st.metric(
                "Same assessment", f"{comparison.agreement.level:.1%}", help="The same level, such as “I am sure”"
            )
        if comparison.correlation is not None:
            st.metric(
                "Ranks agree",
                f"{comparison.correlation:.2f}",
                help="Spearman's correlation of Pₛ over the same images, mean over concepts: 1 is the same order",
            )
    parts = [
        f"{name}: {body}, {size} channels"
        for name, body, size in zip(comparison.models, comparison.backbones, comparison.channels, strict=True)
    ]
    st.caption(
        assessment_view.plain(
            " · ".join([*parts, f"{comparison.images:,} images", comparison.created[:16].replace("T", " ")])
        )
    )
    if comparison.agreement is None:
        st.caption("What both say of an image can be compared once both heads are trained on the same classes.")


def concepts(project: Project, comparison: ModelComparison) -> None:
    """One measure of every concept in both, and all of them as a table."""
    measure = st.segmented_control(
        "Measure", list(LABELS), default="r2", format_func=LABELS.__getitem__, required=True, key="compare-measure"
    )
    values = [getattr(concept, measure) for concept in comparison.concepts]
    names = [concept.name for concept in comparison.concepts]
    fig = model_dumbbells(
        names,
        [pair[0] for pair in values],
        [pair[1] for pair in values],
        comparison.models,
        AXES[measure],
        project_classes(project),
    )
    st.caption(MEANING[measure])
    chart(fig, f"compare-{measure}")
    with st.expander("All numbers", icon=":material/table:"):
        st.dataframe(_table(comparison), hide_index=True, key="compare-table", alt="Every measure of both networks")


def _table(comparison: ModelComparison) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for concept in comparison.concepts:
        row: dict[str, Any] = {"concept": concept.name}
        for measure, label in LABELS.items():
            for model, value in zip(comparison.models, getattr(concept, measure), strict=True):
                row[f"{label}, {model}"] = None if value is None else round(value, 3)
        rows.append({**row, "ranks agree": concept.correlation})
    return pd.DataFrame(rows)


def one_concept(project: Project, comparison: ModelComparison) -> None:
    """One concept image by image, and the images on which the networks differ most."""
    st.header("One concept, image by image")
    names = [concept.name for concept in comparison.concepts]
    if st.session_state.get("space") not in (None, *names):
        del st.session_state["space"]
    chosen = st.selectbox("Concept", names, key="space", bind="query-params", width=320)
    pairs = compared_images(project, *comparison.models, chosen)
    apart = pairs.apart(12)
    rows = [pairs.image_ids.index(image_id) for image_id, _ in apart]
    colour = class_colour(chosen, project_classes(project))
    left, right = st.columns(2, gap="large")
    with left:
        chart(
            agreement_scatter(pairs.a, pairs.b, comparison.models, chosen, colour, rows, pairs.names), "compare-scatter"
        )
    with right:
        st.markdown("**Where they differ most**")
        event = gallery(project, number_tiles(project, apart, "Δ"), "page.compare.apart", tile="6.5rem")
        st.caption(
            assessment_view.plain(
                f"Δ = P in {comparison.models[1]} − P in {comparison.models[0]}. Click an image to open it."
            )
        )
    if event.opened is not None:
        detail.open_image(project, event.opened, [image_id for image_id, _ in apart])
