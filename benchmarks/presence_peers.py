"""What estimators are compared with: other methods' directions from the same pairs, and what labels reach."""

import random
import warnings
from collections.abc import Callable, Mapping

import numpy as np
import torch
from captum.concept._utils.classifier import DefaultClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

LABELS = 100
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)


def tcav(unmasked: np.ndarray, masked: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Activations (n,) along the concept activation vector of captum's TCAV with its default classifier."""
    rows = torch.from_numpy(np.concatenate([masked, unmasked]))
    labels = torch.arange(len(rows)) >= len(masked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        random.seed(0)  # how captum splits its examples
        np.random.seed(0)  # what its classifier draws from
        classifier = DefaultClassifier()
        classifier.train_and_eval(DataLoader(TensorDataset(rows, labels.long()), batch_size=len(rows)))
    return features @ classifier.weights()[1].numpy()


def sevec(unmasked: np.ndarray, masked: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Cosine (n,) to the semantic vector: the normalised mean of the unit-normalised patterns of non-zero channels."""
    patterns = (unmasked > 0).astype(np.float64)
    vector = (patterns / np.linalg.norm(patterns, axis=1, keepdims=True)).sum(axis=0)
    return features @ vector / np.linalg.norm(features, axis=1) / np.linalg.norm(vector)


PEERS: Mapping[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "TCAV (captum)": tcav,
    "SeVec": sevec,
}


def supervised(features: np.ndarray, visible: np.ndarray, half: int) -> np.ndarray:
    """Log-odds (n,) of a linear model fitted to all presence labels of the first half; penalty by cross-validation."""
    models = [make_pipeline(StandardScaler(), _logistic(c)) for c in PENALTIES]
    scores = [cross_val_score(m, features[:half], visible[:half], scoring="roc_auc").mean() for m in models]
    best = models[int(np.argmax(scores))].fit(features[:half], visible[:half])
    return np.asarray(best.decision_function(features))


def few_labels(every: np.ndarray, own: np.ndarray, visible: np.ndarray, half: int) -> np.ndarray:
    """Log-odds (n,) from the activations (n, m) of all concepts of the class, fitted to 100 labels of the first half.

    Labelled are the 50 photographs in which the concept seems least visible, and 50 others drawn by lot: among the
    least visible are those without it, of which there are few.
    """
    order = np.argsort(own[:half], kind="stable")
    least, rest = order[: LABELS // 2], order[LABELS // 2 :]
    chosen = np.concatenate([least, np.random.default_rng(0).permutation(rest)[: LABELS - len(least)]])
    scaled = (every - every[:half].mean(axis=0)) / every[:half].std(axis=0)
    return np.asarray(_logistic(0.1).fit(scaled[chosen], visible[chosen]).decision_function(scaled))


def _logistic(penalty: float) -> LogisticRegression:
    return LogisticRegression(C=penalty, class_weight="balanced", max_iter=1000)
