"""Defaults of semantic vectors."""

SAMPLES = 300
"""Images of a concept at most."""

PRECISION_IMAGES = 20
"""Images of the precision: the paper shows the first few."""
