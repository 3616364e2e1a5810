"""The everyday commands: demo, import, assess and search."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sxai import workflows as verbs
from sxai.cli.shell import Meter, say, workspace
from sxai.errors import ImportFailed, ProjectError


def register(cli: typer.Typer) -> None:
    """Put the everyday commands on ``cli``."""
    cli.command(epilog="Example: sxai --home ~/demo demo")(demo)
    cli.command("import", epilog="Example: sxai import photographs.zip --name pets --split auto")(import_)
    cli.command(epilog="Example: sxai assess cat.jpg --json")(assess)
    cli.command(epilog='Example: sxai search "dog.nose > 0.9" --limit 20')(search)


def demo() -> None:
    """Fill an empty home with the embedded demo: pets, a network, masks and semantic spaces."""
    with workspace() as ws:
        say(
            verbs.fill_demo(ws, progress=Meter()),
            lambda r: f"Demo ready in {r['home']} ({r['seconds']:.1f} s).",
        )


def import_(
    path: Annotated[list[str], typer.Argument(help="Folder of class folders, zip, image files, or OxfordIIITPet.")],
    name: Annotated[str | None, typer.Option(help="Name of the data set.")] = None,
    split: Annotated[str, typer.Option(help="train, val, reference or auto.")] = "auto",
    class_name: Annotated[str | None, typer.Option("--class", help="Class of all images, instead of folders.")] = None,
) -> None:
    """Import photographs; what cannot be read is listed and the rest imported."""
    with workspace() as ws:
        if path == ["OxfordIIITPet"] and not Path(path[0]).exists():
            if name or class_name or split != "auto":
                raise typer.BadParameter("OxfordIIITPet brings its own name, classes and splits: leave the options out")
            result = verbs.import_torchvision(ws, path[0], progress=Meter())
        else:
            result = verbs.import_images(ws, list(path), name, split, class_name, progress=Meter())
        say(result, _import_text)
        if result.failed and not (result.imported or result.duplicates):
            raise ImportFailed(f"none of the {len(result.failed)} files could be imported: {result.failed[0].error}")


def _import_text(result: dict[str, Any]) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in sorted(result["classes"].items()))
    head = f"{result['imported']} imported ({counts or 'no class'}), {result['duplicates']} duplicates"
    return "\n".join([head, *(f"  failed: {item['file']}: {item['error']}" for item in result["failed"])])


def assess(
    files: Annotated[list[Path], typer.Argument(help="Picture files, from anywhere.")],
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Say what the network sees in pictures and how far that can be trusted."""
    with workspace() as ws:
        result = verbs.assess_files(ws, files, model, progress=Meter())
        say(result, _assess_text)
        if result.failed and not result.images:
            raise ProjectError(f"none of the {len(result.failed)} files could be assessed: {result.failed[0].error}")


def _assess_text(result: dict[str, Any]) -> str:
    blocks = []
    for image in result["images"]:
        values = ", ".join(f"{name} {value:.2f}" for name, value in image["probabilities"].items())
        flags = [f"  flags: {', '.join(image['flags'])}"] if image["flags"] else []
        lines = [image["file"], f"  {image['cnn_line']}", f"  {image['sentence']}", f"  P: {values}", *flags]
        blocks.append("\n".join(lines))
    return "\n".join([*blocks, *(f"failed: {item['file']}: {item['error']}" for item in result["failed"])])


def search(
    query: Annotated[str, typer.Argument(help="For example: cat.legs < 0.1 and cat.eyes > 0.8")],
    limit: Annotated[int, typer.Option(min=0, help="Hits shown.")] = 60,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Find images by meaning, the clearest first."""
    with workspace() as ws:
        say(verbs.search(ws, query, limit, model=model, progress=Meter()), _search_text)


def _search_text(result: dict[str, Any]) -> str:
    lines = [f"{result['total']} of {result['considered']} images"]
    return "\n".join([*lines, *(f"  {hit['margin']:+.3f}  {hit['file']}" for hit in result["hits"])])
