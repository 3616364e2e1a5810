"""Semantic vectors of a project."""
