"""The command reference, written from the commands: ``python -m sxai.cli.reference > docs/cli.md``."""

import sys
from collections.abc import Iterator
from typing import Any

import typer

from sxai.cli import cli

HEAD = """# The command line

Written from the commands by `python -m sxai.cli.reference`.

A project is one folder: `--home DIR` or `$SXAI_HOME`, by default `~/.sxai`. `$SXAI_DATABASE` may put its catalogue on a
server (any SQLAlchemy URL). Global options stand anywhere. With `--json` a command prints exactly one JSON document on
standard output; progress goes to standard error. Exit status: 0 done, 1 failed (one line says why and what to do),
2 wrong usage. `sxai --install-completion` completes commands in the shell.
"""


def reference() -> str:
    """The page: global options, then every command with its usage, what it does, its options and an example."""
    root = typer.main.get_command(cli)
    parts = [HEAD, *_table(root)]
    for path, command in _commands(root, "sxai"):
        parts += ["", *_section(path, command)]
    return "\n".join(parts) + "\n"


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command below a group with its full name, groups last and in their own order."""
    inner = group.commands.items()
    plain = [(f"{path} {name}", command) for name, command in inner if not hasattr(command, "commands")]
    yield from sorted(plain) if path == "sxai" else plain
    for name, command in sorted(inner):
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")


def _section(path: str, command: Any) -> list[str]:
    arguments = [argument for argument in command.params if argument.param_type_name == "argument"]
    usage = " ".join([path, *map(_usage, arguments)])
    lines = [f"## `{usage}`", "", _sentence(command.help)]
    told = [f"- {_name(argument)}: {_sentence(argument.help)}" for argument in arguments if argument.help]
    lines += ["", *told] if told else []
    lines += _table(command)
    example = (command.epilog or "").removeprefix("Example: ")
    return [*lines, "", f"    {example}"] if example else lines


def _table(command: Any) -> list[str]:
    rows = [_row(option) for option in command.params if option.param_type_name == "option" and not option.hidden]
    rows = [row for row in rows if "--help" not in row and "-completion" not in row]
    return ["", "| option | meaning | default |", "| --- | --- | --- |", *rows] if rows else []


def _row(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    default = option.default() if callable(option.default) else option.default
    empty = default is None or default is False or default == ()
    shown = "required" if option.required else "" if empty else f"`{_value(default)}`"
    return f"| {names} | {_sentence(option.help)} | {shown} |"


def _value(default: Any) -> str:
    if default is True:
        return "yes"
    return f"{default:.4g}" if isinstance(default, float) else str(getattr(default, "value", default))


def _usage(argument: Any) -> str:
    name = _name(argument).strip("`") + ("…" if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"


def _name(argument: Any) -> str:
    return f"`{(argument.metavar or argument.name.removesuffix('_')).upper()}`"


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference())
