"""Feature occluders: a faint pattern, one for each class, that removes the class's features from a network."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
