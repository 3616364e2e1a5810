"""What is said beside results: which probabilities are not read from a normal as the paper's are."""

from types import SimpleNamespace

import pytest
import streamlit as st

from widgets import results


@pytest.fixture
def said(monkeypatch):
    """What captions say."""
    lines = []
    monkeypatch.setattr(st, "caption", lines.append)
    return lines


def spaces(**fits):
    return [SimpleNamespace(name=name.replace("_", "."), fit=fit) for name, fit in fits.items()]


def test_the_paper_s_normal_needs_no_note(said):
    results.fit_note(spaces(cat_eyes="normal", cat_legs="normal"))
    results.fit_note([])
    assert said == []


def test_empirical_probabilities_among_others_are_named(said):
    results.fit_note(spaces(cat_eyes="normal", cat_legs="empirical", dog_legs="empirical"))
    (line,) = said
    assert "cat.legs, dog.legs" in line.replace("\\", "")
    assert "others: normal" in line


def test_when_all_are_empirical_it_is_said_once(said):
    results.fit_note(spaces(cat_eyes="empirical", cat_legs="empirical"))
    (line,) = said
    assert line.startswith("Every P is")
