"""Effects of occluders: accuracy with and without them, on training and unseen images, of their class and of others."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sxai.errors import UnknownName
from sxai.occluders.learn import OccluderSettings, OccluderStep
from sxai.stats import Share, share_of


@dataclass(frozen=True, eq=False)
class Tried:
    """Images of one class: the number (n,) of the predicted class before and after an occluder."""

    class_name: str
    before: np.ndarray
    after: np.ndarray


@dataclass(frozen=True)
class Effect:
    """Accuracy over images, clean and under an occluder."""

    clean: Share
    occluded: Share

    @property
    def left(self) -> float:
        """Share of the clean accuracy that is left under the occluder; NaN when the clean accuracy is 0."""
        return self.occluded.share / self.clean.share if self.clean.count else float("nan")


@dataclass(frozen=True)
class MeanEffect:
    """Accuracy averaged over classes, clean and occluded, as Tables S1 and S2 do."""

    clean: float
    occluded: float

    @property
    def left(self) -> float:
        """Share of the clean accuracy that is left under the occluder; NaN when the clean accuracy is 0."""
        return self.occluded / self.clean if self.clean else float("nan")


@dataclass(frozen=True, eq=False)
class ClassOccluder:
    """The occluder of one class, and predictions under it.

    Attributes
    ----------
    delta
        float32 (3, S, S) in units of the pixel range, |δ| ≤ ε.
    tried
        by split ("train": images it was learned on, "val": unseen), the predictions for the images of every class.
    features
        by split, (n, C) of the class's own images under the occluder; ``image_ids`` names them.
    seen
        mean visible difference ΔE on unseen images (S-CIELAB, at arm's length); None when it was not measured.
    """

    model: str
    class_name: str
    classes: tuple[str, ...]
    settings: OccluderSettings
    delta: np.ndarray
    curve: tuple[OccluderStep, ...]
    tried: Mapping[str, tuple[Tried, ...]]
    features: Mapping[str, np.ndarray]
    seen: float | None
    image_ids: Mapping[str, tuple[int, ...]]
    images: int
    seed: int
    version: str
    created: str

    def on(self, class_name: str, split: str = "val") -> Effect:
        """Accuracy on images of one class, clean and occluded."""
        at = self.classes.index(class_name)
        tried = self.tried[split][at]
        right = [int((predicted == at).sum()) for predicted in (tried.before, tried.after)]
        return Effect(*(share_of(count, len(tried.after)) for count in right))

    def matched(self, split: str = "val") -> Effect:
        """Accuracy on the class that it was learned for, clean and occluded (Table S1)."""
        return self.on(self.class_name, split)

    def unmatched(self, split: str = "val") -> MeanEffect:
        """Mean accuracy over the other classes, clean and occluded (Table S2); those without images are left out."""
        every = [self.on(name, split) for name in self.classes if name != self.class_name]
        return _mean([effect for effect in every if effect.clean.of])

    def becomes(self, split: str = "val") -> dict[str, int]:
        """Predicted classes under the occluder, of images that were recognised without it; the most frequent first."""
        at = self.classes.index(self.class_name)
        tried = self.tried[split][at]
        counts = Counter(self.classes[number] for number in tried.after[tried.before == at].tolist())
        return dict(counts.most_common())


def _mean(effects: list[Effect] | list[MeanEffect]) -> MeanEffect:
    if not effects:
        return MeanEffect(float("nan"), float("nan"))
    pairs = [
        (effect.clean.share, effect.occluded.share) if isinstance(effect, Effect) else (effect.clean, effect.occluded)
        for effect in effects
    ]
    clean, occluded = np.asarray(pairs).mean(axis=0).tolist()
    return MeanEffect(clean, occluded)


@dataclass(frozen=True, eq=False)
class Occluders:
    """Occluders of one network that were learned with the same settings."""

    model: str
    classes: tuple[str, ...]
    each: tuple[ClassOccluder, ...]

    @property
    def epsilon(self) -> float:
        """The occluders' ε, in units of the pixel range."""
        return self.each[0].settings.epsilon

    @property
    def names(self) -> tuple[str, ...]:
        """The classes that have an occluder."""
        return tuple(occluder.class_name for occluder in self.each)

    @property
    def seen(self) -> float | None:
        """Mean visible difference ΔE on unseen images over the occluders; None where one was not measured."""
        differences = [occluder.seen for occluder in self.each if occluder.seen is not None]
        return float(np.mean(differences)) if len(differences) == len(self.each) else None

    def of(self, class_name: str) -> ClassOccluder:
        """The occluder of a class; UnknownName otherwise."""
        for occluder in self.each:
            if occluder.class_name == class_name:
                return occluder
        raise UnknownName(
            f"there is no occluder of '{class_name}' at ε = {self.epsilon:.4g}, but of {', '.join(self.names)}; run: "
            f"sxai occlude learn {class_name}"
        )

    def matched(self, split: str = "val") -> MeanEffect:
        """Table S1: mean accuracy on the class that each was learned for."""
        return _mean([occluder.matched(split) for occluder in self.each])

    def unmatched(self, split: str = "val") -> MeanEffect:
        """Table S2: mean accuracy on classes that they were not learned for."""
        return _mean([occluder.unmatched(split) for occluder in self.each])

    def pairs(self, kind: str, split: str = "val") -> list[tuple[float, float]]:
        """Accuracy, clean and occluded, by occluder: on its own class ("matched") or over the others ("unmatched")."""
        if kind == "matched":
            effects = [occluder.matched(split) for occluder in self.each]
            return [(effect.clean.share, effect.occluded.share) for effect in effects]
        return [(effect.clean, effect.occluded) for effect in (each.unmatched(split) for each in self.each)]

    def changes(self, split: str = "val") -> np.ndarray:
        """Accuracy (occluders, classes) under every occluder less the clean one; NaN for classes without images."""
        table = np.full((len(self.each), len(self.classes)), np.nan)
        for row, occluder in enumerate(self.each):
            for column, name in enumerate(self.classes):
                effect = occluder.on(name, split)
                if effect.clean.of:
                    table[row, column] = effect.occluded.share - effect.clean.share
        return table

    def summary(self) -> dict[str, Any]:
        """Both tables and every class in plain JSON."""
        first = self.each[0]
        return {
            "model": self.model,
            "epsilon": self.epsilon,
            "seen": self.seen,
            "steps": first.settings.steps,
            "images": first.images,
            "matched": {split: _numbers(self.matched(split)) for split in first.tried},
            "unmatched": {split: _numbers(self.unmatched(split)) for split in first.tried},
            "classes": [
                {
                    "class": occluder.class_name,
                    "seen": occluder.seen,
                    "matched": {split: _numbers(_mean([occluder.matched(split)])) for split in occluder.tried},
                    "unmatched": {split: _numbers(occluder.unmatched(split)) for split in occluder.tried},
                    "becomes": occluder.becomes(),
                }
                for occluder in self.each
            ],
            "seed": first.seed,
            "version": first.version,
            "created": max(occluder.created for occluder in self.each),
        }


def _numbers(effect: MeanEffect) -> dict[str, float | None]:
    """An effect as JSON; NaN becomes null."""
    values = {"clean": effect.clean, "occluded": effect.occluded, "left": effect.left}
    return {key: None if np.isnan(value) else value for key, value in values.items()}
