"""Uploads of pictures: stored on disk for the import, or one picture in memory."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import streamlit as st

from sxai.errors import ImportFailed
from sxai.project.project import Project

KINDS = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"]
PICTURE_MB = 200
"""The largest single picture that is uploaded, in megabytes."""
LONGEST_NAME = 64
"""Letters of a class name that is typed."""


class Upload(Protocol):
    """What is needed of Streamlit's uploaded file."""

    name: str

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, /) -> int: ...


def safe_name(name: str) -> str:
    """A file name that stays inside its folder.

    >>> safe_name("../../etc/pass wd.png"), safe_name("..")
    ('pass wd.png', 'picture')
    """
    safe = re.sub(r"[^\w. ()-]", "_", Path(name.replace("\\", "/")).name).strip(". ")
    return safe or "picture"


def store_uploads(project: Project, uploads: Iterable[Upload], class_name: str | None = None) -> Path:
    """Write uploads below the project's ``uploads`` folder; the path to import.

    One zip is kept as it is; pictures go into a folder named after their class, if that is known.
    """
    files = list(uploads)
    if not files:
        raise ImportFailed("nothing was uploaded. Choose a zip of class folders, or pictures of one class.")
    folder = _fresh_folder(project.home / "uploads")
    if len(files) == 1 and files[0].name.lower().endswith(".zip"):
        target = folder / safe_name(files[0].name)
        _store(files[0], target)
        return target
    inside = folder / safe_name(class_name) if class_name else folder
    inside.mkdir(exist_ok=True)
    for number, file in enumerate(files):
        target = inside / safe_name(file.name)
        _store(file, target.with_stem(f"{target.stem}-{number}") if target.exists() else target)
    return folder


def _store(upload: Upload, target: Path) -> None:
    upload.seek(0)
    with target.open("wb") as file:
        shutil.copyfileobj(upload, file)


def local_path(typed: str) -> Path:
    """The typed path with ``~`` expanded; ImportFailed for an unknown home folder."""
    try:
        return Path(typed.strip()).expanduser()
    except RuntimeError as error:
        raise ImportFailed(f"there is no folder '{typed}' on this machine. Check the path.") from error


def _fresh_folder(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(path.name) for path in parent.iterdir() if path.name.isdigit()), default=0)
    folder = parent / str(number)
    folder.mkdir()
    return folder


def one_picture(label: str, key: str) -> tuple[str, bytes] | None:
    """An uploader for one picture: its name and bytes, None while there is none. Decoding is the caller's."""
    upload = st.file_uploader(label, type=KINDS, key=key, max_upload_size=PICTURE_MB)
    return None if upload is None else (upload.name, upload.getvalue())
