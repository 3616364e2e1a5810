"""Defaults of feature occluders."""

EPSILON = 14 / 255
"""Largest change of a pixel value, in units of the pixel range."""

VISIBILITY_LIMIT = 0.45
"""Visibility limit: root mean square ΔE of the pattern on plain grey (S-CIELAB). A flat change of 14/255 has 6."""

STEPS = 400
"""Steps of the descent."""

IMAGES = 400
"""Largest number of images of a class and split."""
