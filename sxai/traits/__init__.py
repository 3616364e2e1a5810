"""Common traits: what the samples of a class share in a network's features."""

from sxai.traits.compression import Compression, compress
from sxai.traits.layers import MapCompression, compress_maps
from sxai.traits.stability import Spread, spread

__all__ = ["Compression", "MapCompression", "Spread", "compress", "compress_maps", "spread"]
