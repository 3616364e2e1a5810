"""Training: a head on stored features, or a whole network; the best epoch by validation accuracy is kept.

The network that is passed in is never changed: stopping at any moment, by :class:`~sxai.errors.Cancelled`
or an error, leaves it as it was. Results repeat for a seed on the CPU.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from sxai.errors import ModelError
from sxai.networks.device import resolve_device, seeded
from sxai.networks.evaluation import Evaluation, evaluate, reliability
from sxai.networks.features import extract
from sxai.networks.fitting import EpochResult, HeadTask, fit_head
from sxai.networks.heads import HEADS, make_head
from sxai.networks.network import Network
from sxai.networks.tuning import Pictures, TuningPlan, begin, fine_tune
from sxai.progress import Progress, silent

__all__ = [
    "EpochResult",
    "Evaluation",
    "Sample",
    "TrainingParameters",
    "TrainingResult",
    "evaluate",
    "reliability",
    "train",
]

HEAD_RATE = 1e-3
ALL_RATE = 1e-4


@dataclass(frozen=True)
class Sample:
    """One picture to learn from: ``label`` indexes the classes.

    ``read()`` gives its canvas uint8 (H, W, 3); it may be called from other threads.
    """

    read: Callable[[], np.ndarray]
    label: int


@dataclass(frozen=True)
class TrainingParameters:
    """How to train (paper: Adam, batch 16, 3 epochs).

    ``epochs`` counts passes over the pictures. A linear head on stored features takes milliseconds a pass, so it
    goes on until validation stops improving. ``learning_rate`` None: 1e-3 for a head, 1e-4 for all layers.
    ``head_only`` keeps the backbone as it is; ``head`` is "linear" or "vgg"; ``flip`` mirrors pictures at random
    when all layers learn.
    """

    epochs: int = 3
    batch: int = 16
    learning_rate: float | None = None
    head_only: bool = True
    head: str = "linear"
    flip: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1 or self.head not in HEADS:
            raise ModelError(f"Training needs epochs ≥ 1, batch ≥ 1 and head one of {HEADS}, not {self}.")
        if self.learning_rate is not None and not 0 < self.learning_rate < 10:
            raise ModelError(f"A learning rate of {self.learning_rate} cannot work. Try 0.001 (all layers: 0.0001).")

    @property
    def rate(self) -> float:
        """The learning rate that applies."""
        return self.learning_rate or (HEAD_RATE if self.head_only else ALL_RATE)


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The trained ``network`` (on the CPU), the ``history`` of epochs, and the ``best_epoch`` that was
    kept."""

    network: Network
    history: tuple[EpochResult, ...]
    best_epoch: int


def train(
    network: Network,
    classes: Sequence[str],
    train: Sequence[Sample],
    val: Sequence[Sample],
    parameters: TrainingParameters = TrainingParameters(),
    device: str = "auto",
    progress: Progress = silent,
    features: tuple[np.ndarray, np.ndarray] | None = None,
    resume: Path | None = None,
) -> TrainingResult:
    """Train a copy of ``network`` on the ``classes``, with a new head.

    ``features`` are those of ``train`` (n, C) and ``val`` (m, C) if they are known already; otherwise they
    are extracted first, because fine-tuning starts from a fitted head too, so that a random head does not
    spoil the backbone. Without ``val`` the last epoch is kept. With ``resume``, fine-tuning stores its
    state in that file after every epoch, continues from it when it was made for the same task, and removes
    it in the end.

    ``progress`` is called with stage "features", "head" or "fine-tuning"; each finished epoch has a detail
    ``{"epoch", "loss", "train_accuracy", "val_accuracy"}``.
    Raises :class:`~sxai.errors.ModelError` for a class without training images, or when the loss diverges.
    """
    job = _Job(_pictures(train), _pictures(val), parameters, resolve_device(device), progress)
    _check(classes, job.train.labels, job.val.labels, features)
    learner = copy.deepcopy(network).cpu().eval()
    learner.head, learner.classes = None, tuple(classes)
    with seeded(parameters.seed):
        finish = _fit_head if parameters.head_only else _fine_tune
        history, best_epoch = finish(learner, job, features, resume)
    return TrainingResult(learner.cpu().eval(), history, best_epoch)


@dataclass(frozen=True, eq=False)
class _Job:
    train: Pictures
    val: Pictures
    parameters: TrainingParameters
    device: torch.device
    progress: Progress


def _fit_head(
    learner: Network, job: _Job, features: tuple[np.ndarray, np.ndarray] | None, resume: Path | None = None
) -> tuple[tuple[EpochResult, ...], int]:
    known, val_known = features or _extracted(learner, job)
    task = HeadTask(
        known,
        job.train.labels,
        val_known,
        job.val.labels,
        len(learner.classes),
        kind=job.parameters.head,
        epochs=job.parameters.epochs,
        batch=job.parameters.batch,
        rate=job.parameters.rate if job.parameters.head_only else HEAD_RATE,
        seed=job.parameters.seed,
    )
    outcome = fit_head(task, job.device, job.progress)
    learner.head = outcome.head
    return outcome.history, outcome.best_epoch


def _fine_tune(
    learner: Network, job: _Job, features: tuple[np.ndarray, np.ndarray] | None, resume: Path | None
) -> tuple[tuple[EpochResult, ...], int]:
    chosen = job.parameters
    plan = TuningPlan(chosen.epochs, chosen.batch, chosen.rate, chosen.flip, chosen.seed)
    learner.head = make_head(chosen.head, learner.channels, len(learner.classes), chosen.seed)
    run = begin(learner, job.train, job.val, plan, job.device, resume)
    if not run.history:
        _fit_head(learner.cpu(), job, features)
        run = begin(learner, job.train, job.val, plan, job.device, None)
    fine_tune(run, job.train, job.val, plan, job.progress, resume)
    return tuple(run.history), run.best.epoch


def _pictures(samples: Sequence[Sample]) -> Pictures:
    labels = np.array([sample.label for sample in samples], dtype=np.int64)
    return Pictures([sample.read for sample in samples], labels)


def _extracted(learner: Network, job: _Job) -> tuple[np.ndarray, np.ndarray]:
    readers = [*job.train.readers, *job.val.readers]
    canvases = (reader() for reader in readers)
    features = extract(learner, canvases, device=job.device, progress=job.progress, total=len(readers)).features
    return features[: len(job.train.readers)], features[len(job.train.readers) :]


def _check(
    classes: Sequence[str], labels: np.ndarray, val_labels: np.ndarray, features: tuple[np.ndarray, np.ndarray] | None
) -> None:
    if len(classes) < 2:
        raise ModelError(f"Training needs at least two classes, there are {list(classes)}. Import another class.")
    every = np.concatenate([labels, val_labels])
    if every.size and (every.min() < 0 or every.max() >= len(classes)):
        raise ModelError(f"Labels run from {every.min()} to {every.max()}, but there are {len(classes)} classes.")
    counts = np.bincount(labels, minlength=len(classes))
    empty = [name for name, count in zip(classes, counts, strict=True) if count == 0]
    if empty:
        raise ModelError(f"The class {empty[0]!r} has no training images. Import some, or leave the class out.")
    if features is not None and (len(features[0]) != len(labels) or len(features[1]) != len(val_labels)):
        raise ModelError(
            f"There are {len(features[0])} + {len(features[1])} rows of features for "
            f"{len(labels)} + {len(val_labels)} images. Compute the features again."
        )
