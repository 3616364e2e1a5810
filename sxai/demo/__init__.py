"""Procedural pets with exactly known parts, and the small network that recognises them.

>>> pet = draw_pet("cat", seed=3, view="front")
>>> pet.pixels.shape, pet.parts["eyes"].shape
((128, 128, 3), (128, 128))
"""

from sxai.demo.network import load_demo_network
from sxai.demo.parts import part_mask
from sxai.demo.pets import Pet, demo_pets, draw_pet
from sxai.demo.scene import VIEWS
from sxai.demo.species import ANATOMY, PETS, SPECIES, STYLES, Anatomy

__all__ = [
    "ANATOMY",
    "PETS",
    "SPECIES",
    "STYLES",
    "VIEWS",
    "Anatomy",
    "Pet",
    "demo_pets",
    "draw_pet",
    "load_demo_network",
    "part_mask",
]
