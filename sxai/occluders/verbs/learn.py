"""Occluders of a project's classes: learned, tested on unseen images, stored, and laid over pictures."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from data_store.records import ImageRecord, ModelRecord
from sxai.errors import ModelError, UnknownName
from sxai.images.decode import canvas, decode
from sxai.images.verbs.stored import find_image, read_canvas, read_canvases
from sxai.networks.network import Network
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record, probabilities_of
from sxai.occluders.defaults import EPSILON, IMAGES, STEPS, VISIBILITY_LIMIT
from sxai.occluders.effects import ClassOccluder, Occluders, Tried
from sxai.occluders.learn import Lot, OccluderSettings, OccluderStep, learn_occluder, occluded, occluded_outputs, packed
from sxai.occluders.s_cielab import seen_difference
from sxai.progress import Progress, shifted, silent
from sxai.project.analyses import Analysis, AnalysisVerb, Kept, Outcome, kept_all
from sxai.project.project import Project

OCCLUDER = "occluder"
SPLITS = ("train", "val")
"""Occluders are learned on the first and tested on both."""

LOOKED_AT = 50
"""Unseen images of a class on which the visible difference of its occluder is measured."""

BEFORE = {"seen": None, "others": 8}
"""Settings of occluders that were stored before these were parameters."""


@dataclass(frozen=True, eq=False)
class _Images:
    """Images of every class by split, packed when they are first needed: pictures uint8 (n, 3, S, S)."""

    project: Project
    record: ModelRecord
    network: Network
    chosen: Mapping[str, Mapping[str, tuple[ImageRecord, ...]]]

    @classmethod
    def of(cls, project: Project, record: ModelRecord, most: int) -> "_Images":
        chosen = {split: {name: _drawn(project, name, split, most) for name in record.classes} for split in SPLITS}
        return cls(project, record, load_network(project, record), chosen)

    @property
    def identity(self) -> str:
        """A hash of exactly these images."""
        lines = [
            f"{split}\t{name}\t{image.sha256}"
            for split, classes in self.chosen.items()
            for name, images in classes.items()
            for image in images
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def pictures(self, split: str, name: str) -> torch.Tensor:
        """The pictures of a class as the network sees them; kept for as long as the project is open."""
        images = self.chosen[split][name]
        key = ("occluder pictures", self.record.artefact, split, tuple(image.id for image in images))
        tensor: torch.Tensor = self.project.remember(
            key, lambda: packed(self.network, read_canvases(self.project, images))
        )
        return tensor

    def clean(self, split: str, name: str, progress: Progress = silent) -> tuple[np.ndarray, np.ndarray]:
        """Features (n, C) of a class's images, and the number (n,) of the predicted class of each."""
        batch = features_of(self.project, self.record, self.network, self.chosen[split][name], progress)
        return batch.features, probabilities_of(self.network, batch.features).argmax(axis=1)


def _drawn(project: Project, name: str, split: str, most: int) -> tuple[ImageRecord, ...]:
    """At most so many images of a class, drawn with the project's seed, in the order of their numbers."""
    images = list(project.catalogue.images(class_name=name, split=split))
    order = np.random.default_rng(project.seed).permutation(len(images))[:most]
    return tuple(images[at] for at in sorted(order.tolist()))


def learn_occluders(
    project: Project,
    classes: Sequence[str] | None = None,
    epsilon: float | Sequence[float] = EPSILON,
    steps: int = STEPS,
    images: int = IMAGES,
    model: str | None = None,
    progress: Progress = silent,
    seen: float | None = VISIBILITY_LIMIT,
) -> Occluders:
    """Learn the occluder of every class (default: all of the network's) and test it on training and unseen images.

    ``epsilon`` may be several, for a sweep; the last one's occluders are returned. At most ``images`` of a class and
    split are drawn. ``seen`` limits the visible difference of an occluder (:class:`OccluderSettings`). Each occluder is
    stored once it is tested, so an interrupted run continues with the next one.

    Raises
    ------
    UnknownName, ModelError
        for a class that the network does not have, a network without head, a class without images in train or val, or
        invalid settings.
    """
    record = _trained(project, model)
    names = _known(record, classes)
    strengths = [epsilon] if isinstance(epsilon, float | int) else list(epsilon)
    if not strengths:
        raise ModelError("no ε to learn occluders at: give one or more, such as 0.04.")
    every = [OccluderSettings(epsilon=float(strength), seen=seen, steps=steps) for strength in strengths]
    material = _Images.of(project, record, images)
    _filled(material, names)
    total = len(every) * len(names)
    occluders: list[ClassOccluder] = []
    for at, (settings, name) in enumerate((setting, name) for setting in every for name in names):
        report = _counted(progress, name, at, total)
        occluders.append(_occluder(project, material, name, settings, images, report))
    progress("occluders", total * steps, total * steps)
    return Occluders(record.name, record.classes, tuple(occluders[-len(names) :]))


def _counted(progress: Progress, name: str, before: int, every: int) -> Progress:
    """Progress over all occluders in steps; the test afterwards is a stage of its own."""

    def report(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
        if stage == "occluder":
            progress(
                "occluders", before * total + done, every * total, {"class": name, "steps": total, **(detail or {})}
            )
        else:
            progress(f"{stage}, {name}", done, total)

    return report


def _trained(project: Project, model: str | None) -> ModelRecord:
    record = model_record(project, model)
    if not record.trained:
        raise ModelError(f"the network {record.name} has no trained head; run: sxai model train {record.name}")
    return record


def _known(record: ModelRecord, classes: Sequence[str] | None) -> tuple[str, ...]:
    wrong = [name for name in classes or () if name not in record.classes]
    if wrong:
        raise UnknownName(f"{record.name} tells no class '{wrong[0]}'; it knows {', '.join(record.classes)}.")
    return tuple(classes) if classes else tuple(record.classes)


def _filled(material: _Images, names: Sequence[str]) -> None:
    """Raise, before anything is computed, when a class has no images to learn from or to test on."""
    for split in SPLITS:
        for name in names:
            if not material.chosen[split][name]:
                raise ModelError(
                    f"{name} has no images in {split}: an occluder is learned on train and tested on val; import some."
                )
    for name in names:
        if not any(material.chosen["train"][other] for other in material.record.classes if other != name):
            raise ModelError(f"only {name} has images in train: import other classes, which it must not disturb.")


@AnalysisVerb
def _occluder(
    project: Project, material: _Images, name: str, settings: OccluderSettings, images: int, progress: Progress
) -> Analysis[ClassOccluder]:
    """The occluder of one class, learned and tried on ``images`` of every class and split at most."""
    parameters = {
        "class": name,
        "checkpoint": material.record.artefact,
        "images": images,
        "lot": material.identity,
        "seed": project.seed,
        **asdict(settings),
    }
    make = partial(_learned, project, material, name, settings, progress)
    return Analysis(material.record, OCCLUDER, parameters, make, partial(_of_class, material.record))


def _learned(project: Project, material: _Images, name: str, settings: OccluderSettings, progress: Progress) -> Outcome:
    """One occluder, and the predictions for every image under it."""
    classes = material.record.classes
    others = [other for other in classes if other != name]
    lot = Lot(
        material.pictures("train", name),
        material.clean("train", name, progress)[0],
        torch.cat([material.pictures("train", other) for other in others]),
        np.concatenate([material.clean("train", other, progress)[1] for other in others]).tolist(),
    )
    learned = learn_occluder(
        material.network, lot, classes.index(name), settings, project.seed, project.device, progress
    )
    arrays: dict[str, np.ndarray] = {"delta": learned.delta}
    total = sum(len(images) for split in SPLITS for images in material.chosen[split].values())
    done = 0
    for split in SPLITS:
        for at, other in enumerate(classes):
            report = shifted(progress, "occluded", done, total)
            pictures = material.pictures(split, other)
            after = occluded_outputs(material.network, pictures, learned.delta, project.device, report)
            predicted = after.logits.argmax(axis=1) if after.logits is not None else np.empty(0)
            arrays[f"{split} {at} before"] = material.clean(split, other)[1].astype(np.int16)
            arrays[f"{split} {at} after"] = predicted.astype(np.int16)
            if other == name:
                arrays[f"{split} features"] = after.features
                arrays[f"{split} images"] = np.asarray([image.id for image in material.chosen[split][name]], np.int64)
            done += len(pictures)
    shown = material.pictures("val", name)[:LOOKED_AT]
    result = {"curve": [asdict(step) for step in learned.curve], "seen": _seen(shown, learned.delta)}
    return result, arrays


def _seen(pictures: torch.Tensor, delta: np.ndarray) -> float:
    """Mean visible difference ΔE between pictures uint8 (n, 3, S, S) without and with an occluder."""
    both = zip(_drawable(pictures.float().div(255)), _drawable(occluded(pictures, delta)), strict=True)
    return float(np.mean([seen_difference(*pair).mean() for pair in both]))


def _drawable(pictures: torch.Tensor) -> np.ndarray:
    """Pictures (n, 3, S, S) in [0, 1] as uint8 (n, S, S, 3)."""
    return np.ascontiguousarray((pictures * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy())


def _of_class(record: ModelRecord, outcome: Kept) -> ClassOccluder:
    tried = {
        split: tuple(
            Tried(name, outcome.arrays[f"{split} {at} before"], outcome.arrays[f"{split} {at} after"])
            for at, name in enumerate(record.classes)
        )
        for split in SPLITS
    }
    parameters = BEFORE | outcome.parameters
    settings = OccluderSettings(**{key: parameters[key] for key in asdict(OccluderSettings())})
    return ClassOccluder(
        model=record.name,
        class_name=outcome.parameters["class"],
        classes=tuple(record.classes),
        settings=settings,
        delta=outcome.arrays["delta"],
        curve=tuple(OccluderStep(**step) for step in outcome.result["curve"]),
        tried=tried,
        features={split: outcome.arrays[f"{split} features"] for split in SPLITS},
        seen=outcome.result.get("seen"),
        image_ids={split: tuple(outcome.arrays[f"{split} images"].tolist()) for split in SPLITS},
        images=outcome.parameters["images"],
        seed=outcome.parameters["seed"],
        version=outcome.version,
        created=outcome.created,
    )


def stored_occluders(project: Project, model: str | None = None) -> list[Occluders]:
    """All stored occluders of the network's present weights, grouped by their settings, the newest first."""
    record = model_record(project, model)
    groups: dict[tuple[Any, ...], dict[str, ClassOccluder]] = {}
    for outcome in kept_all(project, record, OCCLUDER):
        if outcome.parameters["checkpoint"] == record.artefact:
            occluder = _of_class(record, outcome)
            key = (occluder.settings, occluder.images, occluder.seed)
            groups.setdefault(key, {})[occluder.class_name] = occluder
            groups[key] = groups.pop(key)
    return [
        Occluders(record.name, record.classes, tuple(group[name] for name in record.classes if name in group))
        for group in reversed(groups.values())
    ]


def occluders_in_use(project: Project, epsilon: float | None = None, model: str | None = None) -> Occluders:
    """The occluders learned last, or those at ``epsilon``; UnknownName, which lists the others, when there are none."""
    every = stored_occluders(project, model)
    matching = [group for group in every if epsilon is None or abs(group.epsilon - epsilon) < 1e-9]
    if not matching:
        there = ", ".join(f"{group.epsilon:.4g}" for group in every)
        known = f"; there are some at ε = {there}" if there else ""
        raise UnknownName(f"no occluder is learned for this network yet{known}; run: sxai occlude learn")
    return matching[0]


@dataclass(frozen=True, eq=False)
class OccludedPicture:
    """One picture before and after an occluder.

    ``before`` and ``after`` are the network's probabilities by class; ``pictures`` hold "clean" and "occluded", uint8
    (S, S, 3), and "change", δ in units of the pixel range, float32 (S, S, 3).
    """

    name: str
    class_name: str
    epsilon: float
    before: dict[str, float]
    after: dict[str, float]
    pictures: dict[str, np.ndarray]

    @property
    def said(self) -> tuple[str, str]:
        """The predicted class of the picture, before and after."""
        first, last = (max(outputs, key=lambda name: outputs[name]) for outputs in (self.before, self.after))
        return first, last

    @property
    def seen(self) -> float:
        """Mean visible difference ΔE at arm's length (S-CIELAB); below 1 it is hardly noticeable."""
        return float(seen_difference(self.pictures["clean"], self.pictures["occluded"]).mean())

    def summary(self) -> dict[str, Any]:
        """All but the pictures, as plain JSON."""
        first, last = self.said
        return {
            "file": self.name,
            "occluder": self.class_name,
            "epsilon": self.epsilon,
            "said": first,
            "says": last,
            "seen": round(self.seen, 2),
            "before": self.before,
            "after": self.after,
        }


def occlude_picture(
    project: Project, occluder: ClassOccluder, image: int | bytes, name: str = "picture"
) -> OccludedPicture:
    """Lay an occluder over an image of the project (its number) or any other picture (its bytes, called ``name``).

    Raises
    ------
    UnknownName, UnreadableImage
        when there is no such image, or the bytes are no picture.
    """
    record = model_record(project, occluder.model)
    network = load_network(project, record)
    if isinstance(image, int):
        image_ = find_image(project, image)
        name, pixels = image_.name, read_canvas(project, image_)
    else:
        pixels = canvas(decode(image).pixels)
    clean = packed(network, [pixels])
    nothing = np.zeros_like(occluder.delta)
    both = np.concatenate(
        [occluded_outputs(network, clean, delta, project.device).features for delta in (nothing, occluder.delta)]
    )
    before, after = (dict(zip(record.classes, row.tolist(), strict=True)) for row in probabilities_of(network, both))
    pictures = {
        "clean": clean[0].permute(1, 2, 0).numpy(),
        "occluded": _drawable(occluded(clean, occluder.delta))[0],
        "change": np.ascontiguousarray(occluder.delta.transpose(1, 2, 0)),
    }
    return OccludedPicture(name, occluder.class_name, occluder.settings.epsilon, before, after, pictures)
