"""The Attacks page's second half: the rule that detects, and how well it does over the strengths of an attack."""

from typing import Any

import pandas as pd
import streamlit as st

from sxai.assess.detection import Scale
from sxai.assess.verbs.assess import assessment_fingerprint
from sxai.assess.verbs.detection_rule import RuleInUse
from sxai.attacks.attack import METHODS
from sxai.attacks.figures import Strength, epsilon_rates, roc_curves, score_histograms
from sxai.attacks.verbs.calibrate_detection import calibrate_detection, detection_rule, reset_detection
from sxai.attacks.verbs.table import EPSILONS, AttackTable, known_attack_table
from sxai.project.project import Project
from widgets.attacks.playground import METHOD_NAMES, rule_words, target_choice
from widgets.jobs import work
from widgets.ui.charts import chart
from widgets.ui.session import boundary, plain

VERB = "attack-table"
RULES = {
    "or": "Paper",
    "and": "Authors' script",
    "combined": "Certainty and distance",
    "calibrated": "Calibrated on P",
    "activation": "Calibrated on activations",
}
SCALES: dict[Scale, str] = {"probability": "semantic probabilities P", "activation": "activations z"}
AXES = {
    "probability": "score: distance of P from 1 in units of the paper's (its rule alarms above −1)",
    "activation": "score: activation z in units of the rule's (it alarms above 1)",
}
EDGES = {"probability": -1.0, "activation": 1.0}


def rule(project: Project) -> None:
    """The rule in use with its false alarms, and the control that calibrates it."""
    found = detection_rule(project)
    with st.container(border=True, key="detection-rule"):
        told = rule_words(None if found.combined else found.rule)
        st.markdown(f"**An image counts as adversarial when** {plain(told)}.")
        st.caption(plain(_origin(found)))
        if found.outdated:
            st.warning(
                "The network or its spaces changed since the rule was calibrated: the paper's is used until you "
                "calibrate again.",
                icon=":material/history:",
            )
        _calibrating(project, found)


def _origin(found: RuleInUse) -> str:
    """Where the rule comes from and how many false alarms it raises."""
    if found.combined:
        return (
            f"The default for {found.model}, kept to the false alarms that are allowed at the gates. The paper's rule, "
            "over concepts alone, or one calibrated on them can be used instead."
        )
    if found.calibrated is None or found.false_alarms is None or found.checked is None:
        return (
            f"The paper's rule for {found.model}. Its false alarms stand in the table below; calibrate to choose them."
        )
    alarms, checked = found.false_alarms, found.checked
    other = f", and {checked.count} of {checked.of} others ({checked.share:.1%})" if checked.of else ""
    return (
        f"Calibrated for {found.model} to {found.calibrated:.1%} false alarms: {alarms.count} of {alarms.of} clean "
        f"images ({alarms.share:.1%}) raise one{other}."
    )


def _calibrating(project: Project, found: RuleInUse) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="detection-calibrate"):
        percent = st.number_input(
            "False alarms allowed (%)", 0.1, 50.0, 5.0, 0.5, format="%.1f", width=190, key="detection-percent"
        )
        scale = st.selectbox(
            "Looking at",
            list(SCALES),
            format_func=SCALES.__getitem__,
            width=250,
            key="detection-scale",
            help="P hardly grows beyond the strongest reference image; activations do.",
        )
        if st.button("Calibrate", icon=":material/tune:", key="detection-go"):
            with boundary():
                calibrate_detection(project, percent / 100, scale)
                st.rerun()
        paper = not found.combined and found.calibrated is None
        if not paper and st.button("Use the paper's rule", icon=":material/history_edu:", key="detection-reset"):
            reset_detection(project)
            st.rerun()
        if not found.combined and st.button("Use the default", icon=":material/restart_alt:", key="detection-default"):
            reset_detection(project, combined=True)
            st.rerun()


def table(project: Project) -> None:
    """How many attacks succeed and how many are noticed, over ε: the job that finds out, or its outcome."""
    st.header("How well are attacks noticed?")
    settings = _settings(project)
    job = work.follow(project, VERB)
    if work.busy(job):
        return
    found = _known(project, settings)
    passes = settings["images"] * len(EPSILONS)
    if found is None:
        st.caption(f"{passes:,} attacks, kept one by one: a run that is stopped goes on where it was.")
        if st.button("Attack", type="primary", icon=":material/bolt:", key="table-go"):
            work.begin(project, VERB, settings)
        return
    work.dismiss(VERB)
    _shown(found)


def _settings(project: Project) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="table-settings"):
        images = st.number_input("Validation images", 1, 5000, 60, 10, width=160, key="table-images")
        method = st.selectbox("Attack", METHODS, format_func=METHOD_NAMES.__getitem__, width=230, key="table-method")
        target = target_choice(project, "table-target")
    return {"epsilons": list(EPSILONS), "images": int(images), "method": method, "target": target}


def _known(project: Project, settings: dict[str, Any]) -> AttackTable | None:
    """The table when it was made before, remembered for as long as network, spaces and images stay."""
    key = ("attack table", assessment_fingerprint(project), project.catalogue.count_images(), str(settings))
    if key in project.cache:
        kept: AttackTable = project.cache[key]
        return kept
    found = known_attack_table(project, **settings)
    return None if found is None else project.remember(key, lambda: found)


def _shown(found: AttackTable) -> None:
    name = st.segmented_control(
        "Rule", list(found.rules), default="or", required=True, key="table-rule", format_func=lambda one: RULES[one]
    )
    st.caption(plain(f"{RULES[name]}: {rule_words(found.rules[name])}. {_count(found)}"))
    if "calibrated" not in found.rules:
        st.caption(f"{found.calibration_images} other validation images are too few to calibrate a rule on.")
    rates = [
        Strength(row.epsilon, row.succeeded.interval, row.detected[name].interval, found.false_alarms[name].interval)
        for row in found.rows
    ]
    chart(epsilon_rates(rates, RULES[name], paper=found.method == "pgd"), "attack-rates")
    with st.expander("All rules and strengths", icon=":material/table:"):
        _all_rates(found)
    _towards(found, name)
    _curves(found)
    st.caption(
        plain(
            f"Made with network {found.model} · {METHOD_NAMES[found.method]} · {found.steps} steps · "
            f"{found.images} images · seed {found.seed} · sxai {found.version}"
        )
    )


def _count(found: AttackTable) -> str:
    fewer = "" if found.images == found.asked else f" ({found.asked} were asked for)"
    return (
        f"{found.images} validation images that the network gets right{fewer}; calibrated rules on "
        f"{found.calibration_images} others, for {found.rate:.0%} false alarms."
    )


def _all_rates(found: AttackTable) -> None:
    rows = [{**row, "rule": RULES[row["rule"]]} for row in found.summary()["rates"]]
    percent = {
        name: st.column_config.NumberColumn(label, format="percent", help=meaning)
        for name, label, meaning in (
            ("attack", "attack", "Images whose predicted class changed"),
            ("detection", "detected", "Of the attacks that succeeded"),
            ("low", "from", "95 % interval of the share detected (Wilson)"),
            ("high", "to", "95 % interval of the share detected (Wilson)"),
            ("detection_of_all", "of all attacks", "Also those that did not change the class"),
            ("false_alarms", "false alarms", "Of the same images, clean"),
        )
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="attack-table",
        alt="Rates of attack, detection and false alarms",
        column_config={"epsilon": st.column_config.NumberColumn("ε", format="%g"), **percent},
    )


def _towards(found: AttackTable, rule: str) -> None:
    """Detection by the class that pictures were moved to: some classes give themselves away more easily."""
    classes = list(dict.fromkeys(name for row in found.rows for name in row.towards))
    if len(classes) < 2:
        return
    rows = [
        {
            "ε": f"{row.epsilon:g}",
            **{f"became {name}": _fraction(row.towards.get(name, {}).get(rule)) for name in classes},
        }
        for row in found.rows
    ]
    with st.expander("By the class that pictures became", icon=":material/call_split:"):
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="attack-towards", alt="Attacks detected by class reached")


def _fraction(share: Any) -> str:
    return f"{share.share:.0%} ({share.count} of {share.of})" if share and share.of else "none"


def _curves(found: AttackTable) -> None:
    """ROC curves and scores at one strength, by both scales."""
    st.header("Thresholds aside: can they be told apart?")
    strengths = [row.epsilon for row in found.rows if row.curves]
    if not strengths:
        st.write("No attack succeeded, so there is nothing to tell apart.")
        return
    epsilon = st.segmented_control(
        "Strength ε",
        strengths,
        default=strengths[0],
        required=True,
        key="roc-epsilon",
        format_func=lambda one: f"{one:g}",
    )
    row = next(row for row in found.rows if row.epsilon == epsilon)
    curves = {label: row.curves[scale] for scale, label in SCALES.items()}
    points = {RULES[name]: (found.false_alarms[name].share, row.detected[name].share) for name in found.rules}
    chart(roc_curves(curves, points), "attack-roc")
    scale = st.segmented_control(
        "Score on", list(SCALES), default="activation", required=True, key="roc-scale", format_func=SCALES.__getitem__
    )
    attacked = {row.epsilon: row.scores[scale] for row in found.rows}
    edge = {"rule" if scale == "activation" else "paper": EDGES[scale]}
    chart(score_histograms(found.clean_scores[scale], attacked, edge, AXES[scale]), f"attack-scores-{scale}")
