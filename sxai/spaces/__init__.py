"""Semantic spaces: directions in feature space that carry a concept, and how probable the concept is."""

from sxai.spaces.direction import ConceptDirection, split_name
from sxai.spaces.distribution import (
    Quantiles,
    ReferenceDistribution,
    fit_reference,
    normal_chance,
    quantiles,
)
from sxai.spaces.empirical import (
    FITS,
    NORMAL_BAR,
    EmpiricalDistribution,
    Fit,
    Reference,
    fit_empirical,
    reference_for,
)
from sxai.spaces.overlap import (
    MaskingEffect,
    cosine,
    crosstalk,
    dominant_rows,
    masking_effect,
    shared_channels,
)
from sxai.spaces.space import Extraction, SemanticSpace, extract_space

__all__ = [
    "FITS",
    "NORMAL_BAR",
    "ConceptDirection",
    "EmpiricalDistribution",
    "Extraction",
    "Fit",
    "MaskingEffect",
    "Quantiles",
    "Reference",
    "ReferenceDistribution",
    "SemanticSpace",
    "cosine",
    "crosstalk",
    "dominant_rows",
    "extract_space",
    "fit_empirical",
    "fit_reference",
    "masking_effect",
    "normal_chance",
    "quantiles",
    "reference_for",
    "shared_channels",
    "split_name",
]
