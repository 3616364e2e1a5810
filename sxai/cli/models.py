"""``sxai model …``: networks."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from sxai import workflows as verbs
from sxai.cli.shell import Meter, say, workspace

commands = typer.Typer(help="Networks: add, train, use, list.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("add", epilog="Example: sxai model add vgg --backbone vgg19 --weights imagenet")
def model_add(
    name: str,
    backbone: Annotated[str, typer.Option(help="A registered backbone, or your own module:factory.")],
    weights: Annotated[str | None, typer.Option(help="A file, imagenet, packaged or random.")] = None,
    fit: Annotated[str, typer.Option(help="How pictures become square: squash or crop.")] = "squash",
) -> None:
    """Add a network with pretrained weights."""
    with workspace() as ws:
        say(_model_json(verbs.add_model(ws, name, backbone, weights, fit, progress=Meter())), _model_text)


@commands.command("train", epilog="Example: sxai model train vgg --epochs 3 --head-only")
def model_train(
    name: str,
    epochs: Annotated[int, typer.Option(help="Passes over the training images.")] = 3,
    head_only: Annotated[bool, typer.Option("--head-only/--all-layers", help="Train the head, or everything.")] = True,
    head: Annotated[str, typer.Option(help="linear, or vgg (the paper's authors').")] = "linear",
    learning_rate: Annotated[float | None, typer.Option(help="Default 1e-3 for the head, 1e-4 for all.")] = None,
    batch: Annotated[int, typer.Option(help="Images a step.")] = 16,
    classes: Annotated[str | None, typer.Option(help="Comma-separated; default all with training images.")] = None,
) -> None:
    """Train a network's head on its features, or fine-tune all layers."""
    chosen = [item.strip() for item in classes.split(",")] if classes else None
    with workspace() as ws:
        summary = verbs.train_model(
            ws, name, epochs=epochs, head_only=head_only, head=head, learning_rate=learning_rate, batch=batch,
            classes=chosen, progress=Meter(),
        )  # fmt: skip
        say(_model_json(summary), _model_text)


@commands.command("use", epilog="Example: sxai model use vgg")
def model_use(name: str) -> None:
    """Make a network the one that verbs use when none is named."""
    with workspace() as ws:
        say(_model_json(verbs.use_model(ws, name)), _model_text)


@commands.command("list", epilog="Example: sxai model list --json")
def model_list() -> None:
    """The networks of this project."""
    with workspace() as ws:
        models = [_model_json(summary) for summary in verbs.list_models(ws)]
        say({"models": models}, lambda r: "\n".join(map(_model_text, r["models"])) or "No network yet.")


def _model_json(summary: Any) -> dict[str, Any]:
    return asdict(summary)


def _model_text(model: dict[str, Any]) -> str:
    val = model["accuracy"]["val"]
    trained = f"val accuracy {val:.1%}" if val is not None else ("trained" if model["trained"] else "no head yet")
    active = " (active)" if model["active"] else ""
    return f"{model['model']}{active}: {model['backbone']}, {model['channels']} channels, {trained}"
