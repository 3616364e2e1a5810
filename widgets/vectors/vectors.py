"""The parts of the Concept vectors page: making sets, relations, retrieval, tests, attributes."""

from typing import Any

import streamlit as st

from sxai.images.verbs.stored import thumbnail_path
from sxai.networks.verbs.networks import list_models
from sxai.project.project import Project
from sxai.search.verbs.search import saved_searches
from sxai.vectors.figures import (
    attribute_bars,
    diversity_scatter,
    relevance_bars,
    relevance_heatmap,
    retrieval_bars,
    vector_map,
    vector_tree,
)
from sxai.vectors.verbs.vectors import VectorSet, diversity_accuracy, stored_vectors
from sxai.vectors.verbs.vectors import attributes as attributes_
from widgets.assess import detail
from widgets.jobs import work
from widgets.ui import assessment_view
from widgets.ui.charts import chart, project_classes
from widgets.ui.gallery import gallery, number_tiles
from widgets.ui.image_chooser import find_image
from widgets.ui.session import plain
from widgets.vectors import tests as vector_tests

CLASSES, SEARCHES, FOLDER = SOURCES = ("Classes", "Saved searches", "A folder")
ZEROS = {0.9: "Usual level (0.9)", 0.8: "Usual level (0.8)", 0.5: "Median", 0.0: "0, as the paper"}
MAPS = {"tsne": "t-SNE", "scaling": "Scaling"}
CONCEPT, SET = "page.vectors.concept", "page.vectors.set"
FEW = 3
MAPPED = 5
"""Fewest concepts that make a map or a tree worth looking at."""


def missing(project: Project) -> bool:
    """Show the next step if there are no images or no network; whether that is so."""
    if not project.catalogue.count_images():
        assessment_view.nothing_yet(
            ":material/photo_library:",
            "No images yet",
            "A concept's vector is made from its images.",
            "data/samples",
            "Import images",
        )
    elif not list_models(project):
        assessment_view.nothing_yet(
            ":material/network_node:",
            "No network yet",
            "Vectors are read from a network's features.",
            "data/networks",
            "Choose a network",
        )
    else:
        return False
    return True


def making(project: Project) -> None:
    """The settings of a vector set, and its job."""
    known = stored_vectors(project)
    if not known:
        st.info(
            "A concept's vector is the mean pattern of the units that are active in its images. Make those of your "
            "classes first; textures or colours can come from any folder with one folder of pictures a concept.",
            icon=":material/lightbulb:",
        )
    with st.expander("Make vectors", expanded=not known, icon=":material/hub:"):
        arguments = _wanted(project)
        if not work.busy(work.follow(project, "vectors")) and st.button(
            "Make vectors",
            type="secondary" if known else "primary",
            icon=":material/play_arrow:",
            key="vectors-go",
            disabled=arguments is None,
        ):
            work.begin(project, "vectors", arguments or {})


def _wanted(project: Project) -> dict[str, Any] | None:
    """The arguments of the job; None while something is missing."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="vectors-choice"):
        source = st.segmented_control("Concepts from", SOURCES, default=CLASSES, required=True, key="vectors-source")
        level = st.selectbox(
            "A unit is active above",
            list(ZEROS),
            format_func=ZEROS.__getitem__,
            key="vectors-level",
            width=200,
            help="After pooling hardly any unit is ever 0. At a level of 0.9 a unit is active in one image of ten, as "
            "the units of the paper's layer are.",
        )
        n = st.number_input("Images a concept", 2, 2000, 300, key="vectors-n", width=150)
    arguments: dict[str, Any] = {"n": int(n), "level": float(level)}
    if source == FOLDER:
        path = st.text_input(
            "Folder on this machine", placeholder="textures/ with one folder a concept", key="vectors-folder"
        )
        return {**arguments, "source": path.strip()} if path and path.strip() else None
    if source == SEARCHES:
        if not saved_searches(project):
            st.caption("No search is saved yet: save one on the page Search, and it becomes a concept.")
            return None
        return {**arguments, "source": "searches"}
    sets = [record.name for record in project.catalogue.datasets() if record.images]
    picked = st.selectbox("Images of", ["every import", *sets], key="vectors-dataset", width=240) if sets[1:] else None
    return arguments if picked in (None, "every import") else {**arguments, "dataset": picked}


def chosen(project: Project) -> VectorSet | None:
    """The set that the page shows; the newest at first."""
    known = stored_vectors(project)
    if not known:
        return None
    if st.session_state.get(SET) not in (None, *range(len(known))):
        del st.session_state[SET]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        at = st.selectbox("Vectors", range(len(known)), format_func=lambda row: _title(known[row]), key=SET, width=460)
    vectors = known[at]
    st.caption(plain(_made_with(vectors)))
    return vectors


def _title(vectors: VectorSet) -> str:
    level = "zero of the paper" if vectors.level == 0 else f"level {vectors.level:g}"
    return f"{vectors.source}: {len(vectors.words)} concepts, {vectors.tap}, {level}"


def _made_with(vectors: VectorSet) -> str:
    images = f"{int(vectors.made.sum()):,} images made them, {int((~vectors.made).sum()):,} are held out"
    return (
        f"Network {vectors.model} · {len(vectors.zero):,} units of {vectors.tap} · {images} · seed "
        f"{vectors.parameters['seed']} · sxai {vectors.version} · {vectors.created[:16].replace('T', ' ')}"
    )


def relations(project: Project, vectors: VectorSet) -> None:
    """The map, a concept clicked on it with its images, the hierarchy and the relevance of concepts to each other."""
    if len(vectors.words) < MAPPED:
        _one(project, vectors)
    else:
        _map(project, vectors)
    if len(vectors.words) < 2:
        return
    left, right = st.columns(2, gap="large")
    tree = vectors.hierarchy()
    if len(vectors.words) >= MAPPED:
        with left:
            chart(vector_tree(vectors.words, tree.merges, tree.order), "vectors-tree")
    with right if len(vectors.words) >= MAPPED else left:
        chart(
            relevance_heatmap([vectors.words[at] for at in tree.order], vectors.relevance(tree.order)),
            "vectors-relevance",
        )


def _map(project: Project, vectors: VectorSet) -> None:
    """The map beside the concept that was clicked on it."""
    method = st.segmented_control(
        "Map", list(MAPS), default="tsne", required=True, key="vectors-map-by", format_func=MAPS.__getitem__
    )
    classes = project_classes(project)
    left, right = st.columns([3, 2], gap="large")
    with left:
        fig = vector_map(vectors.words, vectors.map(str(method)), vectors.diversity, str(method), classes)
        _clicked(vectors, chart(fig, "vectors-map", select=True))
    with right:
        _one(project, vectors)


def _clicked(vectors: VectorSet, points: list[int]) -> None:
    """Show the clicked concept beside the map."""
    seen = "page.vectors.clicked"
    if points and points != st.session_state.get(seen):
        st.session_state[CONCEPT] = vectors.words[points[0] % len(vectors.words)]
    st.session_state[seen] = points


def _one(project: Project, vectors: VectorSet) -> None:
    if st.session_state.get(CONCEPT) not in (None, *vectors.words):
        del st.session_state[CONCEPT]
    name = st.selectbox("Concept", vectors.words, key=CONCEPT, help="With a map, click one of its circles")
    concept = vectors.concept(name)
    with st.container(horizontal=True):
        st.metric("Diversity D", f"{concept.diversity:.3f}", help="0: all its images have the same pattern")
        st.metric(
            "Units of the gate",
            f"{concept.gate(vectors.threshold).mean():.0%}",
            help=f"Active in more than {vectors.threshold:.0%} of its images",
        )
    near = vectors.nearest(name, 8)
    if near:
        kind = "held-out images" if (~vectors.made).any() else "images"
        st.markdown(
            f"**The {kind} that stand out most**",
            help="Ranked by the margin Δ: the cosine with this concept's vector less that with the nearest other one.",
        )
        event = gallery(project, number_tiles(project, near, "Δ"), "page.vectors.near", tile="5.5rem")
        if event.opened is not None:
            detail.open_image(project, event.opened, [image_id for image_id, _ in near])
    else:
        st.caption("Its pictures lie in a folder outside the project, so none can be shown here.")
    others = vectors.others(name)
    if others:
        with st.expander("Relevance to the other concepts", icon=":material/leaderboard:"):
            chart(relevance_bars(name, [other for other, _ in others], [value for _, value in others]), "vectors-bars")


def retrieval(project: Project, vectors: VectorSet) -> None:
    """Precision of retrieval on held-out images."""
    st.header("Retrieval")
    rows = vectors.retrieval()
    if not rows:
        st.caption("No images are held out: put some in the split val, and make the vectors again.")
        return
    fig = retrieval_bars(
        [row.name for row in rows], [row.precision for row in rows], [row.relevant / row.of for row in rows], rows[0].k
    )
    chart(fig, "vectors-retrieval")


def tests(project: Project, vectors: VectorSet) -> None:
    """Diversity against accuracy, and the tests that need the network."""
    rows, related = diversity_accuracy(project, vectors)
    if len(rows) >= FEW:
        st.header("Diversity and accuracy")
        fig = diversity_scatter(
            [row.name for row in rows],
            [row.diversity for row in rows],
            [row.accuracy for row in rows],
            related.r,
            related.p,
            project_classes(project),
        )
        chart(fig, "vectors-diversity")
    if rows and vectors.gates:
        vector_tests.section(project, vectors)


def attributes(project: Project, vectors: VectorSet) -> None:
    """The concepts of the set that stand out in one image."""
    st.header("One image in these words")
    st.caption("For low-level attributes choose a set made from a folder of textures, materials or colours.")
    image = find_image(project, "vectors")
    if image is None:
        return
    rows = attributes_(project, vectors, image.id)
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.image(str(thumbnail_path(project, image.id, 480)), width="stretch", alt=image.name)
    with right:
        names, cosines, standing = zip(*rows, strict=True)
        chart(attribute_bars(names, standing, cosines, image.name), "vectors-attributes")
