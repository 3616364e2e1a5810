"""An opened project: where it is, what opening it refuses, its cache, reading ahead, and thumbnails."""

import os
import sqlite3
from contextlib import closing

import pytest

from sxai.errors import ProjectError
from sxai.project.project import Project, default_home


def test_a_new_home_is_made_with_its_parents(tmp_path):
    with Project.open(tmp_path / "a" / "b") as project:
        assert project.catalogue.images() == []
    assert (tmp_path / "a" / "b" / "catalogue.sqlite").exists()


def test_the_home_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SXAI_HOME", str(tmp_path / "there"))
    assert default_home() == tmp_path / "there"
    with Project.open() as project:
        assert project.home == tmp_path / "there"
    monkeypatch.delenv("SXAI_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_home() == tmp_path / ".sxai"


def test_a_relative_home_is_made_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with Project.open("here") as project:
        assert project.home == tmp_path / "here"


def test_a_home_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ProjectError, match=r"file.*another --home"):
        Project.open(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_damaged_catalogue_is_refused_and_left_alone(tmp_path):
    (tmp_path / "catalogue.sqlite").write_bytes(b"not a database, but somebody's notes" * 100)
    with pytest.raises(ProjectError, match="cannot open the project"):
        Project.open(tmp_path)
    assert (tmp_path / "catalogue.sqlite").read_bytes().startswith(b"not a database")


def test_what_was_stored_is_there_again(toy_project):
    before = toy_project.catalogue.images()
    with Project.open(toy_project.home, device="cpu") as again:
        assert again.catalogue.images() == before


def test_closing_twice_is_harmless(tmp_path):
    project = Project.open(tmp_path / "home")
    project.close()
    project.close()


def test_opening_and_closing_leaves_no_descriptors(tmp_path):
    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    for _ in range(3):
        Project.open(tmp_path / "home").close()
    before = descriptors()
    for _ in range(20):
        Project.open(tmp_path / "home").close()
    assert descriptors() <= before


def test_a_value_is_made_once_and_forgotten_by_kind(empty_project):
    made = []

    def make():
        made.append(1)
        return len(made)

    assert [empty_project.remember(("a", 1), make) for _ in range(3)] == [1, 1, 1]
    empty_project.remember(("b", 1), make)
    empty_project.forget("a")
    assert empty_project.remember(("b", 1), make) == 2
    assert empty_project.remember(("a", 1), make) == 3


@pytest.mark.parametrize("state", ["empty", "missing", "empty of tables"])
def test_a_project_that_lost_its_catalogue_is_not_begun_anew(tmp_path, state):
    """Opened as new, its files would belong to nobody, and a sweep would take them all."""
    with Project.open(tmp_path / "home") as project:
        kept = project.artefacts.write("images", ".png", b"picture")
    catalogue = tmp_path / "home" / "catalogue.sqlite"
    catalogue.unlink()
    if state == "empty":
        catalogue.touch()
    if state == "empty of tables":
        with closing(sqlite3.connect(catalogue)) as database:
            database.executescript("CREATE TABLE x (y); DROP TABLE x")
        assert catalogue.stat().st_size > 0
    word = "missing" if state == "missing" else "empty"
    with pytest.raises(ProjectError, match=f"catalogue of the project in .* is {word}.*sxai restore"):
        Project.open(tmp_path / "home")
    assert (tmp_path / "home" / "artefacts" / kept).read_bytes() == b"picture"
