"""Occluders of a project."""
