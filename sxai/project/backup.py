"""Backup, restore and integrity check of a project."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from data_store import backup as store
from data_store.backup import BackupReport, Problem
from sxai.progress import Progress, silent
from sxai.project.homes import DEMO, MARKER
from sxai.project.project import Project


@dataclass(frozen=True)
class Restored:
    """A project that was brought back: its home and its number of files."""

    home: str
    artefacts: int


def back_up(project: Project, target: Path | str, progress: Progress = silent) -> BackupReport:
    """Copy the project as it is at this moment to a new folder, or to a new archive when the name ends in .zip."""
    return store.backup(project.catalogue, project.artefacts, target, progress)


def bring_back(target: Path | str, home: Path | str, progress: Progress = silent) -> Restored:
    """Bring a backup back as the project ``home``, which must be empty; every file is checked against its hash."""
    files = store.restore(target, home, progress)
    with Project.open(home) as project:
        marked = project.catalogue.get_setting(DEMO)
        if marked and not marked.get("species"):
            (project.home / MARKER).write_text(json.dumps(marked), encoding="utf-8")
    return Restored(str(home), files)


def check_up(project: Project) -> list[Problem]:
    """Defects of the project: of the database, missing or damaged files, features that do not fit."""
    return store.check(project.catalogue, project.artefacts)


TRASH = "trash"
"""The folder of a home that holds swept files until the trash is emptied."""


@dataclass(frozen=True)
class Swept:
    """Files that nothing in the project referred to and that lie in its trash now, and their size in bytes."""

    files: tuple[str, ...]
    bytes: int


def sweep(project: Project) -> Swept:
    """Move unreferenced files older than an hour to the trash; newer ones may be referenced soon."""
    before = {file: project.artefacts.path(file).stat().st_size for file in project.artefacts.files()}
    gone = project.artefacts.sweep(project.catalogue.referenced_artefacts(), project.home / TRASH)
    return Swept(tuple(gone), sum(before.get(file, 0) for file in gone))


def unsweep(project: Project) -> tuple[str, ...]:
    """Bring every swept file back; their paths."""
    return tuple(project.artefacts.bring_back(project.home / TRASH))


def empty_trash(project: Project) -> int:
    """Delete the swept files for good; how many there were."""
    trash = project.home / TRASH
    files = sum(path.is_file() for path in trash.rglob("*"))
    shutil.rmtree(trash, ignore_errors=True)
    return files
