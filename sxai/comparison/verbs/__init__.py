"""Comparison of the networks of a project."""
