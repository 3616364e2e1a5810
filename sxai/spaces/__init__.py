"""Semantic spaces: directions in feature space that carry a concept, and how probable the concept is."""

from sxai.spaces.direction import ConceptDirection, split_name
from sxai.spaces.distribution import Quantiles, ReferenceDistribution, fit_reference, quantiles
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
    "ConceptDirection",
    "Extraction",
    "MaskingEffect",
    "Quantiles",
    "ReferenceDistribution",
    "SemanticSpace",
    "cosine",
    "crosstalk",
    "dominant_rows",
    "extract_space",
    "fit_reference",
    "masking_effect",
    "quantiles",
    "shared_channels",
    "split_name",
]
