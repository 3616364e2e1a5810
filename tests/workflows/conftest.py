"""The toy project: built once, copied for every test; its network importable by name, as a person's own would be."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

from sxai.workflows import Workspace, extract_spaces

if "toy" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("toy", Path(__file__).with_name("toy.py"))
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["toy"] = _module
    _spec.loader.exec_module(_module)

import toy


@pytest.fixture(scope="session")
def toy_template(tmp_path_factory):
    """A home with pictures, a trained network and masks, but no spaces yet."""
    home = tmp_path_factory.mktemp("toys") / "home"
    with Workspace.open(home, device="cpu") as ws:
        toy.fill(ws)
    return home


@pytest.fixture(scope="session")
def spaces_template(toy_template, tmp_path_factory):
    """The toy project with its four semantic spaces."""
    home = tmp_path_factory.mktemp("toys-with-spaces") / "home"
    shutil.copytree(toy_template, home)
    with Workspace.open(home, device="cpu") as ws:
        extract_spaces(ws)
    return home


@pytest.fixture
def toy_ws(toy_template, tmp_path):
    """The toy project, opened, before any space was extracted."""
    with Workspace.open(shutil.copytree(toy_template, tmp_path / "toys"), device="cpu") as ws:
        yield ws


@pytest.fixture
def spaced_ws(spaces_template, tmp_path):
    """The toy project, opened, with its four semantic spaces."""
    with Workspace.open(shutil.copytree(spaces_template, tmp_path / "spaced"), device="cpu") as ws:
        yield ws
