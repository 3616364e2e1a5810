"""Whether a concept's activation tells if the part is there: area under the ROC curve, with its uncertainty."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from sxai.errors import SpaceError

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
CHUNK = 64
"""Bootstrap draws that are ranked at once, which bounds the memory."""


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def presence_auc(scores: ArrayLike, visible: ArrayLike, draws: int = 1000, seed: int = 0) -> Interval:
    """How often an image with the part scores above one without it (ties count half), over all such pairs.

    ``scores`` (n,) in any unit, ``visible`` (n,) bool. The interval is the bootstrap's: images with and without the
    part are drawn again, each among themselves.

    Raises SpaceError when one of both kinds is missing, or scores are not finite.
    """
    values, shown = np.asarray(scores, dtype=np.float64), np.asarray(visible, dtype=bool)
    _check(values, shown)
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


def _check(values: Floats, shown: NDArray[np.bool_]) -> None:
    if values.ndim != 1 or values.shape != shown.shape:
        raise SpaceError(f"scores {values.shape} and visibility {shown.shape} do not match: give one of each an image")
    if not np.isfinite(values).all():
        raise SpaceError(f"{int((~np.isfinite(values)).sum())} scores are not finite: read the features again")
    if shown.all() or not shown.any():
        kind = "without" if shown.all() else "with"
        raise SpaceError(f"none of {len(shown)} images is {kind} the part: say of more images whether it is visible")
