"""Above the hits: which of the spaces that a query reads say little of their part."""

import pytest
import streamlit as st

from widgets import search


@pytest.fixture
def warned(monkeypatch):
    """What is warned of."""
    lines = []
    monkeypatch.setattr(st, "warning", lambda text, icon=None: lines.append(text))
    return lines


def test_each_poor_space_of_a_query_is_told_with_the_reason(project, warned, monkeypatch):
    asked = []
    poor = {"cat.legs": "P says little.", "cat.nose": "By *chance*."}
    monkeypatch.setattr(search, "query_doubts", lambda project, query: asked.append(query) or poor)
    search.doubts(project, "max(cat) > 0.5")
    assert asked == ["max(cat) > 0.5"]
    assert [line.split("**")[1] for line in warned] == ["cat.legs is a poor space.", "cat.nose is a poor space."]
    assert warned[1].endswith("By \\*chance\\*.")


def test_without_verdicts_there_is_nothing_to_warn_of(project, warned):
    search.doubts(project, "cat.eyes > 0.5")
    assert warned == []
