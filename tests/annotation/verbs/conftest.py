"""A project with proposed masks, made once and only copied."""

import shutil

import pytest

from sxai.annotation.verbs.proposals import propagate
from sxai.project.project import Project

CONCEPT, COUNT = "cat.eyes", 16


@pytest.fixture(scope="module")
def proposed_template(spaces_template, tmp_path_factory):
    home = tmp_path_factory.mktemp("proposed") / "home"
    shutil.copytree(spaces_template, home)
    with Project.open(home, device="cpu") as project:
        propagate(project, CONCEPT, COUNT)
    return home


@pytest.fixture
def proposed_ws(proposed_template, tmp_path):
    """The toy project with proposals for cat.eyes on every cat without a mask."""
    with Project.open(shutil.copytree(proposed_template, tmp_path / "proposed"), device="cpu") as project:
        yield project
