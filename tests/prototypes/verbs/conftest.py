"""A project in which automatic concepts were found, made once and only copied."""

import shutil

import pytest

from sxai.project.project import Project
from sxai.prototypes.verbs.train import prototypes_in_use, train_concepts

QUICK = {"per_class": 3, "rounds": 1, "joint": 2, "images": 8}


@pytest.fixture(scope="session")
def trained_template(toy_template, tmp_path_factory):
    """The toy project after one quick training."""
    home = shutil.copytree(toy_template, tmp_path_factory.mktemp("toys-trained") / "home")
    with Project.open(home, device="cpu") as project:
        train_concepts(project, **QUICK)
    return home


@pytest.fixture
def trained_ws(trained_template, tmp_path):
    with Project.open(shutil.copytree(trained_template, tmp_path / "trained"), device="cpu") as project:
        yield project


@pytest.fixture
def found(trained_ws):
    return prototypes_in_use(trained_ws)
