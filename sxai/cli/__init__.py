"""``sxai …``: every verb of the product on the command line; ``--json`` gives one document on standard output.

Global options (--home, --device, --seed, --json, -q, -v) may stand anywhere. Exit 0: done; 1: failed, with one line
on standard error; 2: wrong usage.
"""

import io
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from data_store.errors import CatalogueError
from sxai.cli import (
    assess,
    attacks,
    concepts,
    demo,
    homes,
    images,
    masks,
    networks,
    occluders,
    presence,
    probability,
    project,
    prototypes,
    reproduction,
    search,
    spaces,
    traits,
    vectors,
    visualisation,
)
from sxai.cli.shell import hoist, settings
from sxai.errors import SxaiError
from sxai.version import __version__

LONGEST = 300
"""Characters of an unforeseen error's text that are shown."""
INTERRUPTED = 130
"""Exit status that typer gives after Ctrl+C."""

cli = typer.Typer(
    help="Open up image classifiers: concepts, semantic spaces, trust.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@cli.callback(invoke_without_command=True)
def _global(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="The project's folder (default $SXAI_HOME or ~/.sxai).")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="What every random choice starts from.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Details on standard error.")] = False,
    version: Annotated[bool, typer.Option("--version", help="The version, and nothing else.")] = False,
) -> None:
    """Open up image classifiers: concepts, semantic spaces, trust."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.fail("name a command, for example: sxai status")
    logging.basicConfig(level=logging.DEBUG if verbose else logging.WARNING, stream=sys.stderr)
    settings.home, settings.device, settings.seed = home, device, seed
    settings.json, settings.quiet, settings.verbose = as_json, quiet, verbose


for topic in (demo, images, assess, search, project, reproduction, presence, visualisation):
    topic.register(cli)
cli.add_typer(attacks.commands, name="attack")
cli.add_typer(concepts.commands, name="concept")
cli.add_typer(images.commands, name="images")
cli.add_typer(networks.commands, name="model")
cli.add_typer(masks.commands, name="mask")
cli.add_typer(occluders.commands, name="occlude")
cli.add_typer(probability.commands, name="probability")
cli.add_typer(homes.commands, name="project")
cli.add_typer(prototypes.commands, name="proto")
cli.add_typer(spaces.commands, name="space")
cli.add_typer(traits.commands, name="traits")
cli.add_typer(vectors.commands, name="vector")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status (see the module's docstring)."""
    given = hoist(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):  # file names may be of no valid encoding
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if given[:1] == ["--version"]:  # before typer, which loads pydantic to read options
        typer.echo(__version__)
        return 0
    try:
        status = cli(given, standalone_mode=False, prog_name="sxai")
        if status == INTERRUPTED:
            return _fail("interrupted; what was finished is kept.")
        return status if isinstance(status, int) else 0
    except TyperException as error:
        return _misused(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted; what was finished is kept.")
    except (SxaiError, CatalogueError, OSError) as error:
        return _fail(str(error))
    except MemoryError:
        return _fail("this needs more memory than there is; use fewer or smaller pictures at a time.")
    except Exception as error:  # noqa: BLE001  the last line: a person gets a sentence, a report gets the details
        return _unforeseen(error)


def _misused(error: TyperException) -> int:
    """Show how the command is used; for a group without a command that is its help."""
    show = getattr(error, "show", None)
    if show is None:
        return _fail(error.format_message())
    show()
    return 2


def _unforeseen(error: Exception) -> int:
    if settings.verbose:
        traceback.print_exception(error)
    text = str(error)[:LONGEST] or "no further word"
    return _fail(
        f"something unforeseen went wrong ({type(error).__name__}: {text}). "
        "-v shows the details, which help in a report."
    )


def _fail(message: str) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"sxai: {line}\n")
    return 1
