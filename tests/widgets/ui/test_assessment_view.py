"""What is said beside results: which probabilities are not read from a normal as the paper's are."""

from types import SimpleNamespace

import pytest
import streamlit as st

from widgets.ui import assessment_view


@pytest.fixture
def said(monkeypatch):
    """What captions say."""
    lines = []
    monkeypatch.setattr(st, "caption", lines.append)
    return lines


def spaces(**fits):
    return [SimpleNamespace(name=name.replace("_", "."), fit=fit) for name, fit in fits.items()]


def test_the_paper_s_normal_needs_no_note(said):
    assessment_view.fit_note(spaces(cat_eyes="normal", cat_legs="normal"))
    assessment_view.fit_note([])
    assert said == []


def test_empirical_probabilities_among_others_are_named(said):
    assessment_view.fit_note(spaces(cat_eyes="normal", cat_legs="empirical", dog_legs="empirical"))
    (line,) = said
    assert "cat.legs, dog.legs" in line.replace("\\", "")
    assert "others: normal" in line


def test_when_all_are_empirical_it_is_said_once(said):
    assessment_view.fit_note(spaces(cat_eyes="empirical", cat_legs="empirical"))
    (line,) = said
    assert line.startswith("Every P is")


@pytest.fixture
def marked(monkeypatch):
    """What is written, and the help beside it."""
    lines = []
    monkeypatch.setattr(st, "markdown", lambda text, help=None: lines.append((text, help)))
    return lines


def test_a_caution_is_written_with_its_reasons(marked):
    words = "Its space says little about the legs, so do not lean on them."
    assessment_view.caution(SimpleNamespace(caution=words, doubts={"cat.legs": "P says little."}))
    ((text, why),) = marked
    assert words in text
    assert "cat.legs" in why
    assert "P says little." in why


def test_without_a_caution_nothing_is_written(marked):
    assessment_view.caution(SimpleNamespace(caution="", doubts={}))
    assert marked == []
