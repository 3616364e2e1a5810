"""Homes of projects: one folder is one project; the app can keep the demo and further projects inside its root.

A project's name is its folder's until it is renamed; the new name then lies in a file of the folder, so that no path
changes while jobs run and other people have the project open.
"""

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sxai.errors import ProjectError
from sxai.project.project import CATALOGUE_FILE, Project

MARKER = "demo.json"
"""A file of this name in a home says, without opening it, that the project is the embedded demo."""
DEMO = "demo"
"""The setting of the catalogue that says so for good."""

NAME_FILE = "name.txt"
"""The file that holds the name of a renamed project."""
LAST_FILE = "last-project.txt"
"""The file of the root that names the folder of the project that was used last."""
OWN = ("artefacts", "trash", "cache", "logs", "uploads", CATALOGUE_FILE, NAME_FILE, MARKER, "jobs.lock")
"""What a project keeps in its folder; the root holds further projects beside it."""


@dataclass(frozen=True)
class ProjectHome:
    """A project folder: ``empty`` when nothing was imported into it yet, ``demo`` when it is the embedded demo."""

    name: str
    path: Path
    demo: bool
    empty: bool


def projects(root: Path) -> list[ProjectHome]:
    """The projects under the app's root: the root itself, its demo, and those in ``projects/``, by name."""
    further = sorted(path for path in (root / "projects").glob("*") if path.is_dir())
    homes = [describe(root, "My project"), *(describe(path, path.name) for path in further)]
    demo = demo_home(root)
    if demo != root and (demo / CATALOGUE_FILE).exists():
        homes.append(describe(demo, "Demo"))
    return homes


def describe(path: Path, name: str) -> ProjectHome:
    """What the folder ``path`` holds."""
    demo = (path / MARKER).exists()
    given = path / NAME_FILE
    own = given.read_text(encoding="utf-8").strip() if given.exists() else ""
    return ProjectHome(own or ("Demo" if demo else name), path, demo, not (path / CATALOGUE_FILE).exists())


def demo_home(root: Path) -> Path:
    """The home of the app's demo: the root itself if it is the demo, else ``demo`` inside."""
    return root if (root / MARKER).exists() else root / "demo"


def own_home(root: Path, name: str | None = None) -> Path:
    """The home of a person's own project: the root, or ``projects/NAME`` when named or when the root is the demo.

    Raises
    ------
    ProjectError
        for a name that is not letters, digits, spaces, dots, underscores and hyphens.
    """
    if name is None and not (root / MARKER).exists():
        return root
    return root / "projects" / _checked(name or "my-project")


def _checked(name: str) -> str:
    chosen = name.strip()
    if not re.fullmatch(r"[\w][\w .-]{0,63}", chosen) or ".." in chosen:
        raise ProjectError(f"'{chosen}' cannot name a project; use letters, digits, spaces, dots, _ and -.")
    return chosen


def find_project(root: Path, name: str) -> ProjectHome:
    """The project of that name under the root.

    Raises
    ------
    ProjectError
        when there is none, with the names that there are.
    """
    homes = [home for home in projects(root) if not home.empty]
    for home in homes:
        if home.name == name:
            return home
    names = ", ".join(home.name for home in homes) or "none yet"
    raise ProjectError(f"there is no project '{name}' here; there are: {names}.")


def rename_project(root: Path, name: str, new: str) -> ProjectHome:
    """Give a project another name; its folder stays where it is.

    Raises
    ------
    ProjectError
        when there is no such project, or the new name is taken or cannot name a project.
    """
    home, chosen = find_project(root, name), _checked(new)
    taken = {other.name for other in projects(root) if not other.empty and other.path != home.path}
    if chosen in taken or (own_home(root, chosen) != home.path and own_home(root, chosen).exists()):
        raise ProjectError(f"there is already a project '{chosen}'. Choose another name.")
    (home.path / NAME_FILE).write_text(chosen + "\n", encoding="utf-8")
    return describe(home.path, chosen)


@dataclass(frozen=True)
class Holdings:
    """What a project holds, in numbers; ``running`` jobs are not over yet."""

    images: int
    networks: int
    masks: int
    spaces: int
    running: int


def holdings(home: Path) -> Holdings:
    """What goes when the project in ``home`` is deleted."""
    with Project.open(home) as project:
        return Holdings(
            project.catalogue.count_images(),
            len(project.catalogue.models()),
            sum(concept.masks for concept in project.catalogue.concepts()),
            len(project.catalogue.spaces()),
            len(project.catalogue.jobs(states=("queued", "running"))),
        )


def remove_project(root: Path, name: str) -> ProjectHome:
    """Delete a project with everything in it: pictures, networks, masks, spaces. Other projects of the root stay.

    Raises
    ------
    ProjectError
        when there is no such project, a job of it runs, or a file of it cannot be deleted.
    """
    home = find_project(root, name)
    if holdings(home.path).running:
        raise ProjectError(f"a job of '{name}' is running. Cancel it first.")
    try:
        for path in _belongings(home.path) if home.path == root else [home.path]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise ProjectError(
            f"cannot delete {error.filename}: {error.strerror}. Close what uses it, then again."
        ) from error
    return home


def _belongings(home: Path) -> list[Path]:
    """What the root's own project keeps there, with the files that the database has beside it."""
    return [path for path in home.iterdir() if path.name in OWN or path.name.startswith(f"{CATALOGUE_FILE}-")]


def last_used(root: Path) -> Path | None:
    """The folder of the project that was used last under the root; None when that is not known or it is gone."""
    try:
        path = Path((root / LAST_FILE).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return None
    return path if (path / CATALOGUE_FILE).exists() else None


def note_used(root: Path, home: Path) -> None:
    """Remember which project was used last; where the root cannot be written, nothing is remembered."""
    if last_used(root) == home or not (home / CATALOGUE_FILE).exists():
        return
    with suppress(OSError):
        (root / LAST_FILE).write_text(f"{home}\n", encoding="utf-8")
