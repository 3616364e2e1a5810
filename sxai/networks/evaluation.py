"""Evaluation of a classifier: accuracy, confusion matrix and calibration of its confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from sxai.errors import ModelError
from sxai.stats import BINS, ReliabilityCurve, reliability_curve


@dataclass(frozen=True, eq=False)
class Evaluation:
    """``accuracy`` in [0, 1]; ``confusion`` int64 (K, K), rows the true class, columns the predicted one."""

    accuracy: float
    confusion: np.ndarray
    classes: tuple[str, ...]


def evaluate(logits: np.ndarray, labels: np.ndarray, classes: Sequence[str]) -> Evaluation:
    """Compare class scores (n, K) with true labels (n,) of integers 0…K−1."""
    _check(logits, labels, len(classes))
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusion, (labels, logits.argmax(axis=1)), 1)
    return Evaluation(float(np.trace(confusion) / len(labels)), confusion, tuple(classes))


def reliability(logits: np.ndarray, labels: np.ndarray, bins: int = BINS) -> ReliabilityCurve:
    """Calibration of class scores (n, K) on labels (n,), in ``bins`` equal bins of the highest probability."""
    _check(logits, labels, logits.shape[1])
    probabilities = softmax(np.asarray(logits, dtype=np.float64), axis=1)
    return reliability_curve(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels, bins)


def _check(logits: np.ndarray, labels: np.ndarray, classes: int) -> None:
    if len(labels) == 0:
        raise ModelError("There are no labelled images to evaluate on. Put some into the val split.")
    if logits.shape != (len(labels), classes):
        raise ModelError(f"Scores {logits.shape} do not fit {len(labels)} labels of {classes} classes.")
    if min(labels) < 0 or max(labels) >= classes:
        raise ModelError(f"Labels run from {min(labels)} to {max(labels)}, but there are {classes} classes.")
