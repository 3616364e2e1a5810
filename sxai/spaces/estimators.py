"""Estimators of a concept's direction from masks, all stored and read like a semantic space.

Each turns (n, C) features of n images with the concept visible and filled into one signed weight a channel. The paper's
reads five channels of Δ; the others read all channels and differ in the statistic of the pairs.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold

from sxai.errors import SpaceError, UnknownName
from sxai.spaces.defaults import DEFAULT, TITLES
from sxai.spaces.space import Extraction, SemanticSpace, extract_space, largest

Floats = NDArray[np.float64]

PENALTIES = (1e-3, 1e-2, 1e-1)
"""C of the logistic regressions that "linear" chooses from."""

FOLDS = 3
RIDGE = 1e-9
"""Added to the diagonal of a covariance, as a share of its mean, so that it can be inverted whatever the shrinkage."""


Weights = Callable[[Extraction, Floats, Floats], Floats]
"""Function from the paper's extraction and both tables (n, C) to channel weights (C,)."""


def estimate(
    name: str, unmasked: ArrayLike, masked: ArrayLike, estimator: str = DEFAULT, n_ssn: int = 5, minimum: int = 3
) -> Extraction:
    """The direction of concept ``name`` from (n, C) features of the same images with and without it.

    The scores and ratios of both sets are always the paper's; ``difference`` and the space are the estimator's. Only
    "s-xai" reads ``n_ssn`` channels, the others read all that have a weight.

    Raises
    ------
    UnknownName
        for an unknown estimator; otherwise the errors of :func:`~sxai.spaces.space.extract_space`.
    """
    weigh = weights_named(estimator)
    extraction = extract_space(name, unmasked, masked, n_ssn=n_ssn, minimum=minimum)
    if weigh is None:
        return extraction
    tables = np.asarray(unmasked, dtype=np.float64), np.asarray(masked, dtype=np.float64)
    weights = weigh(extraction, *tables)
    if not np.isfinite(weights).all() or not weights.any():
        raise SpaceError(f"{name}: {TITLES[estimator]} has no direction in these pairs; check the masks, or use s-xai")
    channels = largest(weights, int(np.count_nonzero(weights)))
    space = SemanticSpace(name, tuple(channels), tuple(weights[channels]), estimator=estimator)
    return replace(extraction, space=space, difference=weights)


def weights_named(name: str) -> Weights | None:
    """Channel weights of an estimator over global averages; None for the paper's own.

    Raises
    ------
    UnknownName
        for an unknown estimator; the message lists the known ones.
    """
    if name not in ESTIMATORS:
        raise UnknownName(f"there is no estimator '{name}'; there are {', '.join(ESTIMATORS)}.")
    return ESTIMATORS[name]


def check_estimator(name: str) -> None:
    """Raise UnknownName unless ``name`` is an estimator, over averages or spatial."""
    if name not in TITLES:
        raise UnknownName(f"there is no estimator '{name}'; there are {', '.join(TITLES)}.")


def paired_component(unmasked: Floats, masked: Floats) -> Floats:
    """First right singular vector (C,) of the paired differences, not centred: their common direction.

    Signed so that masking lowers the activation on average.
    """
    differences = unmasked - masked
    _, _, right = np.linalg.svd(differences, full_matrices=False)
    return np.asarray(right[0] * (1.0 if (differences @ right[0]).mean() >= 0 else -1.0))


def fisher(unmasked: Floats, masked: Floats) -> Floats:
    """Fisher's direction Σ⁻¹ δ (C,): the mean difference in units of the variation within both sets.

    Σ is the pooled covariance of both sets about their means, shrunk as Ledoit and Wolf propose, since there are
    fewer images than channels.
    """
    centred = np.concatenate([unmasked - unmasked.mean(axis=0), masked - masked.mean(axis=0)])
    covariance, _ = ledoit_wolf(centred, assume_centered=True)
    covariance[np.diag_indices_from(covariance)] += RIDGE * np.trace(covariance) / len(covariance)
    return np.asarray(np.linalg.solve(covariance, (unmasked - masked).mean(axis=0)))


def linear(unmasked: Floats, masked: Floats) -> Floats:
    """Linear concept vector (C,): logistic regression of with against without, as TCAV's but well regularised.

    Features are standardised; the penalty has the lowest cross-validated loss (both images of a pair are left out
    together).
    """
    rows = np.concatenate([unmasked, masked])
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    rows = (rows - mean) / scale
    labels = np.arange(len(rows)) < len(unmasked)
    pairs = np.tile(np.arange(len(unmasked)), 2)
    penalty = min(PENALTIES, key=lambda c: _left_out_loss(rows, labels, pairs, c))
    return np.asarray(_logistic(penalty).fit(rows, labels).coef_[0] / scale)


def _logistic(penalty: float) -> LogisticRegression:
    return LogisticRegression(C=penalty, max_iter=300)


def _left_out_loss(rows: Floats, labels: NDArray[np.bool_], pairs: NDArray[np.int_], penalty: float) -> float:
    folds = GroupKFold(min(FOLDS, len(np.unique(pairs)))).split(rows, labels, pairs)
    losses = [
        log_loss(labels[left], _logistic(penalty).fit(rows[train], labels[train]).predict_proba(rows[left])[:, 1])
        for train, left in folds
    ]
    return float(np.mean(losses))


ESTIMATORS: Mapping[str, Weights | None] = MappingProxyType(
    {
        DEFAULT: None,
        "all-channels": lambda found, _, __: found.difference,
        "paired-pca": lambda _, *pair: paired_component(*pair),
        "fisher": lambda _, *pair: fisher(*pair),
        "linear": lambda _, *pair: linear(*pair),
    }
)
"""The estimators over global averages by name, the paper's first."""
