"""What every command shares."""

import io
import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.cli import shell
from sxai.cli.shell import FLAGS, VALUED, Meter, hoist, say, settings

WORDS = st.sampled_from(["status", "search", "dog.nose > 0.9", "--limit", "3", "cat.jpg"])


@given(st.lists(WORDS, max_size=6), st.sampled_from([*FLAGS, "--home=x", "--seed=4"]), st.integers(0, 6))
def test_a_global_flag_moves_to_the_front_from_anywhere(words, flag, place):
    place = min(place, len(words))
    assert hoist([*words[:place], flag, *words[place:]]) == [flag, *words]


@given(st.lists(WORDS, max_size=6), st.sampled_from(VALUED), st.integers(0, 6))
def test_a_global_option_takes_its_value_along(words, option, place):
    place = min(place, len(words))
    assert hoist([*words[:place], option, "value", *words[place:]]) == [option, "value", *words]


def test_behind_a_double_dash_nothing_moves():
    assert hoist(["assess", "--", "--json", "-q"]) == ["assess", "--", "--json", "-q"]


def test_an_option_without_value_is_left_to_the_parser():
    assert hoist(["status", "--home"]) == ["--home", "status"]


@pytest.fixture
def stderr(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(shell, "sys", SimpleNamespace(stderr=stream))
    monkeypatch.setattr(settings, "quiet", False)
    return stream


def test_progress_is_one_line_a_stage_where_nobody_watches(stderr):
    meter = Meter()
    for done in range(5):
        meter("features", done, 5)
    meter("spaces", 0, 2)
    assert stderr.getvalue() == "features: 5\nspaces: 2\n"


def test_progress_rewrites_its_line_on_a_terminal(stderr, monkeypatch):
    monkeypatch.setattr(stderr, "isatty", lambda: True, raising=False)
    moments = iter(np.arange(0, 100, 0.5))
    monkeypatch.setattr(shell.time, "monotonic", lambda: float(next(moments)))
    meter = Meter()
    for done in range(3):
        meter("features", done, 2)
    shown = stderr.getvalue()
    assert shown.count("\n") == 1
    assert shown.endswith("features: 2 of 2\n")
    assert "1 of 2, " in shown
    assert "s left" in shown


def test_quiet_progress_says_nothing(stderr, monkeypatch):
    monkeypatch.setattr(settings, "quiet", True)
    Meter()("features", 1, 2)
    assert stderr.getvalue() == ""


def test_numbers_stay_numbers_in_json(capsys, monkeypatch):
    monkeypatch.setattr(settings, "json", True)
    say({"a": np.float32(0.5), "b": [math.inf, math.nan, -math.inf, 1.5], "c": np.arange(2), "d": (Path("x"),)}, str)
    expected = {"a": 0.5, "b": [None, None, None, 1.5], "c": [0, 1], "d": ["x"]}
    assert json.loads(capsys.readouterr().out) == expected


def test_text_is_made_from_the_same_document(capsys, monkeypatch):
    monkeypatch.setattr(settings, "json", False)
    say({"n": 3}, lambda document: f"{document['n']} images")
    assert capsys.readouterr().out == "3 images\n"
