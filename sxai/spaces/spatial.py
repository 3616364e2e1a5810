"""Spatial directions: a linear classifier at every position of a picture locates a concept.

Masks divide positions into those with and without the concept. A linear classifier between the two is applied to each
position. The picture's activation is the mean of the largest few outputs, so that a small part is not diluted by its
surroundings as in a global average. Only masks are needed, no presence labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression

from sxai.errors import SpaceError, TooFewMasks
from sxai.spaces.defaults import MIN_NORMAL_R2, SPATIAL, Fit
from sxai.spaces.empirical import Reference, reference_for

Floats = NDArray[np.float64]

MIN_SHOWN, MAX_HIDDEN = 0.5, 0.05
"""Coverage by the mask from which a position shows the concept, and up to which it does not; between, it is unsure."""

STRONGEST_SHARE = 0.08
"""Share of the positions that a picture's activation is the mean of: towards 0 the maximum, 1 the mean of all.

This and SPREAD were chosen on photographs apart from those that docs/results/presence.md tests on; measured anew by
``python -m benchmarks.spatial_settings``.
"""

PRIOR_VARIANCE = 1.0
"""Prior variance of a position's log-odds: C of the logistic regression is this over D, whatever the network.

Neighbouring positions are no independent samples, so the prior is kept strict.
"""

MAX_BACKGROUND = 6000
"""Positions without the concept that a classifier is fitted to at most, drawn with a seed."""


@dataclass(frozen=True, eq=False)
class SpatialDirection:
    """A concept's direction in the features of single positions.

    Attributes
    ----------
    name
        ``class.concept``.
    weights
        (D,) direction, in the units of the features.
    bias
        log-odds of a position whose features are all 0.
    strongest
        share of the positions whose mean is the activation.
    reference
        distribution of activations over images of the class, once fitted.
    estimator
        "spatial", or "spatial-apart" when the negative positions include the same part of other classes.
    """

    name: str
    weights: Floats
    bias: float
    strongest: float = STRONGEST_SHARE
    reference: Reference | None = None
    estimator: str = field(default=SPATIAL)

    def heat(self, positions: ArrayLike) -> Floats:
        """Log-odds that each position of (n, G, G, D) features shows the concept: (n, G, G)."""
        table = np.asarray(positions)
        if table.ndim != 4 or table.shape[-1] != len(self.weights):
            raise SpaceError(
                f"{self.name}: features by position have shape {table.shape}, expected (n, G, G, {len(self.weights)}): "
                "read them with the layers this direction was made from"
            )
        return table @ self.weights.astype(table.dtype) + self.bias

    def activation(self, positions: ArrayLike) -> Floats:
        """Mean of the strongest log-odds over the positions of (n, G, G, D) features: (n,)."""
        return strongest_mean(self.heat(positions), self.strongest)

    def probability(self, positions: ArrayLike) -> Floats:
        """Place of each picture in the reference distribution: (n,), not clipped."""
        if self.reference is None:
            raise SpaceError(f"{self.name} has no reference distribution yet: fit one over images of its class")
        return self.reference.probability(self.activation(positions))

    def with_reference(
        self, activations: ArrayLike, fit: Fit = "normal", bar: float = MIN_NORMAL_R2
    ) -> "SpatialDirection":
        """This direction with a reference distribution fitted to (n,) activations of its own class."""
        return replace(self, reference=reference_for(activations, fit, bar))


def strongest_mean(heat: ArrayLike, share: float = STRONGEST_SHARE) -> Floats:
    """Mean of the ``share`` of strongest values, one at least, of each of (n, G, G) maps: (n,).

    >>> strongest_mean(np.array([[[4.0, 1.0], [2.0, 0.0]]]), 0.5).tolist()
    [3.0]
    """
    if not 0 < share <= 1:
        raise SpaceError(f"the share of strongest positions must be above 0 and at most 1, not {share}")
    flat = np.asarray(heat, dtype=np.float64)
    flat = flat.reshape(len(flat), -1)
    count = max(1, round(share * flat.shape[1]))
    return np.asarray(np.sort(flat, axis=1)[:, -count:].mean(axis=1))


def coverage(region: ArrayLike, grid: int) -> Floats:
    """Share of each of grid × grid cells that the mask ``region`` bool (H, W) covers: (grid, grid) in [0, 1].

    >>> coverage(np.array([[True, True, False, False]] * 4), 2).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    plane = np.asarray(region, dtype=np.float64)
    if plane.ndim != 2 or grid < 1 or not plane.size:
        raise SpaceError(f"coverage needs a mask (H, W) and a grid of 1 or more, not shape {plane.shape}, grid {grid}")
    rows, columns = (_overlap(side, grid) for side in plane.shape)
    return np.asarray(rows @ plane @ columns.T)


def _overlap(side: int, grid: int) -> Floats:
    """(grid, side) share of each cell that each pixel makes up; rows sum to 1."""
    edges = np.linspace(0, side, grid + 1)
    pixels = np.arange(side)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.maximum(shared, 0) * grid / side


def fit_spatial(
    name: str,
    positions: ArrayLike,
    shares: ArrayLike,
    background: Sequence[NDArray[np.generic]] = (),
    minimum: int = 3,
    seed: int = 0,
) -> SpatialDirection:
    """Fit the direction that separates positions with the concept from those without.

    ``positions`` (n, G, G, D) are features of the n masked images as they are, ``shares`` (n, G, G) how much of each
    position their masks cover. ``background`` may add (m, D) features of positions known to be without it.

    Raises
    ------
    TooFewMasks
        below ``minimum`` images, and SpaceError for tables that do not match or masks that leave no
        position with, or none without, the concept.
    """
    table, covered = np.asarray(positions), np.asarray(shares, dtype=np.float64)
    if table.ndim != 4 or covered.shape != table.shape[:3]:
        raise SpaceError(f"{name}: features {table.shape} and coverage {covered.shape} do not match")
    if len(table) < minimum:
        raise TooFewMasks(f"{name} has {len(table)} masked images; it needs at least {minimum}. Mask more images.")
    shown = table[shows(covered)]
    rest = np.concatenate([table[covered <= MAX_HIDDEN], *background])
    if not len(shown) or not len(rest):
        missing = "show" if not len(shown) else "are without"
        raise SpaceError(f"{name}: no position seems to {missing} it; check that the masks cover the concept alone")
    chosen = np.random.default_rng(seed).permutation(len(rest))[:MAX_BACKGROUND]
    return _classifier(name, shown, rest[np.sort(chosen)])


def shows(shares: ArrayLike) -> NDArray[np.bool_]:
    """Which of (n, G, G) positions show the concept, by the share of each that its mask covers.

    If a mask covers too little of every position, the position that it covers most counts.
    """
    covered = np.asarray(shares, dtype=np.float64)
    peaks = covered.max(axis=(1, 2), keepdims=True)
    return np.asarray((covered >= MIN_SHOWN) | ((covered == peaks) & (peaks > MAX_HIDDEN) & (peaks < MIN_SHOWN)))


def _classifier(name: str, shown: NDArray[np.generic], rest: NDArray[np.generic]) -> SpatialDirection:
    """Logistic regression on standardised features, rescaled to the features' units."""
    rows = np.concatenate([shown, rest]).astype(np.float32)
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    labels = np.arange(len(rows)) < len(shown)
    fitted = LogisticRegression(C=PRIOR_VARIANCE / rows.shape[1], class_weight="balanced", max_iter=300)
    fitted.fit((rows - mean) / scale, labels)
    weights = fitted.coef_[0].astype(np.float64) / scale
    return SpatialDirection(name, weights, float(fitted.intercept_[0] - weights @ mean))
