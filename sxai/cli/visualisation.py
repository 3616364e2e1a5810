"""``sxai visualise …``: pictures of common traits, semantic spaces and single images."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.errors import SpaceError
from sxai.traits.defaults import SAMPLES
from sxai.visualisation.settings import METHODS


def register(cli: typer.Typer) -> None:
    """Add the command to the program."""
    cli.command("visualise", epilog="Example: sxai visualise cat:1 cat.eyes --method fast --out pictures")(visualise)


def visualise(
    targets: Annotated[list[str], typer.Argument(help="cat:1 (first common trait), cat:last, cat.eyes, image:12.")],
    method: Annotated[str, typer.Option(help="fast, paper (gradient descent) or deep-image-prior.")] = "fast",
    steps: Annotated[int | None, typer.Option(min=1, help="Passes through the network a target at most.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write PNG pictures into this folder.")] = None,
    n: Annotated[int, typer.Option("--n", min=2, help="Samples N_s of the common traits.")] = SAMPLES,
    search: Annotated[
        bool, typer.Option("--search/--no-search", help="Common traits of each image's best superpixels.")
    ] = True,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Make visible what the network looks for; what was made before is not made again."""
    from sxai.visualisation.verbs.visualise import stored_visuals, visualise, write_visual

    if method not in METHODS:
        raise SpaceError(f"unknown way to visualise '{method}': choose {', '.join(METHODS)}")
    chosen = {"method": method, "steps": steps, "n": n, "search": "flips" if search else None}
    with opened_project() as project:
        result = visualise(project, targets, model, **chosen, progress=Meter())  # type: ignore[arg-type]
        names = [picture.target for picture in result.pictures]
        visuals = stored_visuals(project, names, model, **chosen)  # type: ignore[arg-type]
        files = {visual.summary.target: write_visual(visual, out) for visual in visuals if visual and out}
        rows = [{**asdict(picture), "files": files.get(picture.target, [])} for picture in result.pictures]
        say({**asdict(result), "pictures": rows}, _text)


def _text(result: dict[str, Any]) -> str:
    lines = [_line(picture) for picture in result["pictures"]]
    lines += [f"{name}: passed over, {reason}" for name, reason in result["skipped"]]
    return "\n".join(lines)


def _line(picture: dict[str, Any]) -> str:
    share = picture["loss"] / picture["blank_loss"] if picture["blank_loss"] else 0.0
    lines = [
        f"{picture['target']}: loss {picture['loss']:.4g}, {share:.1%} of a blank picture's; "
        f"{picture['steps']} steps ({picture['method']}), {picture['seconds']:.0f} s"
    ]
    lines += [f"  note: {remark}" for remark in picture["remarks"]]
    return "\n".join(lines + [f"  {file}" for file in picture["files"]])
