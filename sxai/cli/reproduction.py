"""``sxai reproduce``: the paper's figures and tables on the project's own data."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.errors import ProjectError


def register(cli: typer.Typer) -> None:
    """Put the command on ``cli``."""
    cli.command("reproduce", epilog="Example: sxai reproduce fig-2c suppl-fig-5 --short")(reproduce_)


def reproduce_(
    items: Annotated[
        list[str] | None, typer.Argument(help="Such as fig-2c, or fig-4 for all of it; default all.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write; default results/reproduction in the home.")] = None,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
    classes: Annotated[str | None, typer.Option(help="Two classes, such as cat,dog; default the first two.")] = None,
    short: Annotated[bool, typer.Option("--short", help="Few samples and steps, to see that all of it runs.")] = False,
    charts_only: Annotated[bool, typer.Option("--charts-only", help="SVG charts, without photographs.")] = False,
    search: Annotated[str | None, typer.Option(help="How the best superpixels are found; default flips.")] = None,
    samples: Annotated[int | None, typer.Option(help="Images of a common trait at most; default the paper's.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Only list the items.")] = False,
) -> None:
    """Reproduce the paper: each figure as SVG, PNG and HTML, each table as CSV and JSON, ours beside the paper's."""
    from sxai.reproduction.run import item_list, reproduce

    if listing:
        say({"items": item_list()}, _list_text)
        return
    chosen = [name.strip() for name in classes.split(",")] if classes else None
    with opened_project() as project:
        result = reproduce(project, items, out, model, chosen, short, charts_only, search, samples, progress=Meter())
        say(result, _text)
        if not result.items and result.failed:
            raise ProjectError(f"no item could be reproduced; {result.failed[0].name}: {result.failed[0].error}")


def _list_text(result: dict[str, Any]) -> str:
    wide = max((len(item["name"]) for item in result["items"]), default=0) + 1
    return "\n".join(f"{item['name']:<{wide}}{item['where']}: {item['title']}" for item in result["items"])


def _text(result: dict[str, Any]) -> str:
    from sxai.reproduction.pages import compared

    lines: list[str] = []
    for item in result["items"]:
        lines += [f"{item['name']}: {item['title']}"]
        lines += [f"  {name}: {ours} (paper: {theirs})" for name, theirs, ours in compared(item)]
    lines += [f"{item['name']}: failed, {item['error']}" for item in result["failed"]]
    lines += [result["left_out"]] if result["left_out"] else []
    return "\n".join([*lines, f"written to {result['out']} (open index.html), {result['seconds']} s"])
