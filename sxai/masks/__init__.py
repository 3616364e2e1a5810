"""Concept masks: superpixels, regions, files of other programs, and agreement between annotators."""
