"""Uploads land inside the project and nowhere else."""

from io import BytesIO
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sxai.errors import ImportFailed
from widgets.ui.uploads import local_path, safe_name, store_uploads


class Upload(BytesIO):
    def __init__(self, name: str, data: bytes = b"x"):
        super().__init__(data)
        self.name = name


@given(st.text(max_size=60))
def test_a_safe_name_is_one_plain_part_of_a_path(name):
    safe = safe_name(name)
    assert PurePosixPath(safe).name == safe
    assert safe not in ("", ".", "..")
    assert not set(safe) & set("/\\\0:")


def test_a_zip_is_kept_as_it_is(project):
    path = store_uploads(project, [Upload("pets.zip", b"zip bytes")])
    assert path.read_bytes() == b"zip bytes"
    assert path.name == "pets.zip"


def test_pictures_go_into_a_folder_named_after_their_class(project):
    folder = store_uploads(project, [Upload("a.png", b"1"), Upload("b.png", b"2")], "cat")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png")) == ["cat/a.png", "cat/b.png"]


def test_two_pictures_of_one_name_are_both_kept(project):
    folder = store_uploads(project, [Upload("a.png", b"1"), Upload("a.png", b"2")], "cat")
    assert {path.read_bytes() for path in folder.rglob("*.png")} == {b"1", b"2"}


def test_each_upload_gets_a_folder_of_its_own(project):
    first, second = (store_uploads(project, [Upload("a.png")], "cat") for _ in range(2))
    assert first != second


def test_names_cannot_leave_the_project(project):
    folder = store_uploads(project, [Upload("../../evil.png")], "../up")
    files = [path.resolve() for path in folder.rglob("*.png")]
    assert len(files) == 1
    assert files[0].is_relative_to(project.home.resolve())


def test_nothing_uploaded_is_said(project):
    with pytest.raises(ImportFailed, match="nothing was uploaded"):
        store_uploads(project, [])


def test_an_upload_that_was_read_before_is_stored_whole(project):
    upload = Upload("pets.zip", b"zip bytes")
    upload.read()
    assert store_uploads(project, [upload]).read_bytes() == b"zip bytes"


def test_a_home_that_nobody_has_is_said():
    with pytest.raises(ImportFailed, match="~nobody-of-that-name/x"):
        local_path("~nobody-of-that-name/x")
