"""``sxai project …``: the projects that the app offers, as wholes."""

from dataclasses import asdict
from typing import Annotated

import typer

from sxai.cli.shell import say, settings

commands = typer.Typer(help="Projects: list, rename, delete.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="PROJECT", help="Its name, as the app and `project list` show it.")]


@commands.command("list", epilog="Example: sxai project list")
def project_list() -> None:
    """The projects under --home, as the app offers them."""
    from sxai.project.homes import projects
    from sxai.project.project import default_home

    found = [asdict(home) for home in projects(settings.home or default_home()) if not home.empty]
    say({"projects": found}, lambda r: "\n".join(f"{p['name']}: {p['path']}" for p in r["projects"]) or "No project.")


@commands.command("rename", epilog='Example: sxai project rename "My project" Animals')
def project_rename(
    name: Name, new: Annotated[str, typer.Argument(metavar="NEW", help="Its name from now on.")]
) -> None:
    """Rename a project; its folder stays where it is."""
    from sxai.project.homes import rename_project
    from sxai.project.project import default_home

    renamed = rename_project(settings.home or default_home(), name, new)
    say({"changed": 1, **asdict(renamed)}, lambda r: f"{name} is now {r['name']}, in {r['path']}")


@commands.command("delete", epilog="Example: sxai project delete Animals --yes")
def project_delete(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete a project with its images, networks, masks and semantic spaces."""
    from sxai.project.homes import find_project, holdings, remove_project
    from sxai.project.project import default_home

    root = settings.home or default_home()
    held = holdings(find_project(root, name).path)
    told = f"{held.images} images, {held.networks} networks, {held.masks} masks and {held.spaces} semantic spaces"
    if not yes:
        typer.confirm(f"Delete {name} with {told}?", abort=True, err=True)
    removed = remove_project(root, name)
    say({"changed": 1, **asdict(removed), **asdict(held)}, lambda _: f"{name} deleted, with {told}")
