"""Backup of a project in use, restore, and integrity check.

A backup holds ``catalogue.sqlite``, the files it refers to under ``artefacts/``, and ``manifest.json`` with the
hash and size of each. A project's home has the same two names.
"""

import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from data_store.artefacts import Artefacts, sync_folder
from data_store.catalogue import Catalogue
from data_store.engine import explained
from data_store.errors import ArtefactError, CatalogueError
from data_store.migrations import HEAD
from data_store.packing import MANIFEST, Entry, Pack, Packed, new_pack, pour
from data_store.tables import Feature, FeatureBlock

CATALOGUE_FILE = "catalogue.sqlite"
ARTEFACT_FOLDER = "artefacts"
FORMAT = 1

Report = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True)
class BackupReport:
    """The contents of a backup: number of artefact files, total bytes, and files missing in the project."""

    target: Path
    artefacts: int
    bytes: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A defect of a project; ``kind`` is database, missing, damaged or features."""

    kind: str
    where: str
    text: str


def _quiet(stage: str, done: int, total: int) -> None:
    """A progress callback that ignores all reports."""


def backup(catalogue: Catalogue, artefacts: Artefacts, target: Path | str, progress: Report = _quiet) -> BackupReport:
    """Copy the catalogue as it is at this moment, and the files it refers to, to ``target``.

    ``target`` is a new folder, or a new archive when its name ends in ``.zip``; it appears when it is complete. The
    project may be in use meanwhile. Missing files are reported, not fatal.

    Raises
    ------
    Locked
        another process kept the catalogue busy for the whole timeout.
    CatalogueError
        the target exists, the disk refuses, or the catalogue is on a server.
    """
    target = Path(target).expanduser().absolute()
    if target.exists():
        raise CatalogueError(f"{target} exists already: choose a new name for the backup")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as scratch:
            snapshot, content = Path(scratch) / CATALOGUE_FILE, Path(scratch) / f"content{target.suffix}"
            _snapshot(catalogue, snapshot)
            with new_pack(content) as pack:
                report = _pack(pack, snapshot, artefacts, target, progress)
                pack.finish()
            os.replace(content, target)
        sync_folder(target.parent)
    except OSError as problem:
        raise CatalogueError(f"no backup could be written to {target}: {problem}") from problem
    return report


def _snapshot(catalogue: Catalogue, path: Path) -> None:
    """Write a consistent copy of the database by VACUUM INTO, also during writes; a file copy may be inconsistent."""
    if catalogue.engine.dialect.name != "sqlite":
        raise CatalogueError(f"{catalogue.place} is on a server: back it up with the server's own tools")
    with explained(catalogue.place, catalogue.timeout), catalogue.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("VACUUM INTO ?", (str(path),)).close()


def _pack(pack: Pack, snapshot: Path, artefacts: Artefacts, target: Path, progress: Report) -> BackupReport:
    with Catalogue.open(snapshot) as copy:  # the copy's own references: the original may have moved on
        wanted = sorted(copy.referenced_artefacts())
    entries: dict[str, Entry] = {}
    missing = []
    for done, relative in enumerate(wanted):
        progress("back up", done, len(wanted))
        entry = _pack_artefact(pack, artefacts, relative)
        if entry is None:
            missing.append(relative)
        else:
            entries[f"{ARTEFACT_FOLDER}/{relative}"] = entry
    with snapshot.open("rb") as file:
        entries[CATALOGUE_FILE] = pack.put(CATALOGUE_FILE, file)
    pack.put(MANIFEST, BytesIO(_manifest(entries, missing)))
    progress("back up", len(wanted), len(wanted))
    size = sum(entry.bytes for entry in entries.values())
    return BackupReport(target, len(entries) - 1, size, tuple(missing))


def _pack_artefact(pack: Pack, artefacts: Artefacts, relative: str) -> Entry | None:
    try:
        file = artefacts.path(relative).open("rb")
    except (OSError, ArtefactError):
        return None
    with file:
        return pack.put(f"{ARTEFACT_FOLDER}/{relative}", file)


def _manifest(entries: dict[str, Entry], missing: list[str]) -> bytes:
    content = {
        "format": FORMAT,
        "version": HEAD,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": {name: asdict(entry) for name, entry in entries.items()},
        "missing": missing,
    }
    return json.dumps(content, indent=1).encode()


def restore(target: Path | str, home: Path | str, progress: Report = _quiet) -> int:
    """Bring the backup ``target`` back as the project ``home``; returns the number of artefact files.

    Every file is compared with its hash first; when anything is wrong, ``home`` stays as it was.

    Raises
    ------
    CatalogueError
        ``home`` is not empty, or the backup is damaged, not a backup, or from a newer version.
    """
    target, home = Path(target).expanduser().absolute(), Path(home).expanduser().absolute()
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise CatalogueError(f"{home} is not empty: restore into a new folder")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=home.parent) as scratch, Packed(target) as packed:
            stage = Path(scratch) / "home"
            n = _unpack(packed, stage, progress)
            with Catalogue.open(stage / CATALOGUE_FILE) as catalogue:
                catalogue.referenced_artefacts()
            if home.exists():
                home.rmdir()
            os.replace(stage, home)
        sync_folder(home.parent)
    except (OSError, zipfile.BadZipFile, zlib.error) as problem:
        raise CatalogueError(f"{target} cannot be restored to {home}: {problem}") from problem
    return n


def _unpack(packed: Packed, stage: Path, progress: Report) -> int:
    manifest = packed.manifest()
    files = manifest.get("files")
    if manifest.get("format") != FORMAT or not isinstance(files, dict) or CATALOGUE_FILE not in files:
        raise CatalogueError(f"this is no backup of format {FORMAT}: take one with the `backup` command")
    stage.mkdir()
    Artefacts(stage / ARTEFACT_FOLDER)
    for done, (name, told) in enumerate(sorted(files.items())):
        progress("restore", done, len(files))
        _unpack_file(packed, stage, name, told)
    progress("restore", len(files), len(files))
    return len(files) - 1


def _unpack_file(packed: Packed, stage: Path, name: str, told: Any) -> None:
    try:
        entry = Entry(str(told["sha256"]), int(told["bytes"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise CatalogueError(f"the backup's manifest does not say the hash of {name}: take another") from problem
    if name != CATALOGUE_FILE and not name.startswith(f"{ARTEFACT_FOLDER}/"):
        raise CatalogueError(f"the backup holds a file {name!r} that no project has: do not trust it")
    with packed.open(name) as source:
        path = stage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            unpacked = pour(source, file, limit=entry.bytes)
            file.flush()
            os.fsync(file.fileno())
    if unpacked != entry:
        raise CatalogueError(f"the backup's file {name} is damaged: its hash differs; use another backup")


def check(catalogue: Catalogue, artefacts: Artefacts, deep: bool = True) -> list[Problem]:
    """All defects of a project; an empty list means that none was found.

    ``deep`` also reads every file and compares its hash with its name, which is slow.
    """
    try:
        problems = _check_database(catalogue) + _check_features(catalogue)
        wanted = sorted(catalogue.referenced_artefacts())
    except CatalogueError as problem:
        return [Problem("database", catalogue.place, str(problem))]
    looked = (_check_file(artefacts, relative, deep) for relative in wanted)
    return problems + [bad for bad in looked if bad is not None]


def _check_database(catalogue: Catalogue) -> list[Problem]:
    if catalogue.engine.dialect.name != "sqlite":
        return []
    with catalogue.read() as session:
        damage = session.scalars(text("PRAGMA integrity_check")).all()
        orphans = session.execute(text("PRAGMA foreign_key_check")).all()
    problems = [Problem("database", catalogue.place, str(line)) for line in damage if line != "ok"]
    for table, row, parent, _ in orphans:
        problems.append(Problem("database", f"{table} {row}", f"refers to a {parent} that is not there"))
    return problems


def _check_features(catalogue: Catalogue) -> list[Problem]:
    beyond = (
        select(FeatureBlock.artefact, Feature.image_id)
        .join(FeatureBlock, FeatureBlock.id == Feature.block_id)
        .where((Feature.row >= FeatureBlock.n) | (Feature.model_id != FeatureBlock.model_id))
    )
    with catalogue.read() as session:
        return [
            Problem("features", artefact, f"does not hold the features of image {image_id} where it should")
            for artefact, image_id in session.execute(beyond)
        ]


def _check_file(artefacts: Artefacts, relative: str, deep: bool) -> Problem | None:
    try:
        if not artefacts.exists(relative):
            return Problem("missing", relative, "the catalogue refers to it, but there is no such file")
        if deep and not artefacts.intact(relative):
            return Problem("damaged", relative, "its content is not what its name tells")
    except (ArtefactError, OSError) as problem:
        return Problem("damaged", relative, str(problem))
    return None
