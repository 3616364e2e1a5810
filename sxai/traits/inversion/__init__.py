"""Visualisation: pictures whose features come closest to a target (S-XAI, "Feature visualization")."""

from sxai.traits.inversion.crops import Crop, clearest
from sxai.traits.inversion.inverting import Inversion, invert
from sxai.traits.inversion.objective import Objective, frozen, objective_of, total_variation
from sxai.traits.inversion.rendering import rendered
from sxai.traits.inversion.settings import METHODS, STEPS, InversionSettings, Method
from sxai.traits.inversion.vectors import space_target, trait_target

__all__ = [
    "METHODS",
    "STEPS",
    "Crop",
    "Inversion",
    "InversionSettings",
    "Method",
    "Objective",
    "clearest",
    "frozen",
    "invert",
    "objective_of",
    "rendered",
    "space_target",
    "total_variation",
    "trait_target",
]
