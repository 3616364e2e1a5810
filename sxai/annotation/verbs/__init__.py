"""Annotation help in a project: suggestions, proposals, mask quality and live effect."""
