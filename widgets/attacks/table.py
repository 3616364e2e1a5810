"""The Attacks page's second part: the detection rule, and its rates by attack strength."""

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
    in_use = detection_rule(project)
    with st.container(border=True, key="detection-rule"):
        st.markdown(f"**An image counts as adversarial when** {plain(rule_words(in_use.rule))}.")
        st.caption(plain(_origin(in_use)))
        if in_use.outdated:
            st.warning(
                "The network or its spaces changed since the rule was calibrated: the paper's is used until you "
                "calibrate again.",
                icon=":material/history:",
            )
        _calibrating(project, in_use)


def _origin(in_use: RuleInUse) -> str:
    """The origin of the rule and its number of false alarms, in words."""
    if in_use.calibrated is None or in_use.false_alarms is None or in_use.checked is None:
        return (
            f"The paper's rule for {in_use.model}. Its false alarms stand in the table below; calibrate to choose them."
        )
    alarms, checked = in_use.false_alarms, in_use.checked
    other = f", and {checked.count} of {checked.of} others ({checked.share:.1%})" if checked.of else ""
    return (
        f"Calibrated for {in_use.model} to {in_use.calibrated:.1%} false alarms: {alarms.count} of {alarms.of} clean "
        f"images ({alarms.share:.1%}) raise one{other}."
    )


def _calibrating(project: Project, in_use: RuleInUse) -> None:
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
        if (in_use.calibrated is not None or in_use.outdated) and st.button(
            "Use the paper's rule", icon=":material/restart_alt:", key="detection-reset", type="tertiary"
        ):
            reset_detection(project)
            st.rerun()


def table(project: Project) -> None:
    """Attack and detection rates by ε: the job that computes them, or its outcome."""
    st.subheader("How well are attacks noticed?")
    settings = _settings(project)
    job = work.follow(project, VERB)
    if work.busy(job):
        return
    rates = _known(project, settings)
    passes = settings["images"] * len(EPSILONS)
    if rates is None:
        st.caption(f"{passes:,} attacks, kept one by one: a run that is stopped goes on where it was.")
        if st.button("Attack", type="primary", icon=":material/bolt:", key="table-go"):
            work.begin(project, VERB, settings)
        return
    work.dismiss(VERB)
    _shown(rates)


def _settings(project: Project) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="table-settings"):
        images = st.number_input("Validation images", 1, 5000, 60, 10, width=160, key="table-images")
        method = st.selectbox("Attack", METHODS, format_func=METHOD_NAMES.__getitem__, width=230, key="table-method")
        target = target_choice(project, "table-target")
    return {"epsilons": list(EPSILONS), "images": int(images), "method": method, "target": target}


def _known(project: Project, settings: dict[str, Any]) -> AttackTable | None:
    """The stored table, cached until network, spaces or images change."""
    key = ("attack table", assessment_fingerprint(project), project.catalogue.count_images(), str(settings))
    if key in project.cache:
        cached: AttackTable = project.cache[key]
        return cached
    rates = known_attack_table(project, **settings)
    return None if rates is None else project.remember(key, lambda: rates)


def _shown(table: AttackTable) -> None:
    name = st.segmented_control(
        "Rule", list(table.rules), default="or", required=True, key="table-rule", format_func=lambda one: RULES[one]
    )
    st.caption(plain(f"{RULES[name]}: {rule_words(table.rules[name])}. {_count(table)}"))
    if "calibrated" not in table.rules:
        st.caption(f"{table.calibration_images} other validation images are too few to calibrate a rule on.")
    rates = [
        Strength(row.epsilon, row.succeeded.interval, row.detected[name].interval, table.false_alarms[name].interval)
        for row in table.rows
    ]
    chart(epsilon_rates(rates, RULES[name], paper=table.method == "pgd"), "attack-rates")
    with st.expander("All rules and strengths", icon=":material/table:"):
        _all_rates(table)
    _towards(table, name)
    _curves(table)
    st.caption(
        plain(
            f"Made with network {table.model} · {METHOD_NAMES[table.method]} · {table.steps} steps · "
            f"{table.images} images · seed {table.seed} · sxai {table.version}"
        )
    )


def _count(rates: AttackTable) -> str:
    fewer = "" if rates.images == rates.asked else f" ({rates.asked} were asked for)"
    return (
        f"{rates.images} validation images that the network gets right{fewer}; calibrated rules on "
        f"{rates.calibration_images} others, for {rates.rate:.0%} false alarms."
    )


def _all_rates(rates: AttackTable) -> None:
    rows = [{**row, "rule": RULES[row["rule"]]} for row in rates.summary()["rates"]]
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


def _towards(rates: AttackTable, rule: str) -> None:
    """Detection rates by target class of the attack."""
    classes = list(dict.fromkeys(name for row in rates.rows for name in row.towards))
    if len(classes) < 2:
        return
    rows = [
        {
            "ε": f"{row.epsilon:g}",
            **{f"became {name}": _fraction(row.towards.get(name, {}).get(rule)) for name in classes},
        }
        for row in rates.rows
    ]
    with st.expander("By the class that pictures became", icon=":material/call_split:"):
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="attack-towards", alt="Attacks detected by class reached")


def _fraction(share: Any) -> str:
    return f"{share.share:.0%} ({share.count} of {share.of})" if share and share.of else "none"


def _curves(rates: AttackTable) -> None:
    """ROC curves and scores at one strength, by both scales."""
    st.subheader("Thresholds aside: can they be told apart?")
    strengths = [row.epsilon for row in rates.rows if row.curves]
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
    row = next(row for row in rates.rows if row.epsilon == epsilon)
    curves = {label: row.curves[scale] for scale, label in SCALES.items()}
    points = {RULES[name]: (rates.false_alarms[name].share, row.detected[name].share) for name in rates.rules}
    chart(roc_curves(curves, points), "attack-roc")
    scale = st.segmented_control(
        "Score on", list(SCALES), default="activation", required=True, key="roc-scale", format_func=SCALES.__getitem__
    )
    attacked = {row.epsilon: row.scores[scale] for row in rates.rows}
    edge = {"rule" if scale == "activation" else "paper": EDGES[scale]}
    chart(score_histograms(rates.clean_scores[scale], attacked, edge, AXES[scale]), f"attack-scores-{scale}")
