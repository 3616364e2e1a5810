"""Attacks on a project's network: one picture looked at closely, or many with what they leave in the features."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from data_store.records import ImageRecord
from sxai.assess.verbs.assess import Assessor
from sxai.assess.verdict import ImageAssessment
from sxai.attacks.attack import AttackSettings, Method, Norms, attack, norms
from sxai.batches import in_batches
from sxai.errors import UnknownName
from sxai.images.decode import canvas, decode, pixel_hash
from sxai.images.verbs.stored import find_image, read_canvas, read_canvases
from sxai.networks.features import batch_for
from sxai.networks.verbs.networks import probabilities_of
from sxai.progress import Progress, shifted, silent
from sxai.project.analyses import Kept, keep, kept, kept_many
from sxai.project.project import Project

OTHER, UNTARGETED = "other", "untargeted"
"""Attack towards the most probable other class (with two classes: the other), or only away from the present one."""


@dataclass(frozen=True)
class Goal:
    """Where one picture is to be moved: towards ``class_name``, or away from it when not ``targeted``."""

    class_name: str
    targeted: bool


@dataclass(frozen=True, eq=False)
class AttackedImage:
    """One picture before and after an attack.

    ``goal`` is the class aimed at, None when untargeted; ``flipped``: the predicted class changed, ``reached``: to
    the goal; ``survives``: it is still changed when pixel values are rounded to 8 bits, as a picture file keeps
    them. ``pictures`` holds "clean" and "adversarial", uint8 (S, S, 3), and "change", their exact difference in
    units of the pixel range, float16 (S, S, 3).
    """

    clean: ImageAssessment
    adversarial: ImageAssessment
    goal: str | None
    flipped: bool
    reached: bool
    survives: bool
    norms: Norms
    pictures: dict[str, np.ndarray]
    settings: AttackSettings
    seed: int
    version: str
    created: str

    @property
    def flagged(self) -> bool:
        """Whether the network's detection rule calls the attacked picture adversarial."""
        return "adversarial" in self.adversarial.flags


def attack_image(
    project: Project,
    image: int | bytes,
    epsilon: float = 0.05,
    method: Method = "pgd",
    steps: int = 40,
    target: str = OTHER,
    model: str | None = None,
    name: str = "picture",
    progress: Progress = silent,
) -> AttackedImage:
    """Attack an image of the project (its number) or any other picture (its bytes, called ``name``).

    ``target`` is a class, "other" or "untargeted". The outcome is kept: the same attack is not made twice.

    Raises
    ------
    UnknownName
        for a class that the network does not tell.
    ModelError, SpaceError
        for settings that mean nothing, or a project that cannot assess yet.
    """
    settings = AttackSettings(method, epsilon, steps)
    assessor = Assessor.of(project, model)
    check_target(assessor, target)
    if isinstance(image, bytes):
        pixels = decode(image).pixels
        image_id, content, shown = None, pixel_hash(pixels), canvas(pixels)
    else:
        record = find_image(project, image)
        image_id, content, name, shown = image, record.sha256, record.name, read_canvas(project, record)
    x = assessor.network.prepare([shown])
    outputs = probabilities_of(assessor.network, assessor.reader.prepared(x))[0]
    goal = goal_of(dict(zip(assessor.record.classes, outputs.tolist(), strict=True)), target)
    parameters = _parameters(project, assessor, content, settings, goal)
    make = partial(_attack_one, project, assessor, x, goal, settings, seed_of(project, content), progress)
    outcome = kept(project, assessor.record, "attack-image", parameters, make)
    return _seen(project, assessor, outcome, name, image_id, goal, settings)


def _attack_one(
    project: Project,
    assessor: Assessor,
    x: torch.Tensor,
    goal: Goal,
    settings: AttackSettings,
    seed: int,
    report: Progress,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The outcome of :func:`attack_image` as it is kept."""
    index = assessor.record.classes.index(goal.class_name)
    found = attack(assessor.network, x, [index], goal.targeted, settings, [seed], project.device, report)
    report("attack", 1, 1)
    rounded = (found * 255).round() / 255
    features = assessor.reader.prepared(torch.cat([x, found, rounded]))
    pictures = torch.cat([x, found]).permute(0, 2, 3, 1)
    arrays = {
        "pictures": (pictures * 255).round().to(torch.uint8).numpy(),
        "change": (pictures[1] - pictures[0]).numpy().astype(np.float16),
        "features": features,
    }
    return {"norms": asdict(norms(x.numpy(), found.numpy()))}, arrays


def _seen(
    project: Project,
    assessor: Assessor,
    outcome: Kept,
    name: str,
    image_id: int | None,
    goal: Goal,
    settings: AttackSettings,
) -> AttackedImage:
    """A kept attack, assessed with the spaces and the rule of today."""
    clean, adversarial, rounded = assessor.assess_all([name] * 3, outcome.arrays["features"], [image_id, None, None])
    pictures = outcome.arrays["pictures"]
    goal_class = goal.class_name if goal.targeted else None
    return AttackedImage(
        clean=clean,
        adversarial=replace(adversarial, file=f"{name}, attacked"),
        goal=goal_class,
        flipped=adversarial.predicted != clean.predicted,
        reached=adversarial.predicted != clean.predicted and goal_class in (None, adversarial.predicted),
        survives=rounded.predicted == adversarial.predicted,
        norms=Norms(**outcome.result["norms"]),
        pictures={"clean": pictures[0], "adversarial": pictures[1], "change": outcome.arrays["change"]},
        settings=settings,
        seed=project.seed,
        version=outcome.version,
        created=outcome.created,
    )


def check_target(assessor: Assessor, target: str) -> None:
    """Raise UnknownName unless ``target`` is "other", "untargeted" or one of the network's classes."""
    classes = assessor.record.classes
    if target not in (OTHER, UNTARGETED, *classes):
        raise UnknownName(
            f"the network does not tell '{target}'; attack towards {OTHER}, {', '.join(classes)}, or be {UNTARGETED}."
        )


def goal_of(outputs: Mapping[str, float], target: str) -> Goal:
    """Where a picture with these class probabilities is to be moved.

    >>> goal_of({"cat": 0.7, "dog": 0.1, "owl": 0.2}, "other")
    Goal(class_name='owl', targeted=True)
    >>> goal_of({"cat": 0.7, "dog": 0.1, "owl": 0.2}, "untargeted")
    Goal(class_name='cat', targeted=False)
    """
    predicted = max(outputs, key=lambda name: outputs[name])
    if target == UNTARGETED:
        return Goal(predicted, targeted=False)
    if target != OTHER:
        return Goal(target, targeted=True)
    others = {name: value for name, value in outputs.items() if name != predicted}
    return Goal(max(others, key=lambda name: others[name]), targeted=True)


def attacked_features(
    project: Project,
    assessor: Assessor,
    images: Sequence[ImageRecord],
    goals: Sequence[Goal],
    settings: AttackSettings,
    progress: Progress = silent,
) -> list[Kept]:
    """What the attack of each image left: its ``features`` (C,) among the arrays, its norms in the result.

    Each image is kept when its batch is done, so an interrupted run resumes there. ``progress`` has the stage
    "attack" and one unit an image.
    """
    wanted = [
        _parameters(project, assessor, image.sha256, settings, goal) for image, goal in zip(images, goals, strict=True)
    ]
    known = kept_many(project, assessor.record, "attack", wanted)
    missing = [index for index, found in enumerate(known) if found is None]
    done = len(images) - len(missing)
    progress("attack", done, len(images))
    for targeted in (True, False):
        rows = [index for index in missing if goals[index].targeted == targeted]
        for batch in in_batches(rows, batch_for(assessor.network.device)):
            report = shifted(progress, "attack", done, len(images))
            outcomes = _attack_many(
                project, assessor, [images[i] for i in batch], [goals[i] for i in batch], settings, report
            )
            for index, (result, arrays) in zip(batch, outcomes, strict=True):
                known[index] = keep(project, assessor.record, "attack", wanted[index], result, arrays)
            done += len(batch)
            progress("attack", done, len(images))
    return [found for found in known if found is not None]


def known_attacks(
    project: Project, assessor: Assessor, images: Sequence[ImageRecord], goals: Sequence[Goal], settings: AttackSettings
) -> list[Kept] | None:
    """The kept attacks of these images; None when one of them is missing. Nothing is computed."""
    wanted = [
        _parameters(project, assessor, image.sha256, settings, goal) for image, goal in zip(images, goals, strict=True)
    ]
    known = [found for found in kept_many(project, assessor.record, "attack", wanted) if found is not None]
    return known if len(known) == len(images) else None


def _attack_many(
    project: Project,
    assessor: Assessor,
    images: Sequence[ImageRecord],
    goals: Sequence[Goal],
    settings: AttackSettings,
    progress: Progress,
) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """One batch: result and arrays of each image, as they are kept."""
    classes = assessor.record.classes
    x = assessor.network.prepare(list(read_canvases(project, images)))
    seeds = [seed_of(project, image.sha256) for image in images]
    indices = [classes.index(goal.class_name) for goal in goals]
    found = attack(assessor.network, x, indices, goals[0].targeted, settings, seeds, project.device, progress)
    features = assessor.reader.prepared(found)
    sizes = [norms(before.numpy(), after.numpy()) for before, after in zip(x, found, strict=True)]
    return [({"norms": asdict(size)}, {"features": row}) for size, row in zip(sizes, features, strict=True)]


def seed_of(project: Project, content: str) -> int:
    """The seed of one picture, from the project's and from its content."""
    return int(hashlib.sha256(f"attack {project.seed} {content}".encode()).hexdigest()[:15], 16)


def _parameters(
    project: Project, assessor: Assessor, content: str, settings: AttackSettings, goal: Goal
) -> dict[str, Any]:
    """All that determines one attack; the checkpoint, because an attack depends on the head as well."""
    return {
        "image": content,
        "checkpoint": assessor.record.artefact,
        **asdict(settings),
        **asdict(goal),
        "seed": project.seed,
        **assessor.reader.identity,
    }
