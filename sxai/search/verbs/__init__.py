"""Searches in a project."""
