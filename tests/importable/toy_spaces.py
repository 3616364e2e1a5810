"""The spaces of the toy project's four concepts, by estimators over averages and over positions."""

NAMES = ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]

MIXED = {"cat.eyes": "spatial", "cat.nose": "s-xai", "dog.eyes": "spatial", "dog.nose": "all-channels"}
"""An estimator for each concept, so that spatial spaces and others are read together."""
