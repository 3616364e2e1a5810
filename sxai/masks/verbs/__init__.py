"""Masks of a project: saved, exchanged, compared, and their history."""
