"""Calibrated probabilities of a part from activations, fitted on labelled images.

The paper's P is the place of an activation in the distribution over images of its class. A calibrated P of 0.8 means
instead that 8 of 10 images with this activation show the part.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from sxai.errors import SpaceError
from sxai.stats import BINS, ReliabilityCurve, reliability_curve

Floats = NDArray[np.float64]
Method = Literal["platt", "isotonic"]
METHODS: tuple[Method, ...] = get_args(Method)

FOLDS = 5


def calibration_curve(probabilities: ArrayLike, visible: ArrayLike, bins: int = BINS) -> ReliabilityCurve:
    """Reliability diagram of (n,) probabilities, clipped to [0, 1], in ``bins`` of equal width.

    Raises
    ------
    SpaceError
        for tables that do not match, none at all, or values that are not finite.
    """
    values, shown = _checked(probabilities, visible)
    return reliability_curve(np.clip(values, 0.0, 1.0), shown, bins)


def expected_calibration_error(probabilities: ArrayLike, visible: ArrayLike, bins: int = BINS) -> float:
    """Mean |probability − share that show the part| over the images (n,), both of an image's bin; 0 when all are right.

    Raises
    ------
    SpaceError
        as :func:`calibration_curve` does.
    """
    return calibration_curve(probabilities, visible, bins).error


@dataclass(frozen=True)
class Calibration:
    """A monotone function from an activation to the calibrated probability that the part is visible, in [0, 1].

    ``platt``: 1 / (1 + exp(−(slope · a + intercept))), ``at`` is (slope,) and ``levels`` (intercept,).
    ``isotonic``: linear between the points (``at``, ``levels``), constant beyond them.
    """

    method: Method
    at: tuple[float, ...]
    levels: tuple[float, ...]

    def probability(self, activations: ArrayLike) -> Floats:
        """Calibrated probability that the part is visible, for activations of any shape."""
        values = np.asarray(activations, dtype=np.float64)
        if self.method == "platt":
            return np.asarray(expit(self.at[0] * values + self.levels[0]))
        return np.asarray(np.interp(values, self.at, self.levels))

    def recorded(self) -> dict[str, Any]:
        """The calibration as plain JSON, which :meth:`restored` reads."""
        return {"method": self.method, "at": list(self.at), "levels": list(self.levels)}

    @classmethod
    def restored(cls, stored: dict[str, Any]) -> "Calibration":
        """The calibration from the JSON of :meth:`recorded`."""
        return cls(stored["method"], tuple(stored["at"]), tuple(stored["levels"]))


def fit_calibration(activations: ArrayLike, visible: ArrayLike, method: Method = "platt") -> Calibration:
    """Fit a calibration to (n,) activations of labelled images.

    "platt" needs few images, "isotonic" assumes no shape and needs some hundred. The function never falls: when
    activations are negatively related to visibility, it is the constant share of images that show the part.

    Raises
    ------
    SpaceError
        as :func:`calibration_curve` does, for an unknown method, or when all or no images show the part.
    """
    values, shown = _checked(activations, visible)
    if method not in METHODS:
        raise SpaceError(f"unknown calibration '{method}'; there are {', '.join(METHODS)}.")
    if shown.all() or not shown.any():
        raise SpaceError(f"all {len(shown)} images are of one kind: calibration needs some with and some without it")
    return _isotonic(values, shown) if method == "isotonic" else _platt(values, shown)


def _isotonic(values: Floats, shown: NDArray[np.bool_]) -> Calibration:
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit(values, shown)
    return Calibration("isotonic", tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist()))


def _platt(values: Floats, shown: NDArray[np.bool_]) -> Calibration:
    """Logistic regression with Platt's soft targets, which keep the slope finite for separable data."""
    mean, scale = values.mean(), values.std() or 1.0
    have, lack = shown.sum(), (~shown).sum()
    targets = np.where(shown, (have + 1) / (have + 2), 1 / (lack + 2))
    rows = np.tile((values - mean) / scale, 2)[:, None]
    labels = np.repeat([True, False], len(values))
    fitted = LogisticRegression(C=1e6, max_iter=1000).fit(rows, labels, np.concatenate([targets, 1 - targets]))
    slope = float(fitted.coef_[0, 0]) / scale
    if slope <= 0:
        share = shown.mean()
        return Calibration("platt", (0.0,), (float(np.log(share / (1 - share))),))
    return Calibration("platt", (slope,), (float(fitted.intercept_[0]) - slope * mean,))


def cross_validated(
    activations: ArrayLike, visible: ArrayLike, method: Method = "platt", folds: int = FOLDS, seed: int = 0
) -> Floats:
    """Cross-validated calibrated probabilities (n,): each image by a calibration fitted without it.

    Raises
    ------
    SpaceError
        as :func:`fit_calibration`, and when fewer images than folds show the part, or do not show it.
    """
    values, shown = _checked(activations, visible)
    fewest = int(min(shown.sum(), (~shown).sum()))
    if fewest < folds:
        raise SpaceError(
            f"{fewest} images of one kind are too few for {folds} folds: say of more whether it is visible"
        )
    probabilities = np.empty(len(values))
    for train, left in StratifiedKFold(folds, shuffle=True, random_state=seed).split(values, shown):
        probabilities[left] = fit_calibration(values[train], shown[train], method).probability(values[left])
    return probabilities


def _checked(values: ArrayLike, visible: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    table, shown = np.asarray(values, dtype=np.float64), np.asarray(visible, dtype=bool)
    if table.ndim != 1 or table.shape != shown.shape or not len(table):
        raise SpaceError(f"values {table.shape} and visibility {shown.shape} do not match: give one of each an image")
    if not np.isfinite(table).all():
        raise SpaceError(f"{int((~np.isfinite(table)).sum())} values are not finite: read the features again")
    return table, shown
