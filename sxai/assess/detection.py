"""Detection of adversarial inputs by the semantic probabilities of their concepts (S-XAI, supplement S.5).

An attack leaves more of the wrong class in a picture than natural pictures of that class have, so the semantic
probabilities of the predicted class come out near 1 or above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.errors import SpaceError
from sxai.spaces.distribution import ReferenceDistribution
from sxai.spaces.empirical import EmpiricalDistribution
from sxai.spaces.space import SemanticSpace

Floats = NDArray[np.float64]
Combine = Literal["or", "and"]
Scale = Literal["probability", "activation"]

ANCHORS: dict[Scale, float] = {"probability": 1.0, "activation": 0.0}
"""What thresholds are scaled about: P = 1, the strongest reference image; z = 0, the mean one."""


@dataclass(frozen=True)
class DetectionRule:
    """When a picture counts as adversarial, by the values of its predicted class's concepts.

    Attributes
    ----------
    one
        one value above this,
    many
        or (``combine``) at least ``count`` values above this.
    combine
        ``or`` is the paper's text, ``and`` the authors' script.
    scale
        what the values are: unclipped semantic probabilities P_s, or activations as z = (A_s − μ) / σ of
        the reference distribution. P cannot tell strong from stronger: the normal cdf is all but 1 beyond A_max.
    """

    one: float = 0.99
    many: float = 0.9
    count: int = 2
    combine: Combine = "or"
    scale: Scale = "probability"

    def __post_init__(self) -> None:
        if self.combine not in get_args(Combine) or self.scale not in get_args(Scale):
            raise SpaceError(f"a rule combines by 'or' or 'and' on 'probability' or 'activation', not {self}")
        if self.count < 1 or not np.isfinite([self.one, self.many]).all():
            raise SpaceError(f"a rule needs finite thresholds and a count of 1 or more, not {self}")


PAPER_RULE = DetectionRule()
SCRIPT_RULE = DetectionRule(combine="and")
ACTIVATION_RULE = DetectionRule(one=2.3263, many=1.2816, scale="activation")
"""The paper's rule on the scale of activations: 0.99 and 0.9 of a standard normal distribution lie below these."""


def detected(rule: DetectionRule, values: ArrayLike) -> NDArray[np.bool_]:
    """Which of n pictures the rule calls adversarial: (n,), from the values (n, k) of the k concepts of the class each
    was predicted as. NaN, for a concept that is not known, counts as not seen; without concepts nothing is detected.
    """
    strongest, other = _leading(values, rule.count)
    one, many = strongest > rule.one, other > rule.many
    return np.asarray(one | many if rule.combine == "or" else one & many)


def scores(rule: DetectionRule, values: ArrayLike) -> Floats:
    """Detection score of each of n pictures: (n,), from values (n, k) as for :func:`detected`.

    The rule is one of a family: its thresholds moved away from the anchor (P = 1 or z = 0) or towards it, both in
    proportion, ``anchor + s · |threshold − anchor|``. The score of a picture is the largest s at which it is still
    detected; the rule itself stands at s = −1 on probabilities and +1 on activations. With the paper's thresholds:
    ``max((P₁ − 1) / 0.01, (P₂ − 1) / 0.1)`` of the two largest P (``min`` for *and*).
    """
    anchor, strongest, other = ANCHORS[rule.scale], *_leading(values, rule.count)
    one = (strongest - anchor) / _width(rule, rule.one)
    many = (other - anchor) / _width(rule, rule.many)
    return np.asarray(np.maximum(one, many) if rule.combine == "or" else np.minimum(one, many))


def calibrated(rule: DetectionRule, clean: ArrayLike, rate: float) -> DetectionRule:
    """The rule scaled (see :func:`scores`) to a false-alarm rate of at most ``rate``, from values (n, k) of clean
    pictures.

    Thresholds are those of the ⌈(1 − rate)(n + 1)⌉-th smallest score: at most ``rate`` of the n pictures are
    detected, and of new pictures of the same kind no more than that on average (split conformal prediction).

    Raises
    ------
    SpaceError
        for a rate outside (0, 1), or too few pictures to promise it.
    """
    if not 0.0 < rate < 1.0:
        raise SpaceError(f"a false-alarm rate of {rate}: give a share above 0 and below 1, such as 0.05")
    table = np.asarray(clean, dtype=np.float64)
    known = scores(rule, table)
    rank = ceil((1 - rate) * (len(known) + 1) - 1e-9)
    if rank > len(known):
        least = ceil(1 / rate - 1 - 1e-9)
        raise SpaceError(
            f"{len(known)} clean images are too few for a false-alarm rate of {rate:g}: it takes at least {least}. "
            "Import more validation images, or allow more false alarms."
        )
    at = float(np.sort(known)[rank - 1])
    anchor = ANCHORS[rule.scale]
    if not np.isfinite(at):
        return rule
    found = replace(rule, one=anchor + at * _width(rule, rule.one), many=anchor + at * _width(rule, rule.many))
    while detected(found, table).sum() > len(known) - rank:  # thresholds that rounding brought below a value
        found = replace(found, one=float(np.nextafter(found.one, np.inf)), many=float(np.nextafter(found.many, np.inf)))
    return found


def z_scores(space: SemanticSpace, activation: ArrayLike) -> Floats:
    """Activations A_s of any shape as z = (A_s − μ) / σ of the space's reference distribution.

    Where that is empirical μ is its median.

    Raises
    ------
    SpaceError
        for a space without a reference distribution.
    """
    reference = space.reference
    if isinstance(reference, ReferenceDistribution):
        middle, spread = reference.mean, reference.std
    elif isinstance(reference, EmpiricalDistribution):
        middle = float(np.interp(0.5, reference.levels, reference.activations))
        spread = reference.std
    else:
        raise SpaceError(f"space {space.name} has no reference distribution yet: extract it again")
    return np.asarray((np.asarray(activation, dtype=np.float64) - middle) / spread)


@dataclass(frozen=True, eq=False)
class Roc:
    """ROC curve of a detection score: attacked pictures against clean ones, over all thresholds.

    Attributes
    ----------
    thresholds
        (k,) descending, the first above every score; a score of at least a threshold is detected.
    false_alarms
        (k,) share of clean pictures detected, ascending from 0 to 1.
    detections
        (k,) share of attacked pictures detected.
    auc
        area under the curve: how often an attacked picture scores above a clean one (a tie counts half).
    low, high
        95 % bootstrap interval of the area.
    """

    thresholds: Floats
    false_alarms: Floats
    detections: Floats
    auc: float
    low: float
    high: float


def roc(clean: ArrayLike, attacked: ArrayLike, draws: int = 1000, seed: int = 0) -> Roc:
    """ROC curve from the scores (n,) of clean and (m,) of attacked pictures.

    The interval redraws both sets of pictures, each by itself.

    Raises
    ------
    SpaceError
        when either is empty or holds NaN.
    """
    natural, tampered = (np.asarray(values, dtype=np.float64).ravel() for values in (clean, attacked))
    if not len(natural) or not len(tampered) or np.isnan(natural).any() or np.isnan(tampered).any():
        raise SpaceError("a ROC curve needs the scores of clean and of attacked pictures, with no number missing")
    steps = np.concatenate([[np.inf], np.unique(np.concatenate([natural, tampered]))[::-1]])
    false_alarms, detections = _reached(natural, steps), _reached(tampered, steps)
    rng = np.random.default_rng(seed)
    areas = [_auc(rng.choice(natural, len(natural)), rng.choice(tampered, len(tampered))) for _ in range(draws)]
    low, high = np.percentile(areas, [2.5, 97.5]) if draws else (np.nan, np.nan)
    return Roc(steps, false_alarms, detections, _auc(natural, tampered), float(low), float(high))


def _auc(clean: Floats, attacked: Floats) -> float:
    """The probability that an attacked picture scores above a clean one, by counting (Mann and Whitney)."""
    ordered = np.sort(clean)
    below, upto = np.searchsorted(ordered, attacked, "left"), np.searchsorted(ordered, attacked, "right")
    return float((below + upto).mean() / 2 / len(clean))


def _reached(values: Floats, thresholds: Floats) -> Floats:
    ordered = np.sort(values)
    return np.asarray(1 - np.searchsorted(ordered, thresholds, "left") / len(ordered))


def _leading(values: ArrayLike, count: int) -> tuple[Floats, Floats]:
    """The largest and the ``count``-th largest value of each row; −∞ where there are not so many."""
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise SpaceError(f"detection needs one row of concept values a picture, not shape {table.shape}")
    padded = np.concatenate([table, np.full((len(table), max(count, 1)), -np.inf)], axis=1)
    ordered = -np.sort(-np.where(np.isnan(padded), -np.inf, padded), axis=1)
    return ordered[:, 0], ordered[:, count - 1]


def _width(rule: DetectionRule, threshold: float) -> float:
    width = abs(threshold - ANCHORS[rule.scale])
    if width == 0.0:
        raise SpaceError(f"a threshold of exactly {threshold:g} cannot be scaled: choose another to start from")
    return width


def ragged(rows: Sequence[Sequence[float]]) -> Floats:
    """Rows of different lengths as one table (n, k), filled up with NaN: classes differ in their concepts."""
    width = max((len(row) for row in rows), default=0)
    table = np.full((len(rows), width), np.nan)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values
    return table
