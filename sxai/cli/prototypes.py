"""``sxai proto …``: concepts found without a person (AS-XAI)."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say

commands = typer.Typer(
    help="Automatic concepts: train, show, name, mask, explain, sensitivity.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Model = Annotated[str | None, typer.Option(help="The network; default the active one.")]


@commands.command("train", epilog="Example: sxai proto train --per-class 10")
def proto_train(
    classes: Annotated[list[str] | None, typer.Argument(metavar="[CLASS]...", help="Classes; default all.")] = None,
    per_class: Annotated[int, typer.Option(min=1, help="Basis vectors M of each class.")] = 20,
    images: Annotated[int, typer.Option(min=8, help="Training images of each class at most.")] = 400,
    resolution: Annotated[str, typer.Option(help="fine (several layers) or maps (the last).")] = "fine",
    cut: Annotated[
        str | None, typer.Option(help="Where regions end: outline (of fine maps), half, percentile.")
    ] = None,
    percentile: Annotated[float, typer.Option(help="The percentile that the latter takes.")] = 97.0,
    orthonormality: Annotated[float, typer.Option(min=0.0, help="Weight of that loss; 0 leaves it out.")] = 1.0,
    rounds: Annotated[int, typer.Option(min=1, help="How often the three stages alternate.")] = 2,
    joint: Annotated[int, typer.Option(min=1, help="Passes of joint training in each round.")] = 5,
    model: Model = None,
) -> None:
    """Find concepts of classes in a network's maps, without a person."""
    from sxai.prototypes.verbs.train import train_concepts

    with opened_project() as project:
        prototypes = train_concepts(
            project,
            model,
            classes=classes or None,
            per_class=per_class,
            images=images,
            resolution=resolution,  # type: ignore[arg-type]
            cut=cut,
            percentile=percentile,
            orthonormality=orthonormality,
            rounds=rounds,
            joint=joint,
            progress=Meter(),
        )
        say(prototypes.summary(), _text)


@commands.command("show", epilog="Example: sxai proto show --json")
def proto_show(model: Model = None) -> None:
    """The automatic concepts that were found last: prototypes, importance, names."""
    from sxai.prototypes.verbs.train import prototypes_in_use

    with opened_project() as project:
        say(prototypes_in_use(project, model).summary(), _text)


@commands.command("name", epilog="Example: sxai proto name cat:0=eyes cat:3=eyes dog:1=nose cat:7=")
def proto_name(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ID=NAME]...", help="cat:0=eyes; cat:7= drops it.")
    ] = None,
    propose: Annotated[
        bool, typer.Option("--propose", help="Also take names from the masks that people made, where they are clear.")
    ] = False,
    model: Model = None,
) -> None:
    """Name, merge (by the same name) or drop automatic concepts."""
    from sxai.prototypes.verbs.names import name_concepts, propose_names

    given = dict(_pair(pair) for pair in names or [])
    with opened_project() as project:
        proposed = propose_names(project, model, Meter()) if propose else []
        prototypes = name_concepts(project, {**{proposal.id: proposal.name for proposal in proposed}, **given}, model)
        say(prototypes.summary(), _text)


@commands.command("mask", epilog="Example: sxai proto mask --n 100")
def proto_mask(
    n: Annotated[int, typer.Option(min=3, help="Masks of each concept at most.")] = 100,
    prefix: Annotated[str, typer.Option(help="What the names of these concepts begin with.")] = "auto-",
    model: Model = None,
) -> None:
    """Turn named concepts into masks, from which spaces are extracted like from any other."""
    from sxai.prototypes.verbs.names import masks_from_prototypes

    with opened_project() as project:
        say(masks_from_prototypes(project, model, n, prefix, progress=Meter()), _mask_text)


@commands.command("explain", epilog="Example: sxai proto explain liger.jpg")
def proto_explain(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures, folders or zips.")],
    scale: Annotated[float, typer.Option(min=0.0, help="Factor of PCS: 2 as in the paper's example, or 1.")] = 2.0,
    model: Model = None,
) -> None:
    """Which automatic concepts a picture shows, how far they support the prediction, and what a stranger is like."""
    from sxai.prototypes.verbs.explain import explain_files

    with opened_project() as project:
        say(explain_files(project, files, model, scale, progress=Meter()).summary(), _explained)


@commands.command("sensitivity", epilog="Example: sxai proto sensitivity --n 24")
def proto_sensitivity(
    n: Annotated[int, typer.Option(min=2, help="Images of each class.")] = 24, model: Model = None
) -> None:
    """How far each concept's similarity falls when hue, brightness, contrast, saturation, shape or texture change."""
    from sxai.prototypes.verbs.sensitivity import perceptual_sensitivity

    with opened_project() as project:
        say(perceptual_sensitivity(project, model, n, Meter()).summary(), _falls)


def _pair(text: str) -> tuple[str, str]:
    id, equals, name = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"'{text}' should be ID=NAME, such as cat:0=eyes")
    return id, name


def _text(result: dict[str, Any]) -> str:
    accuracy = result["accuracy"]
    lines = [
        f"{result['model']}: {result['images']} images; accuracy {_share(accuracy['val'])} on validation images, the "
        f"network's own {_share(accuracy['network'])}; mean |cosine| of basis vectors {result['off_diagonal']:.3f}"
    ]
    lines += [
        f"{concept['id']}  {concept['name'] if concept['name'] else 'dropped' if concept['name'] == '' else '-'}  "
        f"prototypes {len(concept['members'])}  R {concept['importance']:.2f} ({concept['share']:.0%})  "
        f"filters {concept['filters']}"
        for concept in result["concepts"]
    ]
    return "\n".join(lines)


def _mask_text(result: dict[str, Any]) -> str:
    lines = [f"{name}: {count} masks" for name, count in result["masks"].items()]
    return "\n".join([*lines, *(f"{name}: left out, {why}" for name, why in result["skipped"])])


def _explained(result: dict[str, Any]) -> str:
    lines = []
    for image in result["images"]:
        cnn = f"{image['predicted']} ({image['confidence']:.1%})" if image["predicted"] else "no head"
        lines.append(f"{image['file']}: network {cnn}, prototypes {image['by_prototypes']}")
        lines += [f"  {image['sentence']}", f"  {image['strange']}"]
    return "\n".join([*lines, *(f"{name}: {why}" for name, why in result["failed"])])


def _falls(result: dict[str, Any]) -> str:
    return "\n".join(
        f"{concept}: " + ", ".join(f"{change} {value:.3f}" for change, value in row.items())
        for concept, row in result["median_fall"].items()
    )


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"
