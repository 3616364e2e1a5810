"""Tampering: does a picture look as if it had been changed to move the network.

An attack drives the class scores far apart while the features leave the places where training pictures lie. Natural
strangers are far away but not so certain, typical pictures are certain but near: the sum of both tells attacks from
either. Which sums are natural is read from pictures kept aside, so that false alarms keep to a chosen rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sxai.assess import conformal
from sxai.stats import Interval

Floats = NDArray[np.float64]

MEASURES: Mapping[str, str] = MappingProxyType(
    {"margin": "the class scores are farther apart", "distance": "the features lie farther from the known pictures"}
)
"""What is measured of a picture, and what a large value of it says."""


@dataclass(frozen=True)
class Tampering:
    """Whether one picture looks tampered with.

    Attributes
    ----------
    passed
        whether it looks intact; None where too few pictures are kept aside to tell.
    why
        that in a sentence.
    reason
        what speaks against it, to follow "but"; empty where it passed.
    p_value
        share of the pictures kept aside, and this one, with at least its score; None under the paper's rule.
    score
        sum of the measures, each 0 for a middling picture and 1 at the 95 % quantile; None under the paper's rule.
    measures
        those measures.
    """

    passed: bool | None
    why: str
    reason: str = ""
    p_value: float | None = None
    score: float | None = None
    measures: Mapping[str, float] | None = None


@dataclass(frozen=True, eq=False)
class Scale:
    """Median and 95 % quantile of a measure over training pictures, which become 0 and 1."""

    middle: float
    width: float

    @classmethod
    def of(cls, values: ArrayLike) -> "Scale":
        """The scale of values (n,); of constant values the width is 1."""
        middle, high = np.quantile(np.asarray(values, dtype=np.float64), [0.5, 0.95])
        return cls(float(middle), float(high - middle) or 1.0)

    def __call__(self, values: ArrayLike) -> Floats:
        return np.asarray((np.asarray(values, dtype=np.float64) - self.middle) / self.width)


@dataclass(frozen=True, eq=False)
class TamperingTest:
    """The test for tampering of one network.

    Attributes
    ----------
    scales
        of each measure, over training pictures.
    scores
        (n,) sums of the pictures kept aside, ascending.
    rate
        the chosen rate of false alarms.
    """

    scales: Mapping[str, Scale]
    scores: Floats
    rate: float

    @classmethod
    def of(cls, learned: Mapping[str, Floats], aside: Mapping[str, Floats], rate: float) -> "TamperingTest":
        """The test from the measures of the training pictures and of those kept aside."""
        scales = {name: Scale.of(values) for name, values in learned.items()}
        test = cls(scales, np.empty(0), conformal.checked_rate(rate))
        return cls(scales, np.sort(test.score(aside)), rate)

    @property
    def error(self) -> Interval:
        """The expected share of false alarms, with 95 % over what is kept aside."""
        return conformal.error_rate(len(self.scores), self.rate)

    def score(self, measures: Mapping[str, Floats]) -> Floats:
        """Scores (m,): the sum of the scaled measures, each (m,)."""
        return np.asarray(np.sum([scale(measures[name]) for name, scale in self.scales.items()], axis=0))

    def judge(self, measures: Mapping[str, Floats]) -> list[Tampering]:
        """Judge m pictures by these measures, each (m,)."""
        scaled = {name: scale(measures[name]) for name, scale in self.scales.items()}
        scores = np.sum(list(scaled.values()), axis=0)
        values = conformal.p_values(self.scores, scores)
        return [
            self._said(float(p), float(score), {name: float(column[row]) for name, column in scaled.items()})
            for row, (p, score) in enumerate(zip(values, scores, strict=True))
        ]

    def _said(self, p_value: float, score: float, measures: dict[str, float]) -> Tampering:
        n = len(self.scores)
        if n < conformal.least_kept_aside(self.rate):
            return Tampering(None, f"Only {n} pictures are kept aside: too few to tell.", "", p_value, score, measures)
        if p_value > self.rate + conformal.ROUNDING:
            why = f"Certainty and distance are in the range of natural pictures: {p_value:.0%} of them have more."
            return Tampering(True, why, "", p_value, score, measures)
        reason = self._reason(p_value, measures)
        return Tampering(False, f"{reason[0].upper()}{reason[1:]}.", reason, p_value, score, measures)

    def _reason(self, p_value: float, measures: Mapping[str, float]) -> str:
        """What stands out, and among how many pictures."""
        count = len(self.scores)
        beaten = count + 1 - round(p_value * (count + 1))
        of = f"all {count:,}" if beaten == count else f"{beaten:,} of the {count:,}"
        large = [name for name, value in measures.items() if value >= 1] or [max(measures, key=measures.__getitem__)]
        told = " and ".join(MEASURES[name] for name in large)
        return f"{told} than in natural pictures (beyond {of} kept aside)"


def tampering_by_rule(alarm: bool) -> Tampering:
    """What a rule over the concepts of the predicted class says (:mod:`sxai.assess.detection`)."""
    if alarm:
        reason = "the concepts of its class are more vivid than natural pictures have them"
        return Tampering(False, f"{reason.capitalize()}.", reason)
    return Tampering(True, "The concepts of its class are no more vivid than natural pictures have them.")
