"""How well attacks work and how well they are detected: the table over ε (S-XAI, supplement S.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data_store.records import ImageRecord
from sxai.assess.detection import PAPER_RULE, SCRIPT_RULE, DetectionRule, Scale, calibrated, roc, scores
from sxai.assess.verbs.assess import Assessor
from sxai.attacks.attack import AttackSettings, Method
from sxai.attacks.verbs.attack import OTHER, Goal, attacked_features, check_target, goal_of, known_attacks
from sxai.attacks.verbs.calibrate_detection import FAMILIES, alarms_of, dealt, values_of
from sxai.batches import in_batches
from sxai.errors import ProjectError, SpaceError
from sxai.networks.verbs.networks import probabilities_of
from sxai.progress import Progress, shifted, silent
from sxai.project.analyses import Kept
from sxai.project.project import Project
from sxai.stats import RocCurve, Share, share_of
from sxai.version import __version__

EPSILONS = (0.05, 0.01, 0.005)
BLOCK = 64


@dataclass(frozen=True)
class EpsilonRow:
    """One strength of attack.

    ``succeeded``: images whose predicted class changed; ``detected`` of those, and ``detected_of_all`` of all
    attacked images, by rule; ``towards`` the same as ``detected`` by the class that was reached; ``curves`` (of those
    that succeeded against the clean images) and ``scores`` by scale; ``rms`` the mean root mean square change.
    """

    epsilon: float
    succeeded: Share
    detected: dict[str, Share]
    detected_of_all: dict[str, Share]
    towards: dict[str, dict[str, Share]]
    curves: dict[str, RocCurve]
    scores: dict[str, tuple[float, ...]]
    rms: float


@dataclass(frozen=True)
class AttackTable:
    """Attack, detection and false alarms over ε, for images that the network gets right.

    ``rules``: "or" (the paper's text), "and" (the authors' script), and "calibrated" and "activation" for ``rate``
    on ``calibration_images`` other images, where there are enough; ``false_alarms`` on the clean pictures of the
    very same images. ``clean_scores`` are by scale.
    """

    model: str
    method: Method
    steps: int
    target: str
    asked: int
    images: int
    rate: float
    calibration_images: int
    rules: dict[str, DetectionRule | None]
    false_alarms: dict[str, Share]
    clean_scores: dict[str, tuple[float, ...]]
    rows: tuple[EpsilonRow, ...]
    seed: int
    version: str

    def summary(self) -> dict[str, Any]:
        """What was attacked, and the rates in plain rows: one for each ε and rule."""
        rates = [
            {
                "epsilon": row.epsilon,
                "rule": name,
                "attack": row.succeeded.share,
                "detection": row.detected[name].share,
                "low": row.detected[name].low,
                "high": row.detected[name].high,
                "detection_of_all": row.detected_of_all[name].share,
                "false_alarms": self.false_alarms[name].share,
            }
            for row in self.rows
            for name in self.rules
        ]
        return {
            "model": self.model,
            "method": self.method,
            "target": self.target,
            "images": self.images,
            "rates": rates,
        }


@dataclass(frozen=True, eq=False)
class _Drawn:
    """The images of a table that the network gets right, with their features (n, C) and where each is to be moved."""

    images: tuple[ImageRecord, ...]
    features: np.ndarray
    goals: tuple[Goal, ...]


def attack_table(
    project: Project,
    epsilons: Sequence[float] = EPSILONS,
    images: int = 100,
    method: Method = "pgd",
    steps: int = 40,
    target: str = OTHER,
    rate: float = 0.05,
    model: str | None = None,
    progress: Progress = silent,
) -> AttackTable:
    """Attack ``images`` validation images at every ε, and tell what the detection rules make of them.

    Images are dealt by their content and the project's seed: one half of the validation images to attack, the other
    to calibrate on. Attacks are kept by image and ε: a run that was stopped goes on, and other rules or spaces need
    no new attack. ``target`` as for attack_image; images already of that class are passed over.

    Raises
    ------
    ProjectError
        when the network gets no validation image right.
    UnknownName, ModelError, SpaceError
        as attack_image does.
    """
    assessor, attacks = _attacks(project, epsilons, method, steps, target, images, model)
    drawn = _drawn(project, assessor, images, target, progress)
    total = len(drawn.images) * len(attacks)
    outcomes = [
        attacked_features(
            project,
            assessor,
            drawn.images,
            drawn.goals,
            one,
            shifted(progress, "attack", at * len(drawn.images), total),
        )
        for at, one in enumerate(attacks)
    ]
    return _table(project, assessor, drawn, attacks, outcomes, target, images, rate, progress)


def known_attack_table(
    project: Project,
    epsilons: Sequence[float] = EPSILONS,
    images: int = 100,
    method: Method = "pgd",
    steps: int = 40,
    target: str = OTHER,
    rate: float = 0.05,
    model: str | None = None,
) -> AttackTable | None:
    """The stored table, if all of its attacks were computed before; None otherwise. Nothing is computed."""
    assessor, attacks = _attacks(project, epsilons, method, steps, target, images, model)
    try:
        drawn = _drawn(project, assessor, images, target)
    except ProjectError:
        return None
    outcomes: list[list[Kept]] = []
    for one in attacks:
        known = known_attacks(project, assessor, drawn.images, drawn.goals, one)
        if known is None:
            return None
        outcomes.append(known)
    return _table(project, assessor, drawn, attacks, outcomes, target, images, rate)


def _attacks(
    project: Project, epsilons: Sequence[float], method: Method, steps: int, target: str, images: int, model: str | None
) -> tuple[Assessor, list[AttackSettings]]:
    """The assessor and one setting for each ε; their errors."""
    if images < 1 or not epsilons:
        raise ProjectError(f"{images} images at {len(epsilons)} values of ε: give at least one of each")
    attacks = [AttackSettings(method, epsilon, steps) for epsilon in epsilons]
    assessor = Assessor.of(project, model)
    check_target(assessor, target)
    return assessor, attacks


def _drawn(project: Project, assessor: Assessor, count: int, target: str, progress: Progress = silent) -> _Drawn:
    """The first ``count`` images of the attacked half that the network gets right and that are not there yet."""
    chosen: list[ImageRecord] = []
    rows: list[np.ndarray] = []
    goals: list[Goal] = []
    for image, features, outputs in _predicted(project, assessor, dealt(project)[0], progress):
        goal = goal_of(outputs, target)
        predicted = max(outputs, key=lambda name: outputs[name])
        if image.class_name == predicted and (goal.class_name != predicted or not goal.targeted):
            chosen.append(image)
            rows.append(features)
            goals.append(goal)
        if len(chosen) == count:
            break
    if not chosen:
        raise ProjectError(
            f"the network {assessor.record.name} gets no validation image right that could be attacked towards "
            f"'{target}': import images for validation, or train it."
        )
    return _Drawn(tuple(chosen), np.stack(rows), tuple(goals))


def _predicted(
    project: Project, assessor: Assessor, images: Sequence[ImageRecord], progress: Progress
) -> Iterator[tuple[ImageRecord, np.ndarray, dict[str, float]]]:
    """Images with their features (C,) and class probabilities, computed a block at a time as they are asked for."""
    for block in in_batches(images, BLOCK):
        features = assessor.reader.images(block, progress)
        for image, row, outputs in zip(block, features, probabilities_of(assessor.network, features), strict=True):
            yield image, row, dict(zip(assessor.record.classes, outputs.tolist(), strict=True))


def _table(
    project: Project,
    assessor: Assessor,
    drawn: _Drawn,
    attacks: Sequence[AttackSettings],
    outcomes: Sequence[Sequence[Kept]],
    target: str,
    asked: int,
    rate: float,
    progress: Progress = silent,
) -> AttackTable:
    others = assessor.reader.images(dealt(project)[1], progress)
    rules = _rules(assessor, others, rate)
    clean = {scale: scores(family, values_of(assessor, family, drawn.features)) for scale, family in FAMILIES.items()}
    return AttackTable(
        model=assessor.record.name,
        method=attacks[0].method,
        steps=attacks[0].steps,
        target=target,
        asked=asked,
        images=len(drawn.images),
        rate=rate,
        calibration_images=len(others),
        rules=rules,
        false_alarms={name: alarms_of(assessor, rule, drawn.features) for name, rule in rules.items()},
        clean_scores={scale: _plain(values) for scale, values in clean.items()},
        rows=tuple(
            _row(assessor, drawn, one.epsilon, known, rules, clean, project.seed)
            for one, known in zip(attacks, outcomes, strict=True)
        ),
        seed=project.seed,
        version=__version__,
    )


def _row(
    assessor: Assessor,
    drawn: _Drawn,
    epsilon: float,
    outcomes: Sequence[Kept],
    rules: Mapping[str, DetectionRule | None],
    clean: Mapping[Scale, np.ndarray],
    seed: int,
) -> EpsilonRow:
    features = np.stack([outcome.arrays["features"] for outcome in outcomes])
    before, after = (probabilities_of(assessor.network, table).argmax(axis=1) for table in (drawn.features, features))
    hit = before != after
    reached = {name: hit & (after == index) for index, name in enumerate(assessor.record.classes)}
    found = {scale: scores(rule, values_of(assessor, rule, features[hit])) for scale, rule in FAMILIES.items()}
    return EpsilonRow(
        epsilon=epsilon,
        succeeded=share_of(int(hit.sum()), len(hit)),
        detected={name: alarms_of(assessor, rule, features[hit]) for name, rule in rules.items()},
        detected_of_all={name: alarms_of(assessor, rule, features) for name, rule in rules.items()},
        towards={
            class_name: {name: alarms_of(assessor, rule, features[these]) for name, rule in rules.items()}
            for class_name, these in reached.items()
            if these.any()
        },
        curves={scale: _curve(clean[scale], values, seed) for scale, values in found.items() if len(values)},
        scores={scale: _plain(values) for scale, values in found.items()},
        rms=float(np.mean([outcome.result["norms"]["rms"] for outcome in outcomes])),
    )


def _curve(clean: np.ndarray, attacked: np.ndarray, seed: int) -> RocCurve:
    found = roc(clean, attacked, seed=seed)
    return RocCurve(_plain(found.false_alarms), _plain(found.detections), found.auc, found.low, found.high)


def _plain(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _rules(assessor: Assessor, clean: np.ndarray, rate: float) -> dict[str, DetectionRule | None]:
    """The rules of a table: the paper's two readings, both scales calibrated where the clean images suffice.

    "combined" (None) is the test of certainty and distance, where the project has pictures to compare with.
    """
    rules: dict[str, DetectionRule | None] = {"or": PAPER_RULE, "and": SCRIPT_RULE}
    if assessor.tests is not None and assessor.tests.tampering is not None:
        rules["combined"] = None
    for name, scale in (("calibrated", "probability"), ("activation", "activation")):
        family = FAMILIES[scale]  # type: ignore[index]
        try:
            rules[name] = calibrated(family, values_of(assessor, family, clean), rate)
        except SpaceError:
            if not 0.0 < rate < 1.0:
                raise
    return rules
