"""The command reference in the documents is the one that the commands give."""

from pathlib import Path

import typer

from sxai.cli import cli
from sxai.cli.reference import reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def test_the_page_is_the_one_that_the_commands_give():
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: python -m sxai.cli.reference > docs/cli.md"


def test_every_command_has_a_section_an_explanation_and_an_example():
    def leaves(command, path):
        for name, inner in getattr(command, "commands", {}).items():
            yield from leaves(inner, f"{path} {name}") if hasattr(inner, "commands") else [(f"{path} {name}", inner)]

    page = reference()
    for path, command in leaves(typer.main.get_command(cli), "sxai"):
        assert f"## `{path}" in page
        assert command.help, path
        assert command.epilog.startswith("Example: sxai "), path
