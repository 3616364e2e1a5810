"""Explanations: how far a prediction can be trusted, in plain words, and search by meaning."""

from sxai.explain.assessment import FLAGS, Assessment, ConceptFinding, assess, flags
from sxai.explain.sentences import cnn_line, explanation, sentence

__all__ = [
    "FLAGS",
    "Assessment",
    "ConceptFinding",
    "assess",
    "cnn_line",
    "explanation",
    "flags",
    "sentence",
]
