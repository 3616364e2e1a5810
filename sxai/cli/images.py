"""``sxai images …``: images put right after they were imported."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from sxai.cli.shell import opened_project, say

commands = typer.Typer(help="Images: class, split, delete.", no_args_is_help=True, rich_markup_mode=None)

Names = Annotated[list[str], typer.Argument(metavar="IMAGE…", help="Numbers or names of images.")]


@commands.command("class", epilog="Example: sxai images class dog cat-0007.png")
def images_class(
    class_name: Annotated[str, typer.Argument(metavar="CLASS", help="Their class from now on.")], names: Names
) -> None:
    """Move images to another class; their masks stay with the concepts they were made for."""
    _move(names, class_name, None)


@commands.command("split", epilog="Example: sxai images split val cat-0007.png")
def images_split(
    split: Annotated[str, typer.Argument(metavar="SPLIT", help="train, val or reference.")], names: Names
) -> None:
    """Move images to another split."""
    _move(names, None, split)


@commands.command("delete", epilog="Example: sxai images delete 12 cat-0007.png --masks")
def images_delete(
    names: Names,
    masks: Annotated[bool, typer.Option("--masks", help="Also images that have masks, which go too.")] = False,
) -> None:
    """Delete images with their features, marks and known parts."""
    from sxai.images.verbs.sort import remove_images

    with opened_project() as project:
        _say(remove_images(project, names, masks), "deleted", "deleted")


def _move(names: list[str], class_name: str | None, split: str | None) -> None:
    from sxai.images.verbs.sort import move_images

    with opened_project() as project:
        _say(move_images(project, names, class_name, split), "moved", "stay")


def _say(changed: Any, done: str, masks: str) -> None:
    document = {"changed": len(changed.images), **asdict(changed)}
    told = [f"  {count} masks of {concept} {masks}" for concept, count in document["masks"].items()]
    say(document, lambda _: "\n".join([f"{document['changed']} images {done}", *told]))
