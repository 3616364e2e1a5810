"""Visualisations of a project."""
