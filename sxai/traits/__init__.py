"""Common traits: what the samples of a class share in a network's features."""

from sxai.traits.compression import Compression, compress
from sxai.traits.layers import MapCompression, compress_maps
from sxai.traits.positions import LayerRatio
from sxai.traits.proportion import Proportion, proportionality
from sxai.traits.sampling import sample
from sxai.traits.stability import Spread, spread

__all__ = [
    "Compression",
    "LayerRatio",
    "MapCompression",
    "Proportion",
    "Spread",
    "compress",
    "compress_maps",
    "proportionality",
    "sample",
    "spread",
]
