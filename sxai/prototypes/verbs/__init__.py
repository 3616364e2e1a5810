"""Automatic concepts of a project."""
