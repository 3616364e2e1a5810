"""Defaults of semantic vectors."""

SAMPLES = 300
"""Largest number of images of a concept."""

PRECISION_IMAGES = 20
"""Number k of images in the precision at k."""
