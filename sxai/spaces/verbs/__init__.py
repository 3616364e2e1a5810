"""Semantic spaces of a project: extracted, refitted, calibrated, scored."""
