"""``sxai mask …``: where concepts are."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli import annotation, mask_history
from sxai.cli.shell import Meter, opened_project, say

commands = typer.Typer(
    help="Concept masks: from keypoints, known parts, files.", no_args_is_help=True, rich_markup_mode=None
)
annotation.register(commands)
mask_history.register(commands)


MOST_REASONS = 12
"""Skipped images of a concept that are listed."""


class Format(StrEnum):
    """Formats that masks are exchanged in."""

    sxai = "sxai"
    coco = "coco"
    png = "png"
    label_studio = "label-studio"
    cvat = "cvat"


class Require(StrEnum):
    """How many of the points named must be visible."""

    any = "any"
    all = "all"


@commands.command(
    "from-keypoints",
    epilog="Example: sxai mask from-keypoints k.json --class cat --concept eyes --points left_eye,right_eye",
)
def mask_from_keypoints(
    file: Annotated[Path, typer.Argument(help="COCO keypoints.")],
    class_name: Annotated[str, typer.Option("--class", help="Class of the images.")],
    concept: Annotated[str, typer.Option(help="Name of the concept, e.g. eyes.")],
    points: Annotated[str, typer.Option(help="Comma-separated part names.")],
    n: Annotated[int, typer.Option(min=1, help="Masks wanted.")] = 100,
    count: Annotated[int, typer.Option(help="Superpixels asked for.")] = 20,
    require: Annotated[Require, typer.Option(help="any or all of the points visible.")] = Require.any,
) -> None:
    """Mask the superpixels that hold the given part points."""
    from sxai.masks.verbs.from_annotations import masks_from_keypoints

    with opened_project() as project:
        result = masks_from_keypoints(
            project, file, class_name, concept, points.split(","), n, count, require.value, progress=Meter()
        )
        say(result, _mask_text)


@commands.command("from-parts", epilog="Example: sxai mask from-parts parts.json --n 100")
def mask_from_parts(
    file: Annotated[Path, typer.Argument(help='JSON: {"images": [{"file", "class", "parts": {name: region}}]}.')],
    n: Annotated[int | None, typer.Option(help="Masks wanted a concept; all when not given.")] = None,
) -> None:
    """Mask known part regions: COCO run-length codes, or names of black-and-white images beside the file."""
    from sxai.masks.verbs.from_annotations import masks_from_parts

    with opened_project() as project:
        _say_masks([asdict(result) for result in masks_from_parts(project, file, n, progress=Meter())])


@commands.command("import", epilog="Example: sxai mask import annotations.json --replace")
def mask_import(
    file: Annotated[Path, typer.Argument(help="COCO, Label Studio, CVAT, PNG, or of 'sxai mask export'.")],
    format: Annotated[Format | None, typer.Option(help="Told from the file when not given.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Masks that are there become earlier versions.")] = False,
    author: Annotated[str, typer.Option(help="Whose masks they are where the file does not tell.")] = "import",
    strict: Annotated[bool, typer.Option("--strict", help="All or nothing: stop at what cannot be used.")] = False,
) -> None:
    """Import masks from another program, or of another project on the same images."""
    from sxai.masks.verbs.exchange import import_masks

    with opened_project() as project:
        chosen = format.value if format else None
        results = import_masks(project, file, author, chosen, replace, progress=Meter(), strict=strict)
        _say_masks([asdict(result) for result in results])


@commands.command("export", epilog="Example: sxai mask export coco.json --concept cat.eyes --format coco --polygons")
def mask_export(
    file: Path,
    concept: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    format: Annotated[Format, typer.Option(help="What kind of file to write.")] = Format.sxai,
    polygons: Annotated[bool, typer.Option("--polygons", help="Outlines instead of pixels, where both exist.")] = False,
) -> None:
    """Write masks to a file that 'sxai mask import' reads back without loss."""
    from sxai.masks.verbs.exchange import export_masks

    with opened_project() as project:
        say(
            {"masks": export_masks(project, file, concept, format.value, polygons), "format": format.value},
            lambda r: f"{r['masks']} masks written to {file}.",
        )


@commands.command("list", epilog="Example: sxai mask list")
def mask_list() -> None:
    """The concepts of this project with their number of masks."""
    from sxai.masks.verbs.save import list_concepts

    with opened_project() as project:
        _say_masks([{"concept": item.name, "masks": item.masks, "skipped": []} for item in list_concepts(project)])


def _say_masks(documents: list[dict[str, Any]]) -> None:
    """All concepts under one key; the keys of the only one also at the top, as where there can be but one."""
    top = documents[0] if len(documents) == 1 else {}
    say({**top, "concepts": documents}, lambda r: "\n".join(map(_mask_text, r["concepts"])) or "No concept yet.")


def _mask_text(result: dict[str, Any]) -> str:
    skipped = f", {len(result['skipped'])} images skipped" if result.get("skipped") else ""
    replaced = f", {result['replaced']} of them replaced" if result.get("replaced") else ""
    reasons = [f"  {item['file']}: {item['reason']}" for item in result.get("skipped", [])[:MOST_REASONS]]
    return "\n".join([f"{result['concept']}: {result['masks']} masks{replaced}{skipped}", *reasons])
