"""Where projects live."""

import pytest

from sxai.errors import ProjectError
from sxai.project.homes import MARKER, demo_home, own_home, projects
from sxai.project.project import Project


def make(home, demo=False):
    with Project.open(home):
        pass
    if demo:
        (home / MARKER).write_text("{}")


def listed(root):
    return [(home.name, home.path, home.demo, home.empty) for home in projects(root)]


def test_a_root_that_does_not_exist_is_one_empty_project(tmp_path):
    root = tmp_path / "nowhere"
    assert listed(root) == [("My project", root, False, True)]
    assert not root.exists()


def test_the_demo_opens_beside_an_empty_root(tmp_path):
    assert demo_home(tmp_path) == tmp_path / "demo"
    make(tmp_path / "demo", demo=True)
    assert listed(tmp_path) == [("My project", tmp_path, False, True), ("Demo", tmp_path / "demo", True, False)]


def test_a_root_that_was_filled_with_the_demo_is_the_demo_and_listed_once(tmp_path):
    make(tmp_path, demo=True)
    assert demo_home(tmp_path) == tmp_path
    assert listed(tmp_path) == [("Demo", tmp_path, True, False)]


def test_further_projects_are_listed_by_name(tmp_path):
    make(tmp_path)
    for name in ("zebras", "birds"):
        make(tmp_path / "projects" / name)
    (tmp_path / "projects" / "notes.txt").write_text("not a project")
    assert [(name, empty) for name, _, _, empty in listed(tmp_path)] == [
        ("My project", False),
        ("birds", False),
        ("zebras", False),
    ]


def test_ones_own_project_is_the_root_unless_that_is_the_demo(tmp_path):
    assert own_home(tmp_path) == tmp_path
    make(tmp_path, demo=True)
    assert own_home(tmp_path) == tmp_path / "projects" / "my-project"


def test_a_named_project_lies_under_projects(tmp_path):
    assert own_home(tmp_path, " Zoo 2.0 ") == tmp_path / "projects" / "Zoo 2.0"


@pytest.mark.parametrize("name", ["..", "../up", "a/b", " ", ".hidden", "a..b", "x" * 65, "a\\b", "a\nb"])
def test_names_that_could_leave_the_folder_are_refused(tmp_path, name):
    with pytest.raises(ProjectError, match="cannot name a project"):
        own_home(tmp_path, name)
