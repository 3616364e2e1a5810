"""Procedural pets with exactly known parts, and the small network that recognises them.

>>> from sxai.demo.pets import draw_pet
>>> pet = draw_pet("cat", seed=3, view="front")
>>> pet.pixels.shape, pet.parts["eyes"].shape
((128, 128, 3), (128, 128))
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
