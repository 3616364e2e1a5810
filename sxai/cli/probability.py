"""``sxai probability …``: calibrated probabilities beside the paper's P, and which of them a project uses."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say

commands = typer.Typer(
    help="The probability that a part is there, beside the paper's P: show, calibrate, use.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Method(StrEnum):
    """How activations become probabilities."""

    platt = "platt"
    isotonic = "isotonic"


class Kind(StrEnum):
    """What assessments run on."""

    paper = "paper"
    calibrated = "calibrated"


Model = Annotated[str | None, typer.Option(help="The network; default the active one.")]


@commands.command(epilog="Example: sxai probability show")
def show(model: Model = None) -> None:
    """Which probability is used, and how well each space is calibrated."""
    from sxai.spaces.verbs.calibrate import probability_in_use

    with opened_project() as project:
        say(probability_in_use(project, model), _text)


@commands.command(epilog="Example: sxai probability calibrate cat.eyes --method isotonic")
def calibrate(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SPACE]...", help="Spaces; none: all.")] = None,
    method: Annotated[Method, typer.Option(help="platt needs few images, isotonic assumes no shape.")] = Method.platt,
    model: Model = None,
) -> None:
    """Calibrate spaces on images that are known to show their part or not, or else on their masks."""
    from sxai.spaces.verbs.calibrate import calibrate_probabilities

    with opened_project() as project:
        say(calibrate_probabilities(project, names or None, method.value, model, progress=Meter()), _text)


@commands.command(epilog="Example: sxai probability use calibrated")
def use(kind: Annotated[Kind, typer.Argument(help="paper or calibrated.")], model: Model = None) -> None:
    """Let assessments, lists of over-confidence and searches run on that probability from now on."""
    from sxai.spaces.verbs.calibrate import use_probability

    with opened_project() as project:
        say(use_probability(project, kind.value, model), _text)


def _text(result: dict[str, Any]) -> str:
    lines = [f"{result['model']} uses {'the paper’s P' if result['kind'] == 'paper' else 'calibrated probabilities'}."]
    lines += [
        f"{space['name']}: {space['method']} on {space['source']} ({space['n_visible']} with, {space['n_hidden']} "
        f"without, {space['n_other']} of other classes); "
        f"calibration error {space['ece_paper']:.3f} → {space['ece']:.3f}"
        for space in result["calibrations"]
    ]
    if result["missing"]:
        lines.append(f"Not calibrated: {', '.join(result['missing'])}; run: sxai probability calibrate")
    return "\n".join(lines)
