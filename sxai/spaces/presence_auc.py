"""Presence AUC: area under the ROC curve of a concept's activation against the part's presence, with its interval."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from sxai.errors import SpaceError
from sxai.stats import Interval

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
CHUNK = 64
"""Bootstrap draws that are ranked at once, which bounds the memory."""


def presence_auc(scores: ArrayLike, visible: ArrayLike, draws: int = 1000, seed: int = 0) -> Interval:
    """Presence AUC: share of pairs in which the image with the part scores above the one without (ties count half).

    ``scores`` (n,) in any unit, ``visible`` (n,) bool. The interval is a stratified bootstrap over images with and
    without the part.

    Raises
    ------
    SpaceError
        when no image shows the part or all do, or scores are not finite.
    """
    values, shown = checked_scores(scores, visible)
    need_both_kinds(shown)
    have, lack = values[shown], values[~shown]
    rng = np.random.default_rng(seed)
    drawn = [
        _areas(rng.choice(have, (count, len(have))), rng.choice(lack, (count, len(lack))))
        for count in [CHUNK] * (draws // CHUNK) + [draws % CHUNK]
        if count
    ]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.concatenate(drawn), [tail, 1 - tail]) if drawn else (np.nan, np.nan)
    return Interval(float(_areas(have[None], lack[None])[0]), float(low), float(high))


def _areas(have: Floats, lack: Floats) -> Floats:
    """Areas (m,) of m draws: the Mann-Whitney statistic of (m, n₁) against (m, n₀), as a share of all pairs."""
    ranks = rankdata(np.concatenate([have, lack], axis=1), axis=1)
    n = have.shape[1]
    above = ranks[:, :n].sum(axis=1) - n * (n + 1) / 2
    return np.asarray(above / (n * lack.shape[1]))


def selectivity(row: ArrayLike, own: int) -> float:
    """Selectivity of masking: the fall of the concept's own probability less the largest fall of another concept.

    ``row`` (m,) holds the falls of P of the m concepts of one class, ``own`` the place of the masked one; positive
    when its own falls most, 1 at best while P stays within [0, 1].

    Raises
    ------
    SpaceError
        for fewer than two concepts, or an ``own`` outside the row.

    >>> round(selectivity([0.5, 0.1, -0.2], 0), 6)
    0.4
    """
    falls = np.asarray(row, dtype=np.float64)
    if falls.ndim != 1 or len(falls) < 2 or not 0 <= own < len(falls):
        raise SpaceError(f"falls {falls.shape} and place {own}: give the falls of at least two concepts of a class")
    return float(falls[own] - np.delete(falls, own).max())


def checked_scores(scores: ArrayLike, visible: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Scores and visibility as arrays (n,); SpaceError when they do not match or scores are not finite."""
    values, shown = np.asarray(scores, dtype=np.float64), np.asarray(visible, dtype=bool)
    if values.ndim != 1 or values.shape != shown.shape:
        raise SpaceError(f"scores {values.shape} and visibility {shown.shape} do not match: give one of each an image")
    if not np.isfinite(values).all():
        raise SpaceError(f"{int((~np.isfinite(values)).sum())} scores are not finite: read the features again")
    return values, shown


def need_both_kinds(visible: NDArray[np.bool_]) -> None:
    """Raise SpaceError unless ``visible`` (n,) has images with the part and images without it."""
    if visible.all() or not visible.any():
        kind = "without" if visible.all() else "with"
        raise SpaceError(f"none of {len(visible)} images is {kind} the part: say of more images whether it is visible")
