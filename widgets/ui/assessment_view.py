"""Assessments in words, their provenance, and the empty states."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import pandas as pd
import streamlit as st

from data_store.columns import to_json
from sxai.assess.assessment import FLAGS
from sxai.assess.english import one
from sxai.assess.familiarity import Familiarity
from sxai.assess.figures import probability_radar
from sxai.assess.typical import TypicalRange
from sxai.assess.verbs.class_profile import ClassProfile, class_profile
from sxai.assess.verdict import ImageAssessment
from sxai.images.verbs.stored import thumbnail_path
from sxai.project.project import Project
from sxai.spaces.defaults import Fit
from sxai.spaces.verbs.stored import SpaceSummary, list_spaces
from sxai.spaces.verbs.verdicts import poor_spaces
from widgets.ui.charts import chart, project_classes
from widgets.ui.levels import GATES, LEVELS
from widgets.ui.pages import file_of
from widgets.ui.session import plain

FITS: Mapping[Fit, str] = {
    "normal": "Normal fit (paper)",
    "empirical": "The images themselves",
    "auto": "Whichever fits",
}
FIT_HELP = (
    "The paper fits a normal to the activations of a class and reads P from it. Where they are not normal, an image's "
    "place among the images themselves is the honest answer. “Whichever fits” takes the normal where the q-q R² is "
    "0.97 or more, as in all spaces of the paper."
)


def nothing_yet(icon: str, title: str, text: str, page: str | None = None, label: str = "") -> None:
    """An empty state: what is missing, and the page where the next step is."""
    with st.container(border=True, horizontal_alignment="center", key=f"empty-{title.lower().replace(' ', '-')}"):
        st.markdown(f"## {icon} {title}")
        st.markdown(plain(text))
        if page:
            with st.container(horizontal=True, horizontal_alignment="center"):
                if st.button(label, type="primary", icon=":material/arrow_forward:", key=f"go-{page}"):
                    st.switch_page(file_of(page))


def code(text: str) -> str:
    """Untrusted text for inline code: its back-ticks become apostrophes."""
    return text.replace("`", "'")


def verdict(project: Project, assessment: ImageAssessment, key: str = "verdict") -> None:
    """The verdict, prominently: the weakest gate in front, what to do next and the paper's own words behind."""
    label, icon, colour = LEVELS[assessment.level]
    with st.container(border=True, key=key):
        with st.container(horizontal=True, key=f"{key}-gates"):
            st.badge(label, icon=icon, color=colour)
            for gate in assessment.gates:
                mark, tone = GATES[gate.passed]
                st.badge(gate.name, icon=mark, color=tone, help=plain(gate.why))
        st.markdown(f"## {plain(assessment.verdict)}")
        caution(assessment)
        for step in assessment.advice:
            st.markdown(f":material/arrow_forward: {plain(step)}")
        st.caption(plain(assessment.cnn_line))
        if assessment.verdict != assessment.sentence:
            st.caption(plain(f"The paper's words, which look at the concepts alone: {assessment.sentence}"))
        nearest(project, assessment, key)


def nearest(project: Project, assessment: ImageAssessment, key: str) -> None:
    """The training pictures nearest to this one, in sight where it is unfamiliar; nothing where none was compared."""
    found = assessment.familiarity
    if found is None or not found.nearest:
        return
    with st.expander(
        "The nearest pictures that the network knows",
        expanded=assessment.level == "unfamiliar",
        icon=":material/compare:",
    ):
        with st.container(horizontal=True, key=f"{key}-nearest"):
            for image_id, distance in found.nearest[:4]:
                picture = str(thumbnail_path(project, image_id, 192))
                st.image(picture, width=96, caption=f"{distance:.2f}", alt=f"image {image_id} of the project")
        st.caption(_how_far(found))


def _how_far(found: Familiarity) -> str:
    """How far the picture is from them, and what the alarm promises."""
    told = f"Strangeness {found.score:.2f}. "
    if not found.known:
        return told + f"With {found.kept_aside} pictures kept aside, nothing can be called unfamiliar yet."
    return plain(
        f"{told}Pictures of the same kind have {found.typical:.2f} in the middle; one beyond {found.limit:.2f} "
        f"is called unfamiliar. That errs for {found.rate:.0%} of pictures that come about as those "
        f"did (p = {found.p_value:.3f})."
    )


def caution(assessment: ImageAssessment) -> None:
    """The concepts of the sentence that are not reliable, with reasons; nothing when there are none."""
    if assessment.caution:
        why = "\n\n".join(f"**{plain(name)}** {plain(why)}" for name, why in assessment.doubts.items())
        st.markdown(f":orange[:material/warning:] {plain(assessment.caution)}", help=why)


def warnings(assessment: ImageAssessment) -> None:
    """Each flag of an assessment in words; nothing when none is raised."""
    for flag in assessment.flags:
        if flag in ("unfamiliar", "adversarial") and assessment.level in ("unfamiliar", "tampered"):
            continue  # the verdict says so
        st.warning(f"**{flag.replace('-', ' ').capitalize()}.** {FLAGS.get(flag, '')}", icon=":material/flag:")


def findings_table(project: Project, assessment: ImageAssessment) -> None:
    """Each concept of the predicted class: P beside what is typical, how far it leads, and the words it earned."""
    ranges, predicted = profile(project, assessment.model).ranges, assessment.predicted
    rows = [
        {
            "concept": finding.concept,
            "P": finding.probability,
            **_typical(ranges.get(f"{predicted}.{finding.concept}"), finding.probability, predicted),
            "ΔP": finding.difference,
            "seen": finding.presence,
            "looks": "" if finding.likeness == "none" else finding.likeness,
            "rival": finding.rival or "",
            "in the sentence": finding.mentioned,
        }
        for finding in assessment.findings
    ]
    if assessment.paper_probabilities:
        for row, finding in zip(rows, assessment.findings, strict=True):
            row["paper's P"] = assessment.paper_probabilities[f"{assessment.predicted}.{finding.concept}"]
    if not rows:
        st.caption("No concept of the predicted class has a semantic space yet.")
        return
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt="Concepts of the predicted class with their semantic probabilities",
        column_config={
            "P": st.column_config.ProgressColumn(
                "P",
                help="Semantic probability Pₛ: the place among images of the class, so an average one has 0.5",
                min_value=0.0,
                max_value=1.0,
                format="%.2f",
            ),
            "typical": st.column_config.TextColumn(help="P of four in five images of the class"),
            "ΔP": st.column_config.NumberColumn(
                "ΔP", format="%+.2f", help="P less the largest P of the same concept in another class"
            ),
            "paper's P": st.column_config.NumberColumn(
                format="%.2f",
                help="Place among images of its class; P is the calibrated probability that the part is there",
            ),
            "rival": st.column_config.TextColumn("against", help="The other class with that largest P"),
        },
    )


def _typical(found: TypicalRange | None, probability: float, class_name: str) -> dict[str, str]:
    """The range of most images of the class, and where this picture stands."""
    if found is None:
        return {f"for {one(class_name)}": "", "typical": ""}
    return {f"for {one(class_name)}": found.place(probability), "typical": f"{found.low:.2f} to {found.high:.2f}"}


def outputs_table(outputs: Mapping[str, float], most: int = 8) -> None:
    """A table of the network's class probabilities, the largest first."""
    ranked = sorted(outputs.items(), key=lambda pair: -pair[1])[:most]
    st.dataframe(
        pd.DataFrame(ranked, columns=["class", "p"]),
        hide_index=True,
        alt="Class probabilities of the network",
        column_config={
            "p": st.column_config.ProgressColumn("p(class)", min_value=0.0, max_value=1.0, format="percent")
        },
    )


def radar(project: Project, assessment: ImageAssessment, key: str) -> None:
    """The radar map of an assessment against the averages of the classes."""
    typical = profile(project, assessment.model)
    fig = probability_radar(
        assessment.probabilities,
        typical.averages,
        project_classes(project),
        assessment.predicted,
        poor=poor_spaces(project, assessment.model),
        ranges={name: (found.low, found.high) for name, found in typical.ranges.items()},
    )
    chart(fig, key)
    fit_note([space for space in list_spaces(project, assessment.model) if space.name in assessment.probabilities])


def fit_note(spaces: Sequence[SpaceSummary]) -> None:
    """Name the spaces whose probabilities do not come from a fitted normal; nothing when all do."""
    named = [space.name for space in spaces if space.fit == "empirical"]
    if named and len(named) == len(spaces):
        st.caption("Every P is an image's place among the reference images themselves (empirical), not a normal fit's.")
    elif named:
        st.caption(f"P of {plain(', '.join(named))}: place among the reference images themselves; others: normal fit.")


def profile(project: Project, model: str) -> ClassProfile:
    """P over the images of each class, kept until the spaces or the images change."""
    made = tuple((space.name, space.created) for space in list_spaces(project, model))
    key = ("page profile", model, made, project.catalogue.count_images())
    found: ClassProfile = project.remember(key, lambda: class_profile(project, model))
    return found


def as_json(assessment: ImageAssessment) -> str:
    """The assessment of an image as JSON; numbers that are not finite become null."""
    return json.dumps(json.loads(to_json(asdict(assessment))), indent=2, ensure_ascii=False)


def provenance(summary: SpaceSummary) -> None:
    """The network, masks, parameters, seed and version that a space was made with."""
    parameters = summary.parameters
    parts = [
        f"network {summary.model}",
        f"{summary.n_masks} masks",
        f"{summary.reference.n:.0f} reference images",
        "P from the images themselves" if summary.fit == "empirical" else "P from the normal fit",
        f"estimator {summary.estimator}",
        f"N_SSN {parameters.get('n_ssn', len(summary.channels))}",
        f"seed {parameters.get('seed', '?')}",
        f"sxai {parameters.get('version', '?')}",
        summary.created[:16].replace("T", " "),
    ]
    st.caption(plain("Made with " + " · ".join(parts)))


def stale_notice(spaces: Sequence[SpaceSummary]) -> None:
    """Say which spaces no longer match their masks or network."""
    old = [space.name for space in spaces if space.stale]
    if old:
        st.warning(
            f"{plain(', '.join(old))}: the masks or the network changed since. Extract again to bring "
            f"{'it' if len(old) == 1 else 'them'} up to date.",
            icon=":material/history:",
        )


def space_choice(spaces: Sequence[SpaceSummary], label: str = "Semantic space") -> str:
    """Choose a space; the choice is stored in the URL and holds on every page."""
    names = [space.name for space in spaces]
    if st.session_state.get("space", names[0]) not in names:
        del st.session_state["space"]
    chosen: str = st.selectbox(label, names, key="space", bind="query-params", width=320)
    return chosen
