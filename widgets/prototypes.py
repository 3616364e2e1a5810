"""The pieces of the Auto concepts page."""

import pandas as pd
import streamlit as st

from sxai.images.decode import canvas, decode
from sxai.images.verbs.stored import thumbnail
from sxai.masks.verbs.save import list_concepts
from sxai.networks.verbs.networks import list_models
from sxai.project.project import Project
from sxai.prototypes.concepts import AutoConcept, Prototypes
from sxai.prototypes.figures import (
    bubble_rings,
    filter_ranks,
    orthogonality_heatmap,
    sensitivity_boxes,
    similarity_bars,
    term_curves,
)
from sxai.prototypes.verbs.explain import MIN_PROBABILITY, Explainer, ProtoExplanation, explain_image
from sxai.prototypes.verbs.names import name_concepts, propose_names
from sxai.prototypes.verbs.regions import concept_examples, highlighted
from sxai.prototypes.verbs.sensitivity import perceptual_sensitivity
from sxai.prototypes.verbs.train import stored_prototypes
from widgets.jobs import work
from widgets.ui import assessment_view, uploads
from widgets.ui.charts import chart, project_classes
from widgets.ui.image_chooser import find_image
from widgets.ui.pages import file_of
from widgets.ui.session import plain

CONCEPTS, PICTURE, MEASURES = VIEWS = ("Concepts", "One picture", "Measures")
TILE, SHOWN = 120, 5
"""Longer side of a concept's pictures, and how many stand in its row."""
DROP = "-"
"""The text that is typed instead of a name to drop a concept."""


def missing(project: Project) -> bool:
    """Show the next step if there are fewer than two classes or no network; whether that is so."""
    if len(project_classes(project)) < 2:
        assessment_view.nothing_yet(
            ":material/photo_library:",
            "Two classes are needed",
            "Automatic concepts are what tells classes apart.",
            "data/samples",
            "Import images",
        )
    elif not list_models(project):
        assessment_view.nothing_yet(
            ":material/network_node:",
            "No network yet",
            "Automatic concepts are found in a network's maps.",
            "data/networks",
            "Choose a network",
        )
    else:
        return False
    return True


def training(project: Project) -> None:
    """The settings and the button that train prototypes, or the running job."""
    job = work.follow(project, "proto")
    if work.busy(job):
        return
    ready = stored_prototypes(project) is not None
    with st.expander("Find concepts" if not ready else "Find them again", expanded=not ready, icon=":material/search:"):
        if not ready:
            st.markdown(
                "Prototypes learn to tell the classes apart by small patches alone. It takes a few minutes; the "
                "network itself is not changed."
            )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            count = st.number_input(
                "Prototypes of each class",
                2,
                32,
                20,
                key="proto-count",
                width=210,
                help="M: how many vectors each class gets. They are kept at right angles to each other.",
            )
            images = st.number_input(
                "Images of each class", 8, 2000, 400, key="proto-images", width=210, help="Training images at most."
            )
            fine = st.toggle(
                "Read fine maps",
                value=True,
                key="proto-fine",
                help="Also reads earlier layers, which find small parts. Off: the last layer alone, as in the paper.",
            )
            kind = "secondary" if ready else "primary"
            if st.button("Find concepts", type=kind, icon=":material/play_arrow:", key="proto-go"):  # type: ignore[arg-type]
                asked = {"per_class": int(count), "images": int(images), "resolution": "fine" if fine else "maps"}
                work.begin(project, "proto", asked)


def found(project: Project) -> Prototypes | None:
    """The prototypes in use with their numbers; None when there are none."""
    prototypes = stored_prototypes(project)
    if prototypes is None:
        return None
    named = sum(bool(concept.name) for concept in prototypes.concepts)
    with st.container(horizontal=True, key="proto-numbers"):
        st.metric("Concepts", len(prototypes.concepts))
        st.metric("Named", named)
        st.metric("Accuracy of prototypes", _share(prototypes.accuracy["val"]), help="On validation images")
        st.metric("Accuracy of the network", _share(prototypes.accuracy["network"]), help="On validation images")
        st.metric(
            "Mean |cosine|",
            f"{prototypes.off_diagonal:.3f}",
            help="Between the vectors of a class; 0 is at right angles",
        )
    return prototypes


def view() -> str:
    """The part of the page to show; the choice is stored in the URL."""
    chosen = st.segmented_control(
        "View", VIEWS, default=CONCEPTS, required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    return str(chosen or CONCEPTS)


# ---- Concepts ------------------------------------------------------------------------------------------------------


def concepts(project: Project, prototypes: Prototypes) -> None:
    """Rows of pictures for a person to name, merge or drop; then masks and spaces."""
    name = st.segmented_control(
        "Class", prototypes.classes, default=prototypes.classes[0], required=True, key="proto-class"
    )
    name = str(name or prototypes.classes[0])
    st.caption(
        "Each row is one concept, the most important first: the images that show it most clearly, grey where it is "
        f"not. Give two rows one name to merge them, type {DROP} to drop one, or leave it empty."
    )
    if st.button(
        "Propose names from masks",
        icon=":material/auto_awesome:",
        key="proto-propose",
        help="Where people have masked parts of this class, concepts that point into them are named so.",
    ):
        _propose(project)
    with st.form(f"proto-names-{name}", border=False):
        rows = [concept for concept in prototypes.concepts if concept.class_name == name]
        rows.sort(key=lambda concept: -concept.share)
        given = {concept.id: _row(project, prototypes, concept) for concept in rows}
        if st.form_submit_button("Save names", icon=":material/save:", key=f"proto-save-{name}"):
            changed = {id: _meant(text) for id, text in given.items() if text.strip() or prototypes.concept(id).name}
            name_concepts(project, changed)
            st.rerun()
    masks(project, prototypes)


def _row(project: Project, prototypes: Prototypes, concept: AutoConcept) -> str:
    stored = DROP if concept.name == "" else concept.name or ""
    with st.container(horizontal=True, vertical_alignment="center", key=f"proto-row-{concept.id.replace(':', '-')}"):
        with st.container(width=220):
            text = st.text_input(
                f"Name of {plain(concept.id)}",
                stored,
                key=f"proto-name-{prototypes.key[:8]}-{concept.id}-{stored}",
                placeholder="what is it?",
            )
            st.caption(
                f"importance {concept.share:.0%} · {concept.filters} filters",
                help="Share of all ranks of the filters that follow this concept (R), and how many do.",
            )
        for tile in _tiles(project, prototypes, concept):
            st.image(tile, width=TILE, alt=f"A picture that shows {concept.name or concept.id}")
    return str(text)


def _tiles(project: Project, prototypes: Prototypes, concept: AutoConcept) -> list[bytes]:
    """The concept's pictures as JPEG bytes, made once."""
    tiles: list[bytes] = project.remember(
        ("proto tiles", prototypes.key, concept.id),
        lambda: [thumbnail(pixels, TILE) for pixels in concept_examples(project, prototypes, concept.id, SHOWN)],
    )
    return tiles


def _meant(text: str) -> str:
    return "" if text.strip() == DROP else text.strip()


def _propose(project: Project) -> None:
    with st.spinner("Looking where concepts point"):
        proposals = propose_names(project)
    if not proposals:
        st.info("No concept points clearly into a masked part. Name them by looking.", icon=":material/info:")
        return
    name_concepts(project, {proposal.id: proposal.name for proposal in proposals})
    st.rerun()


def masks(project: Project, prototypes: Prototypes) -> None:
    """From named concepts to masks, and on to spaces."""
    named = sorted({f"{concept.class_name}.auto-{concept.name}" for concept in prototypes.concepts if concept.name})
    job = work.follow(project, "proto-masks")
    if work.busy(job) or not named:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Make masks of named concepts", type="primary", icon=":material/ink_selection:", key="proto-mask"):
            work.begin(project, "proto-masks", {})
        have = {concept.name: concept.masks for concept in list_concepts(project)}
        ready = {name: have[name] for name in named if have.get(name)}
        if ready:
            st.page_link(
                file_of("concepts/spaces"), label="Extract their semantic spaces", icon=":material/scatter_plot:"
            )
            st.caption(plain(", ".join(f"{name}: {count} masks" for name, count in ready.items())))


# ---- One picture ---------------------------------------------------------------------------------------------------


def picture(project: Project, prototypes: Prototypes) -> None:
    """A picture of the project or from outside, in automatic concepts."""
    source = st.segmented_control(
        "Picture", ("Project", "Upload"), default="Project", required=True, key="proto-source"
    )
    if source == "Upload":
        file = st.file_uploader(
            "A picture, also of something no class was made for",
            uploads.KINDS,
            key="proto-file",
            max_upload_size=uploads.PICTURE_MB,
        )
        if file is None:
            return
        shown = Explainer.of(project).explain(canvas(decode(file.getvalue()).pixels), file.name)
    else:
        image = find_image(project, "proto")
        if image is None:
            return
        shown = project.remember(
            ("proto explained", prototypes.key, prototypes.named_as, image.id), lambda: explain_image(project, image.id)
        )
    explained(project, shown)


def explained(project: Project, shown: ProtoExplanation) -> None:
    """The explanation of one picture by automatic concepts."""
    classes = project_classes(project)
    seen = [concept for concept in shown.concepts if concept.probability >= MIN_PROBABILITY and concept.area > 0]
    left, right = st.columns([1, 2], gap="large")
    with left:
        names = [concept.name for concept in sorted(seen, key=lambda concept: -concept.pcs)]
        chosen = st.pills("Show", names, key="proto-region") if names else None
        regions = [shown.regions[chosen]] if chosen is not None and chosen in shown.regions else []
        st.image(highlighted(shown.pixels, regions), width="stretch")
    with right:
        cnn = f"The network says {shown.predicted} ({shown.confidence:.1%})." if shown.predicted else ""
        st.markdown(f"{plain(cnn)} **{plain(shown.assessment.sentence)}**")
        st.markdown(plain(f"As a stranger: {shown.strange}"))
        st.caption("The first sentence judges the predicted class; the second tells what each part is most like.")
        _table(shown)
    first, second = st.columns(2, gap="large")
    with first:
        values = {concept.name: concept.probability for concept in shown.concepts}
        pcs = {concept.name: concept.pcs for concept in shown.concepts}
        chart(bubble_rings(values, pcs, classes), "proto-bubbles")
    with second:
        chart(similarity_bars(shown.similarity, shown.with_hsv, classes), "proto-similarity")


def _table(shown: ProtoExplanation) -> None:
    rows = [
        {"part": likeness.concept, "most like": likeness.class_name, "P": likeness.probability, "PCS": likeness.pcs}
        for likeness in shown.likenesses
    ]
    if rows:
        number = st.column_config.NumberColumn
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            alt="For each part the class that it is most like",
            column_config={"P": number(format="%.2f"), "PCS": number(format="%.2f", help="P times importance")},
        )


# ---- Measures ------------------------------------------------------------------------------------------------------


def measures(project: Project, prototypes: Prototypes) -> None:
    """Orthogonality, terms of the loss, ranks of filters, sensitivity."""
    left, right = st.columns(2, gap="large")
    with left:
        chart(orthogonality_heatmap(prototypes.basis(), "Are the vectors orthogonal?"), "proto-orthogonal")
    with right:
        chart(term_curves(prototypes.history), "proto-terms")
    for class_name in prototypes.classes[:4]:
        effective, assigned, ids = prototypes.ranks(class_name)
        names = [prototypes.concept(id).name or ("no name" if any(prototypes.named_as) else id) for id in ids]
        chart(filter_ranks(effective, assigned, names, f"Filters of {class_name}"), f"proto-ranks-{class_name}")
    st.header("What are concepts sensitive to?")
    job = work.follow(project, "proto-sensitivity")
    if work.busy(job):
        return
    known = perceptual_sensitivity.known(project)
    if known is None:
        st.caption("Pictures are changed in hue, brightness, contrast, saturation, shape and texture, one at a time.")
        if st.button("Change pictures and watch", icon=":material/play_arrow:", key="proto-sense"):
            work.begin(project, "proto-sensitivity", {})
        return
    chart(sensitivity_boxes(known.falls), "proto-sensitivity")


def provenance(prototypes: Prototypes) -> None:
    """The parameters that these concepts were made with."""
    st.caption(
        plain(
            f"Made with network {prototypes.model} · {prototypes.images:,} images · "
            f"{prototypes.settings.per_class} prototypes a class · seed {prototypes.settings.seed} · "
            f"sxai {prototypes.version} · {prototypes.created[:16].replace('T', ' ')}"
        )
    )


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"
