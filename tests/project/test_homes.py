"""Where projects live."""

import pytest

from sxai.errors import ProjectError
from sxai.project.homes import (
    MARKER,
    demo_home,
    find_project,
    holdings,
    last_used,
    note_used,
    own_home,
    projects,
    remove_project,
    rename_project,
)
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


def test_a_renamed_project_keeps_its_folder(tmp_path):
    make(tmp_path)
    make(own_home(tmp_path, "birds"))
    assert rename_project(tmp_path, "birds", " Garden birds ").path == own_home(tmp_path, "birds")
    assert rename_project(tmp_path, "My project", "Pets").path == tmp_path
    assert [home.name for home in projects(tmp_path)] == ["Pets", "Garden birds"]
    with pytest.raises(ProjectError, match="already a project 'Pets'"):
        rename_project(tmp_path, "Garden birds", "Pets")
    with pytest.raises(ProjectError, match="cannot name a project"):
        rename_project(tmp_path, "Pets", "../x")
    with pytest.raises(ProjectError, match=r"no project 'birds' here; there are: Pets, Garden birds"):
        find_project(tmp_path, "birds")


def test_a_name_whose_folder_belongs_to_another_project_is_taken(tmp_path):
    for name in ("birds", "fish"):
        make(own_home(tmp_path, name))
    rename_project(tmp_path, "birds", "Garden")
    with pytest.raises(ProjectError, match="already a project 'birds'"):
        rename_project(tmp_path, "fish", "birds")


def test_a_deleted_project_is_gone_and_the_others_stay(tmp_path):
    for home in (tmp_path, own_home(tmp_path, "birds"), own_home(tmp_path, "fish")):
        make(home)
    (tmp_path / "notes of mine.txt").touch()
    remove_project(tmp_path, "birds")
    assert not own_home(tmp_path, "birds").exists()
    remove_project(tmp_path, "My project")
    assert [(home.name, home.empty) for home in projects(tmp_path)] == [("My project", True), ("fish", False)]
    assert (tmp_path / "notes of mine.txt").exists()


def test_a_project_with_a_running_job_is_not_deleted(tmp_path):
    with Project.open(tmp_path) as project:
        project.catalogue.add_job("train", {})
    assert holdings(tmp_path).running == 1
    with pytest.raises(ProjectError, match="Cancel it first"):
        remove_project(tmp_path, "My project")


def test_the_project_used_last_is_remembered_while_it_is_there(tmp_path):
    assert last_used(tmp_path) is None
    birds = own_home(tmp_path, "birds")
    note_used(tmp_path, birds)
    assert last_used(tmp_path) is None
    make(birds)
    note_used(tmp_path, birds)
    assert last_used(tmp_path) == birds
    remove_project(tmp_path, "birds")
    assert last_used(tmp_path) is None
