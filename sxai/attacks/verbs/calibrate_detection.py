"""Detection calibrated on a project's own clean images, to a rate of false alarms that a person chooses."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from data_store.records import ImageRecord
from sxai.assess.detection import ACTIVATION_RULE, PAPER_RULE, Combine, DetectionRule, Scale, calibrated, detected
from sxai.assess.verbs.assess import Assessor
from sxai.assess.verbs.detection_rule import (
    RuleInUse,
    forget_rule,
    rule_in_use,
    rule_values,
    store_rule,
    use_paper_rule,
)
from sxai.errors import SpaceError
from sxai.networks.verbs.networks import model_record, probabilities_of
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.space import readings
from sxai.stats import Share, share_of

FAMILIES: Mapping[Scale, DetectionRule] = {"probability": PAPER_RULE, "activation": ACTIVATION_RULE}
"""The rule that each score and each calibration starts from."""


def dealt(project: Project) -> tuple[list[ImageRecord], list[ImageRecord]]:
    """Validation images to attack, and those to calibrate on, each in a random order.

    Both depend on nothing but content and seed, so importing more images moves none between the halves.
    """
    keyed = [
        (hashlib.sha256(f"deal {project.seed} {image.sha256}".encode()).digest(), image)
        for image in project.catalogue.images(split="val")
    ]
    ordered = sorted(keyed, key=lambda pair: pair[0])
    return (
        [image for key, image in ordered if key[-1] % 2 == 0],
        [image for key, image in ordered if key[-1] % 2 == 1],
    )


def calibrate_detection(
    project: Project,
    rate: float = 0.05,
    scale: Scale = "probability",
    combine: Combine = "or",
    model: str | None = None,
    progress: Progress = silent,
) -> RuleInUse:
    """Choose thresholds that call at most ``rate`` of clean images adversarial, and use them from now on.

    Calibrated on the half of the validation images that tables do not attack, whatever the network makes of them;
    checked on the other half. It holds until the network or its spaces change.

    Raises
    ------
    SpaceError
        for a rate that is none, or too few validation images to promise it.
    """
    assessor = Assessor.of(project, model)
    attacked, others = dealt(project)
    features = assessor.reader.images(others, progress)
    family = _family(scale, combine)
    rule = calibrated(family, values_of(assessor, family, features), rate)
    unseen = assessor.reader.images(attacked, progress)
    found = RuleInUse(
        model=assessor.record.name,
        rule=rule,
        calibrated=rate,
        false_alarms=alarms_of(assessor, rule, features),
        outdated=False,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        checked=alarms_of(assessor, rule, unseen),
    )
    store_rule(project, assessor.record, found)
    return found


def _family(scale: Scale, combine: Combine) -> DetectionRule:
    if scale not in FAMILIES:
        raise SpaceError(f"unknown scale '{scale}': choose {' or '.join(FAMILIES)}")
    return replace(FAMILIES[scale], combine=combine)


def detection_rule(project: Project, model: str | None = None) -> RuleInUse:
    """The rule by which a network's pictures are called adversarial now."""
    return rule_in_use(project, model_record(project, model))


def reset_detection(project: Project, model: str | None = None, combined: bool = False) -> RuleInUse:
    """Use the paper's rule, or the ``combined`` test of certainty and distance, which is the default."""
    record = model_record(project, model)
    (forget_rule if combined else use_paper_rule)(project, record)
    return rule_in_use(project, record)


def values_of(assessor: Assessor, rule: DetectionRule, features: np.ndarray) -> np.ndarray:
    """What ``rule`` looks at in pictures with features (n, C): (n, k)."""
    outputs = probabilities_of(assessor.network, features)
    predicted = [assessor.record.classes[index] for index in outputs.argmax(axis=1)]
    return rule_values(rule, assessor.spaces, assessor.owners, predicted, readings(assessor.spaces, features))


def alarms_of(assessor: Assessor, rule: DetectionRule | None, features: np.ndarray) -> Share:
    """How many pictures with features (n, C) the rule, or the combined test (None), calls adversarial."""
    if not len(features):
        return share_of(0, 0)
    if rule is None:
        alarms = np.array([found is not None and found.passed is False for found in assessor.tampering(features)])
    else:
        alarms = detected(rule, values_of(assessor, rule, features))
    return share_of(int(alarms.sum()), len(alarms))
