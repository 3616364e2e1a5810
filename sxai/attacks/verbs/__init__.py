"""Attacks on the images of a project."""
