"""A project copied while it is in use, brought back whole, and checked."""

import os
import time

import pytest

from data_store.errors import CatalogueError
from sxai.demo.verbs.fill import fill_demo, is_demo
from sxai.project.backup import back_up, bring_back, check_up, sweep
from sxai.project.homes import describe
from sxai.project.project import Project
from sxai.search.verbs.search import search
from sxai.spaces.verbs.stored import list_spaces


@pytest.mark.parametrize("name", ["copy.zip", "copy"])
def test_a_project_comes_back_from_its_backup_as_it_was(spaced_project, tmp_path, name):
    report = back_up(spaced_project, tmp_path / name)
    spaced_project.catalogue.mark_image(spaced_project.catalogue.images()[0].id, "later")
    restored = bring_back(tmp_path / name, tmp_path / "again")
    assert (restored.home, restored.artefacts) == (str(tmp_path / "again"), report.artefacts)
    with Project.open(tmp_path / "again", device="cpu") as again:
        assert again.catalogue.images() == spaced_project.catalogue.images()
        assert again.catalogue.marks() == []
        assert list_spaces(again) == list_spaces(spaced_project)
        assert search(again, "cat.eyes > 0.5") == search(spaced_project, "cat.eyes > 0.5")
        assert check_up(again) == []


def test_a_project_is_never_written_over(spaced_project, tmp_path):
    back_up(spaced_project, tmp_path / "copy.zip")
    spaces = list_spaces(spaced_project)
    with pytest.raises(CatalogueError):
        bring_back(tmp_path / "copy.zip", spaced_project.home)
    assert list_spaces(spaced_project) == spaces


def test_a_missing_file_is_found(spaced_project):
    image = spaced_project.catalogue.images()[0]
    spaced_project.artefacts.path(image.artefact).unlink()
    assert any(image.artefact in f"{problem.where} {problem.text}" for problem in check_up(spaced_project))


def test_a_damaged_backup_is_refused(spaced_project, tmp_path):
    back_up(spaced_project, tmp_path / "copy")
    victim = next(path for path in (tmp_path / "copy").rglob("*.png"))
    victim.write_bytes(b"damaged")
    with pytest.raises(CatalogueError):
        bring_back(tmp_path / "copy", tmp_path / "again")


def test_a_demo_that_comes_back_is_still_the_demo(demo_project, tmp_path):
    back_up(demo_project, tmp_path / "demo.zip")
    bring_back(tmp_path / "demo.zip", tmp_path / "again")
    with Project.open(tmp_path / "again", device="cpu") as again:
        assert is_demo(again)
        assert describe(again.home, "mine").demo
        assert fill_demo(again, images=160, masks=24).images == demo_project.catalogue.count_images()


def test_files_that_nothing_refers_to_are_swept_once_they_are_old(spaced_project):
    unused = spaced_project.artefacts.write("analyses", ".npz", b"forgotten")
    assert sweep(spaced_project).files == (), "a fresh file may be about to be referred to"
    an_hour_ago = time.time() - 3601
    for file in spaced_project.artefacts.files():
        os.utime(spaced_project.artefacts.path(file), (an_hour_ago, an_hour_ago))
    found = sweep(spaced_project)
    assert (unused in found.files, found.bytes >= len(b"forgotten")) == (True, True)
    assert check_up(spaced_project) == []
