"""Content-addressed files of a catalogue: images, checkpoints, arrays. A stored file never changes.

The name is the SHA-256 of the content, so equal content is stored once and damage is detected.
"""

import hashlib
import os
import re
import secrets
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data_store.errors import ArtefactError

TEMPORARY = ".tmp-"
BLOCK = 1 << 20
_FOLDER = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SUFFIX = re.compile(r"(\.[a-z0-9_]+)*")


class Artefacts:
    """A folder of files named by their content: ``folder/ab/abcd….suffix``."""

    def __init__(self, root: Path) -> None:
        self._root = Path(root).absolute()
        self._root.mkdir(parents=True, exist_ok=True)

    @property
    def root(self) -> Path:
        """The folder that holds everything."""
        return self._root

    def path(self, relative: str) -> Path:
        """The absolute path of a file, whether or not it exists.

        Raises
        ------
        ArtefactError
            the path is absolute, climbs with ``..``, or leaves the root through a link.
        """
        parts = PurePosixPath(relative).parts
        odd = not parts or relative.startswith("/") or "\\" in relative or "\0" in relative or ":" in relative
        if odd or ".." in parts:
            raise ArtefactError(f"{relative!r} is not the path of an artefact: give one that `write` returned")
        path = self._root.joinpath(*parts)
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise ArtefactError(f"{relative!r} leads out of {self._root} through a link: remove the link")
        return path

    def exists(self, relative: str) -> bool:
        """Whether the file exists."""
        return self.path(relative).is_file()

    def write(self, folder: str, suffix: str, data: bytes) -> str:
        """Store ``data`` durably and return its relative path.

        ``folder`` is one plain lower-case name, ``suffix`` e.g. ``.png``.

        Raises
        ------
        ArtefactError
            folder or suffix are not plain names, or the disk refuses.
        """
        return self._store(folder, suffix, lambda file: _fill(file, [data]))

    def write_arrays(self, folder: str, /, **arrays: ArrayLike) -> str:
        """Store named arrays as one uncompressed ``.npz``; equal arrays give the same file.

        Raises
        ------
        ArtefactError
            an array holds Python objects.
        """
        plain = {name: np.asanyarray(array) for name, array in arrays.items()}
        objects = sorted(name for name, array in plain.items() if array.dtype.hasobject)
        if objects:
            raise ArtefactError(f"{', '.join(objects)} hold Python objects: store numbers, truth values or text")
        return self._store(folder, ".npz", lambda file: _zip(file, plain))

    def read(self, relative: str) -> bytes:
        """The content of a file.

        Raises
        ------
        ArtefactError
            it is missing or cannot be read.
        """
        try:
            return self.path(relative).read_bytes()
        except OSError as problem:
            raise ArtefactError(f"the artefact {relative} cannot be read ({problem}): restore a backup") from problem

    def read_arrays(self, relative: str, names: Iterable[str] | None = None) -> dict[str, NDArray[np.generic]]:
        """The arrays of an ``.npz`` by name, or only those in ``names``. Pickled content is never loaded.

        Raises
        ------
        ArtefactError
            it is missing, damaged, holds Python objects, or lacks a name.
        """
        path = self.path(relative)
        try:
            with path.open("rb") as file:  # ours to close: numpy forgets to when the archive is damaged
                return _unzip(np.load(file, allow_pickle=False), names)
        except Exception as problem:  # damage makes numpy and zipfile raise nearly anything
            raise ArtefactError(f"the arrays {relative} cannot be read ({problem}): restore a backup") from problem

    def intact(self, relative: str) -> bool:
        """Whether the file exists and its content has the hash in its name."""
        path = self.path(relative)
        return path.is_file() and hash_file(path) == path.name.split(".")[0]

    def files(self) -> list[str]:
        """Relative paths of all files, sorted; temporary ones are left out."""
        paths = (path for path in self._root.rglob("*") if path.is_file() and not path.is_symlink())
        return sorted(path.relative_to(self._root).as_posix() for path in paths if not path.name.startswith(TEMPORARY))

    def sweep(self, referenced: set[str], trash: Path, older_than: float = 3600.0) -> list[str]:
        """Move unreferenced files to the folder ``trash``, and drop temporary ones of a crash; returns their paths.

        Only files older than ``older_than`` seconds go: a newer one may be referenced soon.

        Raises
        ------
        ArtefactError
            nothing is referenced at all although there are files: the catalogue is more likely lost than they useless.
        """
        if not referenced and self.files():
            raise ArtefactError(
                f"nothing in the catalogue refers to any of the files in {self._root}: it may have been emptied. "
                "Nothing was swept; bring back a backup, or delete the folder by hand"
            )
        limit = time.time() - older_than
        removed = []
        for path in sorted(self._root.rglob("*")):
            relative = path.relative_to(self._root).as_posix()
            if relative in referenced or path.is_symlink() or not path.is_file():
                continue
            if path.stat().st_mtime <= limit:
                if path.name.startswith(TEMPORARY):
                    path.unlink(missing_ok=True)
                else:
                    _move(path, trash / relative)
                removed.append(relative)
        return removed

    def bring_back(self, trash: Path) -> list[str]:
        """Move everything in ``trash`` back; returns the paths. A name is a hash of the content, so nothing is lost."""
        paths = [path for path in sorted(trash.rglob("*")) if path.is_file() and not path.is_symlink()]
        for path in paths:
            _move(path, self.path(path.relative_to(trash).as_posix()))
        return [path.relative_to(trash).as_posix() for path in paths]

    def _store(self, folder: str, suffix: str, fill: Callable[[BinaryIO], None]) -> str:
        """Write to a temporary name in the root, rename to the content's hash, and sync both to disk."""
        if not _FOLDER.fullmatch(folder) or not _SUFFIX.fullmatch(suffix):
            raise ArtefactError(f"{folder!r} and {suffix!r} must be a plain folder name and a suffix like .png")
        temporary = self._root / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
        try:
            with temporary.open("xb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            return self._settle(temporary, folder, suffix)
        except OSError as problem:
            raise ArtefactError(f"nothing can be stored in {self._root}: {problem}") from problem
        finally:
            temporary.unlink(missing_ok=True)

    def _settle(self, temporary: Path, folder: str, suffix: str) -> str:
        digest = hash_file(temporary)
        relative = f"{folder}/{digest[:2]}/{digest}{suffix}"
        final = self.path(relative)
        for parent in (final.parent.parent, final.parent):
            if not parent.is_dir():
                parent.mkdir(exist_ok=True)
                sync_folder(parent.parent)
        os.replace(temporary, final)  # also over an equal file: a damaged one heals, a sweep sees a fresh one
        sync_folder(final.parent)
        return relative


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path, target)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Sync a folder's entries to disk; systems that cannot open folders do this themselves."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fill(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        file.write(piece)


def _zip(file: BinaryIO, arrays: dict[str, NDArray[np.generic]]) -> None:
    """Write an ``.npz`` without numpy's writer: equal arrays give equal bytes, and an array may be named ``file``."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in sorted(arrays.items()):
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _unzip(stored: object, names: Iterable[str] | None) -> dict[str, NDArray[np.generic]]:
    if not isinstance(stored, np.lib.npyio.NpzFile):
        raise ValueError("it holds one array without a name")
    with stored:
        return {name: stored[name] for name in (stored.files if names is None else names)}
