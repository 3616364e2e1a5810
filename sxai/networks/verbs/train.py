"""Training a project's network: its head on stored features, or all layers, with its accuracy on train and val."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import torch

from data_store.records import ImageRecord, ModelRecord
from sxai.errors import ModelError
from sxai.images.verbs.stored import read_canvas
from sxai.networks.evaluation import evaluate, reliability
from sxai.networks.network import Network
from sxai.networks.training import Sample, TrainingParameters, TrainingResult, train
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import ModelSummary, keep_network, load_network, model_record, summarise
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.version import __version__


def train_model(
    project: Project,
    name: str,
    epochs: int = 3,
    head_only: bool = True,
    head: str = "linear",
    learning_rate: float | None = None,
    batch: int = 16,
    classes: Sequence[str] | None = None,
    progress: Progress = silent,
) -> ModelSummary:
    """Train the head of a network on stored features, or fine-tune all of it (method.md 1).

    ``classes`` default to all that have training images. The best epoch by validation accuracy is kept with its
    history, accuracy, confusion matrix and calibration. Fine-tuning changes the features: stored ones are dropped,
    and spaces extracted before are shown as stale. An interrupted fine-tuning goes on after its last whole epoch.

    Raises
    ------
    UnknownName, ModelError
        for an unknown network, fewer than two classes, or a class without training images.
    """
    record = model_record(project, name)
    network = load_network(project, record)
    parameters = TrainingParameters(epochs, batch, learning_rate, head_only, head, seed=project.seed)
    chosen = tuple(classes) if classes else trainable_classes(project)
    images = {split: _images(project, split, chosen) for split in ("train", "val")}
    features = {split: features_of(project, record, network, images[split], progress).features for split in images}
    result = train(
        network,
        chosen,
        _samples(project, images["train"], chosen),
        _samples(project, images["val"], chosen),
        parameters,
        project.device,
        progress,
        (features["train"], features["val"]),
        project.home / "cache" / f"training-{record.id}.pt",
    )
    kept = _keep(project, record, result, parameters)
    if kept.sha256 != record.sha256:
        features = {
            split: features_of(project, kept, result.network, images[split], progress).features for split in images
        }
    evaluation = {
        split: judge(result.network, features[split], _labels(images[split], chosen))
        for split in images
        if images[split]
    }
    return summarise(project, project.catalogue.update_model(record.id, evaluation=evaluation))


def trainable_classes(project: Project) -> tuple[str, ...]:
    """The classes with training images, in the order of their names."""
    names = tuple(sorted(record.name for record in project.catalogue.classes() if record.images.get("train")))
    if len(names) < 2:
        raise ModelError(
            f"training needs two classes with images in the train split; this project has {len(names)}. "
            "Import a folder with one folder a class."
        )
    return names


def _images(project: Project, split: str, classes: Sequence[str]) -> list[ImageRecord]:
    return [image for name in classes for image in project.catalogue.images(class_name=name, split=split)]


def _labels(images: Sequence[ImageRecord], classes: Sequence[str]) -> np.ndarray:
    return np.asarray([classes.index(image.class_name or "") for image in images], dtype=np.int64)


def _samples(project: Project, images: Sequence[ImageRecord], classes: Sequence[str]) -> list[Sample]:
    labels = _labels(images, classes).tolist()
    return [Sample(partial(read_canvas, project, image), label) for image, label in zip(images, labels, strict=True)]


def _keep(project: Project, record: ModelRecord, result: TrainingResult, parameters: TrainingParameters) -> ModelRecord:
    """Store the trained network in the place of the one that it was made from."""
    recorded = {**asdict(parameters), "best_epoch": result.best_epoch, "version": __version__}
    return keep_network(project, record, result.network, recorded, [asdict(epoch) for epoch in result.history])


def judge(network: Network, features: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Accuracy, confusion matrix (rows the true class) and calibration on features (n, C) with labels (n,)."""
    with torch.inference_mode():
        logits = network.logits(torch.from_numpy(features)).cpu().numpy()
    outcome = evaluate(logits, labels, network.classes)
    curve = reliability(logits, labels)
    return {
        "accuracy": outcome.accuracy,
        "confusion": outcome.confusion.tolist(),
        "calibration": {"confidence": curve.confidence, "accuracy": curve.share, "count": curve.n, "ece": curve.error},
    }
