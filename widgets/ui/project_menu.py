"""The project that is open, renamed or deleted."""

from sxai.project.homes import Holdings, ProjectHome, holdings, remove_project, rename_project
from widgets.ui import session, whole_menu


def menu(here: ProjectHome) -> None:
    """The menu in the sidebar; the demo keeps its name, and would only be made again."""
    if here.demo or here.empty:
        return

    def rename(new: str) -> None:
        rename_project(session.root(), here.name, new)
        session.choose(here.path)

    def delete() -> None:
        session.close(here.path)
        remove_project(session.root(), here.name)

    whole_menu.menu("project", here.name, lambda: f"all that is in it: {words(holdings(here.path))}", delete, rename)


def words(found: Holdings) -> str:
    """The numbers as a list, those that are none left out.

    >>> words(Holdings(400, 1, 0, 0, 0))
    '400 images, 1 network'
    """
    counted = {"image": found.images, "network": found.networks, "mask": found.masks, "semantic space": found.spaces}
    parts = [f"{count:,} {noun}{'' if count == 1 else 's'}" for noun, count in counted.items() if count]
    return ", ".join(parts) or "nothing yet"
