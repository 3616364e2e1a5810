"""The commands that find images by what is seen in them: search and overconfident."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say


def register(cli: typer.Typer) -> None:
    """Put these commands on ``cli``."""
    cli.command(epilog="Example: sxai overconfident --confidence 0.9 --unseen 0.2")(overconfident)
    cli.command(epilog='Example: sxai search "dog.nose > 0.9" --limit 20')(search)


def overconfident(
    confidence: Annotated[float, typer.Option(help="The CNN is more certain than this.")] = 0.9,
    unseen: Annotated[float, typer.Option(help="Every P of its class is below this.")] = 0.2,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """List the project's images of which the CNN is certain although it shows nothing of their class."""
    from sxai.search.verbs.overconfident import overconfident

    with opened_project() as project:
        say(overconfident(project, confidence, unseen, model, progress=Meter()), _overconfident_text)


def _overconfident_text(result: dict[str, Any]) -> str:
    lines = [f"{len(result['images'])} over-confident of {result['certain']} certain, {result['considered']} in all"]
    lines += [
        f"  {image['confidence']:.3f}  {image['concept']} {image['p_max']:.2f}  {image['predicted']}  {image['file']}"
        for image in result["images"]
    ]
    return "\n".join(lines)


def search(
    query: Annotated[str, typer.Argument(help="For example: cat.legs < 0.1 and cat.eyes > 0.8")],
    limit: Annotated[int, typer.Option(min=0, help="Hits shown.")] = 60,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Find images by meaning, the clearest first."""
    from sxai.search.verbs.doubts import query_doubts
    from sxai.search.verbs.search import search

    with opened_project() as project:
        result = search(project, query, limit, model=model, progress=Meter())
        say({**asdict(result), "doubts": query_doubts(project, query, model)}, _search_text)


def _search_text(result: dict[str, Any]) -> str:
    lines = [f"{result['total']} of {result['considered']} images"]
    lines += [f"  {name} is poor: {why}" for name, why in result["doubts"].items()]
    return "\n".join([*lines, *(f"  {hit['margin']:+.3f}  {hit['file']}" for hit in result["hits"])])
