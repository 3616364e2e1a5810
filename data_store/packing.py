"""One interface to a folder or a ``.zip``: put named files in with their hashes, and read them."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from data_store.artefacts import BLOCK, sync_folder
from data_store.errors import CatalogueError

MANIFEST = "manifest.json"
MANIFEST_LIMIT = 1 << 28


@dataclass(frozen=True, slots=True)
class Entry:
    """The SHA-256 (hexadecimal) and the number of bytes of a file."""

    sha256: str
    bytes: int


class Pack(Protocol):
    """The protocol of a pack that files are put into."""

    def put(self, name: str, source: BinaryIO) -> Entry:
        """Store all of ``source`` under ``name``."""

    def finish(self) -> None:
        """Sync everything to disk."""


class FolderPack:
    """A new folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir()

    def put(self, name: str, source: BinaryIO) -> Entry:
        """Store all of ``source`` under ``name``."""
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            entry = pour(source, file)
            file.flush()
            os.fsync(file.fileno())
        return entry

    def finish(self) -> None:
        """Sync the folder's entries to disk."""
        for folder in [self._root, *(path for path in self._root.rglob("*") if path.is_dir())]:
            sync_folder(folder)


class ZipPack:
    """A new archive; not compressed, because images, checkpoints and arrays hardly get smaller."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive = zipfile.ZipFile(path, "x", zipfile.ZIP_STORED)

    def put(self, name: str, source: BinaryIO) -> Entry:
        """Store all of ``source`` under ``name``."""
        with self._archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
            return pour(source, member)

    def finish(self) -> None:
        """Write the archive's directory and sync the file to disk."""
        self._archive.close()
        with self._path.open("rb") as file:
            os.fsync(file.fileno())

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._archive.close()


def pour(source: BinaryIO, target: Any, limit: int | None = None) -> Entry:
    """Copy ``source`` to ``target`` while hashing it.

    Raises
    ------
    CatalogueError
        there is more than ``limit`` bytes; no more than that was written.
    """
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        size += len(block)
        if limit is not None and size > limit:
            raise CatalogueError(f"a file is longer than the {limit} bytes it should have: take another backup")
        digest.update(block)
        target.write(block)
    return Entry(digest.hexdigest(), size)


@contextmanager
def new_pack(path: Path) -> Iterator[Pack]:
    """A pack at ``path``: an archive when its name ends in ``.zip``, else a folder."""
    if path.suffix.lower() != ".zip":
        yield FolderPack(path)
        return
    pack = ZipPack(path)
    try:
        yield pack
    finally:
        pack.close()


class Packed:
    """A finished pack to read from. It is not trusted: names and sizes are checked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive = None if path.is_dir() else zipfile.ZipFile(path)

    def close(self) -> None:
        """Let go of the file."""
        if self._archive is not None:
            self._archive.close()

    def __enter__(self) -> "Packed":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, name: str) -> BinaryIO:
        """Read the file called ``name``, which must be a plain relative path.

        Raises
        ------
        CatalogueError
            it is not, or leads out of the folder, or there is no such file.
        """
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or set(name) & set("\\:\0"):
            raise CatalogueError(f"the backup names a file {name!r} that lies outside of it: do not trust it")
        try:
            if self._archive is not None:
                return self._archive.open(name)  # type: ignore[return-value]  # a binary file for reading
            path = self._path.joinpath(*parts)
            if path.resolve().is_relative_to(self._path.resolve()):
                return path.open("rb")
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as problem:
            raise CatalogueError(f"the backup lacks {name} ({problem}): take another backup") from problem
        raise CatalogueError(f"the backup's file {name!r} leads out of it through a link: do not trust it")

    def manifest(self) -> dict[str, Any]:
        """The manifest.

        Raises
        ------
        CatalogueError
            there is none, or it is no JSON object.
        """
        with self.open(MANIFEST) as file:
            text = file.read(MANIFEST_LIMIT)
        try:
            manifest = json.loads(text)
        except ValueError as problem:
            raise CatalogueError(f"the backup's manifest is damaged ({problem}): take another backup") from problem
        if not isinstance(manifest, dict):
            raise CatalogueError(f"the backup's manifest is a {type(manifest).__name__}: take another backup")
        return manifest
