"""Calibrated probabilities beside the paper's P: how well they fit, and the switch between both."""

import pandas as pd
import streamlit as st

from sxai.project.project import Project
from sxai.spaces.verbs.calibrate import ProbabilityInUse, calibrate_probabilities, probability_in_use, use_probability
from widgets.ui.session import plain, progress_bar

KINDS = {"paper": "the paper's P", "calibrated": "calibrated probabilities"}
CHOICE = "probability-kind"


def section(project: Project) -> None:
    """Calibrate, compare, and choose the probability that assessments use."""
    st.header("What should assessments run on?")
    st.markdown(
        "The paper's P says how strong a concept is *among images of its class*: half of them are below 0.5, also "
        "when every one shows it. A calibrated probability says how often images like this one *show the part*: it is "
        "fitted to images of the class and to as many of other classes, which do not. Sentences, lists and searches "
        "can run on either."
    )
    in_use = probability_in_use(project)
    if in_use.missing:
        st.caption(plain(f"Not calibrated yet: {', '.join(in_use.missing)}"))
    if st.button("Calibrate", icon=":material/tune:", key="calibrate", help="On labelled images, or else on the masks"):
        with progress_bar() as progress:
            in_use = calibrate_probabilities(project, progress=progress)
    if in_use.calibrations:
        _table(in_use)
    _choice(project, in_use)


def _table(in_use: ProbabilityInUse) -> None:
    rows = [
        {
            "space": space.name,
            "calibrated on": space.source,
            "with": space.n_visible,
            "without": space.n_hidden,
            "of other classes": space.n_other,
            "error of P": space.ece_paper,
            "error calibrated": space.ece,
        }
        for space in in_use.calibrations
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt="Calibration error of each space, of the paper's P and calibrated",
        column_config={
            name: st.column_config.NumberColumn(name, format="%.3f", help="Expected calibration error; 0 is best")
            for name in ("error of P", "error calibrated")
        },
    )


def _choice(project: Project, in_use: ProbabilityInUse) -> None:
    ready = bool(in_use.calibrations) and not in_use.missing
    chosen = st.segmented_control(
        "Assessments run on",
        list(KINDS),
        default=in_use.kind,
        format_func=KINDS.__getitem__,
        required=True,
        key=CHOICE,
        disabled=not ready and in_use.kind == "paper",
    )
    if chosen and chosen != in_use.kind:
        use_probability(project, "calibrated" if chosen == "calibrated" else "paper")
        st.toast(plain(f"Assessments, lists and searches run on {KINDS[chosen]} now."))
