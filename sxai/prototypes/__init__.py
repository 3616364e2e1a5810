"""Prototypes: automatic concepts, learned from a network's feature maps without a person (AS-XAI)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
