"""``sxai demo``: an empty home filled with the embedded demo."""

from typing import Annotated

import typer

from sxai.cli.shell import Meter, opened_project, say


def register(cli: typer.Typer) -> None:
    """Put these commands on ``cli``."""
    cli.command(epilog="Example: sxai --home ~/demo demo")(demo)


def demo(
    species: Annotated[bool, typer.Option("--species", help="Twenty invented species, not cats and dogs.")] = False,
) -> None:
    """Fill an empty home with the embedded demo: pets, a network, masks and semantic spaces."""
    from sxai.demo.verbs.fill import fill_demo

    with opened_project() as project:
        say(
            fill_demo(project, progress=Meter(), species=species),
            lambda r: f"Demo ready in {r['home']} ({r['seconds']:.1f} s).",
        )
