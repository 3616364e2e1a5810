"""Defaults of feature occluders."""

EPSILON = 14 / 255
"""Largest change of a pixel value, in units of the pixel range."""

VISIBILITY_LIMIT = 0.45
"""How much of the pattern a person may see on plain grey (S-CIELAB). A flat change of 14/255 would be seen as 6."""

STEPS = 400
"""Steps of the descent."""

IMAGES = 400
"""Images of a class and split at most."""
