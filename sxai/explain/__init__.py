"""Explanations: how far a prediction can be trusted, in plain words, and search by meaning."""

from sxai.explain.assessment import FLAGS, Assessment, ConceptFinding, assess, flags
from sxai.explain.query import Frame, Query, Selection, complete, parse, quote
from sxai.explain.sentences import cnn_line, doubt, explanation, sentence

__all__ = [
    "FLAGS",
    "Assessment",
    "ConceptFinding",
    "Frame",
    "Query",
    "Selection",
    "assess",
    "cnn_line",
    "complete",
    "doubt",
    "explanation",
    "flags",
    "parse",
    "quote",
    "sentence",
]
