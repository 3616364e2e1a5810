"""The Assess page's tab Saliency: where the network sees each of two classes, plain and with the class's gate.

A row a class, a column a method, as in Fig. 6 of the paper (SeVec).
"""

from base64 import b64encode
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from sxai.assess.pointing_figures import class_heat
from sxai.assess.verbs.assess import assessment_fingerprint
from sxai.errors import SxaiError
from sxai.images.decode import encode
from sxai.project.project import Project
from sxai.vectors.vectors import Gate
from sxai.vectors.verbs.pointing_game import SALIENCY_METHODS, USUAL_GATE, ClassMaps, class_saliency, two_in_one
from sxai.vectors.verbs.vectors import VectorSet, stored_vectors
from widgets.assess import assessment
from widgets.ui import assessment_view
from widgets.ui.charts import chart
from widgets.ui.session import plain, sentence

WAYS = (
    ("guided-backprop", False, "Guided backprop", "Guided backprop"),
    ("guided-backprop", True, "… with the gate", "Guided backprop with the gate"),
    ("gradient-input", False, "Gradient × input", "Gradient × input"),
    ("gradient-input", True, "… with the gate", "Gradient × input with the gate"),
    ("grad-cam", False, "Grad-CAM", "Grad-CAM"),
)
KEPT = 8
FIRST, SECOND, SHOWN = "saliency-first", "saliency-second", "page.assess.saliency.of"
GATES = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


def section(project: Project) -> None:
    """Choose a picture, perhaps another beside it, and two classes; then the maps, a row a class."""
    usable = [one for one in stored_vectors(project) if one.gates]
    if not usable:
        assessment_view.nothing_yet(
            ":material/hub:",
            "No vectors of the classes yet",
            "The gate lets relevance pass through the units of a class only; they are told by its semantic vector.",
            "lab/vectors",
            "Make concept vectors",
        )
        return
    pictures = assessment.pictures(project)
    if not pictures:
        return
    picture = pictures[0]
    given: Any = picture.data if picture.data is not None else int(picture.image_id or 0)
    try:
        _shown(project, max(usable, key=lambda one: len(one.words)), picture.name, given)
    except SxaiError as error:
        st.info(plain(sentence(error)), icon=":material/info:")


def _shown(project: Project, vectors: VectorSet, name: str, given: int | bytes) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="saliency-choice"):
        other, beside = _second(vectors) if isinstance(given, int) else (None, None)
        share = st.select_slider(
            "Gate lets pass",
            GATES,
            float(USUAL_GATE.share or GATES[0]),
            key="saliency-gate",
            width=220,
            format_func="{:.0%} of units".format,
            help="The units with the largest entries in a class's vector let its relevance pass, all others stop it.",
        )
    gate, what = Gate(share=float(share)), (given, beside)
    image = two_in_one(project, int(given), beside) if beside else given
    if st.session_state.get(SHOWN) != what or FIRST not in st.session_state:
        likely = _maps(project, vectors, image, what, None, gate).outputs
        own = project.catalogue.image(given).class_name if isinstance(given, int) and other else None
        _start(vectors.words, [own, other, *likely])
        st.session_state[SHOWN] = what
    with st.container(horizontal=True, key="saliency-classes"):
        first = st.selectbox("First class", vectors.words, key=FIRST, width=220)
        second = st.selectbox("Second class", vectors.words, key=SECOND, width=220)
    _grid(_maps(project, vectors, image, what, (first, second), gate), name)


def _start(names: Sequence[str], wanted: Iterable[str | None]) -> None:
    """Another picture asks for its own classes first, then for the most probable ones."""
    chosen = list(dict.fromkeys([*(name for name in wanted if name in names), *names]))
    st.session_state[FIRST], st.session_state[SECOND] = chosen[0], chosen[min(1, len(chosen) - 1)]


def _second(vectors: VectorSet) -> tuple[str | None, int | None]:
    """A class to set beside the chosen image, and the image of it that stands out most."""
    choices = ["nothing", *vectors.words]
    picked = st.selectbox(
        "Beside it",
        choices,
        key="saliency-beside",
        width=200,
        help="Sets an image of another class beside this one, so that there are two on one picture.",
    )
    near = vectors.nearest(picked, 1) if picked != "nothing" else []
    return (picked, near[0][0]) if near else (None, None)


def _maps(
    project: Project,
    vectors: VectorSet,
    image: int | bytes | np.ndarray,
    what: Hashable,
    classes: tuple[str, str] | None,
    gate: Gate,
) -> ClassMaps:
    """The maps, computed once for the time that this session looks at them."""
    kept: dict[Hashable, ClassMaps] = st.session_state.setdefault("page.assess.saliency", {})
    key = (
        str(project.home),
        assessment_fingerprint(project),
        vectors.key,
        vectors.level,
        what,
        classes,
        gate if classes else None,
    )
    if key not in kept:
        if len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        chosen = None if classes is None else list(dict.fromkeys(classes))
        methods = () if classes is None else SALIENCY_METHODS
        with st.spinner("Looking for both classes"):
            kept[key] = class_saliency(project, vectors, image, chosen, gate, methods)
    return kept[key]


def _grid(found: ClassMaps, name: str) -> None:
    address = "data:image/jpeg;base64," + b64encode(encode(found.pixels, "jpeg")).decode()
    for class_name, chance in found.outputs.items():
        st.markdown(f"## {plain(class_name)} :small[:gray[the network says {chance:.1%}]]")
        shown = [way for way in WAYS if (class_name, *way[:2]) in found.maps]
        for column, way in zip(st.columns(len(shown), gap="small"), shown, strict=True):
            with column:
                _map(address, found, class_name, *way)
    st.caption(
        plain(
            f"{name} · network {found.model} · the gate lets {found.gate} pass. Plain backward passes light up all "
            "that the network reacts to; the gate keeps what belongs to the class."
        )
    )


def _map(address: str, found: ClassMaps, class_name: str, method: str, gated: bool, title: str, told: str) -> None:
    fig = class_heat(address, found.maps[class_name, method, gated], title, f"{told} for {class_name}.")
    chart(fig, f"saliency-{method}-{'gate' if gated else 'plain'}-{class_name}", caption=False)
