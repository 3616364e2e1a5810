"""The verdict: how far a prediction can be trusted, in plain words, and the evidence for it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
