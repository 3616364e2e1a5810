"""Homes of projects: one folder is one project; the app can keep the demo and further projects inside its root."""

import re
from dataclasses import dataclass
from pathlib import Path

from sxai.errors import ProjectError
from sxai.project.project import CATALOGUE_FILE

MARKER = "demo.json"
"""A file of this name in a home says, without opening it, that the project is the embedded demo."""
DEMO = "demo"
"""The setting of the catalogue that says so for good."""


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
    return ProjectHome("Demo" if demo else name, path, demo, not (path / CATALOGUE_FILE).exists())


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
    chosen = (name or "my-project").strip()
    if not re.fullmatch(r"[\w][\w .-]{0,63}", chosen) or ".." in chosen:
        raise ProjectError(f"'{chosen}' cannot name a project; use letters, digits, spaces, dots, _ and -.")
    return root / "projects" / chosen
