"""A demo with learned occluders, made once and only copied."""

import pytest

from sxai.occluders.verbs.learn import learn_occluders

STRONG = {"epsilon": 0.1, "seen": None, "steps": 30, "images": 16}


@pytest.fixture(scope="session")
def occluded_template(demo_template, tmp_path_factory):
    """The small demo with strong occluders of both classes."""
    import shutil

    from sxai.project.project import Project

    home = shutil.copytree(demo_template, tmp_path_factory.mktemp("occluded") / "demo")
    with Project.open(home, device="cpu") as project:
        learn_occluders(project, **STRONG)
    return home


@pytest.fixture
def occluded_ws(occluded_template, tmp_path):
    import shutil

    from sxai.project.project import Project

    with Project.open(shutil.copytree(occluded_template, tmp_path / "demo"), device="cpu") as project:
        yield project
