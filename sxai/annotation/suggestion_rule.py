"""Suggestions: probabilities that superpixels of a picture show a concept, learned from a few masks.

Three cues indicate a superpixel that shows the concept. Filling it lowers A_s (S-XAI's activation). Its features, and
those that the picture loses with it, resemble those of masked superpixels. Its place and size are the concept's usual
ones. A logistic regression on held-out pictures weights the three cues, so that an uninformative cue gets no weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from sxai.errors import MaskError, TooFewMasks
from sxai.spaces.spatial import coverage
from sxai.stats import share_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FOLDS = 5
MIN_MASKS = 3
"""Smallest number of masks to learn suggestions from."""

SURE = 0.6
"""Smallest probability of the likeliest superpixel for a suggestion that is shown unasked. On 110 photographs of cats
with annotated points and SqueezeNet, 86 % (8 masks of eyes) and 97 % (16) of the suggestions above it hold a point."""

TRUSTED = 0.2
"""Lower end of the 95 % Wilson interval of held-out hits above which a rule is trusted. On the same photographs it
leaves out the rules that are wrong on most pictures whatever they claim: eyes from 3 masks (28 % of the suggestions
hold a point), the nose from 3 and 8 (19 and 37 %)."""

PRIOR_VARIANCE = 1.0
"""Prior variance of a superpixel's log-odds over all D features together, as for spatial directions."""


@dataclass(frozen=True, eq=False)
class SuggestionRule:
    """A stacked logistic regression: the probability that a superpixel shows a concept.

    Attributes
    ----------
    weights
        (D,) direction over the features of a superpixel; ``bias`` the log-odds at 0.
    trust
        (3 + P,) weight of the relative drop of A_s, of the log-odds by features, of how far these lie below
        the picture's highest, and of the places; ``offset`` the log-odds where all are 0.
    hits, pictures
        number of held-out masked pictures on which the likeliest superpixel was in the mask, of how many.
    """

    weights: Floats
    bias: float
    trust: Floats
    offset: float
    hits: int = 0
    pictures: int = 0

    def probabilities(self, features: NDArray[np.floating], drops: Floats, places: Floats) -> Floats:
        """Probability (K,) that each of K superpixels shows the concept: features (K, D), drops (K,), places (K, P)."""
        if len(features) != len(drops) or features.shape[1] != len(self.weights):
            raise MaskError(
                f"features {features.shape} and {len(drops)} drops do not fit a rule over {len(self.weights)} features;"
                " read them with the network that the rule was learned with"
            )
        return expit(_traits(features @ self.weights + self.bias, drops, places) @ self.trust + self.offset)


def fit_rule(
    features: Sequence[NDArray[np.floating]],
    drops: Sequence[Floats],
    places: Sequence[Floats],
    chosen: Sequence[Flags],
    seed: int = 0,
) -> SuggestionRule:
    """Fit the rule to n masks: for each the (K, D) features, (K,) drops of A_s, (K, P) places
    (:func:`superpixel_places`), and the (K,) superpixels that it holds.

    Raises
    ------
    TooFewMasks
        below three pictures, MaskError when no superpixel, or every one, is masked.
    """
    if len(features) < MIN_MASKS:
        raise TooFewMasks(f"suggestions need {MIN_MASKS} masked pictures, not {len(features)}; mask more of them.")
    answers = np.concatenate(chosen)
    if answers.all() or not answers.any():
        raise MaskError("the masks hold no superpixel, or all of them; check that they cover the concept alone.")
    folds = np.random.default_rng(seed).permutation(len(features)) % min(FOLDS, len(features))
    held_out = []
    for row, (table, dropped, placed) in enumerate(zip(features, drops, places, strict=True)):
        rest = [other for other in range(len(features)) if folds[other] != folds[row]]
        weights, bias = _direction([features[other] for other in rest], [chosen[other] for other in rest])
        held_out.append(_traits(table @ weights + bias, dropped, placed))
    weights, bias = _direction(features, chosen)
    hits = sum(_finds(held_out, chosen, folds == fold) for fold in np.unique(folds))
    return SuggestionRule(weights, bias, *_judged(np.concatenate(held_out), answers), hits, len(features))


def _finds(traits: Sequence[Floats], chosen: Sequence[Flags], fold: Flags) -> int:
    """Number of pictures of a fold whose likeliest superpixel is masked, judged by the other folds alone."""
    rest = [row for row in range(len(traits)) if not fold[row]]
    answers = np.concatenate([chosen[row] for row in rest])
    if answers.all() or not answers.any():
        return 0
    trust, offset = _judged(np.concatenate([traits[row] for row in rest]), answers)
    return sum(bool(chosen[row][np.argmax(traits[row] @ trust + offset)]) for row in range(len(traits)) if fold[row])


def _judged(traits: Floats, answers: Flags) -> tuple[Floats, float]:
    """Logistic regression on standardised traits (n, 3 + P), brought back to their units."""
    mean, scale = traits.mean(axis=0), traits.std(axis=0) + 1e-9
    judge = LogisticRegression(C=1.0, max_iter=300).fit((traits - mean) / scale, answers)
    trust = judge.coef_[0].astype(np.float64) / scale
    return trust, float(judge.intercept_[0] - trust @ mean)


def likely_superpixels(probabilities: Floats) -> tuple[int, ...]:
    """The superpixels that more likely show the concept than not, sorted; never all of them.

    When none is likely by itself, but at least one probably shows the concept, the likeliest is returned. The result is
    empty only when the concept is probably not visible.

    >>> likely_superpixels(np.array([0.2, 0.9, 0.6])), likely_superpixels(np.array([0.3, 0.2, 0.4]))
    ((1, 2), (2,))
    >>> likely_superpixels(np.array([0.1, 0.1, 0.2]))
    ()
    """
    order = np.argsort(-probabilities, kind="stable")[: len(probabilities) - 1]
    visible = 1 - np.prod(1 - probabilities) > 0.5
    return tuple(
        sorted(int(label) for at, label in enumerate(order) if probabilities[label] > 0.5 or (at == 0 and visible))
    )


def is_sure(probabilities: Floats, hits: int, pictures: int) -> bool:
    """Whether a suggestion may be shown unasked: one superpixel is :data:`SURE`, and the rule found the concept on
    held-out masks: the Wilson interval of its ``hits`` among ``pictures`` lies above :data:`TRUSTED`.

    >>> is_sure(np.array([0.9, 0.1]), 8, 8), is_sure(np.array([0.9, 0.1]), 3, 8), is_sure(np.array([0.5, 0.1]), 8, 8)
    (True, False, False)
    """
    return bool(pictures) and float(np.max(probabilities)) >= SURE and share_of(hits, pictures).low > TRUSTED


def superpixel_features(positions: NDArray[np.floating], labels: NDArray[np.integer]) -> Floats:
    """Mean features (K, D) under each superpixel of ``labels`` (H, W), from features by position (G, G, D)."""
    grid, depth = positions.shape[0], positions.shape[-1]
    shares = np.stack([coverage(labels == label, grid).ravel() for label in range(int(labels.max()) + 1)])
    shares /= shares.sum(axis=1, keepdims=True)
    return np.asarray(shares @ positions.reshape(-1, depth).astype(np.float64))


def superpixel_places(labels: NDArray[np.integer]) -> Floats:
    """Where each of K superpixels of ``labels`` (H, W) lies and how large it is, (K, 6).

    Row below the picture's middle and column beside it, whichever side, as shares of the picture, and their squares;
    the logarithm of the share of pixels; 1 where it touches the edge.
    """
    height, width = labels.shape
    areas = np.bincount(labels.ravel())
    rows, columns = (np.bincount(labels.ravel(), weights=at.ravel()) / areas for at in np.indices(labels.shape))
    row, column = (rows + 0.5) / height - 0.5, np.abs((columns + 0.5) / width - 0.5)
    edge = np.zeros(len(areas))
    edge[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = 1.0
    return np.stack([row, column, row**2, column**2, np.log(areas / labels.size), edge], axis=1)


def _traits(log_odds: Floats, drops: Floats, places: Floats) -> Floats:
    """Inputs of the second logistic regression for each of K superpixels: (K, 3 + P)."""
    largest = float(np.abs(drops).max()) or 1.0
    return np.column_stack([drops / largest, log_odds, log_odds - log_odds.max(), places])


def _direction(features: Sequence[NDArray[np.floating]], chosen: Sequence[Flags]) -> tuple[Floats, float]:
    """Logistic regression on standardised features of superpixels, brought back to their units."""
    rows, answers = np.concatenate(features).astype(np.float64), np.concatenate(chosen)
    if answers.all() or not answers.any():
        return np.zeros(rows.shape[1]), 0.0
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    fitted = LogisticRegression(C=PRIOR_VARIANCE / rows.shape[1], class_weight="balanced", max_iter=300)
    fitted.fit((rows - mean) / scale, answers)
    weights = fitted.coef_[0].astype(np.float64) / scale
    return weights, float(fitted.intercept_[0] - weights @ mean)
