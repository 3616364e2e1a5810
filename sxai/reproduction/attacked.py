"""Adversarial inputs: Supplementary Fig. 7 and Supplementary Table 2."""

from collections.abc import Mapping
from typing import Any

from sxai.assess.detection import PAPER_RULE
from sxai.attacks.verbs.attack import attack_image
from sxai.attacks.verbs.table import AttackTable, attack_table
from sxai.names import split_name
from sxai.reproduction.examples import FRONT_VIEW, candidates, choose
from sxai.reproduction.figures import rates
from sxai.reproduction.paper import PRINTED
from sxai.reproduction.study import Item, ItemResult, Study, listed
from sxai.reproduction.trust import Example, radars, rows_of

RULE = "or"
ATTACKED, DETECTED = "attack rate", "detection rate"
STRONG_EPSILON = 0.05
"""ε of the example: the paper's strongest attack, at which its adversarial images stand out."""


def true_and_adversarial(study: Study) -> ItemResult:
    """Supplementary Fig. 7: a clear image and its attacked version, each with its assessment."""
    name = study.classes[0]
    best, met = choose(candidates(study, name), FRONT_VIEW)
    outcome = attack_image(
        study.project,
        best.image.id,
        STRONG_EPSILON,
        steps=study.amounts.attack_steps,
        model=study.model,
        progress=study.progress,
    )
    chosen = f"{name}: {listed(met)}"
    examples = [
        Example("True", outcome.clean, outcome.pictures["clean"], chosen),
        Example(
            f"Attacked by PGD, ε = {STRONG_EPSILON:g}", outcome.adversarial, outcome.pictures["adversarial"], chosen
        ),
    ]
    wrong = [
        p
        for space, p in outcome.adversarial.probabilities.items()
        if split_name(space)[0] == outcome.adversarial.predicted
    ]
    ours = {
        "P of the adversarial image": f"up to {max(wrong):.3f} for {outcome.adversarial.predicted}"
        if wrong
        else f"unknown: no space of {outcome.adversarial.predicted}",
        "CNN, true": f"{outcome.clean.predicted}, {outcome.clean.confidence:.1%}",
        "CNN, adversarial": f"{outcome.adversarial.predicted}, {outcome.adversarial.confidence:.1%}",
        "largest change of a pixel": outcome.norms.largest,
        "noticed": "yes" if outcome.flagged else "no",
        "sentence, adversarial": outcome.adversarial.sentence,
    }
    fig = radars(study, "The same image, true and attacked", examples)
    note = f"Chosen by rule: {chosen}."
    return ItemResult("suppl-fig-7", ours, {"assessments": rows_of(examples)}, {"suppl-fig-7": fig}, note=note)


def attack_rates(study: Study) -> ItemResult:
    """Supplementary Table 2: attack and detection rates by ε, with the false alarms that the paper does not report."""
    amounts = study.amounts
    table = attack_table(
        study.project,
        amounts.epsilons,
        amounts.attacked,
        steps=amounts.attack_steps,
        model=study.model,
        progress=study.progress,
    )
    alarms = table.false_alarms[RULE].share
    lines = {
        ATTACKED: [row.succeeded.share for row in table.rows],
        DETECTED: [row.detected[RULE].share for row in table.rows],
        "false alarms on the clean images": [alarms] * len(table.rows),
    }
    printed = {name: [_printed(name, row.epsilon) for row in table.rows] for name in (ATTACKED, DETECTED)}
    fig = rates(list(amounts.epsilons), lines, printed)
    ours: dict[str, Any] = {}
    for name, values in ((ATTACKED, lines[ATTACKED]), (DETECTED, lines[DETECTED])):
        ours |= {f"{name}, ε = {row.epsilon:g}": value for row, value in zip(table.rows, values, strict=True)}
    ours |= {"false alarms": alarms, "images attacked": table.images}
    note = (
        f"The paper's rule (one P above {PAPER_RULE.one}, or two above {PAPER_RULE.many}) on "
        f"{table.images} images that the network gets right; detection rates are of the attacks that succeeded."
    )
    return ItemResult("suppl-table-2", ours, {"rates": _rate_rows(table)}, {"suppl-table-2": fig}, note=note, width=820)


def _printed(name: str, epsilon: float) -> float:
    """The paper's rate at that ε; NaN where the paper gives none."""
    return float(PRINTED["suppl-table-2"].values.get(f"{name}, ε = {epsilon:g}", float("nan")))


def _rate_rows(table: AttackTable) -> list[dict[str, Any]]:
    """One row for each ε and rule: attack rate, detection rate with its interval, and false alarms."""
    return [
        {
            "ε": row.epsilon,
            "rule": name,
            "images": table.images,
            "attack rate": row.succeeded.share,
            "detection rate": row.detected[name].share,
            "detection rate, low": row.detected[name].low,
            "detection rate, high": row.detected[name].high,
            "false alarms": table.false_alarms[name].share,
            "root mean square change": row.rms,
        }
        for row in table.rows
        for name in table.rules
    ]


ITEMS: Mapping[str, Item] = {"suppl-fig-7": true_and_adversarial, "suppl-table-2": attack_rates}
"""The items of this module by name."""
