"""``sxai concept …``: concepts as a whole."""

from dataclasses import asdict
from typing import Annotated

import typer

from sxai.cli.shell import opened_project, say

commands = typer.Typer(help="Concepts: rename, delete.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="CLASS.CONCEPT", help="The concept, e.g. cat.eyes.")]


@commands.command("rename", epilog="Example: sxai concept rename cat.eys eyes")
def concept_rename(
    name: Name, new: Annotated[str, typer.Argument(metavar="NEW", help="Its name from now on, without the class.")]
) -> None:
    """Rename a concept; its masks and semantic spaces follow."""
    from sxai.spaces.verbs.concepts import rename_concept

    with opened_project() as project:
        renamed = rename_concept(project, name, new)
        say({"changed": 1, **asdict(renamed)}, lambda result: f"{result['name']} is now {result['now']}")


@commands.command("delete", epilog="Example: sxai concept delete cat.eyes --yes")
def concept_delete(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask; its masks and spaces go too.")] = False
) -> None:
    """Delete a concept with its masks, their history, and its semantic spaces in every network."""
    from sxai.masks.verbs.save import list_concepts
    from sxai.spaces.verbs.concepts import remove_concept

    with opened_project() as project:
        masks = {concept.name: concept.masks for concept in list_concepts(project)}.get(name)
        if masks and not yes:
            typer.confirm(f"Delete {name} with its {masks} masks and its semantic spaces?", abort=True, err=True)
        removed = {"changed": 1, **asdict(remove_concept(project, name))}
        say(removed, lambda r: f"{r['name']} deleted, with {r['masks']} masks and {r['spaces']} semantic spaces")
