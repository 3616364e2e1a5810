"""Semantic spaces: directions in feature space that carry a concept, and how probable the concept is."""

from sxai.spaces.direction import ConceptDirection, split_name
from sxai.spaces.distribution import Quantiles, ReferenceDistribution, fit_reference, quantiles
from sxai.spaces.space import Extraction, SemanticSpace, extract_space

__all__ = [
    "ConceptDirection",
    "Extraction",
    "Quantiles",
    "ReferenceDistribution",
    "SemanticSpace",
    "extract_space",
    "fit_reference",
    "quantiles",
    "split_name",
]
