"""Projects as wholes on the command line."""

from sxai.project.homes import own_home
from sxai.project.project import Project


def test_projects_are_listed_renamed_and_deleted(sxai, tmp_path):
    at = ("--home", tmp_path)
    birds = own_home(tmp_path, "birds")
    Project.open(birds).close()
    assert sxai("project", "rename", "birds", "Garden", *at).out == f"birds is now Garden, in {birds}\n"
    assert [project["name"] for project in sxai("project", "list", "--json", *at).json["projects"]] == ["Garden"]
    assert sxai("project", "delete", "Garden", *at).status == 1
    assert birds.exists()
    outcome = sxai("project", "delete", "Garden", "--yes", *at)
    assert outcome.out == "Garden deleted, with 0 images, 0 networks, 0 masks and 0 semantic spaces\n"
    assert not birds.exists()
    assert "no project 'Garden'" in sxai("project", "delete", "Garden", *at).err
