"""Filling a project with the demo."""
