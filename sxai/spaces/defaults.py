"""Defaults of semantic spaces: estimators, fits of the reference distribution and numbers of masks."""

from typing import Literal, get_args

Fit = Literal["normal", "empirical", "auto"]
FITS: tuple[Fit, ...] = get_args(Fit)

MIN_NORMAL_R2 = 0.97
"""q-q R² from which activations count as normal: the paper finds all of its spaces above it (supplement, S.3)."""

DEFAULT = "s-xai"
SPATIAL, SPATIAL_APART = "spatial", "spatial-apart"
SPATIALS = (SPATIAL, SPATIAL_APART)
"""Estimators that read positions instead of their average."""

RECOMMENDED = "recommended"
"""Extract by the paper's and, where that costs little, the spatial estimator, and use the better."""

TITLES = {
    DEFAULT: "the paper's: the channels with the largest |Δ|",
    "all-channels": "Δ over all channels",
    "paired-pca": "what most maskings take away alike",
    "fisher": "the mean difference, whitened",
    "linear": "a linear concept vector",
    SPATIAL: "every position on its own, so that it says where the concept is",
    SPATIAL_APART: "as spatial, and told from the same part of other classes",
}
"""A one-line description of every estimator."""

MIN_MASKS = 3
"""Masked images that a space needs at least."""

PAPER_MASKS = 100
"""Masked images that the paper makes a space from."""
