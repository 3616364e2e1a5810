"""Common traits: what the samples of a class share in a network's features."""

from sxai.traits.compression import Compression, compress

__all__ = ["Compression", "compress"]
