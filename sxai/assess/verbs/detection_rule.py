"""The rule by which a network's project calls a picture adversarial: the paper's, or one calibrated on its images."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from data_store.records import ModelRecord, SpaceRecord
from sxai.assess.detection import PAPER_RULE, DetectionRule, ragged, z_scores
from sxai.project.model_settings import forget_model_setting, model_setting, set_model_setting
from sxai.project.project import Project
from sxai.spaces.space import Readings, SemanticSpace
from sxai.spaces.verbs.stored import usable_spaces
from sxai.stats import Share, share_of

SETTING = "detection rule"


@dataclass(frozen=True)
class RuleInUse:
    """A network's rule.

    ``calibrated`` holds the rate that was asked for, or None for the paper's rule; ``false_alarms`` how many of the
    clean images that it was calibrated on it calls adversarial, ``checked`` how many of other ones; ``outdated``
    whether a calibrated rule was laid aside because the network or its spaces changed. ``combined``: pictures are
    tested by certainty and distance (:mod:`sxai.assess.tampering`), and ``rule`` is the paper's only for comparison.
    """

    model: str
    rule: DetectionRule
    calibrated: float | None
    false_alarms: Share | None
    outdated: bool
    created: str | None = None
    checked: Share | None = None
    combined: bool = False


def rule_in_use(
    project: Project,
    record: ModelRecord,
    spaces: Sequence[SpaceRecord] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> RuleInUse:
    """The rule of that network: by default the combined test, else the paper's rule or a calibrated one.

    A calibrated rule holds for the head and the ``spaces`` that it was made with.

    The spaces in use and the project's ``settings`` are read here where they are not given.
    """
    stored = model_setting(project, record, SETTING, settings=settings)
    if stored is None or stored.get("paper"):
        return RuleInUse(record.name, PAPER_RULE, None, None, outdated=False, combined=stored is None)
    if stored["made_with"] != fingerprint(record, usable_spaces(project, record) if spaces is None else spaces):
        return RuleInUse(record.name, PAPER_RULE, None, None, outdated=True)
    alarms, checked = (share_of(**stored[name]) for name in ("false_alarms", "checked"))
    rule = DetectionRule(**stored["rule"])
    return RuleInUse(record.name, rule, stored["rate"], alarms, False, stored["created"], checked)


def store_rule(project: Project, record: ModelRecord, found: RuleInUse) -> None:
    """Use the calibrated rule ``found`` for that network from now on."""
    value = {
        "rule": asdict(found.rule),
        "rate": found.calibrated,
        "created": found.created,
        "false_alarms": _counted(found.false_alarms),
        "checked": _counted(found.checked),
        "made_with": fingerprint(record, usable_spaces(project, record)),
    }
    set_model_setting(project, record, SETTING, value)


def _counted(share: Share | None) -> dict[str, int]:
    return {"count": share.count, "of": share.of} if share else {"count": 0, "of": 0}


def use_paper_rule(project: Project, record: ModelRecord) -> None:
    """Use the paper's rule for that network."""
    set_model_setting(project, record, SETTING, {"paper": True})


def forget_rule(project: Project, record: ModelRecord) -> None:
    """Use the combined test for that network again."""
    forget_model_setting(project, record, SETTING)


def fingerprint(record: ModelRecord, spaces: Sequence[SpaceRecord]) -> str:
    """What the values that a rule looks at depend on: the network with its head, and its spaces."""
    made = [[space.full_name, space.channels, space.delta, space.created] for space in spaces]
    return hashlib.sha256(json.dumps([record.artefact, made]).encode()).hexdigest()


def rule_values(
    rule: DetectionRule,
    spaces: Sequence[SemanticSpace],
    owners: Sequence[str],
    predicted: Sequence[str],
    read: Readings,
) -> np.ndarray:
    """What ``rule`` looks at, for n pictures: (n, k) values of the concepts of the class each was predicted as.

    ``owners`` are the classes of the ``spaces``; ``read`` what these say of the pictures. NaN fills the rows of classes
    with fewer concepts.
    """
    if rule.scale == "probability":
        tables = [read.paper[space.name] for space in spaces]
    else:
        tables = [z_scores(space, read.activations[space.name]) for space in spaces]
    return ragged(
        [
            [float(table[row]) for table, owner in zip(tables, owners, strict=True) if owner == class_name]
            for row, class_name in enumerate(predicted)
        ]
    )
