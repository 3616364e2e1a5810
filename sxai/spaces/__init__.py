"""Semantic spaces: directions in feature space that carry a concept, and how probable the concept is."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
