"""``sxai image …``: images put right after they were imported."""

from typing import Annotated, Any

import typer

from sxai.cli.shell import opened_project, say

commands = typer.Typer(help="Images: move, remove.", no_args_is_help=True, rich_markup_mode=None)

NAMES = Annotated[list[str], typer.Argument(metavar="IMAGE…", help="Numbers or names of images.")]


@commands.command("move", epilog="Example: sxai image move cat-0007.png --split val")
def image_move(
    names: NAMES,
    class_name: Annotated[str | None, typer.Option("--class", help="Their class from now on.")] = None,
    split: Annotated[str | None, typer.Option(help="train, val or reference.")] = None,
) -> None:
    """Move images to another class or split; their masks stay with the concepts they were made for."""
    from sxai.images.verbs.sort import move_images

    if class_name is None and split is None:
        raise typer.BadParameter("say where to: --class, --split, or both")
    with opened_project() as project:
        say(move_images(project, names, class_name, split), lambda found: _text(found, "moved", "stay"))


@commands.command("remove", epilog="Example: sxai image remove 12 cat-0007.png --masks")
def image_remove(
    names: NAMES,
    masks: Annotated[bool, typer.Option("--masks", help="Also images that have masks, which go too.")] = False,
) -> None:
    """Remove images with their features, marks and known parts."""
    from sxai.images.verbs.sort import remove_images

    with opened_project() as project:
        say(remove_images(project, names, masks), lambda found: _text(found, "removed", "removed"))


def _text(found: dict[str, Any], done: str, masks: str) -> str:
    told = [f"  {count} masks of {concept} {masks}" for concept, count in found["masks"].items()]
    return "\n".join([f"{len(found['images'])} images {done}", *told])
