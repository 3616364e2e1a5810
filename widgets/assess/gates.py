"""The gates before the concepts: what pictures are compared with, how often an alarm errs, and the choice of both."""

import streamlit as st

from sxai.assess.novelty import METHODS, Method
from sxai.assess.verbs.gates import GatesInUse, as_in_the_paper, gates_in_use, set_gates
from sxai.project.project import Project
from widgets.ui.session import boundary, plain, progress_bar

DETECTORS: dict[Method, str] = {
    "neighbours": "nearest neighbours",
    "mahalanobis": "Mahalanobis distance",
    "vim": "virtual logit (ViM)",
    "residual": "residual",
    "fdbd": "decision boundaries (fDBD)",
    "nci": "neural collapse (NCI)",
    "energy": "energy",
    "softmax": "largest class probability",
}


def section(project: Project) -> None:
    """What is compared, the promise, and the controls."""
    st.header("When is a picture familiar and intact?")
    st.markdown(
        "Before its concepts count, a picture must be like those that the network knows, and must not look tampered "
        "with. Both gates are held against pictures kept aside, so the share of false alarms is chosen, for pictures "
        "that come about as those did."
    )
    with progress_bar() as progress:
        in_use = gates_in_use(project, progress=progress)
    if in_use.settings.paper:
        st.info("Assessed as in the paper: by the concepts alone.", icon=":material/history_edu:")
    else:
        st.caption(plain(_promise(in_use)))
    with boundary():
        _choice(project, in_use)


def _promise(in_use: GatesInUse) -> str:
    kept = f"{in_use.kept_aside:,} {'each left out in turn' if in_use.left_out else 'kept aside'}"
    error = in_use.error
    return (
        f"Compared with {in_use.learned:,} pictures, {kept}. Expected false alarms of each gate {error.value:.1%} "
        f"(95 % interval {error.low:.1%} to {error.high:.1%}); unfamiliar beyond a score of {in_use.limit:.3f}."
    )


def _choice(project: Project, in_use: GatesInUse) -> None:
    settings = in_use.settings
    with st.container(horizontal=True, vertical_alignment="bottom", key="gates"):
        percent = st.number_input(
            "False alarms allowed (%)", 0.1, 50.0, settings.rate * 100, 0.5, format="%.1f", width=190, key="gates-rate"
        )
        method = st.selectbox(
            "Detector", METHODS, METHODS.index(settings.method), DETECTORS.__getitem__, width=240, key="gates-detector"
        )
        if st.button("Use these", icon=":material/tune:", key="gates-go"):
            set_gates(project, percent / 100, method, paper=False)
            st.rerun()
        if not settings.paper and st.button(
            "As in the paper",
            icon=":material/history_edu:",
            key="gates-paper",
            help="No gates, the paper's estimator, its P and its rule of attacks",
        ):
            as_in_the_paper(project)
            st.rerun()
