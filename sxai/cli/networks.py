"""``sxai model …``: networks."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say

commands = typer.Typer(
    help="Networks: add, train, use, list, rename, delete, compare.", no_args_is_help=True, rich_markup_mode=None
)


@commands.command("add", epilog="Example: sxai model add vgg --backbone vgg19 --weights imagenet")
def model_add(
    name: str,
    backbone: Annotated[str, typer.Option(help="A registered backbone, timm:NAME, or your own module:factory.")],
    weights: Annotated[
        str | None, typer.Option(help="A file, imagenet, pretrained (timm), packaged or random.")
    ] = None,
    fit: Annotated[str, typer.Option(help="How pictures become square: squash or crop.")] = "squash",
    classes: Annotated[
        str | None, typer.Option(help="Comma-separated names of a trained classifier's classes, in its order.")
    ] = None,
) -> None:
    """Add a network with pretrained weights; a trained classifier in a file is kept where it can be."""
    from sxai.networks.backbones import is_own
    from sxai.networks.own import ALLOW_LIST, allow_own_network
    from sxai.networks.verbs.networks import add_model

    if is_own(backbone):  # whoever types a command may run code anyway
        allow_own_network(backbone)
        typer.echo(f"{backbone} is code of your own. Later commands and the app need {ALLOW_LIST}={backbone}", err=True)
    with opened_project() as project:
        named = [item.strip() for item in classes.split(",")] if classes else []
        say(_model_json(add_model(project, name, backbone, weights, fit, Meter(), named)), _model_text)


@commands.command("train", epilog="Example: sxai model train vgg --epochs 3 --head-only")
def model_train(
    name: str,
    epochs: Annotated[int, typer.Option(help="Passes over the images; a linear head may take more.")] = 3,
    head_only: Annotated[bool, typer.Option("--head-only/--all-layers", help="Train the head, or everything.")] = True,
    head: Annotated[str, typer.Option(help="linear, or vgg (the paper's authors').")] = "linear",
    learning_rate: Annotated[float | None, typer.Option(help="Default 1e-3 for the head, 1e-4 for all.")] = None,
    batch: Annotated[int, typer.Option(help="Images a step.")] = 16,
    classes: Annotated[str | None, typer.Option(help="Comma-separated; default all with training images.")] = None,
) -> None:
    """Train a network's head on its features, or fine-tune all layers."""
    from sxai.networks.verbs.train import train_model

    chosen = [item.strip() for item in classes.split(",")] if classes else None
    with opened_project() as project:
        summary = train_model(
            project,
            name,
            epochs=epochs,
            head_only=head_only,
            head=head,
            learning_rate=learning_rate,
            batch=batch,
            classes=chosen,
            progress=Meter(),
        )
        say(_model_json(summary), _model_text)


@commands.command("use", epilog="Example: sxai model use vgg")
def model_use(name: str) -> None:
    """Make a network the one that verbs use when none is named."""
    from sxai.networks.verbs.networks import use_model

    with opened_project() as project:
        say(_model_json(use_model(project, name)), _model_text)


@commands.command("list", epilog="Example: sxai model list --json")
def model_list() -> None:
    """The networks of this project."""
    from sxai.networks.verbs.networks import list_models

    with opened_project() as project:
        models = [_model_json(summary) for summary in list_models(project)]
        say({"models": models}, lambda r: "\n".join(map(_model_text, r["models"])) or "No network yet.")


@commands.command("rename", epilog="Example: sxai model rename squeezenet1_1 animals")
def model_rename(name: str, new: Annotated[str, typer.Argument(metavar="NEW", help="Its name from now on.")]) -> None:
    """Rename a network; its features, spaces and settings stay with it."""
    from sxai.networks.verbs.remove import rename_model

    with opened_project() as project:
        say(_model_json(rename_model(project, name, new)), _model_text)


@commands.command("delete", epilog="Example: sxai model delete vgg")
def model_delete(name: str) -> None:
    """Delete a network with its features, semantic spaces and assessments."""
    from sxai.networks.verbs.remove import remove_model

    with opened_project() as project:
        say({"changed": 1, **asdict(remove_model(project, name))}, _deleted_text)


def _deleted_text(removed: dict[str, Any]) -> str:
    return (
        f"{removed['model']} deleted, with {len(removed['spaces'])} semantic spaces and the features of "
        f"{removed['features']} images"
    )


@commands.command("compare", epilog="Example: sxai model compare vgg squeezenet")
def model_compare(
    a: Annotated[str, typer.Argument(help="A network of this project.")],
    b: Annotated[str, typer.Argument(help="Another one.")],
    n: Annotated[int, typer.Option("--images", min=3, help="Images at most.")] = 2000,
) -> None:
    """Compare two networks over the concepts, masks and images that they share."""
    from sxai.comparison.verbs.compare import compare_models

    with opened_project() as project:
        say(asdict(compare_models(project, a, b, n, progress=Meter())), _comparison_text)


def _model_json(summary: Any) -> dict[str, Any]:
    return asdict(summary)


def _model_text(model: dict[str, Any]) -> str:
    val = model["accuracy"]["val"]
    trained = f"val accuracy {val:.1%}" if val is not None else ("trained" if model["trained"] else "no head yet")
    active = " (active)" if model["active"] else ""
    note = f"\n  {model['note']}" if model.get("note") else ""
    return f"{model['model']}{active}: {model['backbone']}, {model['channels']} channels, {trained}{note}"


def _comparison_text(comparison: dict[str, Any]) -> str:
    a, b = comparison["models"]
    lines = [f"{a} | {b} over {comparison['images']} images", f"val accuracy {_pair(comparison['accuracy'])}"]
    if comparison["agreement"]:
        agreement = comparison["agreement"]
        lines.append(f"the same class in {agreement['predicted']:.1%}, the same assessment in {agreement['level']:.1%}")
    lines += [
        f"{row['name']}: R² {_pair(row['r2'])}; P {_pair(row['p_unmasked'])} → masked {_pair(row['p_masked'])}; "
        f"1st ratio {_pair(row['ratio'])}; own share {_pair(row['own_share'])}; "
        f"ranks agree {_number(row['correlation'])}"
        for row in comparison["concepts"]
    ]
    alone = zip(comparison["models"], comparison["only"], strict=True)
    lines += [f"only in {model}: {', '.join(names)}" for model, names in alone if names]
    return "\n".join(lines)


def _pair(values: tuple[float | None, float | None]) -> str:
    return " | ".join(map(_number, values))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
