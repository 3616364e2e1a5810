"""Semantic spaces: directions in feature space that carry a concept, and how probable the concept is."""
