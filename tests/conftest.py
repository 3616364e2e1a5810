"""Fixtures for every test: seeds, and the real photographs and weights where a machine has them."""

import os
import random
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent

# The networks of the tests themselves are code that may run.
os.environ["SXAI_OWN_NETWORKS"] = "toy:body, nets:good"

# A busy machine must not fail a test for being slow.
settings.register_profile("sxai", deadline=None)
settings.load_profile("sxai")


@pytest.fixture(autouse=True)
def seeds():
    """Every test starts from the same random state, so that a failure comes back when it is run alone."""
    random.seed(0)
    np.random.seed(0)
    if "torch" in sys.modules:  # importing it takes seconds, which most tests need not pay
        sys.modules["torch"].manual_seed(0)


@pytest.fixture
def rng():
    """A seeded numpy generator."""
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def real_data():
    """The folder of real photographs and weights; tests that need it are skipped where there is none."""
    folder = Path(os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "weights").is_dir():
        pytest.skip("no real data here: set SXAI_TEST_DATA to the folder")
    return folder


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory):
    """The home of a small demo project (160 pictures, 24 masks a concept), built once and only ever copied."""
    from sxai.demo.verbs.fill import fill_demo
    from sxai.project.project import Project

    home = tmp_path_factory.mktemp("template") / "demo"
    with Project.open(home, device="cpu") as project:
        fill_demo(project, images=160, masks=24)
    return home


@pytest.fixture
def demo_home(demo_template, tmp_path):
    """A home with a small demo project that the test may change."""
    return Path(shutil.copytree(demo_template, tmp_path / "demo"))


@pytest.fixture
def demo_project(demo_home):
    """A small demo project, opened."""
    from sxai.project.project import Project

    with Project.open(demo_home, device="cpu") as project:
        yield project


@pytest.fixture
def transactions():
    """How often a database transaction began since the test started, in any engine: a list that grows by one each."""
    from sqlalchemy import Engine, event

    begun = []

    def note(connection):
        begun.append(connection)

    event.listen(Engine, "begin", note)
    yield begun
    event.remove(Engine, "begin", note)


@pytest.fixture
def empty_project(tmp_path):
    """A new project, opened."""
    from sxai.project.project import Project

    with Project.open(tmp_path / "home", device="cpu") as project:
        yield project


@pytest.fixture(scope="session")
def toy_template(tmp_path_factory):
    """A home with pictures, a trained network and masks, but no spaces yet."""
    home = tmp_path_factory.mktemp("toys") / "home"
    import toy

    from sxai.project.project import Project

    with Project.open(home, device="cpu") as project:
        toy.fill(project)
    return home


@pytest.fixture(scope="session")
def spaces_template(toy_template, tmp_path_factory):
    """The toy project with its four semantic spaces."""
    home = tmp_path_factory.mktemp("toys-with-spaces") / "home"
    shutil.copytree(toy_template, home)
    from sxai.project.project import Project
    from sxai.spaces.verbs.extract import extract_spaces

    with Project.open(home, device="cpu") as project:
        extract_spaces(project)
    return home


@pytest.fixture
def toy_project(toy_template, tmp_path):
    """The toy project, opened, before any space was extracted."""
    from sxai.project.project import Project

    with Project.open(shutil.copytree(toy_template, tmp_path / "toys"), device="cpu") as project:
        yield project


@pytest.fixture
def spaced_project(spaces_template, tmp_path):
    """The toy project, opened, with its four semantic spaces."""
    from sxai.project.project import Project

    with Project.open(shutil.copytree(spaces_template, tmp_path / "spaced"), device="cpu") as project:
        yield project
