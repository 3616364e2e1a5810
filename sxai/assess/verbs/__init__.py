"""Assessments, evidence and reports of a project."""
