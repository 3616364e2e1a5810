"""Help for a person who masks: suggestions, proposals, mask quality, and how many masks are enough."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
